package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// sale is a server, a coupon and many who want it at once.
type sale struct {
	t      *testing.T
	api    *caller
	coupon string // its identifier
}

// crowd has so many buyers open a session and apply the coupon, all at once. It
// returns the sessions of those who got it; all others must have been told that it
// is used up.
func (s *sale) crowd(n int) (lucky []string) {
	s.t.Helper()
	var mu sync.Mutex
	s.each(n, func(i int) error {
		made, err := s.api.call(201, "POST", "/checkout-sessions", `{"amount":10000,"currency_code":"XOF","allow_coupon_code":true}`)
		if err != nil {
			return err
		}
		id := made["id"].(string)
		session, err := s.api.call(200, "POST", "/checkout-sessions/"+id+"/coupons", `{"code":"rush"}`)
		if err != nil && strings.Contains(err.Error(), ": 400, want 200: ") && strings.Contains(err.Error(), `"code":"coupon_used_up"`) {
			return nil
		}
		if err == nil && (session["discount_amount"] != 1000.0 || session["amount_due"] != 9000.0 || session["amount"] != 10000.0) {
			err = fmt.Errorf("the coupon took off %v, so that %v of %v are due", session["discount_amount"], session["amount_due"], session["amount"])
		}
		mu.Lock()
		defer mu.Unlock()
		lucky = append(lucky, id)
		return err
	})
	return lucky
}

// each does n things at once.
func (s *sale) each(n int, do func(i int) error) {
	s.t.Helper()
	var all sync.WaitGroup
	failed := make(chan error, n)
	for i := range n {
		all.Go(func() { failed <- do(i) })
	}
	all.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// pays pays these sessions at once.
func (s *sale) pays(sessions []string) {
	s.t.Helper()
	s.each(len(sessions), func(i int) error {
		paid, err := s.api.call(201, "POST", "/test/checkout-sessions/"+sessions[i]+"/pay", "")
		if err == nil && (paid["gross_amount"] != 9000.0 || paid["discount_amount"] != 1000.0 || paid["coupon_code"] != "RUSH" || paid["status"] != "completed") {
			err = fmt.Errorf("it is paid by %v", paid)
		}
		return err
	})
}

// counts holds the coupon to how often it is reserved and used.
func (s *sale) counts(what string, reserved, used float64) {
	s.t.Helper()
	c, err := s.api.call(200, "GET", "/discount-coupons/"+s.coupon, "")
	if err != nil {
		s.t.Fatal(err)
	}
	if c["reserved_uses"] != reserved || c["completed_redemptions"] != used || c["current_uses"] != reserved+used {
		s.t.Errorf("%s: reserved %v, used %v, together %v; want %v and %v", what, c["reserved_uses"], c["completed_redemptions"], c["current_uses"], reserved, used)
	}
}

// TestTwoHundredBuyersShareFiftyCoupons has them race for a coupon on the real
// binary: fifty get it, what is not paid comes back, and nothing is lost.
func TestTwoHundredBuyersShareFiftyCoupons(t *testing.T) {
	db := filepath.Join(t.TempDir(), "sale.db")
	server := launch(t, binary(t), "--db", db, "--test-clock")
	s := &sale{t: t, api: newCaller(t, server.url, makeKey(t, db, "test"))}
	made, err := s.api.call(201, "POST", "/discount-coupons", `{"code":"RUSH","discount_percentage":10,"max_uses":50}`)
	if err != nil {
		t.Fatal(err)
	}
	s.coupon = made["id"].(string)

	lucky := s.crowd(200)
	if len(lucky) != 50 {
		t.Fatalf("%d of 200 got the coupon, want 50", len(lucky))
	}
	s.counts("all are reserved", 50, 0)

	s.pays(lucky[:20])
	s.each(5, func(i int) error {
		_, err := s.api.call(200, "DELETE", "/checkout-sessions/"+lucky[20+i]+"/coupons/RUSH", "")
		return err
	})
	s.counts("some are paid, some removed", 25, 20)
	if _, err := s.api.call(200, "POST", "/test/clock/advance", `{"seconds":3600}`); err != nil {
		t.Fatal(err)
	}
	s.counts("the others have expired", 0, 20)

	again := s.crowd(200)
	if len(again) != 30 {
		t.Fatalf("%d of 200 got what came back, want 30", len(again))
	}
	s.pays(again)
	s.counts("all are used", 0, 50)
	if late := s.crowd(20); len(late) != 0 {
		t.Errorf("%d got a coupon that is used up", len(late))
	}
	sums, err := s.api.call(200, "GET", "/discount-coupons/"+s.coupon+"/performance", "")
	if err != nil || sums["total_uses"] != 50.0 || sums["total_discount_amount"] != 50_000.0 || sums["total_revenue"] != 450_000.0 {
		t.Errorf("performance: %v, %v", sums, err)
	}
}
