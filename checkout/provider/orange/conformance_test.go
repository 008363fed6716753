package orange_test

import (
	"fmt"
	"testing"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangetest"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Suite{Blind: true, New: func(t *testing.T) providertest.Harness {
		now, mail := clock.NewMock(), &providertest.Mailbox{}
		now.Set(providertest.Noon)
		fake := orangetest.New(orangetest.Config{Config: simulator.Config{Clock: now, Client: mail.Client()}})
		p := newProvider(t, simulator.Transport(fake), func(c *orange.Config) { c.Clock = now })
		return providertest.Harness{
			Provider: p, Clock: now, Trust: checkout.TrustShared,
			Secrets: []string{orangetest.DefaultClientSecret, orangetest.DefaultMerchantKey},
			Order: func(id string) checkout.Order {
				o := order()
				o.Attempt.ID = id
				return o
			},
			Pay:   func(a checkout.Attempt) error { return fake.Pay(a.Ref) },
			Fail:  func(a checkout.Attempt) error { return fake.Fail(a.ID, "") },
			Fault: func(fault string) { inject(fake, simulator.Fault(fault)) },
			Messages: func() []checkout.Inbound {
				if err := fake.Deliver(t.Context()); err != nil {
					t.Error(err)
				}
				return mail.Take(now.Now())
			},
			Spoil: func(in *checkout.Inbound) { in.Body = []byte(`{"status":"SUCCESS","txnid":"MP150709.1341.A00073"}`) },
		}
	}})
}

// inject makes the next call of the API go wrong; a call that is repeated with a
// new token, both.
func inject(fake *orangetest.Server, fault simulator.Fault) {
	fake.Inject("/orange-money-webpay/", fault)
	if fault == simulator.Refuse {
		fake.Inject("/orange-money-webpay/", fault)
	}
}

// TestFaultsOfTheSimulator demands that no fault is taken for more than it says,
// and that all is well after it.
func TestFaultsOfTheSimulator(t *testing.T) {
	for fault, want := range map[simulator.Fault]struct {
		start, poll outcome
		done        bool // Orange knows the order
	}{
		simulator.LostAnswer:  {unclear, unclear, true},
		simulator.ErrorBefore: {unclear, unclear, false},
		simulator.ErrorAfter:  {unclear, unclear, true},
		simulator.Truncated:   {unclear, unclear, true},
		simulator.Throttle:    {throttle, throttle, false},
		simulator.Refuse:      {bad, bad, false},
	} {
		t.Run(string(fault), func(t *testing.T) {
			p, fake, _ := withFake(t)
			inject(fake, fault)
			o := order()
			started, err := p.Start(t.Context(), o)
			if outcomeOf(err) != want.start || fmt.Sprint(started) != fmt.Sprint(checkout.Started{}) {
				t.Errorf("Start: got %+v, %s (%v), want %s", started, outcomeOf(err), err, want.start)
			}
			if done := len(fake.Orders()) == 1; done != want.done {
				t.Errorf("Orange knows the order: %t, want %t", done, want.done)
			}
			if r, err := p.Poll(t.Context(), o.Attempt); err != nil || r.State != checkout.StateMissing {
				t.Errorf("Poll of it: %+v, %v, want %s", r, err, checkout.StateMissing)
			}
			o.Attempt.ID = "txn_01KB0000000000000000000002"
			a := begin(t, p, o)
			inject(fake, fault)
			if r, err := p.Poll(t.Context(), a); outcomeOf(err) != want.poll || r != (checkout.Report{}) {
				t.Errorf("Poll: got %+v, %s (%v), want %s", r, outcomeOf(err), err, want.poll)
			}
			if err := fake.Pay(a.ID); err != nil {
				t.Fatal(err)
			}
			if r, err := p.Poll(t.Context(), a); err != nil || r.State != checkout.StatePaid {
				t.Errorf("afterwards %+v, %v", r, err)
			}
		})
	}
}
