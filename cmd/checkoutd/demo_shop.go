package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/bojanz/currency"

	"github.com/checkoutd/checkoutd/checkout"
)

// What the shop is called and sells, and what it asks for it.
const (
	shopName      = "Atelier Teranga"
	thingTitle    = "Woven basket"
	thingAmount   = 10000 // francs: XOF has no smaller unit
	thingCurrency = "XOF"
)

//go:embed demo
var demoFiles embed.FS

// shop is a merchant's website with one thing to sell. It knows of the engine
// what the public API tells it.
type shop struct {
	api   *shopAPI
	url   string // what browsers call it
	inbox *inbox
	pages *template.Template
}

// openShop registers the webhook endpoint of a shop at url and returns the shop.
func openShop(ctx context.Context, api *shopAPI, url string) (*shop, error) {
	var endpoint struct{ Secret string }
	err := api.create(ctx, "/webhooks", map[string]any{
		"url": url + "/webhooks",
		"authorized_events": []checkout.EventType{
			checkout.EventPaymentCreated, checkout.EventPaymentSucceeded, checkout.EventPaymentFailed,
		},
	}, &endpoint)
	if err != nil {
		return nil, err
	}
	pages, err := template.ParseFS(demoFiles, "demo/*.html")
	return &shop{api: api, url: url, inbox: newInbox(endpoint.Secret), pages: pages}, err
}

// handler returns the website.
func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { s.front(w, "") })
	mux.HandleFunc("POST /buy", s.buy)
	mux.HandleFunc("GET /thanks", s.thanks)
	mux.HandleFunc("GET /cancelled", func(w http.ResponseWriter, _ *http.Request) {
		s.front(w, "You went back without paying. Your basket is still here.")
	})
	mux.HandleFunc("GET /inbox", s.watch)
	mux.Handle("POST /webhooks", s.inbox)
	return http.NewCrossOriginProtection().Handler(mux)
}

// shopView is what the shop's pages show.
type shopView struct {
	Shop, Title, Price string
	Notice             string
	Session            apiSession // on the page after the payment
	Paid               string     // its amount
	Letters            []letter   // the newest first
}

func (s *shop) view() shopView {
	letters, _ := s.inbox.list()
	slices.Reverse(letters)
	return shopView{Shop: shopName, Title: thingTitle, Price: amountText(thingAmount, thingCurrency), Letters: letters}
}

// front shows what there is to buy.
func (s *shop) front(w http.ResponseWriter, notice string) {
	view := s.view()
	view.Notice = notice
	s.show(w, http.StatusOK, "shop.html", view)
}

// buy makes a checkout session and sends the customer to its page. The shop
// knows this customer; what it tells the page need not be typed there.
func (s *shop) buy(w http.ResponseWriter, r *http.Request) {
	var session apiSession
	err := s.api.create(r.Context(), "/checkout-sessions", map[string]any{
		"amount":           thingAmount,
		"currency_code":    thingCurrency,
		"title":            thingTitle,
		"description":      "Woven by hand in Thiès, Senegal.",
		"customer_email":   "awa.diop@example.com",
		"customer_name":    "Awa Diop",
		"customer_address": "12 avenue Cheikh Anta Diop",
		"customer_city":    "Dakar",
		"customer_country": "Senegal",
		"success_url":      s.url + "/thanks?session_id={CHECKOUT_SESSION_ID}",
		"cancel_url":       s.url + "/cancelled",
		"metadata":         map[string]any{"order_id": "ORD-" + rand.Text()[:8]},
	}, &session)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, session.CheckoutURL, http.StatusSeeOther)
}

// thanks is where the customer comes back to. Anybody can open this address, so
// that the shop asks the API how things stand.
func (s *shop) thanks(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("session_id")
	if id == "" {
		http.Error(w, "there is no such order", http.StatusNotFound)
		return
	}
	view := s.view()
	err := s.api.get(r.Context(), "/checkout-sessions/"+url.PathEscape(id), &view.Session)
	var refused *apiError
	switch {
	case errors.As(err, &refused) && refused.status == http.StatusNotFound:
		http.Error(w, "there is no such order", http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
	default:
		view.Paid = amountText(view.Session.Amount, view.Session.CurrencyCode)
		s.show(w, http.StatusOK, "thanks.html", view)
	}
}

// watch streams the inbox, whole at first and after each change.
//
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, read
// 2026-11-23.
func (s *shop) watch(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	for {
		_, changed := s.inbox.list()
		var b bytes.Buffer
		if err := s.pages.ExecuteTemplate(&b, "letters", s.view()); err != nil {
			return
		}
		for line := range bytes.Lines(bytes.TrimSpace(b.Bytes())) {
			fmt.Fprintf(w, "data: %s\n", bytes.TrimSpace(line))
		}
		fmt.Fprint(w, "\n")
		if http.NewResponseController(w).Flush() != nil { // nobody watches any more
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		}
	}
}

// show answers with a page.
func (s *shop) show(w http.ResponseWriter, status int, page string, view shopView) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, page, view); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the customer may have gone away
}

// amountText returns an amount in the smallest unit of a currency as people
// write it in West Africa: "10 000 F CFA". The spaces do not break.
func amountText(amount int64, code string) string {
	a, err := currency.NewAmountFromInt64(amount, code)
	if err != nil {
		return strconv.FormatInt(amount, 10) + " " + cmp.Or(code, "?")
	}
	return currency.NewFormatter(currency.NewLocale("fr")).Format(a)
}
