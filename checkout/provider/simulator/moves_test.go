package simulator_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// TestHandle adds a move of the customer's.
func TestHandle(t *testing.T) {
	s := simulator.New(simulator.Config{}, http.NotFoundHandler())
	paid := ""
	s.Handle("pay", func(id string) error {
		if id == "" {
			return errors.New("no payment")
		}
		paid = id
		return nil
	})
	do := control(t, s)
	for path, want := range map[string]string{"pay_1": "pay_1", "a/b": "a/b", "a%20b": "a b"} {
		if status, body := do(http.MethodPost, "/simulate/pay/"+path, ""); status != 200 || paid != want || body != `{"ok":true}` {
			t.Errorf("%s: %d %s, paid %q", path, status, body, paid)
		}
	}
	s.Inject("", simulator.Refuse) // faults are of the API alone
	if status, body := do(http.MethodPost, "/simulate/pay/", ""); status != 400 || body != `{"error":"no payment"}` {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := do(http.MethodGet, "/simulate/pay/pay_1", ""); status != 405 {
		t.Errorf("GET: %d", status)
	}
}

// TestHandlePay pays what was asked for and other sums.
func TestHandlePay(t *testing.T) {
	s, exact := simulator.New(simulator.Config{}, http.NotFoundHandler()), simulator.New(simulator.Config{}, http.NotFoundHandler())
	paid := ""
	pay := func(id string) error { paid = id; return nil }
	s.HandlePay(pay, func(id string, amount int64, currency string) error {
		paid = fmt.Sprint(id, " ", amount, " ", currency)
		return nil
	})
	exact.HandlePay(pay, nil)
	for _, c := range []struct{ body, paid, exact string }{
		{"", "txn_1", "txn_1"},
		{" \n", "txn_1", "txn_1"},
		{"{}", "txn_1", "txn_1"},
		{`{"amount":500,"currency":"XOF"}`, "txn_1 500 XOF", "leave amount and currency out"},
		{`{"amount":9007199254740991,"currency":"EUR"}`, "txn_1 9007199254740991 EUR", "leave amount and currency out"},
		{`{"amount":500}`, "currency must be", "leave amount"},
		{`{"currency":"XOF"}`, "amount must be", "leave amount"},
		{`{"amount":0,"currency":"XOF"}`, "amount must be", "leave amount"},
		{`{"amount":-1,"currency":"XOF"}`, "amount must be", "leave amount"},
		{`{"amount":5.5,"currency":"XOF"}`, "amount", "amount"},
		{`{"amount":"500","currency":"XOF"}`, "amount", "amount"},
		{`{"amount":500,"currency":"xof"}`, "currency must be", "leave amount"},
		{`{"amount":500,"currency":"XOF","tip":1}`, "tip", "tip"},
		{`{"amout":500}`, "amout", "amout"},
		{`{"amount":500,"currency":"XOF"}{}`, "behind the JSON", "behind the JSON"},
		{`amount=500`, "invalid character", "invalid character"},
	} {
		for server, want := range map[*simulator.Server]string{s: c.paid, exact: c.exact} {
			paid = ""
			status, body := control(t, server)(http.MethodPost, "/simulate/pay/txn_1", c.body)
			if good := strings.HasPrefix(want, "txn_1"); good && (status != 200 || paid != want) || !good && (status != 400 || paid != "" || !strings.Contains(body, want)) {
				t.Errorf("%s: %d %s, paid %q, want %q", c.body, status, body, paid, want)
			}
		}
	}
}

// TestHandleFail fails for each reason, and for what is none.
func TestHandleFail(t *testing.T) {
	s, dumb := simulator.New(simulator.Config{}, http.NotFoundHandler()), simulator.New(simulator.Config{}, http.NotFoundHandler())
	failed := ""
	fail := func(id, code string) error {
		if id != "txn_1" {
			return errors.New("there is no such session")
		}
		failed = id + " " + code
		return nil
	}
	s.HandleFail([]string{"declined", "no_funds"}, fail)
	dumb.HandleFail(nil, fail)
	for _, c := range []struct{ path, failed, dumb string }{
		{"txn_1", "txn_1 declined", "txn_1 "},
		{"txn_1/no_funds", "txn_1 no_funds", "leave the code out"},
		{"no_funds/txn_1", "txn_1 no_funds", "leave the code out"},
		{"txn_1/owl", `"code must be one of declined, no_funds"`, "leave the code out"},
		{"txn_1/", "code must be one of", "leave the code out"},
		{"txn_2/no_funds", "no such session", "leave the code out"},
		{"txn_2", "no such session", "no such session"},
	} {
		for server, want := range map[*simulator.Server]string{s: c.failed, dumb: c.dumb} {
			failed = ""
			status, body := control(t, server)(http.MethodPost, "/simulate/fail/"+c.path, "")
			if good := strings.HasPrefix(want, "txn_1"); good && (status != 200 || failed != want) || !good && (status != 400 || failed != "" || !strings.Contains(body, want)) {
				t.Errorf("%s: %d %s, failed %q, want %q", c.path, status, body, failed, want)
			}
		}
	}
	s.Handle("cancel", func(string) error { return nil })
	if got, want := s.Moves(), []string{"fail", "cancel"}; !slices.Equal(got, want) {
		t.Errorf("moves %v, want %v", got, want)
	}
}
