package mtntest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

func TestRequestsAreChecked(t *testing.T) {
	for _, c := range []struct {
		name   string
		xof    bool
		change map[string]any
		header []string
		status int
		want   string
	}{
		{"good", false, nil, nil, 202, ""},
		{"good in francs", true, nil, nil, 202, ""},
		{"cents", false, map[string]any{"amount": "10.50"}, nil, 202, ""},
		{"half a franc", true, map[string]any{"amount": "10.50"}, nil, 400, "amount"},
		{"number", false, map[string]any{"amount": 1000}, nil, 400, "body"},
		{"nothing", false, map[string]any{"amount": "0"}, nil, 400, "amount"},
		{"negative", false, map[string]any{"amount": "-1"}, nil, 400, "amount"},
		{"francs in the sandbox", false, map[string]any{"currency": "XOF"}, nil, 500, "INVALID_CURRENCY"},
		{"euros in production", true, map[string]any{"currency": "EUR"}, nil, 500, "INVALID_CURRENCY"},
		{"plus", false, payer("+2250504030201"), nil, 400, "payer"},
		{"local number", true, payer("0504030201"), nil, 400, "payer"},
		{"no payer", false, map[string]any{"payer": nil}, nil, 400, "payer"},
		{"no externalId", false, map[string]any{"externalId": ""}, nil, 400, "externalId"},
		{"apostrophe", false, map[string]any{"payeeNote": "l'eau"}, nil, 400, "payeeNote"},
		{"accent", false, map[string]any{"payerMessage": "café"}, nil, 400, "payeeNote"},
		{"long note", false, map[string]any{"payerMessage": strings.Repeat("a", 161)}, nil, 400, "payeeNote"},
		{"no UUID", false, nil, []string{"X-Reference-Id", "txn_1"}, 400, "X-Reference-Id"},
		{"UUID of another version", false, nil, []string{"X-Reference-Id", "00000000-0000-1000-8000-000000000001"}, 400, "X-Reference-Id"},
		{"no JSON", false, nil, []string{"Content-Type", "text/plain"}, 400, "Content-Type"},
		{"callback", false, nil, []string{"X-Callback-Url", "https://pay.example/a"}, 202, ""},
		{"callback elsewhere", false, nil, []string{"X-Callback-Url", "https://evil.example/a"}, 500, "INVALID_CALLBACK_URL_HOST"},
		{"callback with slashes", false, nil, []string{"X-Callback-Url", "https://pay.example//a"}, 400, "X-Callback-Url"},
		{"no callback URL", false, nil, []string{"X-Callback-Url", "pay.example"}, 400, "X-Callback-Url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Config{XOF: c.xof, CallbackHost: "pay.example"})
			if status, text := b.collect(1, c.change, c.header...); status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("got %d %s, want %d %s", status, text, c.status, c.want)
			}
			if got := len(b.Payments()); got != map[bool]int{true: 1}[c.status == 202] {
				t.Errorf("%d payments", got)
			}
		})
	}
}

func TestNumbersDecide(t *testing.T) {
	for _, xof := range []bool{false, true} {
		for msisdn, want := range map[string]struct {
			refused string // the answer to the request, "" for 202
			first   string
			later   string // 25 seconds later
		}{
			"46733123450":   {"", "FAILED INTERNAL_PROCESSING_ERROR", "FAILED INTERNAL_PROCESSING_ERROR"},
			"46733123451":   {"", "FAILED APPROVAL_REJECTED", "FAILED APPROVAL_REJECTED"},
			"46733123452":   {"", "FAILED EXPIRED", "FAILED EXPIRED"},
			"46733123453":   {"", "PENDING", "PENDING"},
			"46733123454":   {"", "CREATED", "SUCCESSFUL"},
			"46733123455":   {"", "FAILED PAYER_NOT_FOUND", "FAILED PAYER_NOT_FOUND"},
			"46733123456":   {"", "FAILED PAYEE_NOT_ALLOWED_TO_RECEIVE", "FAILED PAYEE_NOT_ALLOWED_TO_RECEIVE"},
			"46733123457":   {"500 NOT_ALLOWED", "", ""},
			"46733123458":   {"500 NOT_ALLOWED_TARGET_ENVIRONMENT", "", ""},
			"46733123459":   {"500 INVALID_CALLBACK_URL_HOST", "", ""},
			"46733123460":   {"500 INVALID_CURRENCY", "", ""},
			"46733123461":   {"", "FAILED INTERNAL_PROCESSING_ERROR", "FAILED INTERNAL_PROCESSING_ERROR"},
			"46733123462":   {"503 SERVICE_UNAVAILABLE", "", ""},
			"46733123463":   {"", "FAILED COULD_NOT_PERFORM_TRANSACTION", "FAILED COULD_NOT_PERFORM_TRANSACTION"},
			"46733123464":   {"", "FAILED TRANSFER_TYPE_UNKNOWN", "FAILED TRANSFER_TYPE_UNKNOWN"},
			"2250504030201": {"", "SUCCESSFUL", "SUCCESSFUL"},
		} {
			b := newBench(t, Config{XOF: xof})
			status, text := b.collect(1, payer(msisdn))
			if want.refused != "" {
				var e struct{ Code string }
				if err := json.Unmarshal([]byte(text), &e); err != nil || fmt.Sprint(status, " ", e.Code) != want.refused {
					t.Errorf("%s: got %d %s, want %s", msisdn, status, text, want.refused)
				}
				continue
			}
			if got := b.status(1); got != want.first {
				t.Errorf("%s: got %s, want %s", msisdn, got, want.first)
			}
			b.now.Add(25 * time.Second)
			if got := b.status(1); got != want.later {
				t.Errorf("%s: later got %s, want %s", msisdn, got, want.later)
			}
		}
	}
}

func TestPromptEndsAfterFiveMinutes(t *testing.T) {
	b := newBench(t, Config{XOF: true, Manual: true})
	b.collect(1, nil)
	b.now.Add(5*time.Minute - time.Second)
	if got := b.status(1); got != "PENDING" {
		t.Errorf("in the last second: %s", got)
	}
	b.now.Add(time.Second)
	if got := b.status(1); got != "FAILED COULD_NOT_PERFORM_TRANSACTION" {
		t.Errorf("after five minutes: %s", got)
	}
	if err := b.Approve(uuid(1)); err == nil {
		t.Error("approved afterwards")
	}
}

func TestSameReferenceTwice(t *testing.T) {
	b := newBench(t, Config{})
	b.collect(1, nil)
	if status, text := b.collect(1, map[string]any{"amount": "5"}); status != 409 || !strings.Contains(text, "RESOURCE_ALREADY_EXIST") {
		t.Errorf("got %d %s", status, text)
	}
	if got := b.Received()["EUR"]; got != 100_000 {
		t.Errorf("received %d", got)
	}
	if status, text := b.do("GET", "/collection/v1_0/requesttopay/"+uuid(2), b.auth("collection"), ""); status != 404 || !strings.Contains(text, "RESOURCE_NOT_FOUND") {
		t.Errorf("unknown: %d %s", status, text)
	}
}

func TestCallbacks(t *testing.T) {
	for _, put := range []bool{false, true} {
		b := newBench(t, Config{XOF: true, Manual: true, Put: put})
		b.collect(1, nil, "X-Callback-Url", "http://127.0.0.1:8080/webhooks/mtn/token")
		if err := b.Deliver(context.Background()); err != nil || len(b.mail) != 0 {
			t.Fatalf("%d callbacks, %v", len(b.mail), err)
		}
		if err := b.Approve("txn_1"); err != nil {
			t.Fatal(err)
		}
		if err := b.Deliver(context.Background()); err != nil || len(b.mail) != 1 {
			t.Fatalf("%d callbacks, %v", len(b.mail), err)
		}
		method := map[bool]string{false: "POST", true: "PUT"}[put]
		if r := b.mail[0]; r.Method != method || r.URL.String() != "http://127.0.0.1:8080/webhooks/mtn/token" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		_, status := b.do("GET", "/collection/v1_0/requesttopay/"+uuid(1), b.auth("collection"), "")
		if b.body[0] != status || !strings.Contains(status, `"status":"SUCCESSFUL"`) {
			t.Errorf("the callback says\n%s\nthe status\n%s", b.body[0], status)
		}
	}
}

// TestCallbackOfAPromptThatEnds needs no call of the API in between.
func TestCallbackOfAPromptThatEnds(t *testing.T) {
	b := newBench(t, Config{Manual: true})
	b.collect(1, nil, "X-Callback-Url", "http://127.0.0.1/a")
	b.now.Add(5 * time.Minute)
	if err := b.Deliver(context.Background()); err != nil || len(b.body) != 1 || !strings.Contains(b.body[0], "COULD_NOT_PERFORM_TRANSACTION") {
		t.Errorf("%q, %v", b.body, err)
	}
}

func TestCallbackBeforeTheAnswer(t *testing.T) {
	b := newBench(t, Config{})
	b.Messages(simulator.First)
	b.Inject("/requesttopay", simulator.ErrorAfter)
	if status, _ := b.collect(1, nil, "X-Callback-Url", "http://127.0.0.1/a"); status != 500 || len(b.mail) != 1 {
		t.Errorf("%d, %d callbacks", status, len(b.mail))
	}
}

func TestMoves(t *testing.T) {
	for name, c := range map[string]struct {
		move func(b *bench) error
		want string
	}{
		"approve": {func(b *bench) error { return b.Approve("txn_1") }, "SUCCESSFUL"},
		"reject":  {func(b *bench) error { return b.Reject(uuid(1)) }, "FAILED APPROVAL_REJECTED"},
		"expire":  {func(b *bench) error { return b.Expire("txn_1") }, "FAILED EXPIRED"},
		"fail":    {func(b *bench) error { return b.Fail("txn_1", "NOT_ENOUGH_FUNDS") }, "FAILED NOT_ENOUGH_FUNDS"},
		"amount":  {func(b *bench) error { return b.ApproveAmount("txn_1", 999, "XOF") }, "SUCCESSFUL"},
	} {
		b := newBench(t, Config{XOF: true, Manual: true})
		b.collect(1, nil)
		if err := c.move(b); err != nil || b.status(1) != c.want {
			t.Errorf("%s: %s, %v, want %s", name, b.status(1), err, c.want)
		}
		if err := c.move(b); err == nil {
			t.Errorf("%s: twice", name)
		}
		if got, want := b.Received()["XOF"], map[string]int64{"approve": 1000, "amount": 999}[name]; got != want {
			t.Errorf("%s: received %d, want %d", name, got, want)
		}
		if err := b.Approve("txn_2"); err == nil {
			t.Errorf("%s: approved what there is not", name)
		}
	}
}

func TestControlAPI(t *testing.T) {
	for action, want := range map[string]string{
		"pay": "SUCCESSFUL", "cancel": "FAILED APPROVAL_REJECTED", "fail": "FAILED INTERNAL_PROCESSING_ERROR", "expire": "FAILED EXPIRED",
	} {
		b := newBench(t, Config{Manual: true})
		b.collect(1, nil)
		if status, text := b.do("POST", "/simulate/"+action+"/txn_1", nil, ""); status != 200 || b.status(1) != want {
			t.Errorf("%s: %d %s, %s", action, status, text, b.status(1))
		}
		if status, _ := b.do("POST", "/simulate/"+action+"/txn_1", nil, ""); status != 400 {
			t.Errorf("%s twice: %d", action, status)
		}
	}
}

// TestControlWithMore has programs pay another sum, and fail for a reason.
func TestControlWithMore(t *testing.T) {
	b := newBench(t, Config{Manual: true, XOF: true})
	b.collect(1, nil)
	b.collect(2, map[string]any{"externalId": "txn_2"})
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"fail/txn_2/owl", "", 400, "code must be one of INTERNAL_PROCESSING_ERROR, APPROVAL_REJECTED, "},
		{"fail/txn_2/PAYER_LIMIT_REACHED", "", 200, "ok"},
		{"pay/txn_1", `{"amount":500,"currency":"USD","tip":1}`, 400, "tip"},
		{"pay/txn_1", `{"amount":500,"currency":"USD"}`, 200, "ok"},
	} {
		if status, text := b.do("POST", "/simulate/"+c.path, nil, c.body); status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s %s: %d %s, want %d with %s", c.path, c.body, status, text, c.status, c.want)
		}
	}
	if p := b.Payments()[0]; p.Amount != "5.00" || p.Currency != "USD" || b.status(1) != "SUCCESSFUL" || b.status(2) != "FAILED PAYER_LIMIT_REACHED" {
		t.Errorf("%+v, %s, %s", p, b.status(1), b.status(2))
	}
}

// TestPromptEndsOnTheWay has the clock moved over the end of a prompt: the
// callback is sent before the answer.
func TestPromptEndsOnTheWay(t *testing.T) {
	for seconds, want := range map[string]int{"299": 0, "86400": 1} {
		b := newBench(t, Config{Manual: true})
		b.collect(1, nil, "X-Callback-Url", "https://shop.example/c")
		if status, text := b.do("POST", "/simulate/clock/advance", nil, `{"seconds":`+seconds+`}`); status != 200 || len(b.mail) != want {
			t.Errorf("after %s s: %d %s, %d callbacks, want %d", seconds, status, text, len(b.mail), want)
		}
		if left := !b.due().IsZero(); left != (want == 0) {
			t.Errorf("after %s s something waits: %t", seconds, left)
		}
	}
}

func TestPageOfPrompts(t *testing.T) {
	b := newBench(t, Config{Manual: true})
	b.collect(1, map[string]any{"payerMessage": "Coffee"})
	status, page := b.do("GET", "/", nil, "")
	if status != 200 || !strings.Contains(page, "1000 EUR") || !strings.Contains(page, "/prompts/"+uuid(1)+"/approve") {
		t.Errorf("%d %s", status, page)
	}
	if status, _ := b.do("POST", "/prompts/"+uuid(1)+"/win", nil, ""); status != 404 {
		t.Errorf("unknown button: %d", status)
	}
	if status, _ := b.do("POST", "/prompts/"+uuid(1)+"/approve", nil, ""); status != 303 || b.status(1) != "SUCCESSFUL" {
		t.Errorf("%d, %s", status, b.status(1))
	}
	if status, _ := b.do("POST", "/prompts/"+uuid(1)+"/reject", nil, ""); status != 409 {
		t.Errorf("after the end: %d", status)
	}
	if _, page := b.do("GET", "/", nil, ""); !strings.Contains(page, "No phone is asking") {
		t.Error(page)
	}
}

func TestAccountHolders(t *testing.T) {
	b := newBench(t, Config{})
	for number, want := range map[string]string{"2250504030201": "true", "46733123455": "false", "+225": "false"} {
		if status, text := b.do("GET", "/collection/v1_0/accountholder/msisdn/"+number+"/active", b.auth("collection"), ""); status != 200 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s, want %s", number, status, text, want)
		}
	}
}

func TestRunDelivers(t *testing.T) {
	got := make(chan []byte, 1)
	client := &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		got <- bytes.TrimSpace(body)
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, err
	})}
	b := &bench{t: t, Server: New(Config{Config: simulator.Config{Client: client}})}
	b.collect(1, nil, "X-Callback-Url", "http://127.0.0.1/a")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	if body := <-got; !bytes.Contains(body, []byte("SUCCESSFUL")) {
		t.Errorf("%s", body)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("no error")
	}
}

type trip func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
