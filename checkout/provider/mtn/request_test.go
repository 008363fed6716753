package mtn_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// same compares a request with what it must be, header by header.
func same(t *testing.T, got request, method, path, body string, header http.Header) {
	t.Helper()
	if got.method != method || got.path != path {
		t.Errorf("got %s %s, want %s %s", got.method, got.path, method, path)
	}
	if got.body != body {
		t.Errorf("%s: got body\n%s\nwant\n%s", path, got.body, body)
	}
	if !maps.EqualFunc(got.header, header, slices.Equal) {
		t.Errorf("%s: got header\n%v\nwant\n%v", path, got.header, header)
	}
}

func TestRequestsToTheByte(t *testing.T) {
	const pending = `{"status":"PENDING"}`
	d := &double{answer: func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return reply(http.StatusOK, pending), nil
		}
		return reply(http.StatusAccepted, ""), nil
	}}
	p, ctx, o := newProvider(t, config("mtnivorycoast", d)), context.Background(), order(xof(1000))
	o.Title = "Café « L'Été » n° 5"
	if _, err := p.Start(ctx, o); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Poll(ctx, o.Attempt); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Refund(ctx, refundOrder(xof(400))); err != nil {
		t.Fatal(err)
	}
	if _, err := p.PollRefund(ctx, refundOrder(xof(400))); err != nil {
		t.Fatal(err)
	}
	if len(d.sent) != 6 {
		t.Fatalf("%d requests, want 6", len(d.sent))
	}
	login := func(basic, subscription string) http.Header {
		return client.NewHeader("Authorization", "Basic "+basic, "Ocp-Apim-Subscription-Key", subscription)
	}
	call := func(subscription string, more ...string) http.Header {
		return client.NewHeader(append([]string{
			"Authorization", "Bearer token_1", "Ocp-Apim-Subscription-Key", subscription, "X-Target-Environment", "mtnivorycoast",
		}, more...)...)
	}
	same(t, d.sent[0], "POST", "/collection/token/", "", login("bXRuX3VzZXJfMTptdG5fYXBpX2tleV8x", "mtn_subscription_1"))
	same(t, d.sent[1], "POST", "/collection/v1_0/requesttopay",
		`{"amount":"1000","currency":"XOF","externalId":"`+attemptID+`","payer":{"partyIdType":"MSISDN","partyId":"2250504030201"},`+
			`"payerMessage":"Cafe L Ete n 5","payeeNote":"Cafe L Ete n 5"}`,
		call("mtn_subscription_1", "X-Reference-Id", attemptRef, "Content-Type", "application/json",
			"X-Callback-Url", "https://pay.example/webhooks/mtn/"+callback))
	same(t, d.sent[2], "GET", "/collection/v1_0/requesttopay/"+attemptRef, "", call("mtn_subscription_1"))
	same(t, d.sent[3], "POST", "/disbursement/token/", "", login("bXRuX3VzZXJfMjptdG5fYXBpX2tleV8y", "mtn_subscription_2"))
	same(t, d.sent[4], "POST", "/disbursement/v1_0/refund",
		`{"amount":"400","currency":"XOF","externalId":"`+refundID+`","payerMessage":"Rendu a l acheteur",`+
			`"payeeNote":"Rendu a l acheteur","referenceIdToRefund":"`+attemptRef+`"}`,
		call("mtn_subscription_2", "X-Reference-Id", refundRef, "Content-Type", "application/json"))
	same(t, d.sent[5], "GET", "/disbursement/v1_0/refund/"+refundRef, "", call("mtn_subscription_2"))
}

func TestAmountsAsTheyAreSent(t *testing.T) {
	for _, c := range []struct {
		name, environment string
		amount            checkout.Money
		want              string
	}{
		{"francs", "mtnbenin", xof(1), `"amount":"1","currency":"XOF"`},
		{"many francs", "mtnivorycoast", xof(checkout.MaxAmount), `"amount":"9007199254740991","currency":"XOF"`},
		{"euros", "sandbox", checkout.Money{Amount: 1050, Currency: checkout.EUR}, `"amount":"10.50","currency":"EUR"`},
		{"cents", "sandbox", checkout.Money{Amount: 7, Currency: checkout.EUR}, `"amount":"0.07","currency":"EUR"`},
		{"francs in the sandbox", "sandbox", xof(1000), `"amount":"1000","currency":"EUR"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &double{answer: always(http.StatusAccepted, "")}
			o := order(c.amount)
			if c.environment == "mtnbenin" {
				o.Phone = "0197123456"
			}
			if _, err := newProvider(t, config(c.environment, d)).Start(context.Background(), o); err != nil {
				t.Fatal(err)
			}
			if got := d.sent[1].body; !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %s in it", got, c.want)
			}
		})
	}
}

func TestPromptIsMaskedAndEnds(t *testing.T) {
	for environment, want := range map[string]struct {
		phone string
		next  checkout.Next
	}{
		"mtnivorycoast": {"0504030201", checkout.Next{Kind: checkout.NextPrompt, Text: "••••••••••201", Hint: "*133#"}},
		"mtnbenin":      {"0197123456", checkout.Next{Kind: checkout.NextPrompt, Text: "••••••••••456"}},
		"sandbox":       {"46733123450", checkout.Next{Kind: checkout.NextPrompt, Text: "••••••••450"}},
	} {
		o := order(xof(1000))
		o.Phone = want.phone
		got, err := newProvider(t, config(environment, &double{answer: always(http.StatusAccepted, "")})).Start(context.Background(), o)
		if err != nil || got.Next != want.next || got.Ref != attemptRef || !got.Until.Equal(noon.Add(5*time.Minute)) {
			t.Errorf("%s: got %+v, %v, want %+v", environment, got, err, want.next)
		}
	}
}

func TestFindTellsWhatStartWouldHave(t *testing.T) {
	d := &double{answer: func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			return reply(http.StatusAccepted, ""), nil
		}
		return reply(http.StatusOK, `{"status":"PENDING","payer":{"partyIdType":"MSISDN","partyId":"2250504030201"}}`), nil
	}}
	p, o := newProvider(t, config("mtnivorycoast", d)), order(xof(1000))
	started, err := p.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.Find(context.Background(), o.Attempt)
	if err != nil || found.Ref != started.Ref || found.Next != started.Next || !found.Until.Equal(started.Until) || found.Report.State != checkout.StatePending {
		t.Errorf("started %+v\nfound   %+v, %v", started, found, err)
	}
}

// TestImpossibleOrdersAreNotSent looks at the ways to end before a call.
func TestImpossibleOrdersAreNotSent(t *testing.T) {
	for _, c := range []struct {
		name, phone string
		amount      checkout.Money
		want        string
	}{
		{"no number", "", xof(1000), "declined payer_not_found"},
		{"old number", "04 03 02 01", xof(1000), "declined payer_not_found"},
		{"land line", "25 22 00 00 00", xof(1000), "declined payer_not_found"},
		{"another country", "+221 77 123 45 67", xof(1000), "declined payer_not_found"},
		{"another currency", "0504030201", checkout.Money{Amount: 1, Currency: checkout.USD}, "not sent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &double{}
			o := order(c.amount)
			o.Phone = c.phone
			_, err := newProvider(t, config("mtnivorycoast", d)).Start(context.Background(), o)
			if got := describeCall(err); got != c.want || len(d.sent) != 0 {
				t.Errorf("got %s (%v) after %d calls, want %s", got, err, len(d.sent), c.want)
			}
			if c.phone != "" && strings.Contains(err.Error(), c.phone) {
				t.Errorf("%v holds the number", err)
			}
		})
	}
}

func TestCallbackURLIsLeftOutIfMTNCouldNotUseIt(t *testing.T) {
	for base, want := range map[string]string{
		"https://pay.example/webhooks/mtn":     "https://pay.example/webhooks/mtn/" + callback,
		"https://pay.example/webhooks/mtn/":    "https://pay.example/webhooks/mtn/" + callback,
		"http://127.0.0.1:8080/webhooks/mtn":   "http://127.0.0.1:8080/webhooks/mtn/" + callback,
		"http://localhost/webhooks/mtn":        "http://localhost/webhooks/mtn/" + callback,
		"http://pay.example/webhooks/mtn":      "",
		"https://pay.example/webhooks/mtn?a=b": "",
		"":                                     "",
	} {
		d := &double{answer: always(http.StatusAccepted, "")}
		o := order(xof(1000))
		o.NotifyURL = base
		if _, err := newProvider(t, config("mtnivorycoast", d)).Start(context.Background(), o); err != nil {
			t.Fatal(err)
		}
		if got := d.sent[1].header.Get("X-Callback-Url"); got != want {
			t.Errorf("%q: got %q, want %q", base, got, want)
		}
	}
}
