package checkout_test

import (
	"slices"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// failer is a test or one walk of a test.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// offer puts a recurring product on sale and returns its price.
func offer(t failer, k *checkouttest.Kit, amount int64, every checkout.Interval, plan checkout.Plan) checkout.Price {
	t.Helper()
	var prices []checkout.Price
	err := k.Store.Update(ctx, func(tx checkout.Tx) (err error) {
		_, prices, err = k.Service.CreateProductIn(tx, checkout.Account{}, checkout.Product{
			Name: "Gym", Type: checkout.ProductRecurring, Active: true, Plan: plan,
		}, []checkout.Price{{Amount: checkout.Money{Amount: amount, Currency: checkout.XOF}, Interval: every, Model: checkout.PriceStandard, Active: true}}, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return prices[0]
}

// signUp opens a session of a recurring price.
func signUp(t failer, k *checkouttest.Kit, price checkout.Price, change ...func(*checkout.CreateSessionParams)) checkout.Session {
	t.Helper()
	p := checkout.CreateSessionParams{
		Total: checkout.Money{Currency: checkout.XOF}, PriceID: price.ID, Metadata: `{"member":"7"}`,
		Customer: checkout.Contact{Name: "Awa Koné", Email: "awa@example.com"},
	}
	for _, f := range change {
		f(&p)
	}
	s, err := k.Service.CreateSession(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pays has the customer pay a session, and returns it.
func pays(t failer, k *checkouttest.Kit, id string) checkout.Session {
	t.Helper()
	c, err := k.Service.Checkout(ctx, id)
	if err == nil && c.Session.Due().Amount == 0 {
		_, err = k.Service.Start(ctx, checkout.StartParams{SessionID: id, WithoutForm: true})
	} else if err == nil {
		_, err = k.Pay(id, checkout.OutcomeSucceed)
	}
	if err != nil {
		t.Fatal(err)
	}
	if c, err = k.Service.Checkout(ctx, id); err != nil || c.Session.Status != checkout.StatusCompleted {
		t.Fatalf("%s is %s, %v", id, c.Session.Status, err)
	}
	return c.Session
}

// subscribes signs up and pays.
func subscribes(t failer, k *checkouttest.Kit, price checkout.Price) checkout.Subscription {
	t.Helper()
	return subscription(t, k, pays(t, k, signUp(t, k, price).ID).SubscriptionID)
}

func subscription(t failer, k *checkouttest.Kit, id string) checkout.Subscription {
	t.Helper()
	sub, err := k.Service.Subscription(ctx, checkout.Account{}, id)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// openRenewal returns the session that is to be paid, "" if there is none.
func openRenewal(t failer, k *checkouttest.Kit, sub string) string {
	t.Helper()
	r, err := k.Service.Renewal(ctx, sub)
	if err != nil {
		t.Fatal(err)
	}
	return r.SessionID
}

func on(month time.Month, day, hour int) time.Time {
	return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
}

func to(t failer, k *checkouttest.Kit, at time.Time) {
	t.Helper()
	k.Advance(at.Sub(k.Clock.Now()))
}

// TestFirstPayments says what is charged at sign-up, on 15 April at nine, and when
// the next two periods begin.
func TestFirstPayments(t *testing.T) {
	initial, later, part := checkout.FirstInitial, checkout.FirstNonInitial, checkout.FirstProrated
	for name, c := range map[string]struct {
		every  checkout.Interval
		plan   checkout.Plan
		due    int64
		status checkout.SubscriptionStatus
		cycle  int64
		end    time.Time
		second int64
		end2   time.Time
	}{
		"a month":                  {checkout.EveryMonth, checkout.Plan{}, 3100, "active", 1, on(5, 15, 9), 3100, on(6, 15, 9)},
		"said":                     {checkout.EveryMonth, checkout.Plan{FirstPayment: initial}, 3100, "active", 1, on(5, 15, 9), 3100, on(6, 15, 9)},
		"a day":                    {checkout.EveryDay, checkout.Plan{}, 3100, "active", 1, on(4, 16, 9), 3100, on(4, 17, 9)},
		"a week":                   {checkout.EveryWeek, checkout.Plan{}, 3100, "active", 1, on(4, 22, 9), 3100, on(4, 29, 9)},
		"two weeks":                {checkout.EveryTwoWeeks, checkout.Plan{}, 3100, "active", 1, on(4, 29, 9), 3100, on(5, 13, 9)},
		"two months":               {checkout.EveryTwoMonths, checkout.Plan{}, 3100, "active", 1, on(6, 15, 9), 3100, on(8, 15, 9)},
		"a quarter":                {checkout.EveryQuarter, checkout.Plan{}, 3100, "active", 1, on(7, 15, 9), 3100, on(10, 15, 9)},
		"half a year":              {checkout.EveryHalfYear, checkout.Plan{}, 3100, "active", 1, on(10, 15, 9), 3100, on(16, 15, 9)},
		"a year":                   {checkout.EveryYear, checkout.Plan{}, 3100, "active", 1, on(16, 15, 9), 3100, on(28, 15, 9)},
		"later":                    {checkout.EveryMonth, checkout.Plan{FirstPayment: later}, 0, "trialing", 0, on(5, 15, 9), 3100, on(6, 15, 9)},
		"trial":                    {checkout.EveryMonth, checkout.Plan{TrialDays: 10}, 0, "trialing", 0, on(4, 25, 9), 3100, on(5, 25, 9)},
		"trial, later":             {checkout.EveryWeek, checkout.Plan{TrialDays: 1, FirstPayment: later}, 0, "trialing", 0, on(4, 16, 9), 3100, on(4, 23, 9)},
		"charge day":               {checkout.EveryMonth, checkout.Plan{ChargeDay: 1}, 3100, "active", 1, on(5, 1, 0), 3100, on(6, 1, 0)},
		"later, charge day":        {checkout.EveryMonth, checkout.Plan{ChargeDay: 20, FirstPayment: later}, 0, "trialing", 0, on(4, 20, 0), 3100, on(5, 20, 0)},
		"part":                     {checkout.EveryMonth, checkout.Plan{ChargeDay: 1, FirstPayment: part}, 1653, "active", 1, on(5, 1, 0), 3100, on(6, 1, 0)}, // 16 of 30 days
		"part, on the day":         {checkout.EveryMonth, checkout.Plan{ChargeDay: 15, FirstPayment: part}, 3100, "active", 1, on(5, 15, 0), 3100, on(6, 15, 0)},
		"part, a day":              {checkout.EveryMonth, checkout.Plan{ChargeDay: 16, FirstPayment: part}, 100, "active", 1, on(4, 16, 0), 3100, on(5, 16, 0)}, // of 31
		"part of a quarter":        {checkout.EveryQuarter, checkout.Plan{ChargeDay: 1, FirstPayment: part}, 557, "active", 1, on(5, 1, 0), 3100, on(8, 1, 0)},  // 16 of 89
		"part without a day":       {checkout.EveryMonth, checkout.Plan{FirstPayment: part}, 3100, "active", 1, on(5, 15, 9), 3100, on(6, 15, 9)},
		"trial, charge day":        {checkout.EveryMonth, checkout.Plan{TrialDays: 10, ChargeDay: 1}, 0, "trialing", 0, on(4, 25, 9), 3100, on(5, 1, 0)},
		"trial, part":              {checkout.EveryMonth, checkout.Plan{TrialDays: 10, ChargeDay: 1, FirstPayment: part}, 0, "trialing", 0, on(4, 25, 9), 620, on(5, 1, 0)}, // 6 of 30
		"trial, part of a quarter": {checkout.EveryQuarter, checkout.Plan{TrialDays: 10, ChargeDay: 1, FirstPayment: part}, 0, "trialing", 0, on(4, 25, 9), 209, on(5, 1, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			k := checkouttest.New(t)
			to(t, k, on(4, 15, 9))
			session := signUp(t, k, offer(t, k, 3100, c.every, c.plan))
			if session.Due().Amount != c.due || session.Total.Amount != 3100 {
				t.Errorf("%+v is due, want %d", session.Due(), c.due)
			}
			sub := subscription(t, k, pays(t, k, session.ID).SubscriptionID)
			if sub.Status != c.status || sub.Cycle != c.cycle || !sub.PeriodEnd.Equal(c.end) || !sub.DueAt.Equal(c.end) ||
				sub.Amount.Amount != 3100 || sub.Customer.Name != "Awa Koné" || sub.CustomerID == "" || sub.Metadata != session.Metadata {
				t.Errorf("%+v", sub)
			}
			if want := []checkout.EventType{"PAYMENT_SUCCEEDED", "SUBSCRIPTION_CREATED"}; !slices.Equal(types(k)[len(types(k))-2:], want) {
				t.Errorf("events %v", types(k))
			}
			to(t, k, c.end)
			next := subscription(t, k, sub.ID)
			if next.Cycle != c.cycle+1 || !next.PeriodStart.Equal(c.end) || !next.PeriodEnd.Equal(c.end2) || next.Status != c.status {
				t.Errorf("then %+v", next)
			}
			renewal := pays(t, k, openRenewal(t, k, sub.ID))
			if renewal.Due().Amount != c.second || renewal.Total.Amount != 3100 || renewal.SubscriptionID != sub.ID || renewal.CustomerID != sub.CustomerID {
				t.Errorf("%+v", renewal)
			}
			if got := subscription(t, k, sub.ID); got.Status != checkout.SubscriptionActive || !got.DueAt.Equal(c.end2) || openRenewal(t, k, sub.ID) != "" {
				t.Errorf("once paid %+v", got)
			}
		})
	}
}

// TestAPartThatIsPaidLate signs up for the rest of a month, and pays in the next.
func TestAPartThatIsPaidLate(t *testing.T) {
	k := checkouttest.New(t)
	session := signUp(t, k, offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{ChargeDay: 5, FirstPayment: checkout.FirstProrated}),
		func(p *checkout.CreateSessionParams) { p.TTL = 10 * 24 * time.Hour })
	k.Advance(6 * 24 * time.Hour)
	sub := subscription(t, k, pays(t, k, session.ID).SubscriptionID)
	if !sub.PeriodStart.Equal(session.CreatedAt) || !sub.PeriodEnd.Equal(on(3, 5, 0)) {
		t.Errorf("%+v", sub)
	}
	k.Advance(0)
	if sub = subscription(t, k, sub.ID); sub.Cycle != 2 || !sub.PeriodEnd.Equal(on(4, 5, 0)) || openRenewal(t, k, sub.ID) == "" {
		t.Errorf("the month that has begun is not billed: %+v", sub)
	}
}

// TestATrialIsNotTakenBack has a merchant change the product between the opening of a
// session and its completion.
func TestATrialIsNotTakenBack(t *testing.T) {
	k := checkouttest.New(t)
	price := offer(t, k, 3100, checkout.EveryYear, checkout.Plan{TrialDays: 10})
	session := signUp(t, k, price)
	_, err := k.Service.UpdateProduct(ctx, checkout.Account{}, price.ProductID, func(p *checkout.Product) { p.Plan = checkout.Plan{} })
	if err != nil {
		t.Fatal(err)
	}
	sub := subscription(t, k, pays(t, k, session.ID).SubscriptionID)
	if want := sub.PeriodStart.AddDate(0, 0, 10); !sub.PeriodEnd.Equal(want) {
		t.Errorf("nothing is charged until %v, want %v", sub.PeriodEnd, want)
	}
}

// TestAYearOfMonths renews from 31 January on, and has billing end after a year.
func TestAYearOfMonths(t *testing.T) {
	onEachStore(t, func(t *testing.T, k *checkouttest.Kit) {
		to(t, k, on(13, 31, 12))
		price := offer(t, k, 3100, checkout.EveryMonth, checkout.Plan{Cycles: 12})
		sub := subscribes(t, k, price)
		err := k.Store.Update(ctx, func(tx checkout.Tx) error { // that it is not on sale any more stops nothing
			stored, _, err := tx.PriceOf(price.ID)
			if err != nil {
				return err
			}
			stored.Active = false
			return tx.PutPrice(stored)
		})
		if err != nil {
			t.Fatal(err)
		}
		last := []int{28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31} // of February to January
		for i, day := range last {
			if got := subscription(t, k, sub.ID); got.Cycle != int64(i)+1 || !got.PeriodEnd.Equal(on(time.Month(14+i), day, 12)) {
				t.Fatalf("period %d: %+v", i+1, got)
			}
			to(t, k, on(time.Month(14+i), day, 12))
			if i < len(last)-1 {
				pays(t, k, openRenewal(t, k, sub.ID))
			}
		}
		got := subscription(t, k, sub.ID)
		if got.Status != checkout.SubscriptionEnded || !got.DueAt.IsZero() || openRenewal(t, k, sub.ID) != "" {
			t.Errorf("%+v", got)
		}
		if count(k, checkout.EventSubscriptionRenewed) != 11 || count(k, checkout.EventSubscriptionUpdated) != 12 || count(k, checkout.EventPaymentSucceeded) != 12 {
			t.Errorf("events %v", types(k))
		}
	})
}
