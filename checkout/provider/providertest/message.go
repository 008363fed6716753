package providertest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// names reports whether sig is about a.
func names(sig checkout.Signal, a checkout.Attempt) bool {
	return sig.AttemptID == a.ID || sig.Ref != "" && sig.Ref == a.Ref || sig.Charge != "" && sig.Charge == a.Charge
}

// notifier returns the provider as one that sends messages, or skips the test.
func (h Harness) notifier(t *testing.T) checkout.Notifier {
	t.Helper()
	n, ok := h.Provider.(checkout.Notifier)
	switch {
	case !ok && h.Messages == nil:
		t.Skip("it is no Notifier")
	case !ok:
		t.Fatal("the harness has Messages, and the provider is no Notifier")
	case h.Messages == nil:
		t.Fatal("it is a Notifier, and the harness has no Messages")
	}
	return n
}

// messages returns the messages about an attempt that was paid.
func (h Harness) messages(t *testing.T) (checkout.Notifier, checkout.Attempt, []checkout.Inbound) {
	t.Helper()
	n := h.notifier(t)
	a := h.begin(t, 1)
	h.pay(t, a)
	sent := h.Messages()
	if len(sent) == 0 {
		t.Fatal("no message of the money")
	}
	return n, a, sent
}

// parse demands that in is accepted, and that each signal is as it should be.
func parse(t *testing.T, h Harness, n checkout.Notifier, in checkout.Inbound) []checkout.Signal {
	t.Helper()
	signals, err := n.Parse(in)
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, in.Body)
	}
	for _, sig := range signals {
		if sig.EventID == "" && sig.Trust == checkout.TrustSigned {
			t.Errorf("%+v has no EventID", sig) // what only leads to a question needs none
		}
		if sig.Kind != checkout.SignalNone && sig.Trust != h.Trust {
			t.Errorf("%+v has trust %d, want %d", sig, sig.Trust, h.Trust)
		}
		if sig.Provider != "" || sig.Livemode || sig.Own != 0 {
			t.Errorf("%+v says who speaks, which is for the service to say", sig)
		}
	}
	return signals
}

// messageOfMoney demands that a message names its attempt, and that one that is
// believed tells all that a question would.
func messageOfMoney(t *testing.T, s Suite, h Harness) {
	n, a, sent := h.messages(t)
	a.Charge = h.poll(t, a, checkout.StatePaid).Charge
	told := false
	for _, in := range sent {
		for _, sig := range parse(t, h, n, in) {
			if sig.Kind != checkout.SignalPayment || !names(sig, a) {
				continue
			}
			switch {
			case sig.Report.State == checkout.StatePaid:
				told = true
				paid(t, s, sig.Report, a)
			case h.Trust != checkout.TrustSigned:
				told = true // a hint is enough: the provider is asked
			}
		}
	}
	if !told {
		t.Errorf("%d messages, none of them of the money of %s", len(sent), a.ID)
	}
}

func messageOfFailure(t *testing.T, _ Suite, h Harness) {
	n := h.notifier(t)
	if h.Fail == nil {
		t.Skip("the harness has no Fail")
	}
	a := h.begin(t, 1)
	if err := h.Fail(a); err != nil {
		t.Fatalf("Fail: %v", err)
	}
	for _, in := range h.Messages() {
		for _, sig := range parse(t, h, n, in) {
			if sig.Kind == checkout.SignalPayment && sig.Report.State == checkout.StatePaid {
				t.Errorf("a failed try is told as %+v", sig)
			}
		}
	}
}

func sameMessageTwice(t *testing.T, _ Suite, h Harness) {
	n, _, sent := h.messages(t)
	a := h.begin(t, 2)
	h.pay(t, a)
	sent = append(sent, h.Messages()...)
	of := map[string][]byte{} // by EventID, the message that had it
	for _, in := range sent {
		first := parse(t, h, n, in)
		in.Now = in.Now.Add(time.Second)
		again := parse(t, h, n, in)
		if len(first) != len(again) {
			t.Fatalf("%d signals, then %d", len(first), len(again))
		}
		for i := range first {
			if first[i] != again[i] {
				t.Errorf("the same message says %+v, then %+v", first[i], again[i])
			}
			if body, ok := of[first[i].EventID]; ok && first[i].EventID != "" && !bytes.Equal(body, in.Body) {
				t.Errorf("two messages with EventID %q", first[i].EventID)
			}
		}
		for _, sig := range first {
			of[sig.EventID] = in.Body
		}
	}
}

// spoiltMessages demands that nothing is believed that is not as it was sent.
func spoiltMessages(t *testing.T, _ Suite, h Harness) {
	n, _, sent := h.messages(t)
	refused := func(what string, in checkout.Inbound) {
		t.Helper()
		signals, err := n.Parse(in)
		if code := checkout.CodeOf(err); code != checkout.CodeUnauthorized && code != checkout.CodeInvalid {
			t.Errorf("%s: %d signals, %v, want CodeUnauthorized or CodeInvalid", what, len(signals), err)
		}
		if h.Trust == checkout.TrustSigned && !errors.Is(err, checkout.ErrSignature) {
			t.Errorf("%s: %v, want ErrSignature, so that other credentials have their turn", what, err)
		}
	}
	for _, in := range sent {
		if h.Trust == checkout.TrustSigned {
			for i := range in.Body {
				spoilt := in
				spoilt.Body = bytes.Clone(in.Body)
				spoilt.Body[i] ^= 1
				refused("a byte of the body is another", spoilt)
			}
			longer := in
			longer.Body = append(bytes.Clone(in.Body), '\n')
			refused("a longer body", longer)
			bare := in
			bare.Header = func(string) string { return "" }
			refused("without a signature", bare)
		}
		if h.Trust != checkout.TrustNone && h.Spoil == nil {
			t.Fatal("its messages prove something, and the harness has no Spoil")
		}
		if h.Spoil != nil {
			spoilt := in
			h.Spoil(&spoilt)
			refused("spoilt", spoilt)
		}
	}
}

// unreadableMessages demands that what is not the provider's JSON says nothing.
func unreadableMessages(t *testing.T, _ Suite, h Harness) {
	n, _, sent := h.messages(t)
	for _, in := range sent {
		for _, body := range []string{"", "{", "null", "[]", `"x"`} {
			in.Body = []byte(body)
			signals, err := n.Parse(in)
			for _, sig := range signals {
				if err == nil && sig.Report.State == checkout.StatePaid && h.Trust != checkout.TrustNone {
					t.Errorf("%q says %+v", body, sig)
				}
			}
		}
	}
}

// staleMessages demands that what is signed is not believed at another time.
func staleMessages(t *testing.T, _ Suite, h Harness) {
	n, _, sent := h.messages(t)
	if h.Trust != checkout.TrustSigned {
		t.Skip("its messages are not signed")
	}
	for _, in := range sent {
		for _, off := range []time.Duration{-time.Hour, time.Hour} {
			moved := in
			moved.Now = in.Now.Add(off)
			if signals, err := n.Parse(moved); err == nil {
				t.Errorf("%v off: accepted %+v", off, signals)
			}
		}
	}
}
