package webhook_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

var start = time.Date(2026, 2, 14, 10, 30, 0, 0, time.UTC)

// paid is a completed payment of 12 500 XOF.
func paid() checkout.Transaction {
	return checkout.Transaction{
		Account: checkout.Account{Number: 7, Merchant: "mer_1", Name: "Boutique", Livemode: true},
		Session: checkout.Session{
			ID: "cs_1", Account: 7, Status: checkout.StatusCompleted, Title: "Order #1", Description: "Two books", Quantity: 2,
			Total:    checkout.Money{Amount: 12500, Currency: checkout.XOF},
			Customer: checkout.Contact{Name: "Awa", Email: "awa@example.com"},
			Metadata: `{"order_id":"ORD-1","weight":1.50}`, IntegrationSource: "woocommerce",
		},
		Attempt: checkout.Attempt{
			ID: "txn_1", Account: 7, SessionID: "cs_1", Status: checkout.AttemptPaid, Provider: "wave", Method: "wave", MethodCode: "MOBILE_MONEY", Ref: "cos-1",
			Amount:    checkout.Money{Amount: 12500, Currency: checkout.XOF},
			Received:  checkout.Money{Amount: 12500, Currency: checkout.XOF},
			Payer:     checkout.Contact{Name: "Awa Koné", Phone: "+2250701020304"},
			CreatedAt: start, UpdatedAt: start.Add(64*time.Second + 7*time.Millisecond),
		},
	}
}

// object returns the wire form of t as a receiver decodes it.
func object(t *testing.T, tx checkout.Transaction) map[string]any {
	t.Helper()
	text, err := json.Marshal(webhook.NewTransaction(tx))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestATransactionHasEveryFieldOfTheContract(t *testing.T) {
	want := map[string]any{
		"transaction_id": "txn_1", "id": "txn_1", "organization_id": "mer_1", "merchant_id": "mer_1",
		"checkout_session_id": "cs_1", "customer_id": nil, "product_id": nil, "price_id": nil, "subscription_id": nil,
		"transaction_type": "payment", "status": "completed", "failure_reason": nil, "hold_reason": nil,
		"description": "Two books", "quantity": 2.0,
		"gross_amount": 12500.0, "amount": 12500.0, "discount_amount": 0.0, "fee_amount": 0.0, "net_amount": 12500.0,
		"currency_code": "XOF", "currency": "XOF", "received_amount": 12500.0, "received_currency_code": "XOF",
		"amount_asserted": false, "refunded_amount": 0.0, "refund_id": nil, "refund_amount": nil, "refund_status": nil,
		"refund_reason": nil, "refund_failure": nil, "dispute_id": nil, "dispute_reason": nil, "dispute_status": nil,
		"provider_code": "WAVE", "payment_method_code": "MOBILE_MONEY",
		"provider_checkout_id": "cos-1", "provider_transaction_id": nil,
		"customer_name": "Awa Koné", "customer_email": "awa@example.com", "customer_phone": "+2250701020304",
		"customer_address": nil, "customer_city": nil, "customer_postal_code": nil, "customer_country": nil,
		"product_name": nil, "coupon_code": nil, "fee_structure_id": nil, "available_at": nil,
		"integration_source": "woocommerce", "is_bnpl": false, "is_pos": false,
		"spi_tx_id": nil, "spi_account_number": nil, "spi_payment_category": nil, "spi_payment_status": nil,
		"spi_date_envoi": nil, "spi_date_irrevocabilite": nil,
		"environment": "live", "created_at": "2026-02-14T10:30:00.000Z", "updated_at": "2026-02-14T10:31:04.007Z",
	}
	got := object(t, paid())
	if _, ok := got["metadata"].(map[string]any); !ok {
		t.Errorf("metadata = %v, want an object", got["metadata"])
	}
	delete(got, "metadata")
	for name, w := range want {
		if g, ok := got[name]; !ok || g != w {
			t.Errorf("%s = %v (present: %v), want %v", name, g, ok, w)
		}
	}
	for name := range got {
		if _, known := want[name]; !known {
			t.Errorf("%s is not in the contract", name)
		}
	}
}

func TestStatusesOnTheWire(t *testing.T) {
	for _, c := range []struct {
		status checkout.AttemptStatus
		want   string
		hold   any
	}{
		{checkout.AttemptCreated, "pending", nil},
		{checkout.AttemptOpen, "pending", nil},
		{checkout.AttemptUnsure, "pending", nil},
		{checkout.AttemptPaid, "completed", nil},
		{checkout.AttemptFailed, "failed", nil},
		{checkout.AttemptExpired, "expired", nil},
		{checkout.AttemptSurplus, "held", "surplus"},
		{checkout.AttemptMismatch, "held", "amount_mismatch"},
		{checkout.AttemptLate, "held", "late"},
		{checkout.AttemptRefunded, "refunded", nil},
	} {
		t.Run(string(c.status), func(t *testing.T) {
			tx := paid()
			tx.Attempt.Status = c.status
			got := object(t, tx)
			if got["status"] != c.want || got["hold_reason"] != c.hold {
				t.Errorf("status %v, hold_reason %v, want %v, %v", got["status"], got["hold_reason"], c.want, c.hold)
			}
		})
	}
}

func TestMoneyThatDidNotArriveIsNull(t *testing.T) {
	tx := paid()
	tx.Attempt.Status, tx.Attempt.Received, tx.Attempt.Reason = checkout.AttemptFailed, checkout.Money{}, "insufficient_funds"
	got := object(t, tx)
	if got["received_amount"] != nil || got["received_currency_code"] != nil || got["failure_reason"] != "insufficient_funds" {
		t.Errorf("received %v %v, failure_reason %v", got["received_amount"], got["received_currency_code"], got["failure_reason"])
	}
}

func TestAMismatchShowsWhatWasAskedAndWhatCame(t *testing.T) {
	tx := paid()
	tx.Attempt.Status, tx.Attempt.Received = checkout.AttemptMismatch, checkout.Money{Amount: 19, Currency: checkout.EUR}
	got := object(t, tx)
	if got["gross_amount"] != 12500.0 || got["currency_code"] != "XOF" || got["received_amount"] != 19.0 || got["received_currency_code"] != "EUR" {
		t.Errorf("got %v", got)
	}
}

func TestCodesOfProvidersAndMethods(t *testing.T) {
	for _, c := range []struct{ provider, method, providerCode, methodCode string }{
		{"sandbox", "wallet", "SANDBOX", "MOBILE_MONEY"},
		{"sandbox", "phone", "SANDBOX", "MOBILE_MONEY"},
		{"sandbox", "card", "SANDBOX", "CARDS"},
		{"wave", "wave", "WAVE", "MOBILE_MONEY"},
		{"mtn", "mtn", "MTN", "MOBILE_MONEY"},
		{"orange", "orange", "ORANGE", "MOBILE_MONEY"},
		{"stripe", "card", "STRIPE", "CARDS"},
	} {
		tx := paid()
		tx.Attempt.Provider, tx.Attempt.Method, tx.Attempt.MethodCode = c.provider, c.method, c.methodCode
		got := webhook.NewTransaction(tx)
		if got.ProviderCode != c.providerCode || got.PaymentMethodCode != c.methodCode {
			t.Errorf("%s by %s is %s, %s", c.method, c.provider, got.ProviderCode, got.PaymentMethodCode)
		}
	}
}

func TestMetadataOfATransaction(t *testing.T) {
	for _, c := range []struct {
		name     string
		metadata checkout.Metadata
		source   string
		want     map[string]string // JSON texts
	}{
		{"none", "", "", map[string]string{"checkout_session_id": `"cs_1"`}},
		{"none, from the system", "", "system", map[string]string{"checkout_session_id": `"cs_1"`}},
		{"from a plugin", "", "magento", map[string]string{"checkout_session_id": `"cs_1"`, "integration_source": `"magento"`}},
		{"every type", `{"a":[1,{"b":null}],"f":false,"n":12345678901234567890,"s":"1","x":1.50e+2}`, "", map[string]string{
			"a": `[1,{"b":null}]`, "f": `false`, "n": `12345678901234567890`, "s": `"1"`, "x": `1.50e+2`, "checkout_session_id": `"cs_1"`,
		}},
		{"keys of ours stay the merchant's", `{"checkout_session_id":7,"integration_source":null}`, "magento", map[string]string{
			"checkout_session_id": `7`, "integration_source": `null`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tx := paid()
			tx.Session.Metadata, tx.Session.IntegrationSource = c.metadata, c.source
			got := webhook.NewTransaction(tx).Metadata
			if len(got) != len(c.want) {
				t.Errorf("metadata = %s", got)
			}
			for k, w := range c.want {
				if string(got[k]) != w {
					t.Errorf("metadata[%s] = %s, want %s", k, got[k], w)
				}
			}
		})
	}
}

func TestThePayerOutranksTheSessionsCustomer(t *testing.T) {
	tx := paid()
	tx.Session.Customer = checkout.Contact{
		Name: "s", Email: "s", Phone: "s", Address: "s", City: "s", PostalCode: "s", Country: "s",
	}
	tx.Attempt.Payer = checkout.Contact{Name: "p", Phone: "p", City: "p", Country: "p"}
	w := webhook.NewTransaction(tx)
	got := []string{*w.CustomerName, *w.CustomerEmail, *w.CustomerPhone, *w.CustomerAddress, *w.CustomerCity, *w.CustomerPostalCode, *w.CustomerCountry}
	if want := []string{"p", "s", "p", "s", "p", "s", "p"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
