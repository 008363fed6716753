package checkout

import "time"

// CustomerType says who may use a coupon.
type CustomerType string

// The types.
const (
	CustomersAll       CustomerType = "all"
	CustomersNew       CustomerType = "new"       // who has paid nothing to the merchant yet
	CustomersReturning CustomerType = "returning" // who has
)

// Frequency says what a coupon's Limit counts.
type Frequency string

// The frequencies. Days, weeks and months are of the calendar, in UTC; weeks begin
// on Monday.
const (
	FrequencyTotal              Frequency = "total" // nothing besides MaxUses
	FrequencyCustomer           Frequency = "per_customer"
	FrequencyCustomerAndProduct Frequency = "per_customer_per_product"
	FrequencyDay                Frequency = "per_day" // by all customers together
	FrequencyWeek               Frequency = "per_week"
	FrequencyMonth              Frequency = "per_month"
)

// Scope says what a coupon is good for.
type Scope string

// The scopes.
const (
	ScopeAll      Scope = "organization_wide"
	ScopeProducts Scope = "specific_products"
	ScopePrices   Scope = "specific_prices"
)

// Coupon takes something off what a customer pays.
type Coupon struct {
	ID      string
	Account int64
	Version int64

	Code        string // upper case, unique in the account
	Description string
	Active      bool

	// Percent, in hundredths of a percent, or Fixed, in minor units, is what it
	// takes off; the other one is 0.
	Percent  int64
	Fixed    int64
	Currency Currency // of a fixed one: the only one it is good for; "" for that of each session

	MaxUses      int64     // 0: any number
	MaxQuantity  int64     // of what is bought at once; 0: any number
	StartsAt     time.Time // zero: at once
	ExpiresAt    time.Time // the first instant at which it is no good; zero: never
	CustomerType CustomerType
	Frequency    Frequency
	Limit        int64 // what Frequency counts to; 0 with FrequencyTotal
	Scope        Scope
	ProductIDs   []string
	PriceIDs     []string

	// Reserved sessions hold it and are not paid yet; Used ones are. Both
	// together never pass MaxUses.
	Reserved int64
	Used     int64

	CreatedAt time.Time
	UpdatedAt time.Time
}

// RedemptionStatus is where the use of a coupon stands.
type RedemptionStatus string

// The statuses. All but released count.
const (
	RedemptionReserved RedemptionStatus = "reserved" // a session holds it
	RedemptionUsed     RedemptionStatus = "used"     // that session was paid
	RedemptionReleased RedemptionStatus = "released" // it expired, or the coupon was removed
)

// Redemption is the use of one coupon by one session.
type Redemption struct {
	SessionID  string
	CouponID   string
	Account    int64
	CustomerID string // "" if the coupon does not ask who
	ProductID  string // the only one that it is for, "" if there are several or none
	Status     RedemptionStatus
	Discount   Money
	Paid       int64 // by the session, in the currency of Discount; 0 until it is used
	AppliedAt  time.Time
	UpdatedAt  time.Time
}

// UseQuery says which uses of a coupon to count, reserved and used ones. Zero
// fields do not restrict.
type UseQuery struct {
	CouponID    string
	CustomerID  string
	ProductID   string    // uses for this product, and those that are not for a single one
	From, Until time.Time // applied at or after From and before Until
	ButSession  string    // leave out the use of this session
}

// CouponQuery says which coupons of an account to list. Zero fields do not
// restrict.
type CouponQuery struct {
	Account int64
	Active  *bool
	Page
}

// CouponSums are what paid sessions with a coupon add up to in one currency.
type CouponSums struct {
	Currency  Currency
	Uses      int64
	Discount  int64
	Revenue   int64
	Customers int64 // different ones, as far as they are known
}
