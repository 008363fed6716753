package decisions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/webhook"
)

// told is one webhook as the merchant sees it.
type told struct {
	event string
	data  webhook.Transaction
}

// shop is the merchant's server. It verifies nothing: package webhook's tests do.
func (w *world) shop(rw http.ResponseWriter, r *http.Request) {
	var e struct {
		Event string              `json:"event"`
		Data  webhook.Transaction `json:"data"`
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	w.told = append(w.told, told{e.Event, e.Data})
}

// send sends a request to our server and returns the answer.
func (w *world) send(method, path, body string, header ...string) (int, []byte, http.Header) {
	w.t.Helper()
	r, err := http.NewRequest(method, payURL+path, strings.NewReader(body))
	w.must(err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := simulator.Transport(w.front).RoundTrip(r)
	w.must(err)
	answer, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, answer, res.Header
}

// call sends a request of the merchant's server and returns the answer.
func (w *world) call(method, path string, body any) (int, map[string]any) {
	w.t.Helper()
	text := []byte{}
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		w.must(err)
	}
	status, answer, _ := w.send(method, path, string(text), "X-API-KEY", w.key)
	got := map[string]any{}
	if bytes.HasPrefix(answer, []byte("{")) {
		w.must(json.Unmarshal(answer, &got))
	}
	return status, got
}

// post is call for POST, and demands a status.
func (w *world) post(status int, path string, body any) map[string]any {
	w.t.Helper()
	got, answer := w.call(http.MethodPost, path, body)
	if got != status {
		w.t.Fatalf("POST %s answered %d, want %d: %v", path, got, status, answer)
	}
	return answer
}

// create opens a session for that many francs.
func (w *world) create(amount int64) string {
	w.t.Helper()
	got := w.post(http.StatusCreated, "/checkout-sessions", map[string]any{"amount": amount, "currency_code": "XOF", "title": "Panier"})
	return got["id"].(string)
}

// start begins a payment, as the merchant's own page would, and returns the
// transaction.
func (w *world) start(session, method string) string {
	w.t.Helper()
	got := w.post(http.StatusCreated, "/checkout-sessions/"+session+"/pay", startBody(method))
	return got["transaction_id"].(string)
}

func startBody(method string) map[string]any {
	if method == "mtn" {
		return map[string]any{"method": method, "phone": payer}
	}
	return map[string]any{"method": method}
}

// session returns the status of a session, as its merchant sees it.
func (w *world) session(id string) string {
	w.t.Helper()
	_, got := w.call(http.MethodGet, "/checkout-sessions/"+id, nil)
	return got["status"].(string)
}

// unsure returns the transactions of which nobody knows whether their provider
// has heard of them.
func (w *world) unsure() (ids []string) {
	w.t.Helper()
	_, answer, _ := w.send(http.MethodGet, "/attempts?state=unsure", "", "X-API-KEY", w.key)
	var list []webhook.Transaction
	w.must(json.Unmarshal(answer, &list))
	for _, t := range list {
		ids = append(ids, t.ID)
	}
	return ids
}

// balance returns what the merchant has taken in francs.
func (w *world) balance() int64 {
	w.t.Helper()
	list, err := w.service.Balances(ctx, w.account)
	w.must(err)
	for _, b := range list {
		if b.Total.Currency == checkout.XOF {
			return b.Total.Amount
		}
	}
	return 0
}

// want holds a session and an attempt to how they should stand.
func (w *world) want(session, status, attempt string, want checkout.AttemptStatus) {
	w.t.Helper()
	if got := w.session(session); got != status {
		w.t.Errorf("the session is %s, want %s", got, status)
	}
	if got := w.attempt(attempt); got.Status != want {
		w.t.Errorf("the attempt is %s (%s), want %s", got.Status, got.Reason, want)
	}
}

// wantTold holds what the merchant was told about a session.
func (w *world) wantTold(session string, events ...string) {
	w.t.Helper()
	w.must(w.sender.Drain(ctx))
	var got []string
	for _, t := range w.told {
		if t.data.CheckoutSessionID == session {
			got = append(got, t.event)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(events) {
		w.t.Errorf("the merchant was told %v, want %v", got, events)
	}
}

// browse asks for a page as a customer's phone would, and returns the status, the
// body and where it leads. A form is sent by POST.
func (w *world) browse(path string, form url.Values) (status int, body, location string) {
	w.t.Helper()
	method, header := http.MethodGet, []string{"User-Agent", "Mozilla/5.0 (Linux; Android 14) Mobile"}
	if form != nil {
		method, header = http.MethodPost, append(header, "Content-Type", "application/x-www-form-urlencoded")
	}
	status, text, head := w.send(method, path, form.Encode(), header...)
	return status, string(text), head.Get("Location")
}
