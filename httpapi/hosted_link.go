package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// linkPrefix begins the identifiers of payment links, which stand where those of
// sessions do.
const linkPrefix = "plink_"

// linkCookie names, in the browser and below the address of one link, the session
// that was opened there.
const linkCookie = "checkout_session"

// linkMemory is for how many seconds a browser keeps it.
const linkMemory = 3600

// linkView shows what a link is for, to whoever has not opened it.
type linkView struct {
	frame
	Amount      sum
	Heading     string
	Description string
	Action      string
}

// isLink reports whether r is for a payment link.
func isLink(r *http.Request) bool { return strings.HasPrefix(r.PathValue("session"), linkPrefix) }

// link opens a payment link for a browser that was led to it. Everybody else, such
// as crawlers and what shows a preview of links in messages, gets a page that says
// what it is for, which writes nothing.
func (h *hosted) link(w http.ResponseWriter, r *http.Request) error {
	v, o, err := h.opening(r)
	if err != nil {
		return err
	}
	if o.Err != nil {
		return h.closedLink(w, v, o)
	}
	if arrives(r) {
		return h.enter(w, r, v, o)
	}
	v.Card = &card{Title: v.Heading, Description: string(v.Amount)}
	if v.Description != "" {
		v.Card.Description += " · " + clip(v.Description, 200)
	}
	return h.render(w, http.StatusOK, "link.html", v)
}

// openLink opens a payment link for who presses the button of its page.
func (h *hosted) openLink(w http.ResponseWriter, r *http.Request) error {
	if !isLink(r) {
		return checkout.ErrNotFound
	}
	v, o, err := h.opening(r)
	if err != nil {
		return err
	}
	if o.Err != nil {
		return h.closedLink(w, v, o)
	}
	return h.enter(w, r, v, o)
}

// opening reads the link that r is about.
func (h *hosted) opening(r *http.Request) (linkView, checkout.Opening, error) {
	o, err := h.payments.Opening(r.Context(), r.PathValue("session"))
	if err != nil {
		return linkView{}, o, err
	}
	l := o.Link
	v := linkView{frame: h.frame(r, l.ID), Heading: l.Title, Description: clip(l.Description, maxShown)}
	v.Merchant, v.Test, v.Title = o.Account.Name, !o.Account.Livemode, clip(l.Title, maxTab)
	v.SwitchURL = v.Up + l.ID + "?locale=" + string(v.Lang.Other())
	v.Action = v.Up + l.ID + v.Query
	switch {
	case o.Price.Model == checkout.PriceOpen:
		v.Amount = sum(v.W.LinkOpenAmount)
	case l.Type == checkout.LinkProduct:
		v.Amount = sum(v.Lang.amount(o.Price.Amount))
	default:
		v.Amount = sum(v.Lang.amount(checkout.Money{Amount: l.Amount, Currency: l.Currency}))
	}
	return v, o, nil
}

// arrives reports whether r is how a browser comes to a page that somebody is going
// to see.
//
// Source: Fetch Metadata Request Headers (W3C), and what browsers send before they
// show a page.
func arrives(r *http.Request) bool {
	head := r.Header
	dest := head.Get("Sec-Fetch-Dest")
	early := strings.Join([]string{head.Get("Sec-Purpose"), head.Get("Purpose"), head.Get("X-Purpose"), head.Get("X-Moz")}, " ")
	return r.Method == http.MethodGet && head.Get("Sec-Fetch-Mode") == "navigate" && (dest == "document" || dest == "iframe") &&
		!strings.Contains(early, "prefetch") && !strings.Contains(early, "prerender") && !strings.Contains(early, "preview")
}

// enter leads to a session of the link: the one that this browser has, while it is
// open, or a new one.
func (h *hosted) enter(w http.ResponseWriter, r *http.Request, v linkView, o checkout.Opening) error {
	if c, err := r.Cookie(linkCookie); err == nil && strings.HasPrefix(c.Value, "cs_") {
		had, err := h.payments.Checkout(r.Context(), c.Value)
		if err == nil && had.Session.LinkID == o.Link.ID && had.Session.Status == checkout.StatusOpen {
			return seeOther(w, v.Up+had.Session.ID+v.Query)
		}
	}
	if err := h.site.opens(w, r); err != nil {
		return h.failWith(w, r, err, v.W.LinkTooOften)
	}
	s, err := h.payments.OpenLink(r.Context(), o.Link.ID)
	if o.Err = err; err != nil {
		return h.closedLink(w, v, o)
	}
	http.SetCookie(w, h.cookie(r, o.Link.ID, s.ID))
	return seeOther(w, v.Up+s.ID+v.Query)
}

// cookie has the browser remember the session of a link, for that link alone.
func (h *hosted) cookie(r *http.Request, link, session string) *http.Cookie {
	page, _ := h.site.urls(r, link)
	c := &http.Cookie{Name: linkCookie, Value: session, Path: "/" + link, MaxAge: linkMemory, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if u, err := url.Parse(page); err == nil {
		c.Path, c.Secure = u.Path+"/"+link, u.Scheme == "https"
	}
	return c
}

// closedLink says why a link cannot be opened.
func (h *hosted) closedLink(w http.ResponseWriter, v linkView, o checkout.Opening) error {
	l, text := o.Link, v.W.LinkOff
	switch code := checkout.CodeOf(o.Err); {
	case code == checkout.CodeLinkClosed && l.MaxUses > 0 && l.Uses >= l.MaxUses:
		text = v.W.LinkUsed
	case code == checkout.CodeLinkClosed && !l.ExpiresAt.IsZero() && !h.site.now().Before(l.ExpiresAt):
		text = v.W.LinkExpired
	case code == checkout.CodeLinkClosed:
	case code == checkout.CodeProductInactive || code == checkout.CodePriceInactive || code == checkout.CodeCurrency || code == checkout.CodeNotFound:
		text = v.W.LinkGone
	default:
		return o.Err
	}
	end := endView{frame: v.frame, Mark: "!", Text: text}
	end.Title = v.W.LinkTitle
	return h.render(w, http.StatusGone, "end.html", end)
}
