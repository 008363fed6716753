package webhook_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// TestASubscriptionIsToldStepByStep goes from sign-up to a renewal that nobody pays.
func TestASubscriptionIsToldStepByStep(t *testing.T) {
	m := newMarket(t, checkout.Policy{})
	m.recurs()
	var got []string
	for _, e := range m.Events() {
		var b struct {
			Data struct {
				Type   string  `json:"transaction_type"`
				Sub    *string `json:"subscription_id"`
				Status string  `json:"status"`
			}
		}
		if err := json.Unmarshal(body(t, e), &b); err != nil {
			t.Fatal(err)
		}
		line := string(e.Type) + " " + b.Data.Type + " " + b.Data.Status
		if b.Data.Sub == nil {
			line += " of none"
		}
		got = append(got, line)
	}
	want := []string{
		"PAYMENT_CREATED payment pending of none", "PAYMENT_SUCCEEDED instalment completed", "SUBSCRIPTION_CREATED  active",
		"SUBSCRIPTION_UPDATED  active", "PAYMENT_CREATED instalment pending", "PAYMENT_SUCCEEDED instalment completed", "SUBSCRIPTION_RENEWED  active",
		"SUBSCRIPTION_UPDATED  active", "PAYMENT_FAILED instalment failed", "SUBSCRIPTION_CANCELLED  cancelled",
	}
	if !slices.Equal(got, want) {
		t.Errorf("told %q", got)
	}
}

func TestAnUpdateSaysWhatChanged(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, time.May, day, 9, 0, 0, 0, time.UTC) }
	before := checkout.Subscription{
		ID: "sub_1", Status: checkout.SubscriptionActive, SessionID: "cs_2", Cycle: 2, Interval: checkout.EveryMonth,
		PeriodStart: at(1), PeriodEnd: at(31), CreatedAt: at(1), UpdatedAt: at(1),
	}
	after := before
	after.CancelAtEnd, after.UpdatedAt = true, at(3)
	for by, actor := range map[checkout.ChangeSource]any{checkout.ByMerchant: "mer_1", checkout.ByCron: nil} {
		e := checkout.Event{ID: "evt_1", Type: checkout.EventSubscriptionUpdated, CreatedAt: at(3), Transaction: checkout.Transaction{
			Account: checkout.Account{Merchant: "mer_1"}, Session: checkout.Session{ID: "cs_2"}, Subscription: &after,
			Change: &checkout.SubscriptionChange{Before: before, By: by},
		}}
		var got struct {
			Data map[string]any `json:"data"`
		}
		if err := json.Unmarshal(body(t, e), &got); err != nil {
			t.Fatal(err)
		}
		previous := map[string]any{"cancel_at_period_end": false, "next_billing_date": "2026-05-31T09:00:00.000Z"}
		context := map[string]any{"source": string(by), "actor": actor}
		if !reflect.DeepEqual(got.Data["previous_attributes"], previous) || !reflect.DeepEqual(got.Data["context"], context) {
			t.Errorf("%v in %v", got.Data["previous_attributes"], got.Data["context"])
		}
		flat := maps.Clone(got.Data)
		for _, name := range []string{"object", "previous_attributes", "context"} {
			delete(flat, name)
		}
		if !reflect.DeepEqual(got.Data["object"], flat) || flat["cancel_at_period_end"] != true || flat["next_billing_date"] != nil {
			t.Errorf("the object is %v beside %v", got.Data["object"], flat)
		}
	}
}

func TestNothingIsBilledAfterTheEnd(t *testing.T) {
	end := time.Date(2026, time.May, 31, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		sub  checkout.Subscription
		next bool
	}{
		{checkout.Subscription{Status: checkout.SubscriptionTrialing}, true},
		{checkout.Subscription{Status: checkout.SubscriptionPastDue}, true},
		{checkout.Subscription{Status: checkout.SubscriptionActive, Cycle: 2, Plan: checkout.Plan{Cycles: 3}}, true},
		{checkout.Subscription{Status: checkout.SubscriptionActive, Cycle: 3, Plan: checkout.Plan{Cycles: 3}}, false},
		{checkout.Subscription{Status: checkout.SubscriptionActive, CancelAtEnd: true}, false},
		{checkout.Subscription{Status: checkout.SubscriptionPaused}, false},
		{checkout.Subscription{Status: checkout.SubscriptionCancelled, CancelledAt: end}, false},
		{checkout.Subscription{Status: checkout.SubscriptionEnded}, false},
	} {
		c.sub.PeriodEnd = end
		got := webhook.NewSubscription(checkout.Transaction{Subscription: &c.sub})
		if (got.NextBillingDate != nil) != c.next || (got.CancelledAt != nil) != (c.sub.Status == checkout.SubscriptionCancelled) {
			t.Errorf("%s: %v, %v", c.sub.Status, got.NextBillingDate, got.CancelledAt)
		}
	}
}
