package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// productSession returns a session for two of a product, in which the customer may
// change the quantity and use coupons.
func productSession() *fakePayments {
	p := openSession()
	s := &p.state.Session
	s.Title, s.Description, s.PriceID, s.ProductID = "T-shirt wax", "", "price_1", "prod_1"
	s.AllowQuantity, s.AllowCouponCode, s.Form.BillingAddress = true, true, false
	return p
}

// reduced gives the session coupons and a fee.
func (f *fakePayments) reduced(t *testing.T, fee int64, coupons ...checkout.AppliedCoupon) *fakePayments {
	t.Helper()
	s := &f.state.Session
	s.Fee = fee
	for _, c := range coupons {
		s.Discount += c.Discount
	}
	var err error
	if s.Coupons, err = checkout.CouponsOf(coupons); err != nil {
		t.Fatal(err)
	}
	return f
}

// cartSession returns a session for n different things.
func cartSession(t *testing.T, n int) *fakePayments {
	t.Helper()
	p := productSession()
	s := &p.state.Session
	var items []checkout.Item
	s.Total.Amount, s.Quantity, s.PriceID, s.ProductID = 0, 1, "", ""
	for i := range n {
		item := checkout.Item{Name: fmt.Sprintf("Café « Touba » n° %d", i+1), Unit: 1500, Quantity: int64(i%2 + 1)}
		items, s.Total.Amount = append(items, item), s.Total.Amount+item.Unit*item.Quantity
	}
	var err error
	if s.Items, err = checkout.ItemsOf(items); err != nil {
		t.Fatal(err)
	}
	return p
}

// openPrice returns a session in which the customer chooses the amount.
func openPrice() *fakePayments {
	p := productSession()
	s := &p.state.Session
	s.AllowQuantity, s.AllowCouponCode, s.AllowAmount, s.Quantity = false, false, true, 1
	s.Title, s.Total = "Don pour l’école", checkout.Money{Amount: 123450, Currency: checkout.EUR}
	p.state.Price = checkout.Price{Model: checkout.PriceOpen, Minimum: 500, Maximum: 500000}
	p.state.Methods[0].Takes = []checkout.Range{{Currency: checkout.EUR}}
	return p
}

const theLink = "plink_0DXB8T3R000123456789ABCDEF"

// linked returns a payment link that sells for an amount.
func linked() *fakePayments {
	p := openSession()
	p.state.Session.LinkID = theLink
	p.opening = checkout.Opening{Account: p.state.Account, Link: checkout.Link{
		ID: theLink, Type: checkout.LinkInstant, Active: true, Title: "Cours de cuisine", Description: "Samedi, 10 h, au marché",
		Amount: 15000, Currency: checkout.XOF,
	}}
	return p
}

// closed gives the link a reason why it cannot be opened.
func (f *fakePayments) closed(code checkout.Code, change func(*checkout.Link)) *fakePayments {
	change(&f.opening.Link)
	f.opening.Err = &checkout.Error{Code: code, Message: "words for merchants"}
	return f
}

var welcome = checkout.AppliedCoupon{ID: "cpn_1", Code: "BIENVENUE", Discount: 1000}

func TestOrdersLookAsTheyDid(t *testing.T) {
	free := productSession().reduced(t, 0, checkout.AppliedCoupon{ID: "cpn_2", Code: "OFFERT", Discount: 10000})
	free.state.Methods = nil
	freePaid := productSession().reduced(t, 0, checkout.AppliedCoupon{ID: "cpn_2", Code: "OFFERT", Discount: 10000}).paid()
	later := productSession()
	later.state.Session.Quantity, later.state.Session.AllowQuantity, later.state.Session.Deferred = 1, false, 7500
	refused := productSession()
	refused.alter = func(string, any) error { return &checkout.Error{Code: checkout.CodeCouponExpired} }
	barred := productSession().reduced(t, 0, welcome)
	barred.state.Methods = nil
	look(t, []lookCase{
		{"product", "", productSession(), nil, 200},
		{"reduced", "", productSession().reduced(t, 500, welcome, checkout.AppliedCoupon{ID: "cpn_3", Code: "NOEL", Discount: 250}), nil, 200},
		{"cart", "", cartSession(t, 12), nil, 200},
		{"pwyw", "", openPrice(), nil, 200},
		{"pwyw-bad", "/amount", openPrice(), url.Values{"amount": {"12.345"}, "name": {"Awa"}}, 422},
		{"coupon-bad", "/coupon", refused, url.Values{"coupon": {"noël"}, "quantity": {"2"}, "phone": {"77 123 45 67"}}, 422},
		{"free", "", free, nil, 200},
		{"free-paid", "", freePaid, nil, 200},
		{"later", "", later, nil, 200},
		{"unpayable-order", "", barred, nil, 200},
		{"paid-order", "", productSession().reduced(t, 500, welcome).paid(), nil, 200},
		{"paid-cart", "", cartSession(t, 3).paid(), nil, 200},
		{"link", "/" + theLink, linked(), nil, 200},
		{"link-expired", "/" + theLink, linked().closed(checkout.CodeLinkClosed, func(l *checkout.Link) { l.ExpiresAt = theTime }), nil, 410},
		{"link-gone", "/" + theLink, linked().closed(checkout.CodeProductInactive, func(l *checkout.Link) {}), nil, 410},
	})
}

func TestLongOrdersArriveInOneRoundTrip(t *testing.T) {
	p := cartSession(t, 100)
	p.state.Account.Livemode, p.state.Methods = true, realSession().state.Methods
	items, err := p.state.Session.Items.List()
	if err != nil {
		t.Fatal(err)
	}
	for i := range items {
		items[i].Name = strings.Repeat("é ", 250)
	}
	p.state.Session.Items, _ = checkout.ItemsOf(items)
	var coupons []checkout.AppliedCoupon
	for i := range 5 {
		coupons = append(coupons, checkout.AppliedCoupon{Code: fmt.Sprintf("ANNIVERSAIRE-BOUTIQUE-%d", i), Discount: 10})
	}
	p.reduced(t, 500, coupons...)
	p.state.Session.Title, p.state.Session.Description = strings.Repeat("é ", 250), strings.Repeat("é ", 2500)
	p.state.Session.Form = checkout.Form{Name: true, Email: true, Phone: true, BillingAddress: true}
	for _, l := range locales {
		w := ask(t, p, "/pay?locale="+string(l), url.Values{"method": {"mtn"}})
		whole, err := httputil.DumpResponse(w.Result(), true)
		if err != nil || w.Code != http.StatusUnprocessableEntity || len(whole) > maxWire {
			t.Errorf("%s: status %d, %d bytes over the wire (%v), want at most %d", l, w.Code, len(whole), err, maxWire)
		}
	}
}

func TestCouponsHaveWordsForEveryRefusal(t *testing.T) {
	codes := []checkout.Code{
		checkout.CodeCouponBarred, checkout.CodeCouponUnknown, checkout.CodeCouponTwice, checkout.CodeCouponTooMany,
		checkout.CodeCouponInactive, checkout.CodeCouponEarly, checkout.CodeCouponExpired, checkout.CodeCouponUsedUp,
		checkout.CodeCouponFrequency, checkout.CodeCouponQuantity, checkout.CodeCouponWho, checkout.CodeCouponNew,
		checkout.CodeCouponReturning, checkout.CodeCouponScope, checkout.CodeCouponCurrency,
	}
	for _, l := range locales {
		seen := map[string]checkout.Code{}
		for _, code := range codes {
			p := productSession()
			p.alter = func(string, any) error { return &checkout.Error{Code: code, Message: "words for merchants"} }
			want := l.words().coupon(code)
			w := ask(t, p, "/coupon?locale="+string(l), url.Values{"coupon": {"X"}})
			if body := w.Body.String(); w.Code != 422 || want == "" || seen[want] != "" || !strings.Contains(body, `id="coupon-problem" role="alert">`+want) || strings.Contains(body, "merchants") {
				t.Errorf("%s in %s: status %d, %q (also of %s)", code, l, w.Code, want, seen[want])
			}
			seen[want] = code
		}
	}
}

func TestChangesOfTheOrder(t *testing.T) {
	conflict, gone := &checkout.Error{Code: checkout.CodeConflict}, &checkout.Error{Code: checkout.CodeNotOpen}
	invalid, high := &checkout.Error{Code: checkout.CodeInvalid}, &checkout.Error{Code: checkout.CodeAmountHigh}
	for _, c := range []struct {
		name, path, form string
		payments         *fakePayments
		err              error
		asked            string
		status           int
		want             string
	}{
		{"one more", "/quantity", "quantity=2&step=1", productSession(), nil, "quantity 3", 303, "../" + theSession},
		{"one less", "/quantity", "quantity=2&step=-1", productSession(), nil, "quantity 1", 303, "../" + theSession},
		{"not less than one", "/quantity", "quantity=1&step=-1", productSession(), nil, "quantity 1", 303, "../" + theSession},
		{"the same", "/quantity", "quantity=2", productSession(), nil, "", 303, "../" + theSession},
		{"typed", "/quantity", "quantity=+12+", productSession(), nil, "quantity 12", 303, "../" + theSession},
		{"no number", "/quantity", "quantity=x&name=Awa", productSession(), nil, "", 422, englishWords.BadQuantity},
		{"none", "/quantity", "quantity=0", productSession(), nil, "", 422, englishWords.BadQuantity},
		{"too many", "/quantity", "quantity=99999", productSession(), invalid, "quantity 99999", 422, englishWords.TooFar},
		{"busy", "/quantity", "quantity=3", productSession(), conflict, "quantity 3", 409, englishWords.Busy},
		{"over", "/quantity", "quantity=3", productSession(), gone, "quantity 3", 303, "../" + theSession},
		{"not allowed", "/quantity", "quantity=3", openSession(), nil, "", 303, "../" + theSession},
		{"fault", "/quantity", "quantity=3", productSession(), errors.New("disk"), "quantity 3", 500, englishWords.FaultTitle},
		{"entries are kept", "/quantity", "quantity=3&name=Binta&method=card&card_number=4242", productSession(), nil, "quantity 3", 200, `value="Binta"`},
		{"a way to pay is kept", "/quantity", "quantity=3&method=phone", productSession(), nil, "quantity 3", 200, `value="phone" required checked`},
		{"amount", "/amount", "amount=1.500,5", openPrice(), nil, "amount 150050", 303, "../" + theSession},
		{"same amount", "/amount", "amount=1234.5", openPrice(), nil, "", 303, "../" + theSession},
		{"bad amount", "/amount", "amount=1.2345", openPrice(), nil, "", 422, "such as 1234.50"},
		{"amount too high", "/amount", "amount=90000", openPrice(), high, "amount 9000000", 422, `aria-invalid="true"`},
		{"coupon with who pays", "/coupon", "coupon=+noel&email=binta@example.com", productSession(), nil, "coupon noel binta@example.com", 200, `value="binta@example.com"`},
		{"coupon with a bad address", "/coupon", "coupon=noel&email=binta", productSession(), nil, "coupon noel ", 200, `value="binta"`},
		{"coupon alone", "/coupon", "coupon=noel", productSession(), nil, "coupon noel ", 303, "../" + theSession},
		{"no coupon", "/coupon", "coupon=", productSession(), nil, "", 303, "../" + theSession},
		{"coupons are not taken", "/coupon", "coupon=noel", openSession(), nil, "", 303, "../" + theSession},
		{"removed", "/coupon/remove", "remove=NOEL", productSession(), nil, "remove NOEL", 303, "../" + theSession + "/"},
		{"removed before", "/coupon/remove", "remove=NOEL", productSession(), checkout.ErrNotFound, "remove NOEL", 303, "../" + theSession + "/"},
		{"a coupon, and pay", "/pay", "coupon=noel&method=wallet&name=Binta", productSession(), nil, "coupon noel ", 409, englishWords.Changed},
		{"a quantity, and pay", "/pay", "quantity=4&method=wallet", productSession(), nil, "quantity 4", 409, englishWords.Changed},
		{"a bad coupon, and pay", "/pay", "coupon=noel&method=wallet", productSession(), &checkout.Error{Code: checkout.CodeCouponUnknown}, "coupon noel ", 422, englishWords.CouponUnknown},
		{"changed in another tab", "/pay", "due=9000&quantity=2&method=wallet&name=Awa&email=awa@example.com", productSession(), nil, "", 409, englishWords.Changed},
	} {
		t.Run(c.name, func(t *testing.T) {
			form, err := url.ParseQuery(c.form)
			if err != nil {
				t.Fatal(err)
			}
			asked := ""
			c.payments.alter = func(field string, value any) error { asked += fmt.Sprint(field, " ", value); return c.err }
			want := c.want
			if c.path == "/coupon/remove" {
				want = "../" + want[:len(want)-1]
			}
			w := ask(t, c.payments, c.path, form)
			answers(t, w, c.status, want)
			if asked != c.asked {
				t.Errorf("asked for %q, want %q", asked, c.asked)
			}
			if strings.Contains(w.Body.String(), `value="4242`) || w.Code == 200 && strings.Contains(w.Body.String(), `class="problem"`) {
				t.Error("the page shows the card, or problems of what is not yet filled in")
			}
		})
	}
}

func TestFreeOrdersStartWithoutAMethod(t *testing.T) {
	p := productSession().reduced(t, 0, checkout.AppliedCoupon{Code: "OFFERT", Discount: 10000})
	p.state.Methods = nil
	var got checkout.StartParams
	p.start = func(params checkout.StartParams) (checkout.Attempt, error) {
		got = params
		return in(checkout.AttemptPaid, checkout.Next{}), nil
	}
	answers(t, ask(t, p, "/pay", url.Values{"name": {"Awa Diop"}, "email": {""}, "due": {"0"}}), 422, englishWords.Required)
	answers(t, ask(t, p, "/pay", url.Values{"name": {"Awa Diop"}, "email": {"awa@example.com"}, "due": {"0"}}), 303, "../"+theSession+"/done")
	if got.Method != "" || got.Payer.Email != "awa@example.com" {
		t.Errorf("started %+v", got)
	}
}

func TestALinkThatIsUsedUpMeanwhileSaysSo(t *testing.T) {
	p := openSession()
	p.start = func(checkout.StartParams) (checkout.Attempt, error) {
		return checkout.Attempt{}, &checkout.Error{Code: checkout.CodeLinkClosed}
	}
	answers(t, ask(t, p, "/pay", goodForm("wallet")), http.StatusGone, englishWords.LinkUsed)
}

func TestACouponOfSomebodyElseIsNotABadAddress(t *testing.T) {
	p := productSession().reduced(t, 0, welcome)
	p.start = func(checkout.StartParams) (checkout.Attempt, error) {
		return checkout.Attempt{}, &checkout.Error{Code: checkout.CodeInvalid, Fields: []checkout.Field{{Name: "email", Message: "bad"}}}
	}
	answers(t, ask(t, p, "/pay", goodForm("wallet")), http.StatusUnprocessableEntity, englishWords.CouponOther)
}

func TestAmountsAreReadAsPeopleWriteThem(t *testing.T) {
	const bad = -1
	for _, c := range []struct {
		text              string
		currency          checkout.Currency
		french, inEnglish int64
	}{
		{"10000", checkout.XOF, 10000, 10000},
		{"10 000", checkout.XOF, 10000, 10000},
		{"10\u202f000", checkout.XOF, 10000, 10000},
		{"10.000", checkout.XOF, 10000, 10000},
		{"10,000", checkout.XOF, 10000, 10000},
		{"1.234.567", checkout.XOF, 1234567, 1234567},
		{"12.5", checkout.XOF, bad, bad},
		{"12,00", checkout.XOF, bad, bad},
		{"1 234,50", checkout.EUR, 123450, 123450},
		{"1234,5", checkout.EUR, 123450, 123450},
		{"12.5", checkout.EUR, 1250, 1250},
		{"1.234,50", checkout.EUR, 123450, 123450},
		{"1,234.50", checkout.EUR, 123450, 123450},
		{"1,234", checkout.EUR, bad, 123400},
		{"1.234", checkout.EUR, bad, bad},
		{"12.345", checkout.USD, bad, bad},
		{"0,07", checkout.EUR, 7, 7},
		{"0.1", checkout.USD, 10, 10},
		{"", checkout.EUR, bad, bad},
		{".", checkout.EUR, bad, bad},
		{".5", checkout.EUR, bad, bad},
		{"5.", checkout.EUR, bad, bad},
		{"-5", checkout.EUR, bad, bad},
		{"+5", checkout.EUR, bad, bad},
		{"1e3", checkout.EUR, bad, bad},
		{"5 €", checkout.EUR, bad, bad},
		{"12,34.567", checkout.EUR, bad, bad},
		{"1,2,3", checkout.EUR, bad, bad},
		{"٥", checkout.EUR, bad, bad},
		{"9007199254740991", checkout.XOF, 9007199254740991, 9007199254740991},
		{"9007199254740992", checkout.XOF, bad, bad},
		{"90071992547409.92", checkout.USD, bad, bad},
		{"99999999999999999999", checkout.XOF, bad, bad},
	} {
		for l, want := range map[locale]int64{french: c.french, english: c.inEnglish} {
			got, ok := l.parseAmount(c.text, c.currency)
			if !ok {
				got = bad
			}
			if got != want {
				t.Errorf("%q in %s, %s: %d, want %d", c.text, c.currency, l, got, want)
			}
		}
	}
}

func TestAmountsAreReadAsThePageWritesThem(t *testing.T) {
	for _, l := range locales {
		for _, m := range []checkout.Money{{Amount: 1, Currency: checkout.XOF}, {Amount: 5, Currency: checkout.EUR}, {Amount: 123450, Currency: checkout.USD}, {Amount: 1000000000, Currency: checkout.XOF}} {
			if got, ok := l.parseAmount(l.plainAmount(m), m.Currency); !ok || got != m.Amount {
				t.Errorf("%v reads %q, which is %d", m, l.plainAmount(m), got)
			}
		}
	}
}
