package checkout

import (
	"fmt"
	"slices"
	"time"
)

// ProductType says how often a product is paid.
type ProductType string

// The types.
const (
	ProductOneTime   ProductType = "one_time"
	ProductRecurring ProductType = "recurring" // paid again each [Interval] of its price
)

// FirstPayment says what of a recurring price is charged at sign-up.
type FirstPayment string

// The kinds of first payment.
const (
	FirstInitial    FirstPayment = "initial"     // a whole period
	FirstNonInitial FirstPayment = "non_initial" // nothing; the first charge is at the next billing date
	FirstProrated   FirstPayment = "prorated"    // the part of the period that is left until the charge day
)

// FailureAction says what becomes of a subscription whose renewal is not paid.
type FailureAction string

// The actions.
const (
	FailureContinue FailureAction = "continue" // it is past due, and goes on being billed
	FailurePause    FailureAction = "pause"    // it is billed no more until that renewal is paid
	FailureCancel   FailureAction = "cancel"   // it ends
)

// Plan is how a recurring product is billed. The zero value bills whole periods,
// from sign-up on, for ever.
type Plan struct {
	FirstPayment FirstPayment  // default FirstInitial
	TrialDays    int64         // nothing is charged for so many days; 0 to 730
	ChargeDay    int64         // day of the month on which months begin, 1 to 28; 0: the day of sign-up
	OnFailure    FailureAction // default FailureContinue
	Cycles       int64         // how many periods are billed; 0: until it is cancelled
}

// Product is something that a merchant sells.
type Product struct {
	ID      string
	Account int64
	Version int64

	Name        string
	Description string
	Type        ProductType
	Images      []string // URLs
	Active      bool     // else no new session can refer to it
	Storefront  bool     // for the merchant's own use
	Metadata    Metadata
	Plan        Plan   // of a recurring one
	Default     string // the [Price] of a session that names the product alone

	CreatedAt time.Time
	UpdatedAt time.Time
}

// PricingModel says who decides on a price.
type PricingModel string

// The models.
const (
	PriceStandard PricingModel = "standard"
	PriceOpen     PricingModel = "pay_what_you_want" // the customer, within bounds
)

// Interval is how long a period of a recurring price is; "" for a price that is
// paid once.
type Interval string

// The intervals, as lomi. spells them.
const (
	EveryDay       Interval = "day"
	EveryWeek      Interval = "week"
	EveryTwoWeeks  Interval = "bi-weekly"
	EveryMonth     Interval = "month"
	EveryTwoMonths Interval = "bi-monthly"
	EveryQuarter   Interval = "quarterly"
	EveryHalfYear  Interval = "semi-annual"
	EveryYear      Interval = "year"
)

// intervals holds the days and the months of each interval.
var intervals = map[Interval]struct{ days, months int }{
	EveryDay: {days: 1}, EveryWeek: {days: 7}, EveryTwoWeeks: {days: 14},
	EveryMonth: {months: 1}, EveryTwoMonths: {months: 2}, EveryQuarter: {months: 3},
	EveryHalfYear: {months: 6}, EveryYear: {months: 12},
}

// Price is what one of a product costs. Its amount never changes: what costs
// something else has another price.
type Price struct {
	ID        string
	Account   int64
	ProductID string
	Version   int64

	Amount   Money // of one; what is suggested for an open price
	Interval Interval
	Model    PricingModel
	Minimum  int64 // of one, for an open price
	Maximum  int64 // of one, for an open price; 0: none
	Active   bool  // else no new session can refer to it
	Metadata Metadata

	CreatedAt time.Time
	UpdatedAt time.Time
}

// Limits of the catalogue.
const (
	maxName         = 200
	maxImages       = 8
	maxActivePrices = 3
	maxPrices       = 200 // of a product, active or not: all are read at once
	maxTrialDays    = 730
	maxCycles       = 1200
)

// ProductQuery says which products of an account to list. Zero fields do not
// restrict.
type ProductQuery struct {
	Account int64
	Active  *bool
	Page
}

// PriceQuery says which prices of an account to list. Zero fields do not restrict.
type PriceQuery struct {
	Account   int64
	ProductID string
	Active    *bool
	Page
}

// Page bounds a list of identifiers, newest first.
type Page struct {
	From, Until time.Time // created at or after From and before Until

	// Older and Newer are identifiers that bound the list: only what is older
	// than Older, only what is newer than Newer. With Nearest, the list holds
	// the Limit rows next to Newer instead of the newest ones.
	Older, Newer string
	Nearest      bool
	Offset       int
	Limit        int // required
}

func (p Product) validate() error {
	var v Problems
	v.Check(p.Name != "", "name", "name is required")
	v.checkText("name", p.Name, maxName)
	v.checkText("description", p.Description, maxDescription)
	v.Check(p.Type == ProductOneTime || p.Type == ProductRecurring, "product_type", "product_type must be one_time or recurring")
	v.Check(len(p.Images) <= maxImages, "images", fmt.Sprintf("images must be at most %d", maxImages))
	for _, url := range p.Images {
		v.checkURL("images", url)
		v.checkText("images", url, maxURL)
	}
	if p.Type == ProductOneTime && p.Plan != (Plan{}) {
		v.Add("product_type", "first_payment_type, trial_period_days, charge_day, failed_payment_action and cycles are for recurring products")
	}
	v.Merge(p.Plan.validate())
	return v.Err()
}

func (p Plan) validate() error {
	var v Problems
	v.Check(slices.Contains([]FirstPayment{"", FirstInitial, FirstNonInitial, FirstProrated}, p.FirstPayment), "first_payment_type",
		"first_payment_type must be one of initial, non_initial, prorated")
	v.Check(slices.Contains([]FailureAction{"", FailureContinue, FailurePause, FailureCancel}, p.OnFailure), "failed_payment_action",
		"failed_payment_action must be one of cancel, pause, continue")
	v.Check(p.TrialDays >= 0 && p.TrialDays <= maxTrialDays, "trial_period_days", fmt.Sprintf("trial_period_days must be from 0 to %d", maxTrialDays))
	v.Check(p.ChargeDay >= 0 && p.ChargeDay <= 28, "charge_day", "charge_day must be from 1 to 28")
	v.Check(p.Cycles >= 0 && p.Cycles <= maxCycles, "cycles", fmt.Sprintf("cycles must be from 0 to %d", maxCycles))
	return v.Err()
}

// validate returns an error that names the fields at fault. p belongs to product.
func (p Price) validate(product Product) error {
	var v Problems
	_, err := ParseCurrency(string(p.Amount.Currency))
	v.Merge(err)
	v.Merge(p.Amount.validate("amount"))
	_, known := intervals[p.Interval]
	switch {
	case product.Type == ProductOneTime:
		v.Check(p.Interval == "", "billing_interval", "billing_interval is for prices of recurring products")
	default:
		v.Check(known, "billing_interval", "billing_interval must be one of day, week, bi-weekly, month, bi-monthly, quarterly, semi-annual, year")
		v.Check(p.Model == PriceStandard, "pricing_model", "pricing_model of a recurring product must be standard")
		v.Check(product.Plan.ChargeDay == 0 || !known || intervals[p.Interval].months > 0, "billing_interval", "billing_interval must be of months, since the product has a charge_day")
	}
	switch p.Model {
	case PriceStandard:
		v.Check(p.Minimum == 0 && p.Maximum == 0, "minimum_amount", "minimum_amount and maximum_amount are for pay_what_you_want")
	case PriceOpen:
		v.Check(p.Minimum > 0 && p.Minimum <= MaxAmount, "minimum_amount", "minimum_amount is required and must be greater than 0")
		v.Check(p.Maximum >= 0 && p.Maximum <= MaxAmount, "maximum_amount", "maximum_amount must be greater than 0")
		v.Check(v.Has("amount") || p.Amount.Amount >= p.Minimum, "amount", "amount must be at least minimum_amount")
		v.Check(v.Has("amount") || p.Maximum == 0 || p.Amount.Amount <= p.Maximum, "amount", "amount must be at most maximum_amount")
	default:
		v.Add("pricing_model", "pricing_model must be standard or pay_what_you_want")
	}
	return v.Err()
}
