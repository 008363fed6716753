package providertest

import (
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

var word = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func capsAreSane(t *testing.T, _ Suite, h Harness) {
	p, c := h.Provider, h.Provider.Caps()
	if !word.MatchString(p.Name()) {
		t.Errorf("name %q, want a lower-case word", p.Name())
	}
	if again := p.Caps(); !reflect.DeepEqual(c, again) {
		t.Errorf("caps %+v, then %+v", c, again)
	}
	if len(c.Methods) == 0 {
		t.Error("there is no method")
	}
	seen := map[string]bool{}
	for _, m := range c.Methods {
		if !word.MatchString(m.ID) || seen[m.ID] || m.Code == "" {
			t.Errorf("method %+v: ID must be a lower-case word of its own, Code must be set", m)
		}
		seen[m.ID] = true
		rangesAreSane(t, m)
	}
	if o := h.order(1); !seen[o.Attempt.Method] {
		t.Errorf("the harness orders by method %q, which is not in Caps", o.Attempt.Method)
	}
	scheduleIsSane(t, c)
	_, refunds := p.(checkout.Refunder)
	_, polls := p.(checkout.RefundPoller)
	switch c.Refunds {
	case checkout.RefundNone:
	case checkout.RefundFull, checkout.RefundPartial:
		if !refunds {
			t.Errorf("refunds are %q, and it is no Refunder", c.Refunds)
		}
	default:
		t.Errorf("refunds are %q", c.Refunds)
	}
	if polls && !refunds {
		t.Error("it is a RefundPoller and no Refunder")
	}
	if _, simulates := p.(checkout.Simulator); simulates && p.Livemode() {
		t.Error("it plays the customer with real money")
	}
}

func rangesAreSane(t *testing.T, m checkout.Method) {
	if len(m.Takes) == 0 {
		t.Errorf("method %s takes nothing", m.ID)
	}
	seen := map[checkout.Currency]bool{}
	for _, r := range m.Takes {
		c, err := checkout.ParseCurrency(string(r.Currency))
		if err != nil || c != r.Currency || seen[c] {
			t.Errorf("method %s: currency %q is unknown, misspelt or listed twice", m.ID, r.Currency)
		}
		seen[c] = true
		if r.Min < 0 || r.Max < 0 || r.Max != 0 && r.Max < r.Min {
			t.Errorf("method %s: takes %d to %d %s", m.ID, r.Min, r.Max, r.Currency)
		}
	}
}

func scheduleIsSane(t *testing.T, c checkout.Caps) {
	s := c.Polls
	if len(s.Waits) == 0 {
		t.Error("the schedule is empty")
	}
	for _, wait := range s.Waits {
		if wait <= 0 {
			t.Errorf("a wait of %v", wait)
		}
	}
	var last time.Duration
	for _, late := range s.Late {
		if late <= last {
			t.Errorf("late questions %v, want them one after the other", s.Late)
		}
		last = late
	}
	if s.Life < 0 || s.Margin < 0 || s.GiveUp < 0 || c.Rate < 0 {
		t.Errorf("negative: %+v, rate %d", s, c.Rate)
	}
}

// secretsAreNotPrinted looks into the provider as a careless log would.
func secretsAreNotPrinted(t *testing.T, _ Suite, h Harness) {
	if len(h.Secrets) == 0 {
		t.Skip("the harness has no Secrets")
	}
	inside := any(h.Provider)
	if v := reflect.ValueOf(h.Provider); v.Kind() == reflect.Pointer {
		inside = v.Elem().Interface()
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text := fmt.Sprintf(verb, h.Provider) + fmt.Sprintf(verb, inside)
		for _, secret := range h.Secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s prints a secret", verb)
			}
		}
	}
}

func startAnswers(t *testing.T, _ Suite, h Harness) {
	o := h.order(1)
	started, err := h.Provider.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if isNothing(started) {
		t.Errorf("%+v: neither Ref nor Next", started)
	}
	if !started.Until.IsZero() && !started.Until.After(h.Clock.Now()) {
		t.Errorf("to be paid until %v, now is %v", started.Until, h.Clock.Now())
	}
	switch n := started.Next; n.Kind {
	case checkout.NextRedirect:
		if u, err := url.Parse(n.URL); err != nil || u.Host == "" {
			t.Errorf("redirect to %q", n.URL)
		}
	case checkout.NextQR:
		if n.QR == "" {
			t.Error("a QR code of nothing")
		}
	case checkout.NextPrompt:
		if o.Phone != "" && strings.Contains(n.Text, strings.TrimPrefix(o.Phone, "+")) {
			t.Errorf("the prompt shows the whole number: %q", n.Text)
		}
	}
	a := kept(o, started)
	r := h.poll(t, a, checkout.StatePending)
	if r.Paid != (checkout.Money{}) {
		t.Errorf("pending with %v", r.Paid)
	}
}

// startsAtOnce is for the race detector, and for answers that get mixed up.
func startsAtOnce(t *testing.T, s Suite, h Harness) {
	const n = 8
	var attempts [n]checkout.Attempt
	var group sync.WaitGroup
	for i := range n {
		o := h.order(i + 1)
		group.Go(func() {
			started, err := h.Provider.Start(t.Context(), o)
			if err != nil {
				t.Errorf("Start: %v", err)
				return
			}
			if isNothing(started) {
				t.Errorf("Start: %+v and no error: neither Ref nor Next", started)
			}
			attempts[i] = kept(o, started)
			if _, err := h.Provider.Poll(t.Context(), attempts[i]); err != nil {
				t.Errorf("Poll: %v", err)
			}
		})
	}
	group.Wait()
	if t.Failed() || h.Pay == nil {
		return
	}
	h.pay(t, attempts[0])
	paid(t, s, h.poll(t, attempts[0], checkout.StatePaid), attempts[0])
	h.poll(t, attempts[1], checkout.StatePending)
}
