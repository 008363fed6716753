package httpapi

import (
	"fmt"
	"testing"
)

// TestListenerSaysWhereItsPastGoesOn has more happen than one request queues.
func TestListenerSaysWhereItsPastGoesOn(t *testing.T) {
	s := newShop(t)
	const since = `"2026-03-01T08:00:00Z"`
	for range maxResend/2 + 1 {
		s.want(201, s.call("POST", "/test/checkout-sessions/"+s.create(plain)+"/pay", ""))
	}
	made := s.want(201, s.call("POST", "/listeners", `{"name":"laptop","since":`+since+`}`)).json
	if made["queued"] != float64(maxResend) || made["has_more"] != true {
		t.Fatalf("%v", made)
	}
	rest := s.want(202, s.call("POST", fmt.Sprintf("/webhooks/%s/resend", made["id"]), fmt.Sprintf(`{"from":%s,"after":%q}`, since, made["next"]))).json
	if rest["queued"] != 2.0 || rest["has_more"] != false || rest["next"] != nil {
		t.Errorf("the rest is %v", rest)
	}
	some := s.want(201, s.call("POST", "/listeners", `{"name":"other"}`)).json
	if some["queued"] != 0.0 || some["has_more"] != false || some["next"] != nil {
		t.Errorf("without a past: %v", some)
	}
}
