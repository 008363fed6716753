package webhook

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// timeFormat is RFC 3339 in UTC with milliseconds, as JavaScript prints dates.
const timeFormat = "2006-01-02T15:04:05.000Z"

// Transaction is the wire form of a [checkout.Transaction], in webhooks and in
// the API alike. Amounts are whole minor units. A nil pointer is null; those
// without a comment belong to parts of the contract that are always null here.
type Transaction struct {
	TransactionID     string  `json:"transaction_id"`
	ID                string  `json:"id"`              // the same string
	OrganizationID    string  `json:"organization_id"` // the merchant
	MerchantID        string  `json:"merchant_id"`     // the same string
	CheckoutSessionID string  `json:"checkout_session_id"`
	CustomerID        *string `json:"customer_id"`
	ProductID         *string `json:"product_id"`
	PriceID           *string `json:"price_id"`
	SubscriptionID    *string `json:"subscription_id"`

	TransactionType string  `json:"transaction_type"` // "payment", or "instalment" of a subscription
	Status          string  `json:"status"`           // pending, completed, failed, expired, held or refunded; in a refund's event RefundStatus
	FailureReason   *string `json:"failure_reason"`   // a short code, such as "declined"
	HoldReason      *string `json:"hold_reason"`      // of a held one: "surplus", "amount_mismatch" or "late"
	Description     *string `json:"description"`      // the session's
	Quantity        int64   `json:"quantity"`

	// Metadata is the session's, each value as the merchant gave it, and beside
	// it checkout_session_id and, if the merchant named one, integration_source.
	Metadata map[string]json.RawMessage `json:"metadata"`

	GrossAmount    int64  `json:"gross_amount"`    // what the customer was asked to pay: after discounts, with fees
	Amount         int64  `json:"amount"`          // the same number; in a refund's event RefundAmount, which shop plugins look for here
	DiscountAmount int64  `json:"discount_amount"` // what coupons took off before
	FeeAmount      int64  `json:"fee_amount"`      // of GrossAmount, what came on top of what was bought
	NetAmount      int64  `json:"net_amount"`      // GrossAmount less FeeAmount
	CurrencyCode   string `json:"currency_code"`
	Currency       string `json:"currency"` // the same string; in a refund's event that of what is given back

	ReceivedAmount       *int64  `json:"received_amount"`        // what the provider collected, once it has
	ReceivedCurrencyCode *string `json:"received_currency_code"` // in which currency
	AmountAsserted       bool    `json:"amount_asserted"`        // the provider reports no amount; it takes no other than the one asked for
	RefundedAmount       int64   `json:"refunded_amount"`        // of the received amount, what was given back

	// What an event about a refund or a dispute is about, and null in all others.
	RefundID      *string `json:"refund_id"`
	RefundAmount  *int64  `json:"refund_amount"`
	RefundStatus  *string `json:"refund_status"`  // pending, completed or failed
	RefundReason  *string `json:"refund_reason"`  // in the words of whoever wanted it
	RefundFailure *string `json:"refund_failure"` // why it failed, a short code
	DisputeID     *string `json:"dispute_id"`
	DisputeReason *string `json:"dispute_reason"`

	DisputeStatus *string `json:"dispute_status"` // open, won or lost, if the payer disputed the payment

	ProviderCode          string  `json:"provider_code"`        // "WAVE", "SANDBOX"
	PaymentMethodCode     string  `json:"payment_method_code"`  // "MOBILE_MONEY" or "CARDS"
	ProviderCheckoutID    *string `json:"provider_checkout_id"` // the provider's identifier, once known
	ProviderTransactionID *string `json:"provider_transaction_id"`

	CustomerName       *string `json:"customer_name"` // who paid; what is not known of them, the session's customer
	CustomerEmail      *string `json:"customer_email"`
	CustomerPhone      *string `json:"customer_phone"`
	CustomerAddress    *string `json:"customer_address"`
	CustomerCity       *string `json:"customer_city"`
	CustomerPostalCode *string `json:"customer_postal_code"`
	CustomerCountry    *string `json:"customer_country"`

	ProductName       *string `json:"product_name"`
	CouponCode        *string `json:"coupon_code"`
	FeeStructureID    *string `json:"fee_structure_id"`
	AvailableAt       *string `json:"available_at"`
	IntegrationSource string  `json:"integration_source"` // "system" if the merchant named none

	IsBNPL                bool    `json:"is_bnpl"`
	IsPOS                 bool    `json:"is_pos"`
	SPITxID               *string `json:"spi_tx_id"`
	SPIAccountNumber      *string `json:"spi_account_number"`
	SPIPaymentCategory    *string `json:"spi_payment_category"`
	SPIPaymentStatus      *string `json:"spi_payment_status"`
	SPIDateEnvoi          *string `json:"spi_date_envoi"`
	SPIDateIrrevocabilite *string `json:"spi_date_irrevocabilite"`

	Environment string `json:"environment"` // "live" or "test"
	CreatedAt   string `json:"created_at"`  // RFC 3339, UTC, milliseconds
	UpdatedAt   string `json:"updated_at"`
}

// NewTransaction returns the wire form of t.
func NewTransaction(t checkout.Transaction) Transaction {
	a, s := t.Attempt, t.Session
	w := Transaction{
		TransactionID: a.ID, ID: a.ID, CheckoutSessionID: s.ID, SubscriptionID: text(s.SubscriptionID),
		OrganizationID: t.Account.Merchant, MerchantID: t.Account.Merchant,
		TransactionType: transactionType(s),
		FailureReason:   text(a.Reason), HoldReason: holdReason(a.Status),
		Description: text(s.Description), Quantity: s.Quantity,
		Metadata:    transactionMetadata(s),
		GrossAmount: a.Amount.Amount, Amount: a.Amount.Amount, NetAmount: a.Amount.Amount,
		CurrencyCode: string(a.Amount.Currency), Currency: string(a.Amount.Currency),
		ProviderCode: strings.ToUpper(a.Provider), PaymentMethodCode: a.MethodCode,
		ProviderCheckoutID: text(a.Ref), ProviderTransactionID: text(a.Charge),
		IntegrationSource: source(s),
		Environment:       t.Account.Environment(),
		CreatedAt:         stamp(a.CreatedAt), UpdatedAt: stamp(a.UpdatedAt),
	}
	w.CustomerID, w.ProductID, w.PriceID = text(a.CustomerID, s.CustomerID), text(s.ProductID), text(s.PriceID)
	if s.ProductID != "" {
		w.ProductName = text(s.Title)
	}
	if a.Amount == s.Due() { // else the session came to something else when the attempt began
		w.DiscountAmount, w.FeeAmount, w.NetAmount = s.Discount, s.Fee, a.Amount.Amount-s.Fee
		w.CouponCode = couponCodes(s)
	}
	w.Status = Status(a.Status)
	if a.Received.Currency != "" {
		w.ReceivedAmount = &a.Received.Amount
		w.ReceivedCurrencyCode = text(string(a.Received.Currency))
	}
	w.AmountAsserted, w.RefundedAmount, w.DisputeStatus = a.Asserted, a.Refunded, text(string(a.Dispute))
	if r := t.Refund; r != nil {
		w.RefundID, w.RefundAmount, w.RefundStatus = &r.ID, &r.Amount.Amount, text(RefundStatus(r.Status))
		w.RefundReason, w.RefundFailure = text(r.Reason), text(r.Failure)
		w.Amount, w.Currency, w.Status = r.Amount.Amount, string(r.Amount.Currency), RefundStatus(r.Status)
	}
	if d := t.Dispute; d != nil {
		w.DisputeID, w.DisputeReason = text(d.ID), text(d.Reason)
	}
	p, c := a.Payer, s.Customer
	w.CustomerName, w.CustomerEmail, w.CustomerPhone = text(p.Name, c.Name), text(p.Email, c.Email), text(p.Phone, c.Phone)
	w.CustomerAddress, w.CustomerCity = text(p.Address, c.Address), text(p.City, c.City)
	w.CustomerPostalCode, w.CustomerCountry = text(p.PostalCode, c.PostalCode), text(p.Country, c.Country)
	return w
}

// couponCodes returns the codes of a session's coupons with commas between, nil if
// it has none.
func couponCodes(s checkout.Session) *string {
	held, _ := s.Coupons.List() // what is stored was encoded by the domain
	codes := make([]string, len(held))
	for i, c := range held {
		codes[i] = c.Code
	}
	return text(strings.Join(codes, ","))
}

// transactionType says what kind of payment a session asks for.
func transactionType(s checkout.Session) string {
	if s.SubscriptionID != "" {
		return "instalment"
	}
	return "payment"
}

// Status returns the wire's word for the status of an attempt.
func Status(s checkout.AttemptStatus) string {
	switch s {
	case checkout.AttemptPaid:
		return "completed"
	case checkout.AttemptFailed:
		return "failed"
	case checkout.AttemptExpired:
		return "expired"
	case checkout.AttemptRefunded:
		return "refunded"
	case checkout.AttemptSurplus, checkout.AttemptMismatch, checkout.AttemptLate:
		return "held"
	default:
		return "pending"
	}
}

// holdReason says why money that arrived did not complete the session.
func holdReason(s checkout.AttemptStatus) *string {
	switch s {
	case checkout.AttemptSurplus:
		return text("surplus")
	case checkout.AttemptMismatch:
		return text("amount_mismatch")
	case checkout.AttemptLate:
		return text("late")
	default:
		return nil
	}
}

// RefundStatus returns the wire's word for the status of a refund.
func RefundStatus(s checkout.RefundStatus) string {
	switch s {
	case checkout.RefundSucceeded:
		return "completed"
	case checkout.RefundFailed:
		return "failed"
	default:
		return "pending"
	}
}

// systemSource is the integration source of sessions that name none.
const systemSource = "system"

func source(s checkout.Session) string {
	if s.IntegrationSource == "" {
		return systemSource
	}
	return s.IntegrationSource
}

// transactionMetadata returns the session's metadata with what receivers look
// for in it. A key that the merchant used keeps the merchant's value.
func transactionMetadata(s checkout.Session) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	if json.Unmarshal(s.Metadata.JSON(), &m) != nil {
		m = map[string]json.RawMessage{} // not an object: [checkout.Metadata] rules it out
	}
	add := func(key, value string) {
		if _, taken := m[key]; !taken {
			m[key], _ = json.Marshal(value) // a string always encodes
		}
	}
	add("checkout_session_id", s.ID)
	if from := source(s); from != systemSource {
		add("integration_source", from)
	}
	return m
}

// text returns the first of values that is not empty, nil if all are.
func text(values ...string) *string {
	for _, v := range values {
		if v != "" {
			return &v
		}
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(timeFormat) }
