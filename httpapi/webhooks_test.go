package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/webhook"
)

// receiver is a merchant's server that answers with status.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []*http.Request
	bodies []string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: 200}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got, r.bodies = append(r.got, q), append(r.bodies, string(body))
		w.WriteHeader(r.status)
		fmt.Fprintf(w, "answer %d", r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answerWith(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// taken returns the types of what came, in order.
func (r *receiver) taken() (types []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range r.got {
		types = append(types, q.Header.Get("X-Lomi-Event"))
	}
	return types
}

// endpoint makes an endpoint for payments and returns its identifier and secret.
func (s *shop) endpoint(url string) (id, secret string) {
	s.t.Helper()
	made := s.want(http.StatusCreated, s.call("POST", "/webhooks",
		`{"url":"`+url+`","authorized_events":["PAYMENT_CREATED","PAYMENT_SUCCEEDED","PAYMENT_FAILED"]}`)).json
	return made["data"].(map[string]any)["id"].(string), made["secret"].(string)
}

// paid makes a session and pays it.
func (s *shop) paid() (session string) {
	s.t.Helper()
	session = s.create(plain)
	s.want(http.StatusCreated, s.call("POST", "/test/checkout-sessions/"+session+"/pay", ""))
	return session
}

func (s *shop) drain() {
	s.t.Helper()
	if err := s.webhooks.Drain(context.Background()); err != nil {
		s.t.Fatal(err)
	}
}

// array returns an answer that is a bare array.
func (s *shop) array(target string) (rows []map[string]any) {
	s.t.Helper()
	if err := json.Unmarshal(s.want(http.StatusOK, s.call("GET", target, "")).body, &rows); err != nil {
		s.t.Fatal(err)
	}
	return rows
}

func TestEndpointsCanBeChangedPausedAndResumed(t *testing.T) {
	s := newShop(t)
	r := newReceiver(t)
	id, _ := s.endpoint(r.URL)
	change := func(body string) map[string]any {
		t.Helper()
		return s.want(http.StatusOK, s.call("PATCH", "/webhooks/"+id, body)).json
	}
	if got := change(`{"is_active":false,"unknown":1}`); got["is_active"] != false || got["active"] != false || got["status"] != "paused" {
		t.Errorf("paused: %v", got)
	}
	s.paid()
	s.drain()
	if got := r.taken(); len(got) != 0 {
		t.Errorf("a paused endpoint got %v", got)
	}
	if got := change(`{"active":true}`); got["status"] != "active" || got["url"] != r.URL {
		t.Errorf("resumed: %v", got)
	}
	s.drain()
	if got := r.taken(); !slices.Equal(got, []string{"PAYMENT_CREATED", "PAYMENT_SUCCEEDED"}) {
		t.Errorf("a resumed endpoint got %v", got)
	}
	got := change(`{"url":"` + r.URL + `/new","authorized_events":["PAYMENT_FAILED"],"metadata":{"a":1}}`)
	if got["url"] != r.URL+"/new" || fmt.Sprint(got["events"]) != "[PAYMENT_FAILED]" || fmt.Sprint(got["metadata"]) != "map[a:1]" {
		t.Errorf("changed: %v", got)
	}
	for body, field := range map[string]string{
		`{"url":"ftp://a.example"}`: "url", `{"url":7}`: "url", `{"url":"http://10.0.0.1/"}`: "url",
		`{"authorized_events":["X"]}`: "authorized_events", `{"authorized_events":[]}`: "authorized_events",
		`{"is_active":"yes"}`: "is_active", `{"metadata":3}`: "metadata",
	} {
		if got := s.want(http.StatusBadRequest, s.call("PATCH", "/webhooks/"+id, body)); s.field(got, field) == "" {
			t.Errorf("%s: %s", body, got.body)
		}
	}
	other, _ := s.endpoint(r.URL)
	s.want(http.StatusConflict, s.call("PATCH", "/webhooks/"+other, `{"url":"`+r.URL+`/new"}`))
}

func TestWhatAnEndpointNoLongerAsksForIsDropped(t *testing.T) {
	s := newShop(t)
	r := newReceiver(t)
	id, _ := s.endpoint(r.URL)
	r.answerWith(500)
	session := s.paid()
	s.drain()
	s.want(http.StatusOK, s.call("PATCH", "/webhooks/"+id, `{"authorized_events":["PAYMENT_SUCCEEDED"]}`))
	r.answerWith(200)
	s.now.Add(10 * time.Second)
	s.drain()
	if got := r.taken(); !slices.Equal(got, []string{"PAYMENT_CREATED", "PAYMENT_SUCCEEDED"}) {
		t.Errorf("got %v", got)
	}
	events := s.feed("/events?order=asc&checkout_session_id=" + session)
	got := s.want(http.StatusOK, s.call("GET", "/events/"+events[0]["id"].(string), "")).json
	if d := got["deliveries"].([]any)[0].(map[string]any); d["delivery_status"] != "failed" || !strings.Contains(d["last_error"].(string), "any more") {
		t.Errorf("delivery is %v", d)
	}
}

func TestSecretsAreRotatedWithAnOverlap(t *testing.T) {
	s := newShop(t)
	r := newReceiver(t)
	id, old := s.endpoint(r.URL)
	got := s.want(http.StatusCreated, s.call("POST", "/webhooks/"+id+"/rotate-secret", `{"overlap_seconds":3600}`)).json
	fresh := got["secret"].(string)
	if fresh == old || !strings.HasPrefix(fresh, "whsec_") || got["old_secret_until"] != "2026-03-01T10:00:00.000Z" {
		t.Errorf("answer is %v", got)
	}
	s.paid()
	s.drain()
	s.now.Add(time.Hour)
	s.paid()
	s.drain()
	for i, q := range r.got {
		now := s.now.Now()
		if i < 2 {
			now = now.Add(-time.Hour)
		}
		byNew := webhook.Verify(q.Header, []byte(r.bodies[i]), now, fresh)
		byOld := webhook.Verify(q.Header, []byte(r.bodies[i]), now, old)
		if byNew != nil || (byOld == nil) != (i < 2) {
			t.Errorf("message %d: by the new one %v, by the old one %v", i, byNew, byOld)
		}
	}
	for _, body := range []string{`{"overlap_seconds":-1}`, `{"overlap_seconds":604801}`, `{"overlap_seconds":"x"}`} {
		s.want(http.StatusBadRequest, s.call("POST", "/webhooks/"+id+"/rotate-secret", body))
	}
	at := s.want(http.StatusCreated, s.call("POST", "/webhooks/"+id+"/rotate-secret", `{"overlap_seconds":0}`)).json
	if at["old_secret_until"] != nil {
		t.Errorf("without an overlap: %v", at)
	}
}

func TestATestIsSentAtOnceAndLogged(t *testing.T) {
	s := newShop(t)
	r := newReceiver(t)
	id, secret := s.endpoint(r.URL)
	got := s.want(http.StatusOK, s.call("POST", "/webhooks/"+id+"/test", "{}")).json
	if got["delivered"] != true || got["response_status"] != 200.0 || len(r.bodies) != 1 {
		t.Fatalf("answer is %v", got)
	}
	if err := webhook.Verify(r.got[0].Header, []byte(r.bodies[0]), s.now.Now(), secret); err != nil {
		t.Error(err)
	}
	var body struct {
		ID, Event string
		Data      map[string]string
	}
	if err := json.Unmarshal([]byte(r.bodies[0]), &body); err != nil || body.Event != "test.webhook" || body.ID != got["event_id"] || body.Data["webhook_id"] != id {
		t.Errorf("%v, %s", err, r.bodies[0])
	}
	s.now.Add(time.Second)
	r.answerWith(503)
	if got := s.want(http.StatusOK, s.call("POST", "/webhooks/"+id+"/test", "")).json; got["delivered"] != false || got["response_status"] != 503.0 {
		t.Errorf("answer is %v", got)
	}
	s.now.Add(time.Hour)
	s.drain()
	if len(r.got) != 2 {
		t.Errorf("%d messages: a test is sent once", len(r.got))
	}
	logs := s.array("/webhooks/" + id + "/logs")
	if len(logs) != 2 || logs[0]["success"] != false || logs[0]["delivery_status"] != "failed" || logs[1]["delivery_status"] != "succeeded" {
		t.Errorf("logs are %v", logs)
	}
	r.answerWith(200)
	if got := s.want(http.StatusOK, s.call("POST", "/webhooks/"+id+"/logs/"+logs[0]["id"].(string)+"/retry", "")).json; got["delivered"] != true {
		t.Errorf("retry: %v", got)
	}
}

func TestEveryTryIsLoggedAndCanBeRepeated(t *testing.T) {
	s := newShop(t)
	r := newReceiver(t)
	id, _ := s.endpoint(r.URL)
	r.answerWith(500)
	s.paid()
	s.drain()
	log := s.array("/webhook-delivery-logs?webhookId=" + id)
	if len(log) != 1 {
		t.Fatalf("log is %v", log)
	}
	row := log[0]
	for name, want := range map[string]any{
		"log_id": row["id"], "webhook_id": id, "event_type": "PAYMENT_CREATED", "attempt_number": 1.0, "success": false,
		"response_status": 500.0, "response_body": "answer 500", "error": "answered 500", "delivery_status": "pending",
		"amount": 10000.0, "created_at": "2026-03-01T09:00:00.000Z",
	} {
		if row[name] != want {
			t.Errorf("%s is %v, want %v", name, row[name], want)
		}
	}
	if payload, _ := json.Marshal(row["payload"]); row["next_retry_at"] == nil || !bytes.Contains(payload, []byte(row["event_id"].(string))) {
		t.Errorf("row is %v", row)
	}
	path := "/webhooks/" + id + "/logs/" + row["id"].(string) + "/retry"
	if got := s.want(http.StatusBadRequest, s.call("POST", path, "")); got.json["message"] != "answer 500" {
		t.Errorf("a retry that fails: %s", got.body)
	}
	s.now.Add(time.Second)
	r.answerWith(204)
	if got := s.want(http.StatusOK, s.call("POST", path, "{}")).json; got["delivered"] != true || got["event_id"] != row["event_id"] {
		t.Errorf("retry: %v", got)
	}
	s.now.Add(time.Second)
	s.want(http.StatusOK, s.call("POST", path, ""))
	if r.bodies[0] != r.bodies[3] {
		t.Error("a retry has other bytes")
	}
	if one := s.want(http.StatusOK, s.call("GET", "/webhook-delivery-logs/"+row["id"].(string), "")).json; one["delivery_status"] != "succeeded" || one["success"] != false {
		t.Errorf("the first try now: %v", one)
	}
	if n := len(s.array("/webhooks/" + id + "/logs?success=true")); n != 2 {
		t.Errorf("%d successes", n)
	}
	if n := len(s.array("/webhook-delivery-logs?failedOnly=true&webhookId=" + id)); n != 2 {
		t.Errorf("%d failures", n)
	}
	if n := len(s.array("/webhooks/" + id + "/logs?limit=1&offset=1")); n != 1 {
		t.Errorf("%d of a page", n)
	}
	s.want(http.StatusBadRequest, s.call("GET", "/webhook-delivery-logs", ""))
	s.want(http.StatusNotFound, s.call("POST", "/webhooks/"+id+"/logs/try_none/retry", ""))
	s.want(http.StatusOK, s.call("PATCH", "/webhooks/"+id, `{"is_active":false}`))
	s.want(http.StatusConflict, s.call("POST", path, ""))
	last := s.want(http.StatusOK, s.call("GET", "/webhooks/"+id, "")).json
	if last["last_response_status"] != 204.0 || last["retry_count"] != 3.0 || last["last_payload"] == nil {
		t.Errorf("the row is %v", last)
	}
}

// feed returns the data of a page of events.
func (s *shop) feed(target string) (events []map[string]any) {
	s.t.Helper()
	for _, e := range s.want(http.StatusOK, s.call("GET", target, "")).json["data"].([]any) {
		events = append(events, e.(map[string]any))
	}
	return events
}

func TestTheFeedHasEveryEventOnceAndInOrder(t *testing.T) {
	s := newShop(t)
	for range 3 {
		s.paid()
		s.now.Add(time.Second)
	}
	var seen, types []string
	for after := ""; ; {
		page := s.want(http.StatusOK, s.call("GET", "/events?order=asc&limit=4&after="+after, "")).json
		for _, e := range page["data"].([]any) {
			seen = append(seen, e.(map[string]any)["id"].(string))
			types = append(types, e.(map[string]any)["event"].(string))
		}
		if after = page["next"].(string); page["has_more"] != true {
			break
		}
	}
	if len(seen) != 6 || len(slices.Compact(slices.Clone(seen))) != 6 || types[0] != "PAYMENT_CREATED" || types[5] != "PAYMENT_SUCCEEDED" {
		t.Errorf("seen %v of %v", seen, types)
	}
	if got := s.feed("/events?after="); got[0]["id"] != seen[0] {
		t.Errorf("after nothing: %v", got)
	}
	if got := s.feed("/events"); len(got) != 6 || got[0]["id"] != seen[5] {
		t.Errorf("newest first: %v", got)
	}
	for target, n := range map[string]int{
		"/events?after=" + seen[3]: 2, "/events?after=" + seen[5]: 0, "/events?before=" + seen[2]: 2,
		"/events?after=": 6, "/events?type=PAYMENT_SUCCEEDED": 3, "/events?created[gte]=2026-03-01T09:00:01Z": 4, "/events?limit=1": 1,
	} {
		if got := s.feed(target); len(got) != n {
			t.Errorf("%s has %d events, want %d", target, len(got), n)
		}
	}
	for target, field := range map[string]string{
		"/events?after=evt_none": "after", "/events?before=x": "before", "/events?wait=x": "wait", "/events?type=NONE": "type",
		"/events?order=up": "order", "/events?order=desc&wait=1": "order", "/events?wait=1&before=" + seen[0]: "before", "/events?limit=0": "limit",
	} {
		if got := s.want(http.StatusBadRequest, s.call("GET", target, "")); s.field(got, field) == "" {
			t.Errorf("%s: %s", target, got.body)
		}
	}
	if got := s.call("GET", "/events", "", "X-API-KEY", s.live); !bytes.Contains(got.body, []byte(`"data":[]`)) {
		t.Errorf("live keys see %s", got.body)
	}
}

func TestTheFeedWaits(t *testing.T) {
	s := newShop(t)
	session := s.create(plain)
	answered := make(chan answer)
	go func() { answered <- s.call("GET", "/events?wait=30", "") }()
	s.want(http.StatusCreated, s.call("POST", "/test/checkout-sessions/"+session+"/pay", ""))
	s.drain()
	if got := <-answered; !bytes.Contains(got.body, []byte("PAYMENT_CREATED")) {
		t.Errorf("got %s", got.body)
	}
	go func() { answered <- s.call("GET", "/events?wait=30&type=PAYMENT_FAILED", "") }()
	s.webhooks.Release()
	if got := <-answered; got.status != 200 || !bytes.Contains(got.body, []byte(`"data":[]`)) {
		t.Errorf("a server that stops answers %s", got.body)
	}
}

func TestEventsAreResentAtAnyAge(t *testing.T) {
	s := newShop(t)
	first := s.paid()
	s.drain()
	r := newReceiver(t)
	id, _ := s.endpoint(r.URL)
	s.now.Add(400 * 24 * time.Hour)
	s.drain() // what is old enough is dropped
	events := s.feed("/events?order=asc&checkout_session_id=" + first)
	event := events[1]["id"].(string)
	if got := s.want(http.StatusAccepted, s.call("POST", "/events/"+event+"/resend", `{"webhook_id":"`+id+`"}`)).json; got["queued"] != 1.0 {
		t.Errorf("answer is %v", got)
	}
	s.drain()
	if got := r.taken(); !slices.Equal(got, []string{"PAYMENT_SUCCEEDED"}) {
		t.Errorf("got %v", got)
	}
	s.paid()
	s.drain()
	body := `{"from":"2026-01-01T00:00:00Z"`
	if got := s.want(http.StatusAccepted, s.call("POST", "/webhooks/"+id+"/resend", body+`,"only_undelivered":true}`)).json; got["queued"] != 1.0 || got["has_more"] != false {
		t.Errorf("answer is %v", got)
	}
	if got := s.want(http.StatusAccepted, s.call("POST", "/webhooks/"+id+"/resend", body+`,"until":"2026-06-01T00:00:00Z"}`)).json; got["queued"] != 2.0 {
		t.Errorf("answer is %v", got)
	}
	s.drain()
	if got := r.taken(); len(got) != 5 || got[3] != "PAYMENT_CREATED" || got[4] != "PAYMENT_SUCCEEDED" {
		t.Errorf("got %v", got)
	}
	for target, body := range map[string]string{
		"/events/" + event + "/resend": `{}`, "/webhooks/" + id + "/resend": `{"from":"2026-01-01"}`,
		"/webhooks/" + id + "/resend?": `{"from":"2026-01-01T00:00:00Z","after":"evt_none"}`,
	} {
		s.want(http.StatusBadRequest, s.call("POST", target, body))
	}
	s.want(http.StatusNotFound, s.call("POST", "/events/evt_none/resend", `{"webhook_id":"`+id+`"}`))
	s.want(http.StatusNotFound, s.call("POST", "/events/"+event+"/resend", `{"webhook_id":"we_none"}`))
	s.want(http.StatusOK, s.call("PATCH", "/webhooks/"+id, `{"authorized_events":["PAYMENT_FAILED"]}`))
	s.want(http.StatusBadRequest, s.call("POST", "/events/"+event+"/resend", `{"webhook_id":"`+id+`"}`))
}

func TestListenersFetchFromTheSameQueue(t *testing.T) {
	s := newShop(t)
	old := s.paid()
	s.now.Add(time.Hour)
	listen := func(body string) map[string]any {
		t.Helper()
		return s.want(http.StatusCreated, s.call("POST", "/listeners", body)).json
	}
	l := listen(`{"name":"laptop","since":"2026-03-01T09:00:00Z"}`)
	id, secret := l["id"].(string), l["secret"].(string)
	fetch := func() (parcels []map[string]any) {
		t.Helper()
		for _, p := range s.want(http.StatusOK, s.call("POST", "/listeners/"+id+"/fetch", "")).json["data"].([]any) {
			parcels = append(parcels, p.(map[string]any))
		}
		return parcels
	}
	report := func(p map[string]any, status int) {
		t.Helper()
		body, _ := json.Marshal(map[string]any{
			"event_id": p["event_id"], "held_until": p["held_until"], "response_status": status, "response_body": "hm", "request_duration_ms": 7,
		})
		s.want(http.StatusOK, s.call("POST", "/listeners/"+id+"/report", string(body)))
	}
	got := fetch()
	if len(got) != 1 || got[0]["event_type"] != "PAYMENT_CREATED" || l["queued"] != 2.0 {
		t.Fatalf("fetched %v of %v, %s", got, l["queued"], old)
	}
	header := http.Header{}
	for name, value := range got[0]["headers"].(map[string]any) {
		header.Set(name, value.(string))
	}
	if err := webhook.Verify(header, []byte(got[0]["body"].(string)), s.now.Now(), secret); err != nil {
		t.Error(err)
	}
	report(got[0], 500)
	if got := fetch(); len(got) != 0 {
		t.Errorf("before the schedule: %v", got)
	}
	s.now.Add(7 * time.Second)
	got = fetch()
	if len(got) != 1 || got[0]["attempt_number"] != 2.0 {
		t.Fatalf("by the schedule: %v", got)
	}
	report(got[0], 200)
	if got = fetch(); len(got) != 1 || got[0]["event_type"] != "PAYMENT_SUCCEEDED" {
		t.Fatalf("then: %v", got)
	}
	s.now.Add(2 * time.Minute) // it was lost on the way
	if again := fetch(); len(again) != 1 || again[0]["event_id"] != got[0]["event_id"] {
		t.Errorf("what is not reported: %v", again)
	}
	report(got[0], 200) // too late
	if log := s.array("/webhooks/" + id + "/logs"); len(log) != 2 || log[0]["success"] != true || log[1]["response_body"] != "hm" {
		t.Errorf("log is %v", log)
	}
	if again := listen(`{"name":"laptop","events":["PAYMENT_FAILED"]}`); again["secret"] != secret || again["id"] == id || again["queued"] != 0.0 {
		t.Errorf("again: %v", again)
	}
	s.want(http.StatusNotFound, s.call("POST", "/listeners/"+id+"/fetch", ""))
	paused := s.want(http.StatusBadRequest, s.call("PATCH", "/webhooks/"+listen(`{"name":"laptop"}`)["id"].(string), `{"is_active":false}`))
	if s.field(paused, "is_active") == "" {
		t.Errorf("a listener was paused: %s", paused.body)
	}
	for _, body := range []string{`{}`, `{"name":"a b"}`, `{"name":"a","events":["X"]}`, `{"name":"a","since":"yesterday"}`} {
		s.want(http.StatusBadRequest, s.call("POST", "/listeners", body))
	}
}

func TestOtherMerchantsSeeNothingOfWebhooks(t *testing.T) {
	s := newShop(t)
	r := newReceiver(t)
	id, _ := s.endpoint(r.URL)
	s.paid()
	s.drain()
	try := s.array("/webhooks/" + id + "/logs")[0]["id"].(string)
	event := s.feed("/events")[0]["id"].(string)
	listener := s.want(http.StatusCreated, s.call("POST", "/listeners", `{"name":"a"}`)).json["id"].(string)
	for name, key := range map[string]string{"the other environment": s.live, "another merchant": s.key("Other", false)} {
		for _, c := range []struct{ method, target, body string }{
			{"GET", "/webhooks/" + id, ""}, {"PATCH", "/webhooks/" + id, `{"is_active":false}`}, {"DELETE", "/webhooks/" + id, ""},
			{"POST", "/webhooks/" + id + "/test", ""}, {"POST", "/webhooks/" + id + "/rotate-secret", ""}, {"GET", "/webhooks/" + id + "/logs", ""},
			{"POST", "/webhooks/" + id + "/logs/" + try + "/retry", ""}, {"POST", "/webhooks/" + id + "/resend", `{"from":"2026-01-01T00:00:00Z"}`},
			{"GET", "/webhook-delivery-logs?webhookId=" + id, ""}, {"GET", "/webhook-delivery-logs/" + try, ""},
			{"GET", "/events/" + event, ""}, {"POST", "/events/" + event + "/resend", `{"webhook_id":"` + id + `"}`},
			{"POST", "/listeners/" + listener + "/fetch", ""},
			{"POST", "/listeners/" + listener + "/report", `{"event_id":"` + event + `","held_until":"2026-03-01T09:00:00Z"}`},
		} {
			if got := s.call(c.method, c.target, c.body, "X-API-KEY", key); got.status != http.StatusNotFound {
				t.Errorf("%s: %s %s answers %d", name, c.method, c.target, got.status)
			}
		}
		if got := s.call("GET", "/events?after="+event, "", "X-API-KEY", key); got.status != http.StatusBadRequest {
			t.Errorf("%s: a feed after another's event answers %d", name, got.status)
		}
	}
	if got := s.call("GET", "/events/catalogue", "", "X-API-KEY", ""); got.status != http.StatusOK {
		t.Errorf("the catalogue answers %d", got.status)
	}
	s.want(http.StatusUnauthorized, s.call("GET", "/events/"+event, "", "X-API-KEY", ""))
}
