package mtn_test

import (
	"testing"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn/mtntest"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// TestConformance runs the suite in Côte d'Ivoire and in the sandbox, there with
// euros and with francs that are called euros.
func TestConformance(t *testing.T) {
	for _, c := range []struct {
		name     string
		currency checkout.Currency
		fake     mtntest.Config
		live     bool
	}{
		{"Côte d'Ivoire", checkout.XOF, mtntest.Config{XOF: true, Put: true}, true},
		{"sandbox", checkout.EUR, mtntest.Config{}, false},
		{"sandbox with francs", checkout.XOF, mtntest.Config{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			providertest.Run(t, providertest.Suite{New: func(t *testing.T) providertest.Harness {
				return harness(t, c.currency, c.fake, c.live)
			}})
		})
	}
}

func harness(t *testing.T, currency checkout.Currency, conf mtntest.Config, live bool) providertest.Harness {
	now, mail := clock.NewMock(), &providertest.Mailbox{}
	now.Set(providertest.Noon)
	conf.Config, conf.Manual = simulator.Config{Clock: now, Client: mail.Client()}, true
	fake := mtntest.New(conf)
	settings := mtn.Config{
		SubscriptionKey: mtntest.SubscriptionKey, APIUser: mtntest.APIUser, APIKey: mtntest.APIKey,
		Disbursement: mtn.Credentials{SubscriptionKey: mtntest.DisbursementKey, APIUser: mtntest.APIUser, APIKey: mtntest.APIKey},
		Transport:    simulator.Transport(fake), Clock: now, Livemode: live,
	}
	if live {
		settings.TargetEnvironment = "mtnivorycoast"
	}
	h := providertest.Harness{
		Provider: newProvider(t, settings), Clock: now, Trust: checkout.TrustNone,
		Secrets: []string{mtntest.SubscriptionKey, mtntest.DisbursementKey, mtntest.APIKey},
		Order: func(id string) checkout.Order {
			return checkout.Order{
				Attempt: checkout.Attempt{ID: id, Method: mtn.Method, Amount: checkout.Money{Amount: 2500, Currency: currency}},
				Title:   "Panier", Phone: "+2250504030201", NotifyURL: "https://pay.example/webhooks/mtn",
			}
		},
		Pay:  func(a checkout.Attempt) error { return fake.Approve(a.ID) },
		Fail: func(a checkout.Attempt) error { return fake.Reject(a.Ref) },
		Fault: func(fault string) {
			if fault == providertest.FaultRefuse {
				fake.RevokeTokens()
				fake.Inject("/token/", simulator.Refuse)
				return
			}
			fake.Inject("/v1_0/", simulator.Fault(fault))
		},
		Messages: func() []checkout.Inbound {
			if err := fake.Deliver(t.Context()); err != nil {
				t.Error(err)
			}
			return mail.Take(now.Now())
		},
		GivenBack: func(a checkout.Attempt) checkout.Money {
			units := fake.GivenBack(a.ID)
			if !live && currency == checkout.XOF {
				units /= 100 // 2500 francs were sent as 2500 euros
			}
			return checkout.Money{Amount: units, Currency: currency}
		},
	}
	if live || currency == checkout.EUR { // francs that are called euros cannot be told from euros
		h.PayAmount = func(a checkout.Attempt, m checkout.Money) error {
			return fake.ApproveAmount(a.ID, m.Amount, string(m.Currency))
		}
	}
	return h
}
