package baseline

import (
	"encoding/json"
	"time"
)

// request is the body of a create: the fields that checkoutd stores.
type request struct {
	Amount                int64           `json:"amount"`
	CurrencyCode          string          `json:"currency_code"`
	Title                 string          `json:"title"`
	Description           string          `json:"description"`
	Quantity              int64           `json:"quantity"`
	AllowQuantity         bool            `json:"allow_quantity"`
	AllowCouponCode       bool            `json:"allow_coupon_code"`
	RequireBillingAddress *bool           `json:"require_billing_address"`
	CustomerName          string          `json:"customer_name"`
	CustomerEmail         string          `json:"customer_email"`
	CustomerPhone         string          `json:"customer_phone"`
	CustomerAddress       string          `json:"customer_address"`
	CustomerCity          string          `json:"customer_city"`
	CustomerPostalCode    string          `json:"customer_postal_code"`
	CustomerCountry       string          `json:"customer_country"`
	ClientReferenceID     string          `json:"client_reference_id"`
	SuccessURL            string          `json:"success_url"`
	CancelURL             string          `json:"cancel_url"`
	Metadata              json.RawMessage `json:"metadata"`
}

// session is a row of the table. Times are Unix milliseconds.
type session struct {
	request
	id, status, source, transaction         string
	account, version                        int64
	requireName, requireEmail, requirePhone bool
	requireBilling, late                    bool
	metadata                                string
	created, updated, expires               int64
	// what a session of a bare amount leaves as it is
	deferred, discount, fee                               int64
	coupons, product, price, items, customer, plan, plink string
	allowAmount, exclusive                                bool
}

// newSession is the row of a create at now.
func newSession(in request, id string, now time.Time) *session {
	s := &session{
		request: in, id: id, status: "open", source: "system", account: 1, version: 1,
		requireName: true, requireEmail: true, requireBilling: in.RequireBillingAddress == nil || *in.RequireBillingAddress,
		metadata: string(in.Metadata), created: now.UnixMilli(), updated: now.UnixMilli(), expires: now.Add(time.Hour).UnixMilli(),
	}
	s.Quantity = max(s.Quantity, 1)
	return s
}

// values returns the columns in the order of the table.
func (s *session) values() []any {
	return []any{
		s.id, s.account, s.status, s.version, s.Amount, s.CurrencyCode, s.Title, s.Description, s.Quantity,
		s.AllowQuantity, s.AllowCouponCode, s.requireName, s.requireEmail, s.requirePhone, s.requireBilling,
		s.CustomerName, s.CustomerEmail, s.CustomerPhone, s.CustomerAddress, s.CustomerCity, s.CustomerPostalCode, s.CustomerCountry,
		s.ClientReferenceID, s.SuccessURL, s.CancelURL, s.metadata, s.source, s.transaction, s.late, s.created, s.updated, s.expires,
		s.deferred, s.discount, s.fee, s.coupons, s.product, s.price, s.items, s.customer, s.plan, s.plink, s.allowAmount, s.exclusive,
	}
}

// fields returns where to scan the columns to, in the order of the table.
func (s *session) fields() []any {
	return []any{
		&s.id, &s.account, &s.status, &s.version, &s.Amount, &s.CurrencyCode, &s.Title, &s.Description, &s.Quantity,
		&s.AllowQuantity, &s.AllowCouponCode, &s.requireName, &s.requireEmail, &s.requirePhone, &s.requireBilling,
		&s.CustomerName, &s.CustomerEmail, &s.CustomerPhone, &s.CustomerAddress, &s.CustomerCity, &s.CustomerPostalCode, &s.CustomerCountry,
		&s.ClientReferenceID, &s.SuccessURL, &s.CancelURL, &s.metadata, &s.source, &s.transaction, &s.late, &s.created, &s.updated, &s.expires,
		&s.deferred, &s.discount, &s.fee, &s.coupons, &s.product, &s.price, &s.items, &s.customer, &s.plan, &s.plink, &s.allowAmount, &s.exclusive,
	}
}

// answer is the session object of checkoutd's API.
type answer struct {
	ID                    string          `json:"id"`
	CheckoutSessionID     string          `json:"checkout_session_id"`
	CheckoutURL           string          `json:"checkout_url"`
	URL                   string          `json:"url"`
	Status                string          `json:"status"`
	Amount                int64           `json:"amount"`
	CurrencyCode          string          `json:"currency_code"`
	DiscountAmount        int64           `json:"discount_amount"`
	FeeAmount             int64           `json:"fee_amount"`
	DeferredAmount        int64           `json:"deferred_amount"`
	AmountDue             int64           `json:"amount_due"`
	CouponCodes           []string        `json:"coupon_codes"`
	Title                 *string         `json:"title"`
	Description           *string         `json:"description"`
	CustomerID            *string         `json:"customer_id"`
	CustomerEmail         *string         `json:"customer_email"`
	CustomerName          *string         `json:"customer_name"`
	CustomerPhone         *string         `json:"customer_phone"`
	CustomerCity          *string         `json:"customer_city"`
	CustomerCountry       *string         `json:"customer_country"`
	CustomerAddress       *string         `json:"customer_address"`
	CustomerPostalCode    *string         `json:"customer_postal_code"`
	ProductID             *string         `json:"product_id"`
	PriceID               *string         `json:"price_id"`
	SubscriptionID        *string         `json:"subscription_id"`
	PaymentLinkID         *string         `json:"payment_link_id"`
	PaymentRequestID      *string         `json:"payment_request_id"`
	InstallmentPlanID     *string         `json:"installment_plan_id"`
	TransactionID         *string         `json:"transaction_id"`
	ClientReferenceID     *string         `json:"client_reference_id"`
	Quantity              int64           `json:"quantity"`
	AllowQuantity         bool            `json:"allow_quantity"`
	Exclusive             bool            `json:"exclusive"`
	AllowCouponCode       bool            `json:"allow_coupon_code"`
	RequireBillingAddress bool            `json:"require_billing_address"`
	RequireName           bool            `json:"require_name"`
	RequireEmail          bool            `json:"require_email"`
	RequirePhone          bool            `json:"require_phone"`
	SuccessURL            *string         `json:"success_url"`
	CancelURL             *string         `json:"cancel_url"`
	Metadata              json.RawMessage `json:"metadata"`
	Environment           string          `json:"environment"`
	OrganizationID        string          `json:"organization_id"`
	MerchantID            string          `json:"merchant_id"`
	CreatedBy             string          `json:"created_by"`
	IntegrationSource     string          `json:"integration_source"`
	Late                  bool            `json:"late"`
	IsPOS                 bool            `json:"is_pos"`
	IsSPI                 bool            `json:"is_spi"`
	QRCodeData            *string         `json:"qr_code_data"`
	QRCodeType            *string         `json:"qr_code_type"`
	SPIAccountNumber      *string         `json:"spi_account_number"`
	SPIQRCodeID           *string         `json:"spi_qr_code_id"`
	ExpiresAt             string          `json:"expires_at"`
	CreatedAt             string          `json:"created_at"`
	UpdatedAt             string          `json:"updated_at"`
}

// merchant stands for the identifier of a merchant.
const merchant = "mer_01ARZ3NDEKTSV4RRFFQ69G5FAV"

// answer returns s as the API shows it under the address base.
func (s *session) answer(base string) answer {
	link := base + "/" + s.id
	metadata := json.RawMessage(s.metadata)
	if len(metadata) == 0 {
		metadata = json.RawMessage("{}")
	}
	return answer{
		ID: s.id, CheckoutSessionID: s.id, CheckoutURL: link, URL: link, Status: s.status,
		Amount: s.Amount, CurrencyCode: s.CurrencyCode, AmountDue: s.Amount, CouponCodes: []string{}, Title: null(&s.Title), Description: null(&s.Description), Quantity: s.Quantity,
		AllowQuantity: s.AllowQuantity, AllowCouponCode: s.AllowCouponCode, RequireBillingAddress: s.requireBilling,
		RequireName: s.requireName, RequireEmail: s.requireEmail, RequirePhone: s.requirePhone, Late: s.late,
		CustomerEmail: null(&s.CustomerEmail), CustomerName: null(&s.CustomerName), CustomerPhone: null(&s.CustomerPhone),
		CustomerCity: null(&s.CustomerCity), CustomerCountry: null(&s.CustomerCountry),
		CustomerAddress: null(&s.CustomerAddress), CustomerPostalCode: null(&s.CustomerPostalCode),
		TransactionID: null(&s.transaction), ClientReferenceID: null(&s.ClientReferenceID),
		SuccessURL: null(&s.SuccessURL), CancelURL: null(&s.CancelURL), Metadata: metadata,
		Environment: "test", OrganizationID: merchant, CreatedBy: merchant, MerchantID: merchant, IntegrationSource: s.source,
		ExpiresAt: instant(s.expires), CreatedAt: instant(s.created), UpdatedAt: instant(s.updated),
	}
}

// null returns nil for the empty string.
func null(s *string) *string {
	if *s == "" {
		return nil
	}
	return s
}

// instant writes Unix milliseconds as RFC 3339 in UTC.
func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
