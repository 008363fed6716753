package httpapi

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	theSession = "cs_0DXB8T3R000123456789ABCDEF"
	theAttempt = "txn_0DXB8T3R000123456789ABCDEF"
)

// theTime is when requests of tests come in.
var theTime = time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC)

// fakePayments answers what a test puts into it.
type fakePayments struct {
	state    checkout.Checkout
	start    func(checkout.StartParams) (checkout.Attempt, error)
	simulate func(checkout.Outcome) (checkout.Attempt, error)
	refresh  func() (checkout.Attempt, error)
	renewal  checkout.Renewal
	opening  checkout.Opening
	alter    func(field string, value any) error // of a session that may be changed
}

func (f *fakePayments) altered(field string, value any) (checkout.Session, error) {
	if err := f.alter(field, value); err != nil {
		return checkout.Session{}, err
	}
	f.state.Session.Version++
	return f.state.Session, nil
}

func (f *fakePayments) ApplyCoupon(_ context.Context, _, code string, buyer checkout.Contact) (checkout.Session, error) {
	return f.altered("coupon", code+" "+buyer.Email)
}

func (f *fakePayments) RemoveCoupon(_ context.Context, _, code string) (checkout.Session, error) {
	return f.altered("remove", code)
}

func (f *fakePayments) SetQuantity(_ context.Context, _ string, n int64) (checkout.Session, error) {
	return f.altered("quantity", n)
}

func (f *fakePayments) SetAmount(_ context.Context, _ string, n int64) (checkout.Session, error) {
	return f.altered("amount", n)
}

func (f *fakePayments) Opening(_ context.Context, link string) (checkout.Opening, error) {
	if link != f.opening.Link.ID {
		return checkout.Opening{}, checkout.ErrNotFound
	}
	return f.opening, nil
}

func (f *fakePayments) OpenLink(context.Context, string) (checkout.Session, error) {
	return f.state.Session, f.opening.Err
}

func (f *fakePayments) Checkout(_ context.Context, session string) (checkout.Checkout, error) {
	if session != f.state.Session.ID {
		return checkout.Checkout{}, checkout.ErrNotFound
	}
	return f.state, nil
}

func (f *fakePayments) OpenRenewal(_ context.Context, id string) (checkout.Renewal, error) {
	if id != f.renewal.Subscription.ID {
		return checkout.Renewal{}, checkout.ErrNotFound
	}
	return f.renewal, nil
}

func (f *fakePayments) Start(_ context.Context, p checkout.StartParams) (checkout.Attempt, error) {
	return f.start(p)
}

func (f *fakePayments) Simulate(_ context.Context, _, _ string, choice checkout.Outcome) (checkout.Attempt, error) {
	return f.simulate(choice)
}

func (f *fakePayments) Refresh(_ context.Context, _, attempt string) (checkout.Attempt, error) {
	if f.refresh != nil {
		return f.refresh()
	}
	return visit{Checkout: f.state}.attempt(attempt)
}

// openSession returns a session of a test account that can be paid in three
// ways and asks for everything.
func openSession() *fakePayments {
	all := []checkout.Range{{Currency: checkout.XOF}}
	created := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	return &fakePayments{state: checkout.Checkout{
		Account: checkout.Account{Number: 1, Name: "Café Tissé"},
		Session: checkout.Session{
			ID: theSession, Account: 1, Status: checkout.StatusOpen, Quantity: 2,
			Total: checkout.Money{Amount: 10000, Currency: checkout.XOF},
			Title: "Order #12345", Description: "Payment for items in cart", Form: checkout.DefaultForm,
			Customer:   checkout.Contact{Email: "awa@example.com", Name: "Awa Diop"},
			SuccessURL: "https://shop.example/ok?session_id={CHECKOUT_SESSION_ID}&a=%20b#x", CancelURL: "https://shop.example/no?s=%7Bcheckout_session_id%7D",
			Metadata:  `{"secret":"metadata-value"}`,
			CreatedAt: created, UpdatedAt: created, ExpiresAt: created.Add(time.Hour),
		},
		Methods: []checkout.Method{
			{ID: "wallet", Code: "MOBILE_MONEY", Takes: all},
			{ID: "phone", Code: "MOBILE_MONEY", Takes: all, NeedsPhone: true},
			{ID: "card", Code: "CARDS", Takes: all, NeedsCard: true},
		},
	}}
}

// with adds an attempt in the given state.
func (f *fakePayments) with(status checkout.AttemptStatus, change func(*checkout.Attempt)) *fakePayments {
	s := f.state.Session
	a := checkout.Attempt{ID: theAttempt, SessionID: s.ID, Status: status, Amount: s.Total, Method: "wallet"}
	if change != nil {
		change(&a)
	}
	f.state.Attempts = append(f.state.Attempts, a)
	return f
}

// realSession returns a session that can be paid with brands and with a card on
// a page of its provider's.
func realSession() *fakePayments {
	p, all := openSession(), []checkout.Range{{Currency: checkout.XOF}}
	p.state.Session.Form = checkout.Form{}
	p.state.Methods = []checkout.Method{
		{ID: "wave", Name: "Wave", Code: "MOBILE_MONEY", Takes: all},
		{ID: "mtn", Name: "MTN MoMo", Code: "MOBILE_MONEY", Takes: all, NeedsPhone: true},
		{ID: "orange", Name: "Orange Money", Code: "MOBILE_MONEY", Takes: all},
		{ID: "card", Code: "CARDS", Takes: all},
	}
	return p
}

const launchURL = "https://pay.wave.com/c/cos-1b01sghpg100j?a=10000&c=XOF&m=Caf%C3%A9%20Tiss%C3%A9"

// scan, visitPage and answerPrompt put an attempt where its provider waits for
// the customer.
func scan(a *checkout.Attempt) {
	a.Method, a.Next = "wave", checkout.Next{Kind: checkout.NextRedirect, URL: launchURL, QR: launchURL}
	a.Until = theTime.Add(25*time.Minute + time.Second)
}

func visitPage(a *checkout.Attempt) {
	a.Method, a.Next = "orange", checkout.Next{Kind: checkout.NextRedirect, URL: "https://mpayment.example/pay?token=1"}
}

func answerPrompt(a *checkout.Attempt) {
	a.Method, a.Next = "mtn", checkout.Next{Kind: checkout.NextPrompt, Text: "•••••••••567", Hint: "*133#"}
	a.Until = theTime.Add(4*time.Minute + 10*time.Second)
}

// because adds the reason why the last try failed.
func because(reason string, change func(*checkout.Attempt)) func(*checkout.Attempt) {
	return func(a *checkout.Attempt) { change(a); a.Reason = reason }
}

// paid completes the session.
func (f *fakePayments) paid() *fakePayments {
	f.with(checkout.AttemptPaid, func(a *checkout.Attempt) { a.PaidAt = time.Date(2026, 3, 1, 9, 4, 30, 0, time.UTC) })
	f.state.Session.Status, f.state.Session.TransactionID = checkout.StatusCompleted, theAttempt
	return f
}

// serveHosted returns the pages of p, routed as in the route table.
func serveHosted(p payments) http.Handler {
	h := newHosted(p, slog.New(slog.DiscardHandler), site{
		now:   func() time.Time { return theTime },
		limit: func(http.ResponseWriter, *http.Request) error { return nil },
		opens: func(http.ResponseWriter, *http.Request) error { return nil },
		tries: func(string) error { return nil }, guesses: func(*http.Request) error { return nil },
		urls: func(*http.Request, string) (page, messages string) {
			return "https://pay.example/p", "https://pay.example/webhooks"
		},
	})
	mux := http.NewServeMux()
	for pattern, f := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{session}":                     h.page,
		"POST /{session}/pay":                h.pay,
		"POST /{session}":                    h.openLink,
		"POST /{session}/quantity":           h.alter,
		"POST /{session}/amount":             h.alter,
		"POST /{session}/coupon":             h.alter,
		"POST /{session}/coupon/remove":      h.alter,
		"GET /{session}/simulate/{attempt}":  h.simulator,
		"POST /{session}/simulate/{attempt}": h.simulate,
		"GET /{session}/wait/{attempt}":      h.wait,
		"GET /{session}/return":              h.comeBack,
		"GET /{session}/done":                h.done,
		"GET /{session}/cancel":              h.cancel,
	} {
		wrapped := h.wrap(f)
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := wrapped(w, r); err != nil {
				http.Error(w, err.Error(), http.StatusTeapot) // nothing is to come through
			}
		})
	}
	return mux
}

const phoneAgent = "Mozilla/5.0 (Linux; Android 14; itel A06) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36"

// ask sends a request for a path below the session; a form makes it a POST.
func ask(t *testing.T, p payments, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return askAt(t, p, "/"+theSession+path, form, header...)
}

func askAt(t *testing.T, p payments, target string, form url.Values, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	serveHosted(p).ServeHTTP(w, r)
	return w
}

// goodForm is a form that is filled in well, for the given method.
func goodForm(method string) url.Values {
	return url.Values{
		"method": {method}, "name": {"Awa Diop"}, "email": {"awa@example.com"}, "phone": {""}, "address": {"12 rue Carnot"},
		"postal_code": {""}, "city": {"Dakar"}, "country": {"Sénégal"}, "phone_tel": {"+221 77 123 45 67"},
		"card_number": {"4242 4242 4242 4242"}, "card_expiry": {"4 / 2031"}, "card_cvc": {"123"},
	}
}

var styleTag = regexp.MustCompile(`(?s)<style>.*</style>`)

func TestPagesLookAsTheyDid(t *testing.T) {
	prompt := func(a *checkout.Attempt) {
		a.Next = checkout.Next{Kind: checkout.NextPrompt, Text: "•••••••••567"}
	}
	wallet := func(a *checkout.Attempt) { a.Next.Kind = checkout.NextSimulate }
	live, expired, unclear := openSession(), openSession(), openSession()
	live.state.Account.Livemode, live.state.Methods = true, nil
	expired.state.Session.Status = checkout.StatusExpired
	unclear.state.Account, unclear.state.Session.Title = checkout.Account{Livemode: true}, ""
	unclear.state.Session.Form, unclear.state.Session.CancelURL = checkout.Form{}, ""
	unclear.state.Methods, unclear.state.Session.Quantity = unclear.state.Methods[:1], 1
	look(t, []lookCase{
		{"open", "", openSession(), nil, 200},
		{"bare", "", unclear, nil, 200},
		{"faults", "/pay", openSession(), url.Values{"method": {"card"}, "name": {"Awa"}, "email": {"x"}}, 422},
		{"declined", "?tried=" + theAttempt, openSession().with(checkout.AttemptFailed, nil), nil, 200},
		{"unpayable", "", live, nil, 200},
		{"expired", "", expired, nil, 200},
		{"paid", "", openSession().paid(), nil, 200},
		{"wait", "/wait/" + theAttempt, openSession().with(checkout.AttemptOpen, nil), nil, 200},
		{"prompt", "/wait/" + theAttempt + "?n=10", openSession().with(checkout.AttemptOpen, prompt), nil, 200},
		{"simulate", "/simulate/" + theAttempt, openSession().with(checkout.AttemptOpen, wallet), nil, 200},
		{"missing", "/wait/txn_other", openSession(), nil, 404},
		{"real", "", realSession(), nil, 200},
		{"scan", "/wait/" + theAttempt, realSession().with(checkout.AttemptOpen, because("insufficient_funds", scan)), nil, 200},
		{"goon", "/wait/" + theAttempt, realSession().with(checkout.AttemptOpen, visitPage), nil, 200},
		{"hint", "/wait/" + theAttempt, realSession().with(checkout.AttemptOpen, answerPrompt), nil, 200},
		{"unsure", "/wait/" + theAttempt + "?n=10", realSession().with(checkout.AttemptUnsure, nil), nil, 200},
		{"started", "?tried=" + theAttempt, realSession().with(checkout.AttemptOpen, answerPrompt).with(checkout.AttemptOpen, visitPage), nil, 200},
		{"held", "", realSession().with(checkout.AttemptMismatch, nil), nil, 200},
		{"twice", "", openSession().paid().with(checkout.AttemptSurplus, nil), nil, 200},
	})
}

// lookCase is a page that is kept as a golden file in each language. path is below
// that of the session, or begins with /plink_.
type lookCase struct {
	name, path string
	payments   *fakePayments
	form       url.Values
	status     int
}

func look(t *testing.T, cases []lookCase) {
	for _, c := range cases {
		for _, l := range locales {
			name := c.name + "." + string(l)
			t.Run(name, func(t *testing.T) {
				mark := "?"
				if strings.Contains(c.path, "?") {
					mark = "&"
				}
				target := c.path + mark + "locale=" + string(l)
				if !strings.HasPrefix(target, "/plink_") {
					target = "/" + theSession + target
				}
				w := askAt(t, c.payments, target, c.form)
				if w.Code != c.status {
					t.Errorf("status %d, want %d", w.Code, c.status)
				}
				golden(t, name+".html", styleTag.ReplaceAllString(w.Body.String(), "<style/>"))
				whole, err := httputil.DumpResponse(w.Result(), true)
				if err != nil || len(whole) > maxWire {
					t.Errorf("%d bytes over the wire (%v), want at most %d", len(whole), err, maxWire)
				}
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from the page, which is now:\n%s", path, got)
	}
}
