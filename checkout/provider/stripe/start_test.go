package stripe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// recording keeps what was sent and answers as next does.
type recording struct {
	next     http.RoundTripper
	requests []sent
}

type sent struct {
	line   string
	header http.Header
	body   string
}

func (r *recording) RoundTrip(q *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	r.requests = append(r.requests, sent{q.Method + " " + q.URL.String(), q.Header.Clone(), string(body)})
	q.Body = io.NopCloser(strings.NewReader(string(body)))
	return r.next.RoundTrip(q)
}

// record returns w's provider, with everything it sends from now on.
func (w world) record(t *testing.T) (*Provider, *recording) {
	t.Helper()
	r := &recording{next: simulator.Transport(w.fake)}
	return newProvider(t, Config{Transport: r, Clock: w.now}), r
}

// sorted returns the pairs of a form, one a line, not escaped.
func sorted(t *testing.T, form string) string {
	t.Helper()
	values, err := url.ParseQuery(form)
	do(t, err)
	var lines []string
	for name, all := range values {
		for _, value := range all {
			lines = append(lines, name+"="+value)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestStartSendsExactlyThis(t *testing.T) {
	p, sent := newWorld(t).record(t)
	started, err := p.Start(t.Context(), order())
	do(t, err)
	if len(sent.requests) != 1 {
		t.Fatalf("%d calls, want 1", len(sent.requests))
	}
	q := sent.requests[0]
	if q.line != "POST https://api.stripe.com/v1/checkout/sessions" {
		t.Errorf("called %s", q.line)
	}
	header := http.Header{
		"Authorization": {"Bearer " + testKey}, "Stripe-Version": {"2026-07-29.dahlia"},
		"Content-Type": {"application/x-www-form-urlencoded"}, "Idempotency-Key": {attemptID},
	}
	if !reflect.DeepEqual(q.header, header) {
		t.Errorf("header\n%v, want\n%v", q.header, header)
	}
	// 1772456520 is 13:02 on 2 March 2026: the deadline and two minutes.
	want := `adaptive_pricing[enabled]=false
cancel_url=https://pay.example/back
client_reference_id=txn_01KB3Z8Y7QX4M2N6P9R0STVWXY
customer_email=awa@example.com
expires_at=1772456520
line_items[0][price_data][currency]=xof
line_items[0][price_data][product_data][name]=Thé à la menthe & co
line_items[0][price_data][unit_amount]=2500
line_items[0][quantity]=1
locale=fr
metadata[attempt]=txn_01KB3Z8Y7QX4M2N6P9R0STVWXY
mode=payment
payment_intent_data[metadata][attempt]=txn_01KB3Z8Y7QX4M2N6P9R0STVWXY
success_url=https://pay.example/done?s=1&t={CHECKOUT_SESSION_ID}`
	if got := sorted(t, q.body); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	if !strings.HasPrefix(started.Ref, "cs_test_") || started.Next.Kind != checkout.NextRedirect || started.Next.URL != "https://api.stripe.com/c/pay/"+started.Ref {
		t.Errorf("started %+v", started)
	}
	if want := providertest.Noon.Add(62 * time.Minute); !started.Until.Equal(want) || started.Until.Location() != time.UTC {
		t.Errorf("until %v, want %v", started.Until, want)
	}
}

func TestWhatIsLeftOutIsNotSent(t *testing.T) {
	p, sent := newWorld(t).record(t)
	o := order()
	o.Email, o.Locale, o.Title, o.Attempt.Amount = "", "", " ", checkout.Money{Amount: 1999, Currency: checkout.EUR}
	_, err := p.Start(t.Context(), o)
	do(t, err)
	form, err := url.ParseQuery(sent.requests[0].body)
	do(t, err)
	for name, want := range map[string][]string{
		"customer_email": nil, "locale": {"auto"},
		"line_items[0][price_data][product_data][name]": {"Payment"},
		"line_items[0][price_data][currency]":           {"eur"},
		"line_items[0][price_data][unit_amount]":        {"1999"},
	} {
		if got := form[name]; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if o.Locale = "fr"; title(o) != "Paiement" {
		t.Errorf("title %q", title(o))
	}
}

func TestThePageLivesAsLongAsStripeAllows(t *testing.T) {
	now := clock.NewMock()
	now.Set(providertest.Noon)
	p := newProvider(t, Config{Clock: now})
	for _, c := range []struct {
		name           string
		deadline, want time.Duration // from now on
	}{
		{"no deadline", -1 << 40, 31 * time.Minute},
		{"past", -time.Hour, 31 * time.Minute},
		{"now", 0, 31 * time.Minute},
		{"28 minutes", 28 * time.Minute, 31 * time.Minute},
		{"29 minutes", 29 * time.Minute, 31 * time.Minute},
		{"an hour", time.Hour, 62 * time.Minute},
		{"a day less 4 minutes", 24*time.Hour - 4*time.Minute, 24*time.Hour - 2*time.Minute},
		{"a day", 24 * time.Hour, 24*time.Hour - time.Minute},
		{"a week", 7 * 24 * time.Hour, 24*time.Hour - time.Minute},
	} {
		if got := p.until(providertest.Noon.Add(c.deadline)).Sub(providertest.Noon); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// stripeError is the body of an error.
func stripeError(kind, code, more string) string {
	return `{"error":{"type":"` + kind + `","code":"` + code + `","message":"No."` + more + `}}`
}

const openSession = `{"id":"cs_test_1","object":"checkout.session","status":"open","payment_status":"unpaid","amount_total":2500,"currency":"xof",` +
	`"expires_at":1772460120,"livemode":false,"metadata":{},"payment_intent":null,"url":"https://checkout.stripe.com/c/pay/cs_test_1#fid"}`

func TestAnswersToStart(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for _, c := range []struct {
		name  string
		reply reply
		want  string
	}{
		{"started", reply{status: 200, body: openSession}, "none"},
		{"dial fails", reply{err: dial}, "not sent"},
		{"timeout after it was sent", reply{err: context.DeadlineExceeded}, "unknown"},
		{"connection breaks", reply{err: io.ErrUnexpectedEOF}, "unknown"},
		{"401", reply{status: 401, body: stripeError("invalid_request_error", "", "")}, "bad credentials"},
		{"403", reply{status: 403, body: stripeError("invalid_request_error", "more_permissions_required", "")}, "bad credentials"},
		{"429", reply{status: 429, header: http.Header{"Retry-After": {"7"}}, body: stripeError("invalid_request_error", "rate_limit", "")}, "throttled 7s"},
		{"429 of HTML", reply{status: 429, body: "<html>"}, "throttled 0s"},
		{"too small", reply{status: 400, body: stripeError("invalid_request_error", "amount_too_small", "")}, "declined amount_too_small"},
		{"too large", reply{status: 400, body: stripeError("invalid_request_error", "amount_too_large", "")}, "declined amount_too_large"},
		{"bad email", reply{status: 400, body: stripeError("invalid_request_error", "email_invalid", `,"param":"customer_email"`)}, "declined declined"},
		{"bad URL", reply{status: 400, body: stripeError("invalid_request_error", "url_invalid", `,"param":"success_url"`)}, "declined merchant_setup"},
		{"no code", reply{status: 400, body: `{"error":{"type":"invalid_request_error"}}`}, "declined merchant_setup"},
		{"404", reply{status: 404, body: stripeError("invalid_request_error", "", "")}, "declined merchant_setup"},
		{"402", reply{status: 402, body: stripeError("card_error", "card_declined", `,"decline_code":"insufficient_funds"`)}, "declined insufficient_funds"},
		{"422", reply{status: 422, body: stripeError("invalid_request_error", "", "")}, "declined merchant_setup"},
		{"key was used for something else", reply{status: 400, body: stripeError("idempotency_error", "", "")}, "unknown"},
		{"key is in use", reply{status: 409, body: stripeError("invalid_request_error", "idempotency_key_in_use", "")}, "unknown"},
		{"408", reply{status: 408, body: stripeError("invalid_request_error", "", "")}, "unknown"},
		{"400 of api_error", reply{status: 400, body: stripeError("api_error", "", "")}, "unknown"},
		{"400 of a new type", reply{status: 400, body: stripeError("weather_error", "", "")}, "unknown"},
		{"400 of HTML", reply{status: 400, body: "<html>Bad Request</html>"}, "unknown"},
		{"400 without a body", reply{status: 400}, "unknown"},
		{"400 of other JSON", reply{status: 400, body: `{"error":"no"}`}, "unknown"},
		{"500", reply{status: 500, body: stripeError("api_error", "", "")}, "unknown"},
		{"500 of invalid_request_error", reply{status: 500, body: stripeError("invalid_request_error", "", "")}, "unknown"},
		{"503 of HTML", reply{status: 503, body: "<html>"}, "unknown"},
		{"redirect", reply{status: 302, header: http.Header{"Location": {"https://elsewhere.example/"}}}, "unknown"},
		{"200 of HTML", reply{status: 200, body: "<html>"}, "unknown"},
		{"200 without a body", reply{status: 200}, "unknown"},
		{"200 cut off", reply{status: 200, body: openSession[:90]}, "unknown"},
		{"200 of null", reply{status: 200, body: "null"}, "unknown"},
		{"200 without end", reply{status: 200, body: strings.Repeat(" ", 1<<20) + openSession}, "unknown"},
		{"something else", reply{status: 200, body: strings.Replace(openSession, "cs_test_1", "pi_1", 1)}, "unknown"},
		{"the other mode", reply{status: 200, body: strings.Replace(openSession, `"livemode":false`, `"livemode":true`, 1)}, "unknown"},
		{"no page", reply{status: 200, body: strings.Replace(openSession, `"https://checkout.stripe.com/c/pay/cs_test_1#fid"`, "null", 1)}, "unknown"},
		{"page without TLS", reply{status: 200, body: strings.Replace(openSession, "https://checkout", "http://checkout", 1)}, "unknown"},
		{"page of script", reply{status: 200, body: strings.Replace(openSession, "https://checkout.stripe.com", "javascript:alert", 1)}, "unknown"},
		{"unknown status", reply{status: 200, body: strings.Replace(openSession, `"open"`, `"ajar"`, 1)}, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := replies(t, &c.reply)
			started, err := p.Start(t.Context(), order())
			if got := kind(err); got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
			if err != nil && started != (checkout.Started{}) {
				t.Errorf("an error and %+v", started)
			}
			if err != nil && strings.Contains(err.Error(), testKey) {
				t.Errorf("the error shows the key: %v", err)
			}
			if len(c.reply.calls) > 1 {
				t.Errorf("called %d times", len(c.reply.calls))
			}
		})
	}
}

func TestErrorsTellWhereToLook(t *testing.T) {
	p := replies(t, &reply{status: 400, header: http.Header{"Request-Id": {"req_42"}}, body: stripeError("invalid_request_error", "url_invalid", `,"param":"success_url"`)})
	_, err := p.Start(t.Context(), order())
	var declined *checkout.Declined
	if !errors.As(err, &declined) {
		t.Fatal(err)
	}
	for _, want := range []string{"req_42", "url_invalid", "success_url", "No.", "400"} {
		if !strings.Contains(declined.Err.Error(), want) {
			t.Errorf("%v does not say %s", declined.Err, want)
		}
	}
}

// TestPlainPagesOnThisMachine is for the simulated Stripe.
func TestPlainPagesOnThisMachine(t *testing.T) {
	r := &reply{status: 200, body: strings.Replace(openSession, "https://checkout.stripe.com", "http://127.0.0.1:12111", 1)}
	p, err := New(Config{
		SecretKey: testKey, WebhookSecrets: []client.Secret{testSecret},
		BaseURL: "http://127.0.0.1:12111", Transport: simulator.Transport(r),
	})
	do(t, err)
	if started, err := p.Start(t.Context(), order()); err != nil || started.Next.URL != "http://127.0.0.1:12111/c/pay/cs_test_1#fid" {
		t.Errorf("%+v, %v", started, err)
	}
}
