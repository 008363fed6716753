package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/httpapi"
)

// stall is a merchant with a catalogue and the pages of its customers.
type stall struct {
	t       *testing.T
	k       *checkouttest.Kit
	account checkout.Account
	url     string
}

func newStall(t *testing.T) *stall {
	t.Helper()
	s := &stall{t: t, k: checkouttest.New(t)}
	_, key, err := s.k.Service.CreateKey(t.Context(), "Chez Awa", false)
	if err != nil {
		t.Fatal(err)
	}
	s.account = key.Account
	api, err := httpapi.New(httpapi.Config{Service: s.k.Service, Clock: s.k.Clock})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Hosted())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// within runs f in a transaction.
func (s *stall) within(f func(tx checkout.Tx) error) {
	s.t.Helper()
	_, err := s.k.Service.Once(s.t.Context(), s.account, nil, func(tx checkout.Tx) ([]byte, error) { return nil, f(tx) })
	if err != nil {
		s.t.Fatal(err)
	}
}

// product makes a product and returns its price.
func (s *stall) product(name, description string, p checkout.Price) (made checkout.Price) {
	s.t.Helper()
	s.within(func(tx checkout.Tx) error {
		product := checkout.Product{Name: name, Description: description, Type: checkout.ProductOneTime, Active: true}
		_, prices, err := s.k.Service.CreateProductIn(tx, s.account, product, []checkout.Price{p}, 0)
		if err == nil {
			made = prices[0]
		}
		return err
	})
	return made
}

func (s *stall) coupon(code string, percent int64) {
	s.t.Helper()
	s.within(func(tx checkout.Tx) error {
		_, err := s.k.Service.CreateCouponIn(tx, s.account, checkout.Coupon{
			Code: code, Percent: percent, Active: true, CustomerType: checkout.CustomersAll, Frequency: checkout.FrequencyTotal, Scope: checkout.ScopeAll,
		})
		return err
	})
}

// sell makes a session for a price and returns its page.
func (s *stall) sell(price checkout.Price, quantity int64) (page string) {
	s.t.Helper()
	made, err := s.k.Service.CreateSession(s.t.Context(), checkout.CreateSessionParams{
		Account: s.account, Total: checkout.Money{Currency: price.Amount.Currency}, PriceID: price.ID, Quantity: quantity,
		AllowQuantity: true, AllowCouponCode: true, Form: &checkout.Form{Name: true, Email: true},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.url + "/" + made.ID
}

// francs is a price in XOF.
func francs(n int64) checkout.Price {
	return checkout.Price{Amount: checkout.Money{Amount: n, Currency: checkout.XOF}}
}

const (
	nameField  = `input[name=name]`
	couponCode = `input[name=coupon]`
	applies    = `button[formaction*="/coupon?"]`
	removes    = `button[name=remove]`
)

func TestPageChangesAnOrderAndPaysIt(t *testing.T) {
	s := newStall(t)
	s.coupon("BIENVENUE", 1000)
	page := s.sell(s.product("T-shirt wax", "", francs(5000)), 2)
	ctx := browser(t)
	reads := func(want ...string) {
		t.Helper()
		text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(read(t, ctx, chromedp.Text("body")))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Fatalf("the page lacks %q:\n%s", w, text)
			}
		}
		if wide := read(t, ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); wide != 320 {
			t.Errorf("on a phone of 320 px the page is %d px wide", wide)
		}
	}
	do(t, ctx,
		chromedp.EmulateViewport(320, 640, chromedp.EmulateMobile),
		chromedp.Navigate(page+"?locale=fr"),
		chromedp.SendKeys(nameField, "Awa Diop"),
		chromedp.Click(`button[name=step][value="1"]`),
		chromedp.WaitVisible(`input[name=quantity][value="3"]`),
	)
	reads("3 × 5 000 F CFA", "Payer 15 000 F CFA")
	do(t, ctx,
		chromedp.Click(`details summary`),
		chromedp.SendKeys(couponCode, "bienvenue\r"), // with the key, while the form is not filled in
		chromedp.WaitVisible(removes),
	)
	reads("BIENVENUE", "−1 500 F CFA", "Payer 13 500 F CFA")
	do(t, ctx, chromedp.Click(removes), chromedp.WaitNotPresent(removes))
	reads("Payer 15 000 F CFA")
	do(t, ctx, chromedp.Click(`details summary`), chromedp.SendKeys(couponCode, "wrong"), chromedp.Click(applies), chromedp.WaitVisible(`#coupon-problem`))
	do(t, ctx, chromedp.Clear(couponCode), chromedp.SendKeys(couponCode, "Bienvenue"), chromedp.Click(applies), chromedp.WaitVisible(removes))
	if name := read(t, ctx, chromedp.Value(nameField)); name != "Awa Diop" {
		t.Errorf("the name has become %q", name)
	}
	do(t, ctx, chromedp.SendKeys(nameField, "\r"), chromedp.WaitVisible(`#email-problem`)) // means to pay
	do(t, ctx,
		chromedp.SendKeys(`input[name=email]`, "awa@example.com"),
		chromedp.Click(`input[name=method][value=wallet]`),
		chromedp.Click(payButton),
		chromedp.WaitVisible(`button[name=outcome][value=succeed]`),
		chromedp.Click(`button[name=outcome][value=succeed]`),
		chromedp.WaitVisible(`.mark.good`),
	)
	reads("T-shirt wax", "3 × 5 000 F CFA", "15 000 F CFA", "BIENVENUE", "−1 500 F CFA", "Total payé", "13 500 F CFA")
}

func TestPageOfALinkIsOpenedOnceByABrowser(t *testing.T) {
	s := newStall(t)
	var link checkout.PricedLink
	s.within(func(tx checkout.Tx) (err error) {
		link, err = s.k.Service.CreateLinkIn(tx, s.account, checkout.Link{
			Type: checkout.LinkInstant, Title: "Cours de cuisine", Amount: 15000, Currency: checkout.XOF,
		})
		return err
	})
	ctx := browser(t)
	address := s.url + "/" + link.ID + "?locale=fr"
	do(t, ctx, chromedp.Navigate(address), chromedp.WaitVisible(payButton))
	first := read(t, ctx, chromedp.Location())
	for range 3 {
		do(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(address), chromedp.WaitVisible(payButton), chromedp.Reload())
	}
	list, err := s.k.Service.Sessions(t.Context(), checkout.SessionQuery{Account: s.account.Number, Limit: 10})
	if err != nil || len(list) != 1 || first != s.url+"/"+list[0].ID+"?locale=fr" {
		t.Errorf("%d sessions (%v), the browser was at %s", len(list), err, first)
	}
}
