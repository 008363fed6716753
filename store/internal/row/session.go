package row

import "github.com/checkoutd/checkoutd/checkout"

// Session is a row of checkoutd_sessions.
type Session struct {
	ID                    string
	Account               int64
	Status                string
	Version               int64
	Amount                int64
	Currency              string
	Title                 string
	Description           string
	Quantity              int64
	AllowQuantity         int64
	AllowCouponCode       int64
	RequireName           int64
	RequireEmail          int64
	RequirePhone          int64
	RequireBillingAddress int64
	CustomerName          string
	CustomerEmail         string
	CustomerPhone         string
	CustomerAddress       string
	CustomerCity          string
	CustomerPostalCode    string
	CustomerCountry       string
	ClientReferenceID     string
	SuccessURL            string
	CancelURL             string
	Metadata              string
	IntegrationSource     string
	TransactionID         string
	Late                  int64
	CreatedAt             int64
	UpdatedAt             int64
	ExpiresAt             int64
	Deferred              int64
	Discount              int64
	Fee                   int64
	Coupons               string
	ProductID             string
	PriceID               string
	Items                 string
	CustomerID            string
	SubscriptionID        string
	LinkID                string
	AllowAmount           int64
	Exclusive             int64
}

// FromSession returns the row of s.
func FromSession(s checkout.Session) Session {
	return Session{
		ID: s.ID, Account: s.Account, Status: string(s.Status), Version: s.Version,
		Amount: s.Total.Amount, Currency: string(s.Total.Currency),
		Title: s.Title, Description: s.Description, Quantity: s.Quantity,
		AllowQuantity: Flag(s.AllowQuantity), AllowCouponCode: Flag(s.AllowCouponCode),
		RequireName: Flag(s.Form.Name), RequireEmail: Flag(s.Form.Email),
		RequirePhone: Flag(s.Form.Phone), RequireBillingAddress: Flag(s.Form.BillingAddress),
		CustomerName: s.Customer.Name, CustomerEmail: s.Customer.Email, CustomerPhone: s.Customer.Phone,
		CustomerAddress: s.Customer.Address, CustomerCity: s.Customer.City,
		CustomerPostalCode: s.Customer.PostalCode, CustomerCountry: s.Customer.Country,
		ClientReferenceID: s.ClientReference, SuccessURL: s.SuccessURL, CancelURL: s.CancelURL,
		Metadata: string(s.Metadata), IntegrationSource: s.IntegrationSource,
		TransactionID: s.TransactionID, Late: Flag(s.Late),
		CreatedAt: Millis(s.CreatedAt), UpdatedAt: Millis(s.UpdatedAt), ExpiresAt: Millis(s.ExpiresAt),
		Deferred: s.Deferred, Discount: s.Discount, Fee: s.Fee, Coupons: string(s.Coupons),
		ProductID: s.ProductID, PriceID: s.PriceID, Items: string(s.Items),
		CustomerID: s.CustomerID, SubscriptionID: s.SubscriptionID, LinkID: s.LinkID,
		AllowAmount: Flag(s.AllowAmount), Exclusive: Flag(s.Exclusive),
	}
}

// Domain returns the session that r is the row of.
func (r Session) Domain() checkout.Session {
	return checkout.Session{
		ID: r.ID, Account: r.Account, Status: checkout.Status(r.Status), Version: r.Version,
		Total: money(r.Amount, r.Currency),
		Title: r.Title, Description: r.Description, Quantity: r.Quantity,
		AllowQuantity: r.AllowQuantity != 0, AllowCouponCode: r.AllowCouponCode != 0,
		Form: checkout.Form{
			Name: r.RequireName != 0, Email: r.RequireEmail != 0,
			Phone: r.RequirePhone != 0, BillingAddress: r.RequireBillingAddress != 0,
		},
		Customer: checkout.Contact{
			Name: r.CustomerName, Email: r.CustomerEmail, Phone: r.CustomerPhone,
			Address: r.CustomerAddress, City: r.CustomerCity,
			PostalCode: r.CustomerPostalCode, Country: r.CustomerCountry,
		},
		ClientReference: r.ClientReferenceID, SuccessURL: r.SuccessURL, CancelURL: r.CancelURL,
		Metadata: checkout.Metadata(r.Metadata), IntegrationSource: r.IntegrationSource,
		TransactionID: r.TransactionID, Late: r.Late != 0,
		CreatedAt: At(r.CreatedAt), UpdatedAt: At(r.UpdatedAt), ExpiresAt: At(r.ExpiresAt),
		Deferred: r.Deferred, Discount: r.Discount, Fee: r.Fee, Coupons: checkout.AppliedCoupons(r.Coupons),
		ProductID: r.ProductID, PriceID: r.PriceID, Items: checkout.Items(r.Items),
		CustomerID: r.CustomerID, SubscriptionID: r.SubscriptionID, LinkID: r.LinkID,
		AllowAmount: r.AllowAmount != 0, Exclusive: r.Exclusive != 0,
	}
}

func money(amount int64, currency string) checkout.Money {
	return checkout.Money{Amount: amount, Currency: checkout.Currency(currency)}
}
