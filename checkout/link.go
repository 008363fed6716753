package checkout

import "time"

// LinkType says what a payment link sells.
type LinkType string

// The types.
const (
	LinkInstant LinkType = "instant" // an amount
	LinkProduct LinkType = "product" // a product at one of its prices
)

// Link is an address that anybody may open, as often as they like: each time they
// get a session of their own. Its fields are those of the sessions.
type Link struct {
	ID      string
	Account int64
	Version int64
	Type    LinkType

	Title       string
	Description string
	Amount      int64    // of an instant one
	Currency    Currency // that of the price of a product one
	ProductID   string
	PriceID     string // "": the product's default

	AllowQuantity   bool
	AllowCouponCode bool
	Form            Form
	SuccessURL      string
	CancelURL       string
	Metadata        Metadata

	Active    bool
	ExpiresAt time.Time // the first instant at which it cannot be opened; zero: never
	MaxUses   int64     // how many of its sessions may be paid; 0: any number
	Uses      int64     // how many have been

	CreatedAt time.Time
	UpdatedAt time.Time
}

// LinkQuery says which links of an account to list. Zero fields do not restrict.
type LinkQuery struct {
	Account int64
	Type    LinkType
	Active  *bool
	Page
}
