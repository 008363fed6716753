package orange_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
)

// pageBody is the answer of the documents, with their escaped slashes.
//
// Source: Getting started, section 3.1.1, read 2026-11-25.
const pageBody = `{
   "status":201,
   "message":"OK",
   "pay_token":"f5720dd906203c62033ffe64ed75614785878b0ab2231d9c582b2908fca0ab9a",
   "payment_url":"https:\/\/webpayment-qualif.orange-money.com\/payment\/pay_token\/f5720dd906203c62033ffe64ed75614785878b0ab2231d9c582b2908fca0ab9a",
   "notif_token":"dd497bda3b250e536186fc0663f32f40"
}`

// notifRef is SHA-256 of the notif_token above, by sha256sum.
const notifRef = "730b1ad36705246feb1831f1886ece8fff95623acf46617bb814cf6dceac5443"

func TestStartSendsWhatIsDocumented(t *testing.T) {
	sent := answers(http.StatusCreated, pageBody)
	now := clock.NewMock()
	now.Set(noon)
	p := newProvider(t, sent, func(c *orange.Config) {
		c.Clock, c.Country, c.Livemode = now, "ci", true
		c.Random = strings.NewReader("a nonce of 12")
	})
	got, err := p.Start(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	if len(sent.calls) != 2 {
		t.Fatalf("%d calls: %+v", len(sent.calls), sent.calls)
	}
	token, pay := sent.calls[0], sent.calls[1]
	for what, pair := range map[string][2]string{
		"token method":    {token.method, "POST"},
		"token url":       {token.url, "https://api.orange.com/oauth/v3/token"},
		"token basic":     {token.header.Get("Authorization"), "Basic b3JhbmdlLWNsaWVudDpvcmFuZ2Utc2VjcmV0"},
		"token type":      {token.header.Get("Content-Type"), "application/x-www-form-urlencoded"},
		"token body":      {token.body, "grant_type=client_credentials"},
		"payment method":  {pay.method, "POST"},
		"payment url":     {pay.url, "https://api.orange.com/orange-money-webpay/ci/v1/webpayment"},
		"payment bearer":  {pay.header.Get("Authorization"), "Bearer tok-1"},
		"payment type":    {pay.header.Get("Content-Type"), "application/json"},
		"payment accepts": {pay.header.Get("Accept"), "application/json"},
		"payment body": {pay.body, `{"merchant_key":"a86b2087","currency":"XOF","order_id":"` + attemptID + `","amount":1200,` +
			`"return_url":"https://pay.example/s/1","cancel_url":"https://pay.example/c/1",` +
			`"notif_url":"https://pay.example/webhooks/orange","lang":"fr","reference":"Chez Awa"}`},
		"ref":  {got.Ref, notifRef},
		"kind": {string(got.Next.Kind), "redirect"},
		"page": {got.Next.URL, "https://webpayment-qualif.orange-money.com/payment/pay_token/f5720dd906203c62033ffe64ed75614785878b0ab2231d9c582b2908fca0ab9a"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %s, want %s", what, pair[0], pair[1])
		}
	}
	if !got.Until.Equal(noon.Add(10*time.Minute)) || got.Until.Location() != time.UTC {
		t.Errorf("to be paid until %v", got.Until)
	}
	if got.Report != (checkout.Report{}) || strings.Contains(got.Secret, "f5720dd9") || got.Secret == "" {
		t.Errorf("started %+v", got)
	}
}

func TestStartFields(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*checkout.Order)
		field  string
		want   any
	}{
		{"sandbox counts in OUV", func(*checkout.Order) {}, "currency", "OUV"},
		{"the same number", func(*checkout.Order) {}, "amount", json.Number("1200")},
		{"the largest sum", func(o *checkout.Order) { o.Attempt.Amount.Amount = checkout.MaxAmount }, "amount", json.Number("9007199254740991")},
		{"english", func(o *checkout.Order) { o.Locale = "en" }, "lang", "en"},
		{"unknown language", func(o *checkout.Order) { o.Locale = "" }, "lang", "fr"},
		{"thirty letters", func(o *checkout.Order) { o.Title = strings.Repeat("a", 30) }, "reference", strings.Repeat("a", 30)},
		{"too long", func(o *checkout.Order) { o.Title = strings.Repeat("a", 31) }, "reference", strings.Repeat("a", 30)},
		{"no half letter", func(o *checkout.Order) { o.Title = strings.Repeat("a", 29) + "éé" }, "reference", strings.Repeat("a", 29)},
		{"no space at the cut", func(o *checkout.Order) { o.Title = strings.Repeat("a", 29) + " b" }, "reference", strings.Repeat("a", 29)},
		{"one line", func(o *checkout.Order) { o.Title = " L'épicerie\n d'Awa\t" }, "reference", "L'épicerie d'Awa"},
		{"no broken text", func(o *checkout.Order) { o.Title = "Awa\xff" }, "reference", "Awa"},
		{"no title", func(o *checkout.Order) { o.Title = "" }, "reference", ""},
		{"a URL with a query", func(o *checkout.Order) { o.SuccessURL = "https://pay.example/?a=1&b=<2>" }, "return_url", "https://pay.example/?a=1&b=<2>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent := answers(http.StatusCreated, pageBody)
			o := order()
			c.change(&o)
			if _, err := newProvider(t, sent, nil).Start(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			d := json.NewDecoder(strings.NewReader(sent.calls[1].body))
			d.UseNumber()
			var body map[string]any
			if err := d.Decode(&body); err != nil || body[c.field] != c.want {
				t.Errorf("%s is %v (%v), want %v", c.field, body[c.field], err, c.want)
			}
		})
	}
}

// TestStartRefusesWhatCannotWork demands a certain no without a call.
func TestStartRefusesWhatCannotWork(t *testing.T) {
	for name, change := range map[string]func(*checkout.Order){
		"euros":            func(o *checkout.Order) { o.Attempt.Amount.Currency = checkout.EUR },
		"nothing":          func(o *checkout.Order) { o.Attempt.Amount.Amount = 0 },
		"less":             func(o *checkout.Order) { o.Attempt.Amount.Amount = -1 },
		"long id":          func(o *checkout.Order) { o.Attempt.ID += "x" },
		"no notify URL":    func(o *checkout.Order) { o.NotifyURL = "" },
		"long success URL": func(o *checkout.Order) { o.SuccessURL += strings.Repeat("x", 120) },
		"no cancel URL":    func(o *checkout.Order) { o.CancelURL = "" },
	} {
		t.Run(name, func(t *testing.T) {
			sent := answers(http.StatusCreated, pageBody)
			o := order()
			change(&o)
			got, err := newProvider(t, sent, nil).Start(t.Context(), o)
			var declined *checkout.Declined
			if !errors.As(err, &declined) || declined.Reason != checkout.ReasonMerchant || declined.Err == nil {
				t.Errorf("got %+v, %v, want declined: merchant_setup", got, err)
			}
			if len(sent.calls) != 0 {
				t.Errorf("called %+v", sent.calls)
			}
		})
	}
}

// outcome is what an error of Start says.
type outcome string

const (
	fine     outcome = "no error"
	declined outcome = "declined"
	notSent  outcome = "not sent"
	bad      outcome = "bad credentials" // which is not sent, too
	throttle outcome = "throttled"       // which is not sent, too
	unclear  outcome = "unknown"
)

func outcomeOf(err error) outcome {
	var d *checkout.Declined
	var b *checkout.BadCredentials
	var th *checkout.Throttled
	switch {
	case err == nil:
		return fine
	case errors.As(err, &d):
		return declined
	case errors.As(err, &b):
		return bad
	case errors.As(err, &th):
		return throttle
	case errors.Is(err, checkout.ErrNotSent):
		return notSent
	}
	return unclear
}

func TestAnswersToStart(t *testing.T) {
	edit := func(old, replacement string) string { return strings.Replace(pageBody, old, replacement, 1) }
	documented := `{"code":23,"message":"Missing body field","description":"Key: 'WebPaymentInfo.OrderId' Error"}`
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   outcome
	}{
		{"as documented", 201, pageBody, fine},
		{"200", 200, pageBody, fine},
		{"status as text", 201, edit("201", `"201"`), fine},
		{"without status", 201, edit(`"status":201,`, ""), fine},
		{"400", 400, documented, declined},
		{"401", 401, `{"code":42,"message":"Expired credentials"}`, bad},
		{"403", 403, `{"code":50,"message":"Access denied"}`, bad},
		{"404", 404, `{"code":60,"message":"Resource not found"}`, declined},
		{"405", 405, "", declined},
		{"408", 408, "", unclear},
		{"409", 409, "", unclear},
		{"415", 415, "", declined},
		{"422", 422, "", declined},
		{"425", 425, "", unclear},
		{"429", 429, "", throttle},
		{"500", 500, `{"code":1,"message":"Internal error"}`, unclear},
		{"503", 503, "", unclear},
		{"504 in HTML", 504, "<html>Gateway timeout</html>", unclear},
		{"redirect", 302, "", unclear},
		{"204", 204, "", unclear},
		{"empty body", 201, "", unclear},
		{"HTML", 200, "<html>Welcome</html>", unclear},
		{"half of it", 201, pageBody[:len(pageBody)/2], unclear},
		{"an array", 201, "[]", unclear},
		{"null", 201, "null", unclear},
		{"huge", 201, strings.Repeat(" ", 1<<20) + pageBody, unclear},
		{"400 in the body", 201, edit("201", "400"), declined},
		{"401 in the body", 200, edit("201", "401"), bad},
		{"429 in the body", 200, edit("201", "429"), throttle},
		{"409 in the body", 200, edit("201", "409"), unclear},
		{"500 in the body", 200, edit("201", "500"), unclear},
		{"unknown number in the body", 200, edit("201", "1003"), unclear},
		{"200 in the body", 201, edit("201", "200"), unclear},
		{"a fraction in the body", 201, edit("201", "201.5"), unclear},
		{"a word for a status", 201, edit("201", `"OK"`), unclear},
		{"no pay_token", 201, edit("pay_token", "token"), unclear},
		{"no notif_token", 201, edit("notif_token", "token"), unclear},
		{"no payment_url", 201, edit("payment_url", "url"), unclear},
		{"a script for a page", 201, edit(`https:\/\/webpayment-qualif.orange-money.com`, `javascript:alert(1)`), unclear},
		{"a page over http", 201, edit("https:", "http:"), unclear},
		{"a page with a password", 201, edit(`https:\/\/`, `https:\/\/a:b@`), unclear},
		{"a page of nowhere", 201, edit(`https:\/\/webpayment-qualif.orange-money.com`, ""), unclear},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := newProvider(t, answers(c.status, c.body), nil).Start(t.Context(), order())
			if outcomeOf(err) != c.want {
				t.Errorf("%d %.200s: got %s (%v), want %s", c.status, c.body, outcomeOf(err), err, c.want)
			}
			if err != nil && got != (checkout.Started{}) {
				t.Errorf("an error, and %+v", got)
			}
			if err != nil && c.status/100 == 2 {
				for _, secret := range []string{"f5720dd9", "dd497bda"} {
					for e := err; e != nil; e = errors.Unwrap(e) {
						if strings.Contains(e.Error(), secret) {
							t.Errorf("the error holds a token: %v", e)
						}
					}
				}
			}
		})
	}
}

// TestFaultsOfTheConnection uses sockets of this machine.
func TestFaultsOfTheConnection(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	serve := func(h http.HandlerFunc) string {
		mux := http.NewServeMux()
		mux.HandleFunc("/oauth/v3/token", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"access_token":"tok-1","expires_in":3600}`)
		})
		mux.HandleFunc("/", h)
		s := httptest.NewServer(mux)
		t.Cleanup(s.Close)
		return s.URL
	}
	for _, c := range []struct {
		name string
		base string
		want outcome
	}{
		{"nobody listens", "http://" + closed.Addr().String(), notSent},
		{"the connection breaks", serve(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), unclear},
		{"the answer breaks off", serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, pageBody[:100])
		}), unclear},
		{"redirected", serve(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}), unclear},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvider(t, nil, func(o *orange.Config) { o.BaseURL = c.base })
			if _, err := p.Start(t.Context(), order()); outcomeOf(err) != c.want {
				t.Errorf("got %s (%v), want %s", outcomeOf(err), err, c.want)
			}
		})
	}
	t.Run("no answer in time", func(t *testing.T) {
		arrived := make(chan struct{})
		base := serve(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // or nobody notices that the client has gone
			close(arrived)
			<-r.Context().Done()
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-arrived
			cancel()
		}()
		p := newProvider(t, nil, func(o *orange.Config) { o.BaseURL = base })
		if _, err := p.Start(ctx, order()); outcomeOf(err) != unclear {
			t.Errorf("got %s (%v), want %s", outcomeOf(err), err, unclear)
		}
	})
}

func TestNoChanceIsNotSent(t *testing.T) {
	sent := answers(http.StatusCreated, pageBody)
	p := newProvider(t, sent, func(c *orange.Config) { c.Random = strings.NewReader("short") })
	if _, err := p.Start(t.Context(), order()); outcomeOf(err) != notSent || len(sent.calls) != 0 {
		t.Errorf("%v after %d calls", err, len(sent.calls))
	}
}
