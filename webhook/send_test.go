package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

func TestADeliveryIsSignedAndLabelled(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	w.endpoint("we_1", r.URL+"/hook?token=t")
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	d := w.dispatcher(nil)
	w.runOnce(d, true)
	w.runOnce(d, false)

	got := r.got()
	if len(got) != 1 {
		t.Fatalf("%d requests", len(got))
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Lomi-Event": "PAYMENT_SUCCEEDED", "X-Lomi-Delivery": "evt_1_0",
		"X-Lomi-Timestamp": "2026-02-14T10:30:00.000Z", "User-Agent": "Lomi-Webhook/1.0 checkoutd",
		"Authorization": "", "Accept-Encoding": "", "Transfer-Encoding": "",
	} {
		if g := got[0].header.Get(name); g != want {
			t.Errorf("%s: %q, want %q", name, g, want)
		}
	}
	if !webhook.VerifyLomi(secret, []byte(got[0].body), got[0].header.Get("X-Lomi-Signature")) {
		t.Error("the signature does not verify")
	}
	if !strings.Contains(got[0].body, `"id":"evt_1_0"`) || !strings.Contains(got[0].body, `"checkout_session_id":"cs_1"`) {
		t.Errorf("body: %s", got[0].body)
	}
	v := w.only("we_1")
	if v.Status != checkout.DeliveryDelivered || v.Tries != 1 || v.LastStatus != 200 || v.LastError != "" || !v.UpdatedAt.Equal(start) {
		t.Errorf("recorded %+v", v)
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		status int
		want   checkout.DeliveryStatus
	}{
		{200, checkout.DeliveryDelivered}, {201, checkout.DeliveryDelivered}, {204, checkout.DeliveryDelivered}, {299, checkout.DeliveryDelivered},
		{300, checkout.DeliveryPending}, {302, checkout.DeliveryPending}, {304, checkout.DeliveryPending}, {308, checkout.DeliveryPending},
		{400, checkout.DeliveryPending}, {401, checkout.DeliveryPending}, {404, checkout.DeliveryPending}, {408, checkout.DeliveryPending},
		{410, checkout.DeliveryPending},
		{429, checkout.DeliveryPending}, {500, checkout.DeliveryPending}, {503, checkout.DeliveryPending}, {599, checkout.DeliveryPending},
	} {
		t.Run(http.StatusText(c.status), func(t *testing.T) {
			r := newReceiver(t, nil)
			r.answerWith(c.status)
			defer w.drop("we_1")
			w.endpoint("we_1", r.URL)
			w.owe("cs_1", checkout.EventPaymentSucceeded)
			w.drain(w.dispatcher(nil))
			if v := w.only("we_1"); v.Status != c.want || v.LastStatus != int64(c.status) || len(r.got()) != 1 {
				t.Errorf("after %d: %+v, %d requests", c.status, v, len(r.got()))
			}
		})
	}
}

func TestRetryAfterIsHonouredWithinBounds(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name   string
		status int
		value  string
		want   time.Duration
	}{
		{"seconds", 429, "120", 2 * time.Minute},
		{"a date", 503, start.Add(time.Hour).Format(http.TimeFormat), time.Hour},
		{"not before the schedule", 429, "1", 5 * time.Second},
		{"a date gone by", 503, start.Add(-time.Hour).Format(http.TimeFormat), 5 * time.Second},
		{"a day at most", 429, "4000000000", 24 * time.Hour},
		{"a date far off", 429, start.Add(1000 * time.Hour).Format(http.TimeFormat), 24 * time.Hour},
		{"nonsense", 429, "soon", 5 * time.Second},
		{"negative", 429, "-5", 5 * time.Second},
		{"too large a number", 503, "99999999999999999999", 5 * time.Second},
		{"another status", 500, "120", 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t, func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Retry-After", c.value)
				rw.WriteHeader(c.status)
			})
			defer w.drop("we_1")
			w.endpoint("we_1", r.URL)
			w.owe("cs_1", checkout.EventPaymentSucceeded)
			w.drain(w.dispatcher(nil))
			if got := w.only("we_1").DueAt.Sub(start); got != c.want {
				t.Errorf("due after %v, want %v", got, c.want)
			}
		})
	}
}

func TestWhyATryFailedIsKept(t *testing.T) {
	redirected := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { redirected = true }))
	defer elsewhere.Close()
	answers := map[string]http.HandlerFunc{
		"/empty": func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(500) },
		"/text": func(rw http.ResponseWriter, _ *http.Request) {
			http.Error(rw, "database\x00 is\n away\xff", http.StatusBadGateway)
		},
		"/redirect": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Location", elsewhere.URL)
			rw.WriteHeader(307)
		},
		"/reset": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"/huge": func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(500)
			for chunk := bytes.Repeat([]byte("x"), 1<<16); ; {
				if _, err := rw.Write(chunk); err != nil {
					return
				}
			}
		},
		"/header": func(rw http.ResponseWriter, _ *http.Request) { rw.Header().Set("X", strings.Repeat("x", 1<<20)) },
	}
	r := newReceiver(t, func(rw http.ResponseWriter, q *http.Request) { answers[q.URL.Path](rw, q) })
	w := newWorld(t)
	for _, c := range []struct{ name, url, want, response string }{
		{"no body", r.URL + "/empty", "answered 500", ""},
		{"a body", r.URL + "/text", "answered 502", "database  is  away\uFFFD"},
		{"a redirect", r.URL + "/redirect", "answered 307", ""},
		{"a body without end", r.URL + "/huge", "answered 500", strings.Repeat("x", 4096)},
		{"a header without end", r.URL + "/header", "server response headers exceeded", ""},
		{"a connection that breaks", r.URL + "/reset", "EOF", ""},
		{"nobody listens", "http://127.0.0.1:1/?token=t", "connection refused", ""},
		{"a private address", "https://10.0.0.1/?token=t", "url must not point to a private or reserved address", ""},
		{"no URL", "https://shop.example.com:x/?token=t", "url must be an absolute https URL, such as https://shop.example.com/webhooks", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer w.drop("we_1")
			w.endpoint("we_1", c.url)
			w.owe("cs_1", checkout.EventPaymentSucceeded)
			w.drain(w.dispatcher(nil))
			v := w.only("we_1")
			exact := strings.HasPrefix(c.want, "answered ")
			if v.Status != checkout.DeliveryPending || v.Tries != 1 || !strings.Contains(v.LastError, c.want) || exact && v.LastError != c.want {
				t.Errorf("recorded %+v, want %q", v, c.want)
			}
			try := w.tries("we_1")[0]
			if try.Error != v.LastError || try.Response != c.response || try.Status != v.LastStatus || try.Number != 1 || !try.At.Equal(start) {
				t.Errorf("kept %+v, want %q", try, c.response)
			}
			if strings.Contains(v.LastError, "token") {
				t.Errorf("the URL is in %q", v.LastError)
			}
		})
	}
	if redirected {
		t.Error("the redirect was followed")
	}
}

func TestAnEndlessAnswerOf200IsAnAnswer(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, func(rw http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := rw.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
				return
			}
		}
	})
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	w.drain(w.dispatcher(nil))
	if v := w.only("we_1"); v.Status != checkout.DeliveryDelivered || v.LastError != "" {
		t.Errorf("recorded %+v", v)
	}
}

func TestAnAnswerThatTakesTooLongIsAFailedTry(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	w.drain(w.dispatcher(func(c *webhook.Config) { c.Client.Timeout = 50 * time.Millisecond }))
	if v := w.only("we_1"); v.Status != checkout.DeliveryPending || v.LastStatus != 0 || v.LastError != "no answer in time" {
		t.Errorf("recorded %+v", v)
	}
}

func TestATryThatWasCutOffIsNotRecorded(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { cancel(); <-release })
	w.endpoint("we_1", r.URL)
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	d := w.dispatcher(nil)
	if _, err := d.RunOnce(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("RunOnce = %v", err)
	}
	close(release)
	if v := w.only("we_1"); v.Status != checkout.DeliveryPending || v.Tries != 0 || !v.DueAt.Equal(start.Add(time.Minute)) {
		t.Errorf("recorded %+v", v)
	}
	w.clock.Set(start.Add(time.Minute - time.Millisecond))
	w.runOnce(d, false)
	w.clock.Set(start.Add(time.Minute))
	w.runOnce(d, true)
	if v := w.only("we_1"); v.Status != checkout.DeliveryDelivered || len(r.got()) != 2 {
		t.Errorf("recorded %+v after %d requests", v, len(r.got()))
	}
}

func TestSecretsAndURLsAreNotLogged(t *testing.T) {
	w := newWorld(t)
	var log bytes.Buffer
	r := newReceiver(t, nil)
	r.answerWith(500)
	w.endpoint("we_1", r.URL+"/?token=t0ken")
	w.endpoint("we_2", "http://127.0.0.1:1/?token=t0ken")
	w.owe("cs_1", checkout.EventPaymentSucceeded)
	d := w.dispatcher(func(c *webhook.Config) {
		c.Log = slog.New(slog.NewTextHandler(io.MultiWriter(&log), &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	for tries := range 10 {
		wait, _ := webhook.Backoff(tries, 0)
		w.clock.Set(w.clock.Now().Add(wait))
		w.drain(d)
	}
	r.answerWith(200)
	w.owe("cs_2", checkout.EventPaymentSucceeded)
	w.drain(d)
	for _, want := range []string{"webhook failed", "webhook given up", "webhook delivered", "evt_1_0", "we_2", "try=10"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	if strings.Contains(log.String(), secret) || strings.Contains(log.String(), "t0ken") {
		t.Errorf("the log tells secrets:\n%s", &log)
	}
}
