package stripetest

import (
	"strings"
	"testing"
)

func TestRefunds(t *testing.T) {
	s := newShop(t, Config{})
	id := s.open(t)
	refund := func(form string) (int, object) {
		status, o, _ := s.call(t, "POST", "/v1/refunds", form, nil)
		return status, o
	}
	x, err := s.Session(id)
	do(t, err)
	for _, form := range []string{"", "payment_intent=pi_other", "charge=ch_other", "payment_intent=pi_other&colour=red", "payment_intent=pi_other&reason=whim"} {
		if status, o := refund(form); status != 400 {
			t.Errorf("%q: %d %v", form, status, o)
		}
	}
	if _, err := s.RefundInPortal(id, 0); err == nil {
		t.Error("what was not paid was given back")
	}
	do(t, s.Fail(id, ""))
	x, _ = s.Session(id)
	if status, o := refund("payment_intent=" + x.Payment); status != 400 || !strings.Contains(o.text("error", "message"), "successful charge") {
		t.Errorf("%d %v", status, o)
	}
	do(t, s.Pay(id))
	for _, c := range []struct {
		more, code string
		status     int
		back       int64
	}{
		{"&amount=0", "parameter_invalid_integer", 400, 0},
		{"&amount=2501", "", 400, 0},
		{"&amount=1000&reason=duplicate&metadata[refund]=r1", "", 200, 1000},
		{"&amount=1501", "", 400, 1000},
		{"", "", 200, 2500},
		{"", "charge_already_refunded", 400, 2500},
	} {
		status, o := refund("payment_intent=" + x.Payment + c.more)
		if status != c.status || o.text("error", "code") != c.code || s.Refunded()["XOF"] != c.back {
			t.Errorf("%q: %d %v, %v back", c.more, status, o, s.Refunded())
		}
	}
	_, o, _ := s.call(t, "GET", "/v1/refunds?payment_intent="+x.Payment, "", nil)
	all := o["data"].([]any)
	if len(all) != 2 || object(all[1].(map[string]any)).text("metadata", "refund") != "r1" || object(all[1].(map[string]any)).text("reason") != "duplicate" {
		t.Errorf("%v", o)
	}
	first := object(all[0].(map[string]any)).text("id")
	if status, o, _ := s.call(t, "GET", "/v1/refunds/"+first, "", nil); status != 200 || o.text("amount") != "1500" || o.text("status") != "succeeded" {
		t.Errorf("%d %v", status, o)
	}
	if status, _, _ := s.call(t, "GET", "/v1/refunds/re_other", "", nil); status != 404 {
		t.Errorf("answered %d", status)
	}
	do(t, s.SettleRefund(first, false)) // the bank sends it back
	if got := s.Refunded()["XOF"]; got != 1000 {
		t.Errorf("%d back", got)
	}
	if s.SettleRefund(first, true) == nil || s.SettleRefund(first, false) == nil {
		t.Error("what failed was settled")
	}
}

func TestRefundsThatAreHeld(t *testing.T) {
	s := newShop(t, Config{})
	id := s.open(t)
	do(t, s.Pay(id))
	s.HoldRefunds(true)
	one, err := s.RefundInPortal(id, 100)
	do(t, err)
	if _, o, _ := s.call(t, "GET", "/v1/refunds/"+one, "", nil); o.text("status") != "pending" || o.text("pending_reason") != "processing" {
		t.Errorf("%v", o)
	}
	do(t, s.SettleRefund(one, true))
	if _, o, _ := s.call(t, "GET", "/v1/refunds/"+one, "", nil); o.text("status") != "succeeded" || o.text("pending_reason") != "" {
		t.Errorf("%v", o)
	}
	if s.SettleRefund(one, true) == nil {
		t.Error("settled twice")
	}
}
