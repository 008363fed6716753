package checkout

import "encoding/json"

// Item is one line of a cart.
type Item struct {
	PriceID   string `json:"price_id,omitempty"` // "" for one without a price in the catalogue
	ProductID string `json:"product_id,omitempty"`
	Name      string `json:"name"`
	Unit      int64  `json:"unit_amount"` // in minor units of the session's currency
	Quantity  int64  `json:"quantity"`
}

// Items is the text of a list of [Item], a JSON array; "" for none. It is kept as
// text because most sessions have none, and all are compared.
type Items string

// ItemsOf returns the text of list.
func ItemsOf(list []Item) (Items, error) { return textOf[Items](list) }

// List returns the items.
func (i Items) List() ([]Item, error) { return listOf[Item](string(i)) }

// AppliedCoupon is a coupon that a session holds.
type AppliedCoupon struct {
	ID       string `json:"id"`
	Code     string `json:"code"`
	Discount int64  `json:"discount"` // what it takes off, in minor units
}

// AppliedCoupons is the text of a list of [AppliedCoupon] in the order in which
// they apply, a JSON array; "" for none.
type AppliedCoupons string

// CouponsOf returns the text of list.
func CouponsOf(list []AppliedCoupon) (AppliedCoupons, error) { return textOf[AppliedCoupons](list) }

// List returns the coupons.
func (a AppliedCoupons) List() ([]AppliedCoupon, error) { return listOf[AppliedCoupon](string(a)) }

func textOf[S ~string, T any](list []T) (S, error) {
	if len(list) == 0 {
		return "", nil
	}
	text, err := json.Marshal(list)
	return S(text), err
}

func listOf[T any](text string) (list []T, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &list)
	}
	return list, err
}
