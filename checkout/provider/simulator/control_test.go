package simulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// control is a client of the control API.
func control(t *testing.T, s *simulator.Server) func(method, path, body string) (int, string) {
	t.Helper()
	c, err := client.New("https://api.example", simulator.Transport(s))
	if err != nil {
		t.Fatal(err)
	}
	return func(method, path, body string) (int, string) {
		t.Helper()
		got, err := c.Do(t.Context(), method, path, nil, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return got.Status, strings.TrimSpace(string(got.Body))
	}
}

func TestControlOfFaults(t *testing.T) {
	s := simulator.New(simulator.Config{}, &api{})
	do := control(t, s)
	expect := func(want ...int) {
		t.Helper()
		for i, status := range want {
			if got, _ := do(http.MethodPost, "/payments", "{}"); got != status {
				t.Errorf("call %d: got %d, want %d", i+1, got, status)
			}
		}
	}
	for _, c := range []struct {
		body string
		want []int
	}{
		{`{"path":"/payments","fault":"throttle"}`, []int{429, 201}},
		{`{"path":"/payments","fault":"refuse","times":2}`, []int{401, 401, 201}},
		{`{"fault":"error_before","times":-1}`, []int{500, 201}},
		{`{"path":"/refunds","fault":"refuse"}`, []int{201}},
	} {
		if status, body := do(http.MethodPost, "/simulate/faults", c.body); status != 200 || body != `{"ok":true}` {
			t.Errorf("%s: %d %s", c.body, status, body)
		}
		expect(c.want...)
	}
	do(http.MethodPost, "/simulate/faults", `{"fault":"refuse","times":2000}`)
	if status, body := do(http.MethodDelete, "/simulate/faults", ""); status != 200 || body != `{"ok":true}` {
		t.Errorf("%d %s", status, body)
	}
	expect(201)
}

func TestControlOfMessages(t *testing.T) {
	s, m, _ := newOutbox(t)
	do := control(t, s)
	for _, delivery := range simulator.Deliveries {
		if status, body := do(http.MethodPost, "/simulate/messages", `{"delivery":"`+string(delivery)+`"}`); status != 200 {
			t.Errorf("%s: %d %s", delivery, status, body)
		}
	}
	do(http.MethodPost, "/simulate/messages", `{"delivery":"late"}`)
	s.Owe(message("a"))
	if s.Owed() != 0 {
		t.Errorf("%d owed", s.Owed())
	}
	if status, body := do(http.MethodPost, "/simulate/messages/release", ""); status != 200 || s.Owed() != 1 {
		t.Errorf("%d %s, %d owed", status, body, s.Owed())
	}
	if err := s.Deliver(t.Context()); err != nil || m.take() != "good a" {
		t.Errorf("%v", err)
	}
}

func TestControlOfTheClock(t *testing.T) {
	s, _, now := newOutbox(t)
	do := control(t, s)
	for _, seconds := range []string{"0", "90", "316224000"} {
		before := now.Now()
		if status, body := do(http.MethodPost, "/simulate/clock/advance", `{"seconds":`+seconds+`}`); status != 200 {
			t.Errorf("%s: %d %s", seconds, status, body)
		}
		if got := now.Now().Sub(before); got != mustParse(t, seconds+"s") {
			t.Errorf("%s: moved by %v", seconds, got)
		}
	}
	before := now.Now()
	for _, seconds := range []string{"-1", "316224001", "1.5", `"1"`, "9223372036854775808"} {
		if status, body := do(http.MethodPost, "/simulate/clock/advance", `{"seconds":`+seconds+`}`); status != 400 || !strings.Contains(body, "seconds") {
			t.Errorf("%s: %d %s", seconds, status, body)
		}
	}
	if !now.Now().Equal(before) {
		t.Error("refused, and moved")
	}
	running := control(t, simulator.New(simulator.Config{Clock: clock.New()}, http.NotFoundHandler()))
	if status, body := running(http.MethodPost, "/simulate/clock/advance", `{"seconds":1}`); status != 400 || !strings.Contains(body, "runs by itself; start simulate with --test-clock") {
		t.Errorf("%d %s", status, body)
	}
}

func mustParse(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestControlRefusesNonsense(t *testing.T) {
	a := &api{}
	do := control(t, simulator.New(simulator.Config{}, a))
	for _, path := range []string{"/simulate/faults", "/simulate/messages", "/simulate/clock/advance"} {
		for _, body := range []string{"", "{", "[]", `"x"`, `{"unknown":1}`, `{"fault":"fire","delivery":"owl","seconds":-1}`, `{"fault":""}`, strings.Repeat(" ", 65<<10) + "{}"} {
			status, text := do(http.MethodPost, path, body)
			var got struct {
				Error string `json:"error"`
			}
			if err := json.Unmarshal([]byte(text), &got); status != 400 || err != nil || got.Error == "" {
				t.Errorf("%s %.60s: %d %s", path, body, status, text)
			}
		}
		if status, _ := do(http.MethodGet, path, ""); status != 405 {
			t.Errorf("GET %s: %d", path, status)
		}
	}
	if status, _ := do(http.MethodPost, "/simulate/elsewhere", ""); status != 404 {
		t.Errorf("an unknown path: %d", status)
	}
	if a.effects() != "" {
		t.Errorf("the API was called: %s", a.effects())
	}
}
