package mtntest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// refund makes the nth refund of a reference.
func (b *bench) refund(n int, of, amount string) (int, string) {
	b.t.Helper()
	h := b.auth("disbursement")
	h.Set("X-Reference-Id", uuid(n))
	body, err := json.Marshal(map[string]string{
		"amount": amount, "currency": b.currency, "externalId": fmt.Sprint("rfd_", n), "payerMessage": "", "payeeNote": "", "referenceIdToRefund": of,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	status, text := b.do("POST", "/disbursement/v1_0/refund", h, string(body))
	if status != 202 {
		return status, text
	}
	_, text = b.do("GET", "/disbursement/v1_0/refund/"+uuid(n), b.auth("disbursement"), "")
	var f Refund
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		b.t.Fatal(err)
	}
	return status, strings.TrimSpace(f.Status + " " + f.Reason)
}

func TestRefunds(t *testing.T) {
	b := newBench(t, Config{XOF: true})
	b.collect(1, nil)
	b.collect(2, payer("46733123451"))
	for i, c := range []struct {
		name, of, amount string
		status           int
		want             string
	}{
		{"a part", uuid(1), "400", 202, "SUCCESSFUL"},
		{"more than is left", uuid(1), "601", 500, "NOT_ALLOWED"},
		{"the rest", uuid(1), "600", 202, "SUCCESSFUL"},
		{"nothing is left", uuid(1), "1", 500, "NOT_ALLOWED"},
		{"what failed", uuid(2), "1", 404, "RESOURCE_NOT_FOUND"},
		{"what there is not", uuid(3), "1", 404, "RESOURCE_NOT_FOUND"},
		{"half a franc", uuid(1), "0.5", 400, "amount"},
		{"the number 1", "1", "1", 404, "RESOURCE_NOT_FOUND"},
		{"the number 2", "2", "1", 202, "FAILED INTERNAL_PROCESSING_ERROR"},
		{"the number 3", "3", "1", 202, "FAILED APPROVAL_REJECTED"},
	} {
		if status, text := b.refund(10+i, c.of, c.amount); status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s: got %d %s, want %d %s", c.name, status, text, c.status, c.want)
		}
	}
	if status, text := b.refund(10, uuid(1), "400"); status != 409 || !strings.Contains(text, "RESOURCE_ALREADY_EXIST") {
		t.Errorf("the same again: %d %s", status, text)
	}
	if b.Refunded()["XOF"] != 1000 || b.GivenBack("txn_1") != 0 || b.GivenBack(uuid(1)) != 1000 {
		t.Errorf("refunded %v, %d", b.Refunded(), b.GivenBack(uuid(1)))
	}
	for product, want := range map[string]string{"collection": `"1000"`, "disbursement": `"999999000"`} {
		if _, text := b.do("GET", "/"+product+"/v1_0/account/balance", b.auth(product), ""); !strings.Contains(text, want) {
			t.Errorf("%s has %s, want %s", product, text, want)
		}
	}
}

func TestRefundTakesTime(t *testing.T) {
	b := newBench(t, Config{Delay: time.Minute})
	b.collect(1, nil)
	if got := b.status(1); got != "PENDING" {
		t.Errorf("the payment is %s", got)
	}
	b.now.Add(time.Minute)
	for n := 2; n <= 4; n++ {
		if _, text := b.refund(n, uuid(1), "300"); text != "PENDING" {
			t.Errorf("refund %d is %s", n, text)
		}
	}
	if err := b.FailRefund("rfd_2", "NOT_ENOUGH_FUNDS"); err != nil {
		t.Error(err)
	}
	if status, text := b.do("POST", "/simulate/refund/pay/rfd_3", nil, ""); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if got := b.GivenBack(uuid(1)); got != 30_000 {
		t.Errorf("given back %d", got)
	}
	b.now.Add(time.Minute)
	if got := b.GivenBack(uuid(1)); got != 60_000 {
		t.Errorf("given back %d after a minute", got)
	}
	for _, id := range []string{"rfd_2", "rfd_3", "rfd_4", "rfd_5"} {
		if err := b.ApproveRefund(id); err == nil {
			t.Errorf("%s approved", id)
		}
	}
	if _, text := b.refund(5, uuid(1), "400"); text != "PENDING" { // what failed is free again
		t.Errorf("the rest: %s", text)
	}
}
