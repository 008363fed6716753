package httpapi

import (
	"encoding/json"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// instant is a time on the wire: RFC 3339 in UTC with milliseconds.
type instant time.Time

// timeLayout always has three decimals: readers that parse by position exist.
const timeLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the time, null for the zero time.
func (t instant) MarshalJSON() ([]byte, error) {
	at := time.Time(t)
	if at.IsZero() {
		return []byte("null"), nil
	}
	b := make([]byte, 0, len(timeLayout)+2)
	b = append(b, '"')
	b = at.UTC().AppendFormat(b, timeLayout)
	return append(b, '"'), nil
}

// optional is a string that is null on the wire when it is absent.
func optional(s *string) *string {
	if *s == "" {
		return nil
	}
	return s
}

// wireSession is a checkout session on the wire. amount is in the smallest unit
// of the currency. Some fields stand twice, because lomi.'s documentation and
// its clients do not agree on a name.
type wireSession struct {
	ID                 string          `json:"id"`
	CheckoutSessionID  string          `json:"checkout_session_id"`
	CheckoutURL        string          `json:"checkout_url"`
	URL                string          `json:"url"`
	Status             checkout.Status `json:"status"`
	Amount             int64           `json:"amount"`
	CurrencyCode       string          `json:"currency_code"`
	Title              *string         `json:"title"`
	Description        *string         `json:"description"`
	CustomerID         *string         `json:"customer_id"`
	CustomerEmail      *string         `json:"customer_email"`
	CustomerName       *string         `json:"customer_name"`
	CustomerPhone      *string         `json:"customer_phone"`
	CustomerCity       *string         `json:"customer_city"`
	CustomerCountry    *string         `json:"customer_country"`
	CustomerAddress    *string         `json:"customer_address"`
	CustomerPostalCode *string         `json:"customer_postal_code"`
	ProductID          *string         `json:"product_id"`
	PriceID            *string         `json:"price_id"`
	SubscriptionID     *string         `json:"subscription_id"`
	PaymentLinkID      *string         `json:"payment_link_id"`
	PaymentRequestID   *string         `json:"payment_request_id"`
	InstallmentPlanID  *string         `json:"installment_plan_id"`
	TransactionID      *string         `json:"transaction_id"`
	ClientReferenceID  *string         `json:"client_reference_id"`
	Quantity           int64           `json:"quantity"`
	AllowQuantity      bool            `json:"allow_quantity"`
	AllowCouponCode    bool            `json:"allow_coupon_code"`
	RequireBilling     bool            `json:"require_billing_address"`
	RequireName        bool            `json:"require_name"`
	RequireEmail       bool            `json:"require_email"`
	RequirePhone       bool            `json:"require_phone"`
	SuccessURL         *string         `json:"success_url"`
	CancelURL          *string         `json:"cancel_url"`
	Metadata           json.RawMessage `json:"metadata"`
	Environment        string          `json:"environment"`
	OrganizationID     string          `json:"organization_id"`
	MerchantID         string          `json:"merchant_id"`
	CreatedBy          string          `json:"created_by"`
	IntegrationSource  string          `json:"integration_source"`
	Late               bool            `json:"late"`
	IsPOS              bool            `json:"is_pos"`
	IsSPI              bool            `json:"is_spi"`
	QRCodeData         *string         `json:"qr_code_data"`
	QRCodeType         *string         `json:"qr_code_type"`
	SPIAccountNumber   *string         `json:"spi_account_number"`
	SPIQRCodeID        *string         `json:"spi_qr_code_id"`
	ExpiresAt          instant         `json:"expires_at"`
	CreatedAt          instant         `json:"created_at"`
	UpdatedAt          instant         `json:"updated_at"`
}

// newWireSession returns s, of account, as it stands on the wire; base is what
// its page stands under.
func newWireSession(s *checkout.Session, account checkout.Account, base string) wireSession {
	page := base + "/" + s.ID
	c := &s.Customer
	return wireSession{
		ID: s.ID, CheckoutSessionID: s.ID, CheckoutURL: page, URL: page,
		Status: s.Status, Amount: s.Total.Amount, CurrencyCode: string(s.Total.Currency),
		Title: optional(&s.Title), Description: optional(&s.Description),
		CustomerEmail: optional(&c.Email), CustomerName: optional(&c.Name), CustomerPhone: optional(&c.Phone),
		CustomerCity: optional(&c.City), CustomerCountry: optional(&c.Country),
		CustomerAddress: optional(&c.Address), CustomerPostalCode: optional(&c.PostalCode),
		TransactionID: optional(&s.TransactionID), ClientReferenceID: optional(&s.ClientReference),
		Quantity: s.Quantity, AllowQuantity: s.AllowQuantity, AllowCouponCode: s.AllowCouponCode,
		RequireBilling: s.Form.BillingAddress, RequireName: s.Form.Name, RequireEmail: s.Form.Email, RequirePhone: s.Form.Phone,
		SuccessURL: optional(&s.SuccessURL), CancelURL: optional(&s.CancelURL),
		Metadata: s.Metadata.JSON(), Environment: account.Environment(),
		OrganizationID: account.Merchant, MerchantID: account.Merchant, CreatedBy: account.Merchant,
		IntegrationSource: s.IntegrationSource, Late: s.Late,
		ExpiresAt: instant(s.ExpiresAt), CreatedAt: instant(s.CreatedAt), UpdatedAt: instant(s.UpdatedAt),
	}
}
