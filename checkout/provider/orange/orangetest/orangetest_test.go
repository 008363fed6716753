package orangetest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangetest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// inbox is a merchant that keeps the bodies of notifications.
type inbox struct{ bodies []string }

func (b *inbox) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if r.URL.String() != "https://pay.example/n" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		return nil, fmt.Errorf("%s %s", r.Method, r.URL)
	}
	b.bodies = append(b.bodies, string(body))
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// rig is a Server, its clock, and a client of it that shows good credentials.
type rig struct {
	*orangetest.Server
	now   *clock.Mock
	inbox *inbox
	http  *http.Client
	token string
}

func newRig(t *testing.T, c orangetest.Config) *rig {
	t.Helper()
	r := &rig{now: clock.NewMock(), inbox: &inbox{}}
	r.now.Set(noon)
	c.Clock, c.Client = r.now, &http.Client{Transport: r.inbox}
	r.Server = orangetest.New(c)
	r.http = &http.Client{
		Transport:     simulator.Transport(r.Server),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r.fetchToken(t)
	return r
}

func (r *rig) fetchToken(t *testing.T) {
	t.Helper()
	status, body := r.call(t, "/oauth/v3/token", "grant_type=client_credentials", func(q *http.Request) {
		q.SetBasicAuth(orangetest.DefaultClientID, orangetest.DefaultClientSecret)
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	})
	var got struct {
		TokenType   string `json:"token_type"`
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 || got.TokenType != "Bearer" || got.ExpiresIn <= 0 {
		t.Fatalf("%d %s, %v", status, body, err)
	}
	r.token = got.AccessToken
}

// call posts body and returns what is answered.
func (r *rig) call(t *testing.T, path, body string, change func(*http.Request)) (int, string) {
	t.Helper()
	q, err := http.NewRequest(http.MethodPost, "https://api.orange.com"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+r.token)
	q.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(q)
	}
	res, err := r.http.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// fields are those of a good payment, changed by pairs of names and JSON values;
// the value "" leaves a field out.
func fields(pairs ...string) string {
	f := map[string]json.RawMessage{
		"merchant_key": json.RawMessage(`"a86b2087"`), "currency": json.RawMessage(`"OUV"`), "order_id": json.RawMessage(`"txn_1"`),
		"amount": json.RawMessage("1200"), "lang": json.RawMessage(`"fr"`), "reference": json.RawMessage(`"Chez <Awa>"`),
		"return_url": json.RawMessage(`"https://shop.example/r?a=1&b=2"`), "cancel_url": json.RawMessage(`"https://shop.example/c"`),
		"notif_url": json.RawMessage(`"https://pay.example/n"`),
	}
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i]] = json.RawMessage(pairs[i+1])
		if pairs[i+1] == "" {
			delete(f, pairs[i])
		}
	}
	body, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return string(body)
}

const dev = "/orange-money-webpay/dev/v1/"

// start opens an order and returns it.
func (r *rig) start(t *testing.T, id string) orangetest.Order {
	t.Helper()
	if status, body := r.call(t, dev+"webpayment", fields("order_id", `"`+id+`"`), nil); status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	o, err := r.Order(id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// status asks for the status of o.
func (r *rig) status(t *testing.T, o orangetest.Order) orangetest.Status {
	t.Helper()
	status, body := r.call(t, dev+"transactionstatus", fmt.Sprintf(`{"order_id":%q,"amount":%d,"pay_token":%q}`, o.OrderID, o.Amount, o.PayToken), nil)
	var got struct {
		Status  orangetest.Status `json:"status"`
		OrderID string            `json:"order_id"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 201 || got.OrderID != o.OrderID || strings.Contains(body, "amount") {
		t.Fatalf("%d %s, %v", status, body, err)
	}
	return got.Status
}

func TestTokenEndpoint(t *testing.T) {
	r := newRig(t, orangetest.Config{})
	for _, c := range []struct {
		name, user, password, body string
		status                     int
		word                       string
	}{
		{"good", "orange-client", "orange-secret", "grant_type=client_credentials", 200, "access_token"},
		{"wrong secret", "orange-client", "x", "grant_type=client_credentials", 401, "invalid_client"},
		{"wrong client", "x", "orange-secret", "grant_type=client_credentials", 401, "invalid_client"},
		{"other grant", "orange-client", "orange-secret", "grant_type=password", 400, "unsupported_grant_type"},
		{"no grant", "orange-client", "orange-secret", "", 400, "unsupported_grant_type"},
	} {
		status, body := r.call(t, "/oauth/v3/token", c.body, func(q *http.Request) {
			q.SetBasicAuth(c.user, c.password)
			q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		})
		if status != c.status || !strings.Contains(body, c.word) {
			t.Errorf("%s: %d %s, want %d with %s", c.name, status, body, c.status, c.word)
		}
	}
	if got := r.Tokens(); got != 2 {
		t.Errorf("%d tokens", got)
	}
}

func TestTokensEnd(t *testing.T) {
	r := newRig(t, orangetest.Config{TokenLife: time.Minute})
	o := r.start(t, "txn_1")
	ask := func() (int, string) {
		return r.call(t, dev+"transactionstatus", fmt.Sprintf(`{"order_id":"txn_1","amount":1200,"pay_token":%q}`, o.PayToken), nil)
	}
	r.now.Add(time.Minute - time.Millisecond)
	if status, body := ask(); status != 201 {
		t.Errorf("before its end: %d %s", status, body)
	}
	r.now.Add(time.Millisecond)
	if status, body := ask(); status != 401 || !strings.Contains(body, `"code":42`) {
		t.Errorf("at its end: %d %s", status, body)
	}
	r.fetchToken(t)
	r.Revoke()
	if status, body := ask(); status != 401 || !strings.Contains(body, `"code":41`) {
		t.Errorf("revoked: %d %s", status, body)
	}
	r.token = ""
	if status, body := r.call(t, dev+"transactionstatus", "", func(q *http.Request) { q.Header.Del("Authorization") }); status != 401 || !strings.Contains(body, `"code":40`) {
		t.Errorf("without: %d %s", status, body)
	}
}

func TestPaymentsAreChecked(t *testing.T) {
	long := func(n int) string {
		return `"https://a.example/` + strings.Repeat("x", n-len("https://a.example/")) + `"`
	}
	for _, c := range []struct {
		name   string
		pairs  []string
		status int
		word   string
	}{
		{"good", nil, 201, `"status":201`},
		{"without lang and reference", []string{"lang", "", "reference", ""}, 201, "pay_token"},
		{"longest fields", []string{"order_id", `"` + strings.Repeat("x", 30) + `"`, "reference", `"` + strings.Repeat("é", 30) + `"`, "return_url", long(120)}, 201, "notif_token"},
		{"URLs of this machine", []string{"notif_url", `"http://127.0.0.1:8080/n"`, "return_url", `"http://localhost/"`, "cancel_url", `"http://[::1]/"`}, 201, "payment_url"},
		{"no key", []string{"merchant_key", ""}, 400, "'WebPaymentInfo.MerchantKey' Error"},
		{"another key", []string{"merchant_key", `"ffffffff"`}, 403, `"code":50`},
		{"francs", []string{"currency", `"XOF"`}, 400, "must be OUV"},
		{"no order", []string{"order_id", ""}, 400, `"code":23`},
		{"long order", []string{"order_id", `"` + strings.Repeat("x", 31) + `"`}, 400, "longer than 30"},
		{"long reference", []string{"reference", `"` + strings.Repeat("x", 31) + `"`}, 400, "longer than 30"},
		{"long URL", []string{"cancel_url", long(121)}, 400, "longer than 120"},
		{"no amount", []string{"amount", ""}, 400, `"code":23`},
		{"nothing", []string{"amount", "0"}, 400, "integer above 0"},
		{"less", []string{"amount", "-5"}, 400, "integer above 0"},
		{"a fraction", []string{"amount", "12.5"}, 400, "integer above 0"},
		{"a round fraction", []string{"amount", "1200.0"}, 400, "integer above 0"},
		{"an exponent", []string{"amount", "12e2"}, 400, "integer above 0"},
		{"too much", []string{"amount", "9223372036854775808"}, 400, "integer above 0"},
		{"a word", []string{"amount", `"much"`}, 400, `"code":22`},
		{"no notif_url", []string{"notif_url", ""}, 400, "NotifUrl"},
		{"plain http", []string{"return_url", `"http://shop.example/"`}, 400, "https"},
		{"a path", []string{"return_url", `"/thanks"`}, 400, "https"},
		{"a script", []string{"cancel_url", `"javascript:alert(1)"`}, 400, "https"},
		{"spanish", []string{"lang", `"es"`}, 400, "fr or en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, orangetest.Config{})
			status, body := r.call(t, dev+"webpayment", fields(c.pairs...), nil)
			if status != c.status || !strings.Contains(body, c.word) {
				t.Errorf("%v: %d %s, want %d with %s", c.pairs, status, body, c.status, c.word)
			}
			if got := len(r.Orders()); got == 1 != (c.status == 201) {
				t.Errorf("%d orders", got)
			}
		})
	}
	t.Run("used before", func(t *testing.T) {
		r := newRig(t, orangetest.Config{})
		r.start(t, "txn_1")
		if status, body := r.call(t, dev+"webpayment", fields(), nil); status != 400 || !strings.Contains(body, "used before") || len(r.Orders()) != 1 {
			t.Errorf("%d %s", status, body)
		}
	})
	t.Run("not JSON", func(t *testing.T) {
		r := newRig(t, orangetest.Config{})
		if status, body := r.call(t, dev+"webpayment", "order_id=1", nil); status != 400 || !strings.Contains(body, `"code":22`) {
			t.Errorf("%d %s", status, body)
		}
	})
	t.Run("a country", func(t *testing.T) {
		r := newRig(t, orangetest.Config{Country: "ci"})
		ci := "/orange-money-webpay/ci/v1/webpayment"
		if status, body := r.call(t, ci, fields(), nil); status != 400 || !strings.Contains(body, "must be XOF") {
			t.Errorf("OUV: %d %s", status, body)
		}
		if status, body := r.call(t, ci, fields("currency", `"XOF"`), nil); status != 201 || r.Currency() != "XOF" {
			t.Errorf("XOF: %d %s", status, body)
		}
		if status, body := r.call(t, dev+"webpayment", fields(), nil); status != 404 || !strings.Contains(body, `"code":60`) {
			t.Errorf("dev: %d %s", status, body)
		}
		if status, body := r.call(t, "/om/v1/webpayment", fields(), nil); status != 404 || !strings.Contains(body, `"code":60`) {
			t.Errorf("another path: %d %s", status, body)
		}
	})
	t.Run("no chance", func(t *testing.T) {
		r := newRig(t, orangetest.Config{Random: strings.NewReader("fourteen bytes and thirty-two bytes, but no more")})
		if status, body := r.call(t, dev+"webpayment", fields(), nil); status != 500 || len(r.Orders()) != 0 {
			t.Errorf("%d %s", status, body)
		}
		if status, body := r.call(t, "/oauth/v3/token", "grant_type=client_credentials", func(q *http.Request) {
			q.SetBasicAuth("orange-client", "orange-secret")
			q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}); status != 500 {
			t.Errorf("%d %s", status, body)
		}
	})
}

func TestStatusIsForWhoKnowsTheSum(t *testing.T) {
	r := newRig(t, orangetest.Config{})
	o, other := r.start(t, "txn_1"), r.start(t, "txn_2")
	for _, c := range []struct {
		body   string
		status int
		word   string
	}{
		{`{"order_id":"txn_1","amount":1200,"pay_token":"` + o.PayToken + `"}`, 201, `"status":"INITIATED","order_id":"txn_1","txnid":""`},
		{`{"order_id":"txn_1","amount":1201,"pay_token":"` + o.PayToken + `"}`, 404, `"code":60`},
		{`{"order_id":"txn_1","amount":1200.0,"pay_token":"` + o.PayToken + `"}`, 404, `"code":60`},
		{`{"order_id":"txn_1","amount":1200,"pay_token":"` + other.PayToken + `"}`, 404, `"code":60`},
		{`{"order_id":"txn_3","amount":1200,"pay_token":"` + o.PayToken + `"}`, 404, `"code":60`},
		{`{"order_id":"` + o.PayToken + `","amount":1200,"pay_token":"` + o.PayToken + `"}`, 404, `"code":60`},
		{`{"amount":1200,"pay_token":"x"}`, 400, "'GetTransactionStatusInfo.OrderId' Error"},
		{`{"order_id":"txn_1","pay_token":"x"}`, 400, "'Amount' failed"},
		{`{"order_id":"txn_1","amount":1200}`, 400, "'PayToken' failed"},
		{`{`, 400, `"code":22`},
	} {
		if status, body := r.call(t, dev+"transactionstatus", c.body, nil); status != c.status || !strings.Contains(body, c.word) {
			t.Errorf("%s: %d %s, want %d with %s", c.body, status, body, c.status, c.word)
		}
	}
}

// TestMoves goes from each status by each move.
func TestMoves(t *testing.T) {
	const ended = orangetest.Expired
	moves := map[string]func(*rig, string) error{
		"pay": (*rig).pay, "fail": (*rig).fail, "confirm": (*rig).confirm, "cancel": (*rig).cancel,
	}
	for _, c := range []struct {
		before []string // moves, or "time"
		move   string
		want   orangetest.Status
		ok     bool
	}{
		{nil, "pay", orangetest.Success, true},
		{nil, "fail", orangetest.Failed, true},
		{nil, "confirm", orangetest.Pending, true},
		{nil, "cancel", orangetest.Initiated, true},
		{[]string{"cancel"}, "pay", orangetest.Success, true},
		{[]string{"confirm"}, "pay", orangetest.Success, true},
		{[]string{"confirm"}, "fail", orangetest.Failed, true},
		{[]string{"confirm"}, "confirm", orangetest.Pending, false},
		{[]string{"confirm"}, "cancel", orangetest.Pending, false},
		{[]string{"confirm", "time"}, "pay", orangetest.Success, true}, // late money
		{[]string{"pay"}, "pay", orangetest.Success, false},
		{[]string{"pay"}, "fail", orangetest.Success, false},
		{[]string{"pay", "time"}, "cancel", orangetest.Success, false},
		{[]string{"fail"}, "pay", orangetest.Failed, false},
		{[]string{"time"}, "pay", ended, false},
		{[]string{"time"}, "fail", ended, false},
		{[]string{"time"}, "confirm", ended, false},
		{[]string{"time"}, "cancel", ended, false},
	} {
		t.Run(fmt.Sprint(c.before, " ", c.move), func(t *testing.T) {
			r := newRig(t, orangetest.Config{})
			o := r.start(t, "txn_1")
			for _, move := range c.before {
				if move == "time" {
					r.now.Add(10 * time.Minute)
				} else if err := moves[move](r, o.OrderID); err != nil {
					t.Fatal(err)
				}
			}
			owed := r.Owed()
			if err := moves[c.move](r, o.OrderID); (err == nil) != c.ok {
				t.Errorf("%v, want it possible: %t", err, c.ok)
			}
			if got := r.status(t, o); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			news := 0
			if c.ok && (c.move == "pay" || c.move == "fail") {
				news = 1
			}
			if got := r.Owed() - owed; got != news {
				t.Errorf("%d notifications, want %d", got, news)
			}
		})
	}
}

func (r *rig) pay(id string) error     { return r.Pay(id) }
func (r *rig) fail(id string) error    { return r.Fail(id, "any") }
func (r *rig) confirm(id string) error { return r.Confirm(id) }
func (r *rig) cancel(id string) error  { return r.Cancel(id) }

func TestLifeOfAnOrder(t *testing.T) {
	r := newRig(t, orangetest.Config{})
	o := r.start(t, "txn_1")
	r.now.Add(10*time.Minute - time.Millisecond)
	if got := r.status(t, o); got != orangetest.Initiated {
		t.Errorf("before its end %s", got)
	}
	r.now.Add(time.Millisecond)
	if got := r.status(t, o); got != orangetest.Expired {
		t.Errorf("at its end %s", got)
	}
	r = newRig(t, orangetest.Config{Untouched: true})
	o = r.start(t, "txn_1")
	r.now.Add(24 * time.Hour)
	r.fetchToken(t)
	if got := r.status(t, o); got != orangetest.Initiated {
		t.Errorf("untouched %s", got)
	}
	if err := r.Pay(o.OrderID); err == nil || r.status(t, o) != orangetest.Expired {
		t.Errorf("touched too late: %v, %s", err, r.status(t, o))
	}
}

func TestNotifications(t *testing.T) {
	r := newRig(t, orangetest.Config{})
	paid, failed := r.start(t, "txn_1"), r.start(t, "txn_2")
	if err := r.Notify(paid.OrderID); err == nil {
		t.Error("notified of nothing")
	}
	deliver := func(want ...string) {
		t.Helper()
		if err := r.Deliver(context.Background()); err != nil {
			t.Fatal(err)
		}
		if strings.Join(r.inbox.bodies, "\n") != strings.Join(want, "\n") {
			t.Errorf("got %q, want %q", r.inbox.bodies, want)
		}
		r.inbox.bodies = nil
	}
	good := `{"status":"SUCCESS","notif_token":"` + paid.NotifToken + `","txnid":"MP260302.1200.A00001"}`
	bad := `{"status":"FAILED","notif_token":"` + failed.NotifToken + `","txnid":"MP260302.1200.A00002"}`
	if err := errors.Join(r.Pay(paid.OrderID), r.Fail(failed.OrderID, "")); err != nil {
		t.Fatal(err)
	}
	deliver(good, bad)
	deliver()
	if err := errors.Join(r.Notify(paid.PayToken), r.Notify(paid.OrderID)); err != nil {
		t.Fatal(err)
	}
	deliver(good, good)
	r.Messages(simulator.Forged)
	if err := r.Notify(paid.OrderID); err != nil {
		t.Fatal(err)
	}
	deliver(strings.Replace(good, paid.NotifToken, "00000000000000000000000000000000", 1))
	r.Messages(simulator.First)
	if err := r.Notify(paid.OrderID); err != nil || len(r.inbox.bodies) != 1 {
		t.Errorf("first: %v, %q", err, r.inbox.bodies)
	}
	if got := r.Received(); len(got) != 1 || got["OUV"] != 1200 {
		t.Errorf("received %v", got)
	}
}

func TestUnknownOrders(t *testing.T) {
	r := newRig(t, orangetest.Config{})
	_, err := r.Order("txn_9")
	for what, err := range map[string]error{
		"order": err, "pay": r.Pay("txn_9"), "fail": r.Fail("txn_9", ""), "confirm": r.Confirm("txn_9"),
		"cancel": r.Cancel("txn_9"), "notify": r.Notify(""),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

// TestPage is a person with a browser, over a socket.
func TestPage(t *testing.T) {
	for _, c := range []struct {
		do     string
		status int
		to     string
		want   orangetest.Status
	}{
		{"pay", 303, "https://shop.example/r?a=1&b=2", orangetest.Success},
		{"fail", 303, "https://shop.example/r?a=1&b=2", orangetest.Failed},
		{"cancel", 303, "https://shop.example/c", orangetest.Initiated},
		{"", 400, "", orangetest.Initiated},
	} {
		t.Run(c.do, func(t *testing.T) {
			r := newRig(t, orangetest.Config{})
			server := httptest.NewServer(r)
			defer server.Close()
			r.http.Transport = rewrite(server.URL)
			o := r.start(t, "txn_1")
			page := server.URL + "/payment/pay_token/" + o.PayToken
			html := get(t, page, 200)
			for _, want := range []string{"1200 OUV", "currency of Orange's sandbox", "Chez &lt;Awa&gt;", "txn_1", `name="number"`, `name="otp"`, `value="pay"`, `value="fail"`, `value="cancel"`, "viewport"} {
				if !strings.Contains(html, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
			if strings.Contains(html, "<script") {
				t.Error("the page has a script")
			}
			browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			res, err := browser.PostForm(page, url.Values{"do": {c.do}, "number": {"7701100100"}, "otp": {"123456"}})
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != c.status || res.Header.Get("Location") != c.to {
				t.Errorf("%d to %s, want %d to %s", res.StatusCode, res.Header.Get("Location"), c.status, c.to)
			}
			if got, err := r.Order(o.OrderID); err != nil || got.Status != c.want {
				t.Errorf("%s, %v, want %s", got.Status, err, c.want)
			}
			if c.want == orangetest.Initiated {
				return
			}
			if html := get(t, page, 200); strings.Contains(html, "<form") || !strings.Contains(html, `href="https://shop.example/r?a=1&amp;b=2"`) {
				t.Errorf("the page afterwards: %s", html)
			}
			if res, err = browser.PostForm(page, url.Values{"do": {"pay"}}); err != nil || res.StatusCode != 409 {
				t.Errorf("pressed again: %v, %v", res.StatusCode, err)
			}
			res.Body.Close()
		})
	}
	r := newRig(t, orangetest.Config{})
	r.start(t, "txn_1")
	for _, token := range []string{"nothing", "txn_1"} { // an order_id is no secret
		if status, _ := r.call(t, "/payment/pay_token/"+token, "", nil); status == 303 {
			t.Errorf("%s opens a page", token)
		}
	}
}

// rewrite sends what is for api.orange.com to a server of this machine.
type rewrite string

func (to rewrite) RoundTrip(r *http.Request) (*http.Response, error) {
	u, err := url.Parse(string(to) + r.URL.RequestURI())
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL, r.Host = u, ""
	return http.DefaultTransport.RoundTrip(r)
}

func get(t *testing.T, page string, want int) string {
	t.Helper()
	res, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	html, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != want {
		t.Fatalf("%d %s, %v", res.StatusCode, html, err)
	}
	return string(html)
}

// TestControl plays the customer as a program in another language would.
func TestControl(t *testing.T) {
	r := newRig(t, orangetest.Config{})
	for i, c := range []struct {
		path string
		want orangetest.Status
	}{
		{"pay", orangetest.Success}, {"fail", orangetest.Failed}, {"confirm", orangetest.Pending}, {"cancel", orangetest.Initiated},
	} {
		o := r.start(t, fmt.Sprintf("txn_%d", i))
		if status, body := r.call(t, "/simulate/"+c.path+"/"+o.OrderID, "", nil); status != 200 || r.status(t, o) != c.want {
			t.Errorf("%s: %d %s, then %s", c.path, status, body, r.status(t, o))
		}
	}
	if status, body := r.call(t, "/simulate/notify/txn_0", "", nil); status != 200 || r.Owed() != 3 {
		t.Errorf("notify: %d %s, %d owed", status, body, r.Owed())
	}
	if status, body := r.call(t, "/simulate/pay/txn_9", "", nil); status != 400 || !strings.Contains(body, "no order") {
		t.Errorf("unknown: %d %s", status, body)
	}
	for path, body := range map[string]string{"pay/txn_3": `{"amount":500,"currency":"OUV"}`, "fail/txn_3/owl": ""} {
		if status, text := r.call(t, "/simulate/"+path, body, nil); status != 400 || !strings.Contains(text, "out\"") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if status, text := r.call(t, "/simulate/pay/txn_3", `{"tip":1}`, nil); status != 400 || !strings.Contains(text, "tip") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := r.call(t, "/simulate/clock/advance", `{"seconds":600}`, nil); status != 200 {
		t.Errorf("%d", status)
	}
	if got, err := r.Order("txn_3"); err != nil || got.Status != orangetest.Expired {
		t.Errorf("%s, %v", got.Status, err)
	}
}

func TestAddressOfThePage(t *testing.T) {
	r := newRig(t, orangetest.Config{})
	for host, want := range map[string]string{
		"api.orange.com": "https://api.orange.com/payment/pay_token/", "127.0.0.1:8080": "http://127.0.0.1:8080/payment/pay_token/",
		"localhost": "http://localhost/payment/pay_token/", "[::1]:80": "http://[::1]:80/payment/pay_token/",
	} {
		status, body := r.call(t, dev+"webpayment", fields("order_id", `"`+host+`"`), func(q *http.Request) { q.Host = host })
		var got struct {
			PaymentURL string `json:"payment_url"`
		}
		if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&got); err != nil || !strings.HasPrefix(got.PaymentURL, want) {
			t.Errorf("%s: %d %s, %v, want %s", host, status, body, err, want)
		}
	}
}
