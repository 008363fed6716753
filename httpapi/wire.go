package httpapi

import (
	"github.com/checkoutd/checkoutd/checkout"
)

// wireSession is a checkout session on the wire. amount is in the smallest unit
// of the currency. Some fields stand twice, because lomi.'s documentation and
// its clients do not agree on a name, and some are always null, because older
// clients want all of them.
type wireSession struct {
	session *checkout.Session
	account checkout.Account
	base    string // what the hosted pages stand under
}

// appendJSON appends the session in its order on the wire.
func (w wireSession) appendJSON(b []byte) []byte {
	s, page := w.session, w.base+"/"+w.session.ID
	o := object{buf: b}
	o.text("id", s.ID)
	o.text("checkout_session_id", s.ID)
	o.text("checkout_url", page)
	o.text("url", page)
	o.text("status", string(s.Status))
	o.number("amount", s.Total.Amount)
	o.text("currency_code", string(s.Total.Currency))
	o.optional("title", s.Title)
	o.optional("description", s.Description)
	o.null("customer_id")
	o.optional("customer_email", s.Customer.Email)
	o.optional("customer_name", s.Customer.Name)
	o.optional("customer_phone", s.Customer.Phone)
	o.optional("customer_city", s.Customer.City)
	o.optional("customer_country", s.Customer.Country)
	o.optional("customer_address", s.Customer.Address)
	o.optional("customer_postal_code", s.Customer.PostalCode)
	o.null("product_id", "price_id", "subscription_id", "payment_link_id", "payment_request_id", "installment_plan_id")
	o.optional("transaction_id", s.TransactionID)
	o.optional("client_reference_id", s.ClientReference)
	o.number("quantity", s.Quantity)
	o.flag("allow_quantity", s.AllowQuantity)
	o.flag("allow_coupon_code", s.AllowCouponCode)
	o.flag("require_billing_address", s.Form.BillingAddress)
	o.flag("require_name", s.Form.Name)
	o.flag("require_email", s.Form.Email)
	o.flag("require_phone", s.Form.Phone)
	o.optional("success_url", s.SuccessURL)
	o.optional("cancel_url", s.CancelURL)
	o.raw("metadata", s.Metadata.JSON())
	o.text("environment", w.account.Environment())
	o.text("organization_id", w.account.Merchant)
	o.text("merchant_id", w.account.Merchant)
	o.text("created_by", w.account.Merchant)
	o.text("integration_source", s.IntegrationSource)
	o.flag("late", s.Late)
	o.flag("is_pos", false)
	o.flag("is_spi", false)
	o.null("qr_code_data", "qr_code_type", "spi_account_number", "spi_qr_code_id")
	o.instant("expires_at", s.ExpiresAt)
	o.instant("created_at", s.CreatedAt)
	o.instant("updated_at", s.UpdatedAt)
	return o.end()
}
