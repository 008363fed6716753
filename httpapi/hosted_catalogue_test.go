package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// within runs f in a transaction, for the account of the test key.
func (s *shop) within(f func(tx checkout.Tx, account checkout.Account) error) {
	s.t.Helper()
	k, err := s.service.Authenticate(context.Background(), s.test)
	if err == nil {
		_, err = s.service.Once(context.Background(), k.Account, nil, func(tx checkout.Tx) ([]byte, error) { return nil, f(tx, k.Account) })
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// product makes a product and returns its price.
func (s *shop) product(name string, p checkout.Price) (made checkout.Price) {
	s.t.Helper()
	s.within(func(tx checkout.Tx, account checkout.Account) error {
		_, prices, err := s.service.CreateProductIn(tx, account, checkout.Product{Name: name, Type: checkout.ProductOneTime, Active: true}, []checkout.Price{p}, 0)
		if err == nil {
			made = prices[0]
		}
		return err
	})
	return made
}

func (s *shop) coupon(c checkout.Coupon) {
	s.t.Helper()
	if c.CustomerType == "" {
		c.CustomerType = checkout.CustomersAll
	}
	if c.Frequency == "" {
		c.Frequency = checkout.FrequencyTotal
	}
	c.Active, c.Scope = true, checkout.ScopeAll
	s.within(func(tx checkout.Tx, account checkout.Account) error {
		_, err := s.service.CreateCouponIn(tx, account, c)
		return err
	})
}

func (s *shop) link(l checkout.Link) (made checkout.Link) {
	s.t.Helper()
	s.within(func(tx checkout.Tx, account checkout.Account) error {
		priced, err := s.service.CreateLinkIn(tx, account, l)
		made = priced.Link
		return err
	})
	return made
}

// sell makes a session for a price.
func (s *shop) sell(price checkout.Price, change func(*checkout.CreateSessionParams)) (id string) {
	s.t.Helper()
	s.within(func(tx checkout.Tx, account checkout.Account) error {
		p := checkout.CreateSessionParams{
			Account: account, Total: checkout.Money{Currency: price.Amount.Currency}, PriceID: price.ID,
			Form: &checkout.Form{Name: true, Email: true}, AllowQuantity: true, AllowCouponCode: true,
		}
		if change != nil {
			change(&p)
		}
		made, err := s.service.CreateSessionIn(tx, p)
		id = made.ID
		return err
	})
	return id
}

func francs(n int64) checkout.Price {
	return checkout.Price{Amount: checkout.Money{Amount: n, Currency: checkout.XOF}}
}

// reads is sees for several texts, with ordinary spaces.
func (c *customer) reads(want ...string) {
	c.t.Helper()
	text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(c.body)
	for _, w := range want {
		if !strings.Contains(text, w) {
			c.t.Fatalf("at %s (%d), want %q:\n%s", c.at, c.status, w, styleTag.ReplaceAllString(text, ""))
		}
	}
}

// to posts a form to a path below the session.
func (c *customer) to(id, path string, form url.Values) {
	c.t.Helper()
	c.arrive(c.client.PostForm(c.at.Scheme+"://"+c.at.Host+"/"+id+"/"+path+"?locale=fr", form))
}

func TestACustomerChangesTheOrderAndPays(t *testing.T) {
	s := newShop(t)
	s.coupon(checkout.Coupon{Code: "welcome", Percent: 1000})
	s.coupon(checkout.Coupon{Code: "new", Fixed: 500, CustomerType: checkout.CustomersNew})
	id := s.sell(s.product("T-shirt wax", francs(5000)), func(p *checkout.CreateSessionParams) { p.Quantity = 2 })
	c := s.visitor("/" + id + "?locale=fr")
	c.reads("2 × 5 000 F CFA", "Payer 10 000 F CFA")
	c.to(id, "quantity", url.Values{"quantity": {"2"}, "step": {"1"}})
	c.reads("3 × 5 000 F CFA", "Payer 15 000 F CFA")
	c.to(id, "coupon", url.Values{"coupon": {" Welcome "}, "quantity": {"3"}})
	c.reads("WELCOME", "−1 500 F CFA", "Payer 13 500 F CFA")
	c.to(id, "coupon", url.Values{"coupon": {"welcome"}})
	c.reads(frenchWords.CouponTwice)
	c.to(id, "coupon", url.Values{"coupon": {"new"}})
	c.reads(frenchWords.CouponWho)
	c.to(id, "coupon", url.Values{"coupon": {"new"}, "email": {"awa@example.com"}, "name": {"Awa"}})
	c.reads("−500 F CFA", "Payer 13 000 F CFA", `value="awa@example.com"`)
	c.to(id, "coupon/remove", url.Values{"remove": {"NEW"}})
	c.to(id, "coupon/remove", url.Values{"remove": {"NEW"}})
	c.reads("Payer 13 500 F CFA")
	form := cardForm("4242424242424242")
	form.Set("due", "13000") // of a page that is out of date
	c.to(id, "pay", form)
	c.reads(frenchWords.Changed, "Payer 13 500 F CFA")
	form.Set("due", "13500")
	c.to(id, "pay", form)
	c.reads(frenchWords.PaidTitle, "3 × 5 000 F CFA", "15 000 F CFA", "WELCOME", "−1 500 F CFA", "Total payé", "13 500 F CFA")
	got, err := s.service.Checkout(t.Context(), id)
	if err != nil || got.Session.Status != checkout.StatusCompleted || got.Session.Total.Amount != 15000 || got.Attempts[0].Received.Amount != 13500 {
		t.Errorf("session %+v (%v)", got.Session, err)
	}
}

func TestCouponCodesCannotBeGuessed(t *testing.T) {
	s := newShop(t)
	price := s.product("T-shirt wax", francs(5000))
	id, other := s.sell(price, nil), s.sell(price, nil)
	c := s.visitor("/" + id)
	for i := range codeBurst {
		c.to(id, "coupon", url.Values{"coupon": {fmt.Sprint("GUESS", i)}})
		c.reads(frenchWords.CouponUnknown)
	}
	c.to(id, "coupon", url.Values{"coupon": {"GUESS"}})
	c.reads(frenchWords.CouponTooOften)
	c.to(other, "coupon", url.Values{"coupon": {"GUESS"}})
	c.reads(frenchWords.CouponUnknown)
	s.now.Add(5 * time.Second)
	c.to(id, "coupon", url.Values{"coupon": {"GUESS"}})
	c.reads(frenchWords.CouponUnknown)
}

func TestAnOrderIsNotChangedWhileItIsBeingPaid(t *testing.T) {
	s := newShop(t)
	id := s.sell(s.product("T-shirt wax", francs(5000)), nil)
	c := s.visitor("/" + id + "?locale=fr")
	c.to(id, "pay", buyer("phone", "phone_tel", "46733123453")) // never answers
	c.reads(frenchWords.PromptTitle)
	c.to(id, "quantity", url.Values{"quantity": {"2"}})
	got, err := s.service.Checkout(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if live := got.Attempts[0].Live(); live != (got.Session.Quantity == 1) {
		t.Errorf("the prompt is live: %v; the quantity is %d", live, got.Session.Quantity)
	}
}

func TestAFreeOrderIsCompletedWithoutAMethod(t *testing.T) {
	s := newShop(t)
	s.coupon(checkout.Coupon{Code: "OFFERT", Percent: 10000})
	id := s.sell(s.product("T-shirt wax", francs(5000)), nil)
	c := s.visitor("/" + id + "?locale=fr")
	c.to(id, "coupon", url.Values{"coupon": {"offert"}})
	c.reads(frenchWords.Complete, frenchWords.FreeHint)
	if strings.Contains(c.body, frenchWords.Method) {
		t.Error("the page asks how to pay nothing")
	}
	c.to(id, "pay", url.Values{"name": {"Awa"}, "email": {"awa"}, "due": {"0"}})
	c.reads(frenchWords.BadEmail)
	c.to(id, "pay", url.Values{"name": {"Awa"}, "email": {"awa@example.com"}, "due": {"0"}})
	c.reads(frenchWords.FreeTitle, "OFFERT", "Total payé")
}

func TestTheCustomerChoosesTheAmount(t *testing.T) {
	s := newShop(t)
	id := s.sell(s.openPrice(), nil)
	c := s.visitor("/" + id + "?locale=fr")
	c.reads("Payer 20,00 €", "De 5,00 € à 500,00 €", `value="20,00"`)
	c.to(id, "amount", url.Values{"amount": {"4,99"}})
	c.reads(`value="4,99" aria-invalid="true"`, "Payer 20,00 €")
	c.to(id, "amount", url.Values{"amount": {"500.01"}})
	c.reads(`value="500.01" aria-invalid="true"`)
	c.to(id, "amount", url.Values{"amount": {"1,234"}})
	c.reads("Saisissez un montant comme 20,00")
	c.to(id, "amount", url.Values{"amount": {"12.5"}})
	c.reads("Payer 12,50 €")
	form := cardForm("4242424242424242")
	form.Set("amount", "33") // pressed to pay at once
	c.to(id, "pay", form)
	c.reads(frenchWords.Changed, "Payer 33,00 €")
	c.to(id, "pay", form)
	c.reads(frenchWords.PaidTitle, "33,00 €")
}

// openPrice makes a price that the customer chooses.
func (s *shop) openPrice() checkout.Price {
	s.t.Helper()
	p := s.product("Don", checkout.Price{
		Model: checkout.PriceOpen, Minimum: 500, Maximum: 50000, Amount: checkout.Money{Amount: 2000, Currency: checkout.EUR},
	})
	return p
}

// browsing is what browsers send when somebody goes to an address.
func browsing(r *http.Request) {
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
}

// goTo opens an address as a browser does.
func (c *customer) goTo(address string, change ...func(*http.Request)) {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	browsing(r)
	for _, f := range change {
		f(r)
	}
	c.arrive(c.client.Do(r))
}

// sessionsOf returns how many sessions there are.
func (s *shop) sessionsOf() int {
	s.t.Helper()
	list, err := s.service.Sessions(context.Background(), checkout.SessionQuery{Account: s.account().Number, Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

func (s *shop) account() checkout.Account {
	s.t.Helper()
	k, err := s.service.Authenticate(context.Background(), s.test)
	if err != nil {
		s.t.Fatal(err)
	}
	return k.Account
}

func (s *shop) instant(change func(*checkout.Link)) checkout.Link {
	s.t.Helper()
	l := checkout.Link{Type: checkout.LinkInstant, Title: "Cours", Description: "Samedi", Amount: 15000, Currency: checkout.XOF, Form: checkout.Form{}}
	if change != nil {
		change(&l)
	}
	return s.link(l)
}

// withCookies gives the customer a memory.
func (c *customer) withCookies() *customer {
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.client.Jar = jar
	return c
}

func TestALinkThatIsNotOpenedWritesNothing(t *testing.T) {
	s := newShop(t)
	l := s.instant(nil)
	for i := range 100 {
		r := httptest.NewRequest("GET", "/"+l.ID+"?locale=fr", nil)
		switch i % 5 {
		case 1:
			r.Method = "HEAD"
			browsing(r)
		case 2:
			browsing(r)
			r.Header.Set("Sec-Purpose", "prefetch;prerender")
		case 3:
			r.Header.Set("Sec-Fetch-Mode", "no-cors")
			r.Header.Set("Sec-Fetch-Dest", "image")
		case 4:
			browsing(r)
			r.Header.Set("Purpose", "prefetch")
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		body := w.Body.String()
		if w.Code != 200 || r.Method == "GET" && !strings.Contains(body, `<meta property="og:title" content="Cours">`) ||
			w.Header().Get("X-Robots-Tag") != "noindex, nofollow" || len(w.Result().Cookies()) > 0 {
			t.Fatalf("request %d: status %d, header %v:\n%s", i, w.Code, w.Header(), body)
		}
	}
	if n := s.sessionsOf(); n != 0 {
		t.Errorf("%d sessions, want none", n)
	}
}

func TestABrowserHasOneSessionOfALink(t *testing.T) {
	s := newShop(t)
	l := s.instant(nil)
	c := s.visitor("/").withCookies()
	link := "http://" + c.at.Host + "/" + l.ID
	c.goTo(link + "?locale=fr")
	c.reads("Payer 15 000 F CFA", "Cours")
	first := c.at.Path
	for range 10 {
		c.goTo(link)
	}
	c.send(nil) // nothing is filled in, so that it stays open
	if n := s.sessionsOf(); n != 1 || c.at.Path != first+"/pay" {
		t.Errorf("%d sessions, at %s; want one, %s", n, c.at, first)
	}
	other := s.instant(nil)
	c.goTo("http://" + c.at.Host + "/" + other.ID)
	if n := s.sessionsOf(); n != 2 {
		t.Errorf("%d sessions after another link, want 2", n)
	}
	s.now.Add(time.Hour) // the session has expired
	c.goTo(link)
	if n := s.sessionsOf(); n != 3 || c.at.Path == first {
		t.Errorf("%d sessions, want 3", n)
	}
	c.send(buyer("card", "card_number", "4242424242424242", "card_expiry", "12/30", "card_cvc", "123"))
	c.reads(englishWords.PaidTitle)
	c.goTo(link) // to pay once more
	if n := s.sessionsOf(); n != 4 {
		t.Errorf("%d sessions after a paid one, want 4", n)
	}
}

func TestTheButtonOfALinkDoesWhatABrowserDoes(t *testing.T) {
	s := newShop(t)
	l := s.instant(nil)
	c := s.visitor("/" + l.ID + "?locale=fr").withCookies()
	c.reads(frenchWords.LinkGo, "15 000 F CFA")
	page, body := c.at, c.body
	for range 3 {
		c.at, c.body = page, body
		c.send(url.Values{})
		c.reads("Payer 15 000 F CFA")
	}
	if n := s.sessionsOf(); n != 1 {
		t.Errorf("%d sessions, want one", n)
	}
	r := httptest.NewRequest("POST", "/"+l.ID, nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	answers(t, w, http.StatusForbidden, englishWords.RefusedTitle)
}

func TestTheCookieOfALinkIsForThatLink(t *testing.T) {
	for base, want := range map[string]string{
		"":                       "Path=/mount/%s; Max-Age=3600; HttpOnly; SameSite=Lax",
		"https://pay.example/in": "Path=/in/%s; Max-Age=3600; HttpOnly; Secure; SameSite=Lax",
	} {
		s := newShop(t, func(c *Config) { c.PublicURL = base })
		l := s.instant(nil)
		r := httptest.NewRequest("GET", "/mount/"+l.ID+"?locale=fr", nil)
		browsing(r)
		w := httptest.NewRecorder()
		http.StripPrefix("/mount", s.api.Hosted()).ServeHTTP(w, r)
		_, attributes, _ := strings.Cut(w.Header().Get("Set-Cookie"), "; ")
		if at := w.Header().Get("Location"); attributes != fmt.Sprintf(want, l.ID) || !strings.HasPrefix(at, "cs_") || !strings.HasSuffix(at, "?locale=fr") {
			t.Errorf("cookie %q, to %s", attributes, at)
		}
	}
}

func TestOneAddressOpensOnlySoManyLinks(t *testing.T) {
	s := newShop(t)
	l := s.instant(nil)
	open := func() int {
		r := httptest.NewRequest("GET", "/"+l.ID, nil)
		browsing(r)
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests && !strings.Contains(w.Body.String(), englishWords.LinkTooOften) {
			t.Errorf("the page is\n%s", w.Body)
		}
		return w.Code
	}
	for range openBurst {
		if code := open(); code != http.StatusSeeOther {
			t.Fatalf("status %d, want 303", code)
		}
	}
	if code := open(); code != http.StatusTooManyRequests {
		t.Errorf("status %d, want 429", code)
	}
	s.now.Add(time.Second)
	if a, b := open(), open(); a != http.StatusSeeOther || b != http.StatusTooManyRequests {
		t.Errorf("statuses %d and %d, want 303 and 429", a, b)
	}
	if n := s.sessionsOf(); n != openBurst+1 {
		t.Errorf("%d sessions", n)
	}
}

func TestClosedLinksSayWhy(t *testing.T) {
	s := newShop(t)
	price := s.product("Livre", francs(2000))
	ofProduct := s.link(checkout.Link{Type: checkout.LinkProduct, Title: "Livre", ProductID: price.ProductID, Currency: checkout.XOF, MaxUses: 1})
	c := s.visitor("/" + ofProduct.ID)
	c.reads("2,000", "Livre")
	c.goTo(c.at.String())
	c.reads("Pay F CFA 2,000")
	late := s.visitor("/")
	late.goTo("http://" + late.at.Host + "/" + ofProduct.ID) // a second customer, before the first pays
	c.send(buyer("card", "card_number", "4242424242424242", "card_expiry", "12/30", "card_cvc", "123"))
	c.reads(englishWords.PaidTitle)
	late.send(buyer("card", "card_number", "4242424242424242", "card_expiry", "12/30", "card_cvc", "123"))
	late.reads(englishWords.LinkUsed)

	gone, expired, off := s.link(checkout.Link{Type: checkout.LinkProduct, Title: "Livre", PriceID: price.ID, Currency: checkout.XOF}),
		s.instant(func(l *checkout.Link) { l.ExpiresAt = s.now.Now().Add(time.Minute) }), s.instant(nil)
	ctx := context.Background()
	if _, err := s.service.UpdateLink(ctx, s.account(), off.ID, func(l *checkout.Link) { l.Active = false }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.UpdateProduct(ctx, s.account(), price.ProductID, func(p *checkout.Product) { p.Active = false }); err != nil {
		t.Fatal(err)
	}
	s.now.Add(time.Minute)
	before := s.sessionsOf()
	for id, want := range map[string]string{
		ofProduct.ID: englishWords.LinkUsed, gone.ID: englishWords.LinkGone, expired.ID: englishWords.LinkExpired,
		off.ID: englishWords.LinkOff, "plink_unknown": englishWords.MissingTitle,
	} {
		status := http.StatusGone
		if id == "plink_unknown" {
			status = http.StatusNotFound
		}
		for _, change := range []func(*http.Request){browsing, func(*http.Request) {}, func(r *http.Request) { r.Method = "POST" }} {
			r := httptest.NewRequest("GET", "/"+id, nil)
			change(r)
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, r)
			answers(t, w, status, want)
		}
	}
	if n := s.sessionsOf(); n != before {
		t.Errorf("closed links made %d sessions", n-before)
	}
}
