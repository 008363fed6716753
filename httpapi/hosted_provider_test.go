package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// scripted is a provider whose answers a test writes.
type scripted struct {
	name   string
	method checkout.Method
	next   checkout.Next
	lost   bool // the answer to Start does not arrive, and Find gives it
	orders []checkout.Order
	report checkout.Report
	closed []string

	closing func() // what happens while an attempt is being closed
}

func (p *scripted) Name() string   { return p.name }
func (p *scripted) Livemode() bool { return false }

func (p *scripted) Caps() checkout.Caps {
	return checkout.Caps{Methods: []checkout.Method{p.method}, Polls: checkout.Schedule{Life: 30 * time.Minute}, Rate: 1000}
}

func (p *scripted) started(a checkout.Attempt) checkout.Started {
	return checkout.Started{Ref: "ref-" + a.ID, Next: p.next}
}

func (p *scripted) Start(_ context.Context, o checkout.Order) (checkout.Started, error) {
	p.orders = append(p.orders, o)
	if p.lost {
		return checkout.Started{}, errors.New("timeout")
	}
	return p.started(o.Attempt), nil
}

func (p *scripted) Find(_ context.Context, a checkout.Attempt) (checkout.Started, error) {
	return p.started(a), nil
}

func (p *scripted) Poll(_ context.Context, a checkout.Attempt) (checkout.Report, error) {
	r := p.report
	if r.State == checkout.StatePaid && r.Paid == (checkout.Money{}) {
		r.Paid = a.Amount
	}
	return r, nil
}

// closer is a scripted provider that ends attempts.
type closer struct{ *scripted }

func (p closer) Close(_ context.Context, a checkout.Attempt) (checkout.Report, error) {
	p.closed = append(p.closed, a.ID)
	if do := p.closing; do != nil {
		p.closing = nil
		do()
	}
	return checkout.Report{State: checkout.StateExpired}, nil
}

// street is a shop with three scripted providers, its page mounted below a path.
type street struct {
	kit               *checkouttest.Kit
	wave, mtn, orange *scripted
	server            *httptest.Server
	session           string
}

func newStreet(t *testing.T) *street {
	t.Helper()
	takes := []checkout.Range{{Currency: checkout.XOF}}
	away := "http://merchant.example/"
	s := &street{
		wave: &scripted{name: "wave", method: checkout.Method{ID: "wave", Name: "Wave", Code: "MOBILE_MONEY", Takes: takes},
			next: checkout.Next{Kind: checkout.NextRedirect, URL: away + "wave", QR: away + "wave"}},
		mtn: &scripted{name: "mtn", method: checkout.Method{ID: "mtn", Name: "MTN MoMo", Code: "MOBILE_MONEY", Takes: takes, NeedsPhone: true},
			next: checkout.Next{Kind: checkout.NextPrompt, Text: "••••567", Hint: "*133#"}},
		orange: &scripted{name: "orange", method: checkout.Method{ID: "orange", Name: "Orange Money", Code: "MOBILE_MONEY", Takes: takes},
			next: checkout.Next{Kind: checkout.NextRedirect, URL: away + "orange"}},
	}
	s.wave.report.State, s.mtn.report.State, s.orange.report.State = checkout.StatePending, checkout.StatePending, checkout.StatePending
	s.kit = checkouttest.With(t, checkout.Config{Providers: []checkout.Provider{closer{s.wave}, s.mtn, s.orange}})
	api, err := New(Config{Service: s.kit.Service, Clock: s.kit.Clock})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/shop/pay/", http.StripPrefix("/shop/pay", api.Hosted()))
	s.server = httptest.NewServer(mux)
	t.Cleanup(s.server.Close)
	form := checkout.Form{}
	made, err := s.kit.Service.CreateSession(t.Context(), checkout.CreateSessionParams{
		Total: checkout.Money{Amount: 10000, Currency: checkout.XOF}, Form: &form, SuccessURL: away + "ok", CancelURL: away + "no",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.session = made.ID
	return s
}

// visitor returns a customer with a phone, or at a desktop, who has opened the
// page.
func (s *street) visitor(t *testing.T, agent string) *customer {
	t.Helper()
	c := &customer{t: t, client: &http.Client{Transport: agentTransport(agent), CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "merchant.example" {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
	c.open(s.server.URL + "/shop/pay/" + s.session)
	return c
}

// agentTransport sends requests under a browser's name.
type agentTransport string

func (a agentTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", string(a))
	return http.DefaultTransport.RoundTrip(r)
}

// later lets so much time pass that the provider may be asked again.
func (s *street) later() { s.kit.Clock.Add(6 * time.Second) }

func (s *street) attempts(t *testing.T) string {
	t.Helper()
	c, err := s.kit.Service.Checkout(t.Context(), s.session)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, a := range c.Attempts {
		list = append(list, a.Method+" "+string(a.Status))
	}
	return strings.Join(list, ", ")
}

func TestAProvidersPageSendsTheCustomerBack(t *testing.T) {
	w := &frenchWords
	s := newStreet(t)
	customer := s.visitor(t, phoneAgent)
	customer.open(customer.at.String() + "?locale=fr")
	customer.send(url.Values{"method": {"wave"}})
	customer.sees("at http://merchant.example/wave")

	o, back := s.wave.orders[0], s.server.URL+"/shop/pay/"+s.session+"/return?locale=fr"
	if o.SuccessURL != back || o.CancelURL != back+"&cancelled=1" || o.Locale != "fr" || o.NotifyURL != s.server.URL+"/webhooks/wave" {
		t.Errorf("the order leads to %q, %q and %q in %q, want %q", o.SuccessURL, o.CancelURL, o.NotifyURL, o.Locale, back)
	}
	customer.open(o.CancelURL)
	customer.sees(w.NotCompleted)
	customer.sees(`href="http://merchant.example/wave">` + fmt.Sprintf(w.BegunWith, "Wave"))
	customer.open(o.SuccessURL + "&status=paid")
	customer.sees(w.WaitTitle)
	s.later()
	s.wave.report.Reason = checkout.ReasonFunds
	customer.open(o.SuccessURL)
	customer.sees(w.NoFunds)
	s.later()
	s.wave.report = checkout.Report{State: checkout.StatePaid}
	customer.open(o.CancelURL) // what the address says does not matter
	customer.sees("at http://merchant.example/ok")
}

func TestADesktopScans(t *testing.T) {
	s := newStreet(t)
	customer := s.visitor(t, "")
	customer.send(url.Values{"method": {"wave"}})
	customer.sees(englishWords.ScanTitle)
	modules(t, customer.body)
	again := customer.at.String()
	s.later()
	s.wave.report = checkout.Report{State: checkout.StatePaid}
	customer.open(again)
	customer.sees("at http://merchant.example/ok")
}

func TestSwitchingClosesTheFirstOrWarns(t *testing.T) {
	w := &englishWords
	s := newStreet(t)
	customer := s.visitor(t, phoneAgent)
	page := customer.at.String()
	customer.send(url.Values{"method": {"mtn"}, "mtn_tel": {"+225 05 04 03 02 01"}})
	customer.sees(fmt.Sprintf(w.PromptHint, "*133#"))
	prompt := customer.at.String()

	customer.open(page)
	customer.sees(fmt.Sprintf(w.Sent, " (MTN MoMo, ••••567)"))
	if got := follow(t, customer.at, customer.body, `any more.</p>`+"\n"+`<a href="`); got != prompt {
		t.Errorf("the warning leads to %s, want %s", got, prompt)
	}
	s.later()
	customer.send(url.Values{"method": {"wave"}})
	customer.sees("at http://merchant.example/wave")
	s.later()
	customer.open(page)
	customer.sees(fmt.Sprintf(w.Begun, " (Wave)"))
	customer.send(url.Values{"method": {"orange"}})
	customer.sees("at http://merchant.example/orange")
	customer.open(page)
	customer.sees(fmt.Sprintf(w.Begun, " (Orange Money)"))
	customer.sees(fmt.Sprintf(w.Sent, " (MTN MoMo, ••••567)"))
	if strings.Contains(customer.body, "(Wave)") || len(s.wave.closed) != 1 {
		t.Errorf("Wave has closed %q, and the page says %s", s.wave.closed, customer.body)
	}
	if got, want := s.attempts(t), "mtn open, wave expired, orange open"; got != want {
		t.Errorf("the attempts are %s, want %s", got, want)
	}
	customer.send(url.Values{"method": {"mtn"}, "mtn_tel": {"+225 05 04 03 02 01"}})
	if customer.at.String() != prompt {
		t.Errorf("the same number leads to %s, want the prompt that is out, %s", customer.at, prompt)
	}
}

func TestALostStartIsFoundWhileThePageWaits(t *testing.T) {
	w := &englishWords
	s := newStreet(t)
	s.wave.lost = true
	customer := s.visitor(t, phoneAgent)
	page := customer.at.String()
	customer.send(url.Values{"method": {"wave"}})
	customer.sees(w.CheckTitle)
	wait := customer.at.String()
	customer.open(page)
	customer.sees(fmt.Sprintf(w.Sent, " (Wave)"))
	customer.send(url.Values{"method": {"orange"}})
	customer.sees(w.Busy)
	s.later()
	customer.open(wait)
	customer.sees(`href="http://merchant.example/wave">` + fmt.Sprintf(w.GoTo, "Wave"))
}

// TestNobodyPaysWhatTheyHaveNotSeen has another tab change the order while the
// payment that was begun first is being closed.
func TestNobodyPaysWhatTheyHaveNotSeen(t *testing.T) {
	s := newStreet(t)
	var made checkout.Session
	err := s.kit.Store.Update(t.Context(), func(tx checkout.Tx) error {
		product := checkout.Product{Name: "Tea", Type: checkout.ProductOneTime, Active: true}
		_, prices, err := s.kit.Service.CreateProductIn(tx, checkout.Account{}, product, []checkout.Price{{Amount: checkout.Money{Amount: 5000, Currency: checkout.XOF}}}, 0)
		if err != nil {
			return err
		}
		made, err = s.kit.Service.CreateSessionIn(tx, checkout.CreateSessionParams{
			Total: checkout.Money{Currency: checkout.XOF}, PriceID: prices[0].ID, Quantity: 2, AllowQuantity: true, Form: &checkout.Form{},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.session = made.ID
	customer := s.visitor(t, phoneAgent)
	page := customer.at.String()
	customer.send(url.Values{"method": {"wave"}})
	customer.sees("at http://merchant.example/wave")
	customer.open(page)
	s.wave.closing = func() {
		if _, err := s.kit.Service.SetQuantity(t.Context(), s.session, 3); err != nil {
			t.Error(err)
		}
	}
	customer.send(url.Values{"method": {"orange"}, "due": {"10000"}})
	if customer.status != http.StatusConflict || len(s.orange.orders) > 0 {
		t.Errorf("%d, and %d are asked for", customer.status, len(s.orange.orders))
	}
	customer.sees(englishWords.Changed)
	customer.send(url.Values{"method": {"orange"}, "due": {"15000"}})
	if len(s.orange.orders) != 1 || s.orange.orders[0].Attempt.Amount.Amount != 15000 {
		t.Errorf("%+v", s.orange.orders)
	}
}
