package checkout_test

import (
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// takenForFailed has a provider decline a refund that it makes all the same.
func (p *able) takenForFailed(t *testing.T, svc *checkout.Service, a checkout.Attempt, amount int64) checkout.Refund {
	t.Helper()
	p.refund = func(checkout.RefundOrder) (checkout.RefundReport, error) {
		return checkout.RefundReport{}, &checkout.Declined{Reason: "not_allowed"}
	}
	r, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID, Amount: amount})
	if err != nil || r.Status != checkout.RefundFailed {
		t.Fatal(r, err)
	}
	return r
}

// TestRefundsThatAreToldInOddOrders has the provider tell of refunds in ways that
// are not those of their making. What went back is what is recorded.
func TestRefundsThatAreToldInOddOrders(t *testing.T) {
	const succeeded, pending, failed = checkout.RefundSucceeded, checkout.RefundPending, checkout.RefundFailed
	for _, c := range []struct {
		name string
		ours int64 // of a refund of ours that was taken for failed, 0 for none
		told func(ours string) []checkout.RefundReport
		want int64
	}{
		{"ours is pending first", 5000, func(ours string) []checkout.RefundReport {
			first, then := refundNamed("re_1", 5000, pending), refundNamed("re_1", 5000, succeeded)
			first.RefundID, then.RefundID = ours, ours
			return []checkout.RefundReport{first, then, refundTotal(5000)}
		}, 5000},
		{"a total of another comes before ours", 5000, func(ours string) []checkout.RefundReport {
			it := refundNamed("re_1", 5000, succeeded)
			it.RefundID = ours
			return []checkout.RefundReport{refundTotal(3000), it, refundNamed("re_2", 3000, succeeded), refundTotal(8000)}
		}, 8000},
		{"ours without an amount", 5000, func(ours string) []checkout.RefundReport {
			return []checkout.RefundReport{{State: succeeded, Ref: "re_1", RefundID: ours}}
		}, 5000},
		{"one of a total fails", 0, func(string) []checkout.RefundReport {
			return []checkout.RefundReport{refundTotal(5000), refundNamed("re_1", 3000, failed), refundNamed("re_2", 2000, succeeded), refundNamed("re_1", 3000, succeeded)}
		}, 2000},
		{"one that is not of a total fails", 0, func(string) []checkout.RefundReport {
			return []checkout.RefundReport{refundTotal(5000), refundNamed("re_1", 3000, failed), refundNamed("re_2", 5000, succeeded)}
		}, 5000},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
				p := newAble()
				svc := scriptedService(t, k, p)
				s := open(t, k)
				a := p.pay(t, svc, s.ID)
				ours := ""
				if c.ours > 0 {
					ours = p.takenForFailed(t, svc, a, c.ours).ID
				}
				p.teller(t, svc, a)(c.told(ours)...)
				if got := attempt(t, svc, s.ID, a.ID); got.Refunded != c.want || got.Refunding != 0 || balance(t, svc) != 12500-c.want {
					t.Errorf("refunded %d, refunding %d, balance %d; %d went back", got.Refunded, got.Refunding, balance(t, svc), c.want)
				}
			})
		})
	}
}

// TestRefundTakenForFailedSucceedsWhileAnotherIsAskedFor has the provider refuse
// the second one because of the first.
func TestRefundTakenForFailedSucceedsWhileAnotherIsAskedFor(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		p := newAble()
		svc := scriptedService(t, k, p)
		s := open(t, k)
		a := p.pay(t, svc, s.ID)
		first := p.takenForFailed(t, svc, a, 12500)
		tell := p.teller(t, svc, a)
		p.refund = func(checkout.RefundOrder) (checkout.RefundReport, error) {
			ours := refundNamed("re_1", 12500, checkout.RefundSucceeded)
			ours.RefundID = first.ID
			tell(ours, refundTotal(12500))
			return checkout.RefundReport{}, &checkout.Declined{Reason: "charge_already_refunded"}
		}
		if _, err := svc.Refund(ctx, checkout.Account{}, checkout.RefundParams{TransactionID: a.ID}); err != nil {
			t.Fatal(err)
		}
		if got := attempt(t, svc, s.ID, a.ID); got.Refunded != 12500 || got.Refunding != 0 || balance(t, svc) != 0 {
			t.Errorf("refunded %d, refunding %d, balance %d", got.Refunded, got.Refunding, balance(t, svc))
		}
	})
}
