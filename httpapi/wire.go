package httpapi

import "github.com/checkoutd/checkoutd/checkout"

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
	o.number("discount_amount", s.Discount)
	o.number("fee_amount", s.Fee)
	o.number("deferred_amount", s.Deferred)
	o.number("amount_due", s.Due().Amount)
	o.raw("coupon_codes", couponCodes(s))
	o.optional("title", s.Title)
	o.optional("description", s.Description)
	o.optional("customer_id", s.CustomerID)
	o.optional("customer_email", s.Customer.Email)
	o.optional("customer_name", s.Customer.Name)
	o.optional("customer_phone", s.Customer.Phone)
	o.optional("customer_city", s.Customer.City)
	o.optional("customer_country", s.Customer.Country)
	o.optional("customer_address", s.Customer.Address)
	o.optional("customer_postal_code", s.Customer.PostalCode)
	o.optional("product_id", s.ProductID)
	o.optional("price_id", s.PriceID)
	o.optional("subscription_id", s.SubscriptionID)
	o.optional("payment_link_id", s.LinkID)
	o.null("payment_request_id", "installment_plan_id")
	o.optional("transaction_id", s.TransactionID)
	o.optional("client_reference_id", s.ClientReference)
	o.number("quantity", s.Quantity)
	if s.Items != "" {
		appendItems(&o, s)
	}
	o.flag("allow_quantity", s.AllowQuantity)
	o.flag("exclusive", s.Exclusive)
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

var noneJSON = []byte("[]")

// couponCodes returns the codes of a session's coupons as a JSON array. What is
// stored was encoded by the domain.
func couponCodes(s *checkout.Session) []byte {
	if s.Coupons == "" {
		return noneJSON
	}
	b := []byte{'['}
	held, _ := s.Coupons.List()
	for i, c := range held {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, c.Code)
	}
	return append(b, ']')
}

// appendItems appends the lines of a cart.
func appendItems(o *object, s *checkout.Session) {
	items, _ := s.Items.List()
	o.number("line_item_count", int64(len(items)))
	o.name("line_items")
	o.buf = append(o.buf, '[')
	for i, item := range items {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		line := object{buf: o.buf}
		line.optional("price_id", item.PriceID)
		line.optional("product_id", item.ProductID)
		line.text("name", item.Name)
		line.number("unit_amount", item.Unit)
		line.number("quantity", item.Quantity)
		line.number("amount", item.Unit*item.Quantity)
		o.buf = line.end()
	}
	o.buf = append(o.buf, ']')
}
