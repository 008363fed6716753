package main

import (
	"bufio"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/webhook"
)

const testSecret = "whsec_c2hvcA=="

// news returns the body of a message.
func news(id, event string) string {
	return fmt.Sprintf(`{"id":%q,"event":%q,"timestamp":"2026-03-01T09:30:15.250Z","data":{"transaction_id":"txn_%s",`+
		`"checkout_session_id":"cs_1","status":"completed","gross_amount":10000,"currency_code":"XOF"}}`, id, event, id)
}

// newTestShop returns a shop without an engine.
func newTestShop(t *testing.T) *shop {
	t.Helper()
	pages, err := template.ParseFS(demoFiles, "demo/*.html")
	if err != nil {
		t.Fatal(err)
	}
	return &shop{url: "http://shop.example", inbox: newInbox(testSecret), pages: pages}
}

// deliver sends the shop a message and returns the status of its answer.
func deliver(s *shop, body, signature string) int {
	r := httptest.NewRequest("POST", "/webhooks", strings.NewReader(body))
	r.Header.Set("X-Lomi-Signature", signature)
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, r)
	return w.Code
}

// frontPage returns the shop's page.
func frontPage(s *shop) string {
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	return w.Body.String()
}

func TestShopShowsVerifiedWebhooksOnly(t *testing.T) {
	body := news("evt_1", "PAYMENT_SUCCEEDED")
	good := webhook.SignLomi(testSecret, []byte(body))
	large := `{"id":"` + strings.Repeat("x", maxAnswer) + `"}`
	tests := []struct {
		name, body, signature string
		status                int
	}{
		{"signed", body, good, 204},
		{"not signed", body, "", 401},
		{"made up", body, strings.Repeat("0", 64), 401},
		{"signed with another secret", body, webhook.SignLomi("whsec_b3RoZXI=", []byte(body)), 401},
		{"signed with no secret", body, webhook.SignLomi("", []byte(body)), 401},
		{"of another body", body + " ", good, 401},
		{"with a prefix", body, "sha256=" + good, 401},
		{"in capitals", body, strings.ToUpper(good), 401},
		{"too large", large, webhook.SignLomi(testSecret, []byte(large)), 401},
		{"signed, but not JSON", "hello", webhook.SignLomi(testSecret, []byte("hello")), 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newTestShop(t)
			if got := deliver(s, tt.body, tt.signature); got != tt.status {
				t.Errorf("answered %d, want %d", got, tt.status)
			}
			letters, _ := s.inbox.list()
			shown := strings.Contains(frontPage(s), "<li>")
			if kept := tt.status == 204; shown != kept || (len(letters) == 1) != kept {
				t.Errorf("kept %+v, shown %v, want %v", letters, shown, kept)
			}
		})
	}
}

func TestShopShowsWhatAWebhookSays(t *testing.T) {
	s := newTestShop(t)
	if page := frontPage(s); !strings.Contains(page, "Nothing yet") {
		t.Errorf("an empty inbox: %s", page)
	}
	for _, event := range []string{"PAYMENT_CREATED", "PAYMENT_SUCCEEDED"} {
		body := news("evt_"+event, event)
		deliver(s, body, webhook.SignLomi(testSecret, []byte(body)))
	}
	page := frontPage(s)
	for _, want := range []string{"PAYMENT_SUCCEEDED", "txn_evt_PAYMENT_SUCCEEDED", "10\u202f000\u00a0F\u202fCFA", ">completed<", "09:30:15 UTC",
		`datetime="2026-03-01T09:30:15.250Z"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page:\n%s", want, page)
		}
	}
	if strings.Index(page, "PAYMENT_SUCCEEDED") > strings.Index(page, "PAYMENT_CREATED") {
		t.Error("the newest message is not the first")
	}
}

func TestInboxKeepsAMessageThatComesTwiceOnce(t *testing.T) {
	s := newTestShop(t)
	body := news("evt_1", "PAYMENT_SUCCEEDED")
	for range 2 {
		if got := deliver(s, body, webhook.SignLomi(testSecret, []byte(body))); got != 204 {
			t.Errorf("answered %d, want 204", got)
		}
	}
	if letters, _ := s.inbox.list(); len(letters) != 1 {
		t.Errorf("kept %d messages, want 1", len(letters))
	}
}

func TestInboxKeepsTheNewestMessages(t *testing.T) {
	b := newInbox(testSecret)
	for i := range maxLetters + 3 {
		b.add(letter{ID: fmt.Sprint(i)})
	}
	letters, _ := b.list()
	if len(letters) != maxLetters || letters[0].ID != "3" {
		t.Errorf("kept %d from %s, want %d from 3", len(letters), letters[0].ID, maxLetters)
	}
}

func TestShopEscapesWhatWebhooksSay(t *testing.T) {
	s := newTestShop(t)
	s.inbox.add(letter{ID: "1", Event: "<script>alert(1)</script>", Data: apiTransaction{
		ID: "</p><img src=x onerror=alert(2)>", Status: `"><b>`, CurrencyCode: "<i>\n\ndata: <u>"}})
	w := httptest.NewRecorder()
	ended, end := context.WithCancel(t.Context())
	end()
	s.watch(w, httptest.NewRequestWithContext(ended, "GET", "/inbox", nil))
	for place, text := range map[string]string{"page": frontPage(s), "stream": w.Body.String()} {
		for _, bad := range []string{"<script>alert", "<img", "<b>", "<i>", "<u>"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: %s came through", place, bad)
			}
		}
		if !strings.Contains(text, "&lt;script&gt;alert(1)&lt;/script&gt;") {
			t.Errorf("%s: the event is not shown as text:\n%s", place, text)
		}
	}
}

func TestInboxIsStreamedAsItChanges(t *testing.T) {
	s := newTestShop(t)
	server := httptest.NewServer(s.handler())
	defer server.Close()
	res, err := http.Get(server.URL + "/inbox")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(res.Body)
	for _, want := range []string{"Nothing yet", "ONE", "TWO"} {
		var message []string
		for lines.Scan() && lines.Text() != "" {
			line, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				t.Errorf("a line of the stream is %q", lines.Text())
			}
			message = append(message, line)
		}
		if text := strings.Join(message, "\n"); !strings.Contains(text, want) {
			t.Errorf("the stream says %q, want %s", text, want)
		}
		if next := map[string]string{"Nothing yet": "ONE", "ONE": "TWO"}[want]; next != "" {
			s.inbox.add(letter{ID: next, Event: next})
		}
	}
}

func TestShopBelievesTheAPIAndNotTheAddress(t *testing.T) {
	onStage(t, false, func(ctx context.Context, d *demo) {
		c := customer{d.api.client}
		front, err := c.open(ctx, d.shop.url+"/")
		if err != nil {
			t.Fatal(err)
		}
		bought, err := c.send(ctx, front, nil, "", "")
		if err != nil || bought.location == nil {
			t.Fatalf("buying: %+v, %v", bought, err)
		}
		id := bought.location.Path[1:]
		tests := []struct {
			path   string
			status int
			text   string
		}{
			{"/thanks?session_id=" + id, 200, "This order is not paid"},
			{"/thanks?session_id=cs_none", 404, "no such order"},
			{"/thanks?session_id=..%2Fme", 404, "no such order"},
			{"/thanks", 404, "no such order"},
			{"/thanks?session_id=%7BCHECKOUT_SESSION_ID%7D", 502, "placeholder"},
			{"/cancelled", 200, "You went back without paying"},
			{"/else", 404, "not found"},
		}
		for _, tt := range tests {
			p, err := c.open(ctx, d.shop.url+tt.path)
			if err != nil || p.status != tt.status || !strings.Contains(p.text, tt.text) {
				t.Errorf("%s: got %+v, %v, want %d, %q", tt.path, p, err, tt.status, tt.text)
			}
		}
		d.shop.api.key = "lomi_sk_test_other"
		if p, err := c.send(ctx, front, nil, "", ""); err != nil || p.status != http.StatusBadGateway || !strings.Contains(p.text, "401") {
			t.Errorf("buying with a bad key: %+v, %v", p, err)
		}
	})
}

func TestShopTakesNoOrdersFromOtherSites(t *testing.T) {
	r := httptest.NewRequest("POST", "/buy", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	newTestShop(t).handler().ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("answered %d, want 403", w.Code)
	}
}

func TestCustomerSendsWhatABrowserWouldSend(t *testing.T) {
	page := `<!doctype html><html><head><title>T</title><style>a>b{c:d}</style></head><body><h1>A &amp; B</h1>
<form method="post" action="next?x=1"><input name="kept" value="1 &lt; 2"><input name="plain"><input name="unnamed-is-not-this">
<input type="radio" name="method" value="a" required checked><input type="radio" name="method" value="b" required><input value="nameless">
<button name="go" value="left">L</button><button>Plain</button></form></body></html>`
	base, _ := url.Parse("http://shop.example/a/b")
	p := &webPage{url: base}
	if err := p.read(strings.NewReader(page)); err != nil {
		t.Fatal(err)
	}
	if p.heading != "A & B" || p.text != "T A & B L Plain" || len(p.forms) != 1 {
		t.Fatalf("read %+v", p)
	}
	f := p.forms[0]
	if got := f.action.String(); got != "http://shop.example/a/next?x=1" {
		t.Errorf("the form goes to %s", got)
	}
	if got := f.fields.Encode(); got != "kept=1+%3C+2&method=a&plain=&unnamed-is-not-this=" {
		t.Errorf("the form holds %s", got)
	}
	if got := f.buttons.Encode(); got != "go=left" {
		t.Errorf("the buttons are %s", got)
	}
	_, err := customer{}.send(t.Context(), p, nil, "go", "right")
	if err == nil || !strings.Contains(err.Error(), "no button go=right") {
		t.Errorf("a button that is not there: %v", err)
	}
}

func TestAmountsAreWrittenAsPeopleWriteThem(t *testing.T) {
	tests := []struct {
		amount int64
		code   string
		want   string
	}{
		{10000, "XOF", "10 000 F CFA"},
		{0, "XOF", "0 F CFA"},
		{123450, "EUR", "1 234,50 €"},
		{7, "??", "7 ??"},
		{7, "", "7 ?"},
	}
	for _, tt := range tests {
		if got := plain(amountText(tt.amount, tt.code)); got != tt.want {
			t.Errorf("%d %s: got %q, want %q", tt.amount, tt.code, got, tt.want)
		}
	}
}
