package webhook_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// typeOf returns the type of the event in a body.
func typeOf(t *testing.T, body []byte) checkout.EventType {
	t.Helper()
	var e struct{ Event checkout.EventType }
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return e.Event
}

// everyType makes an event of each type happen and returns the bodies.
func everyType(t *testing.T) [][]byte {
	m := newMarket(t, checkout.Policy{})
	bought := m.start(m.session(), "wave")
	m.then(func() error { return m.wave.Fail(bought, "insufficient-funds") })
	m.then(func() error { return m.wave.Pay(bought) })
	short := m.start(m.session(), "wave")
	m.then(func() error { return m.wave.PayAmount(short, checkout.Money{Amount: 12000, Currency: checkout.XOF}) })

	back, lost := m.paid("card"), m.paid("card")
	m.refund(checkout.RefundParams{TransactionID: back, Amount: 2500, Reason: "One book was sold out"})
	m.stripe.HoldRefunds(true)
	refund, err := m.stripe.RefundInPortal(lost, 0)
	if err != nil {
		t.Fatal(err)
	}
	m.then(func() error { return m.stripe.SettleRefund(refund, false) })

	disputed := m.paid("card")
	m.then(func() error { return m.stripe.Dispute(disputed) })
	m.then(func() error { return m.stripe.CloseDispute(disputed, false) })

	m.recurs()

	now := m.Clock.Now()
	test, err := webhook.Body(checkout.Event{
		ID: checkout.IDFloor("evt_", now), Type: checkout.EventTest, Subject: checkout.IDFloor("we_", now), CreatedAt: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(m.bodies(), test)
}

// TestSamplesAreWhatHappens holds samples.json to the first event of each type,
// in the order of [checkout.EventTypes].
func TestSamplesAreWhatHappens(t *testing.T) {
	bodies := everyType(t)
	var samples [][]byte
	for _, want := range checkout.EventTypes {
		if i := slices.IndexFunc(bodies, func(body []byte) bool { return typeOf(t, body) == want }); i >= 0 {
			samples = append(samples, bodies[i])
		}
	}
	golden(t, "samples.json", slices.Concat([]byte("[\n"), bytes.Join(samples, []byte(",\n")), []byte("\n]\n")))
}

// golden holds a file to what it should be, or with -update makes it so.
func golden(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is stale (%v): go test ./webhook -update", path, err)
	}
}
