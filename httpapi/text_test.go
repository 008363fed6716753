package httpapi

import (
	"fmt"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
)

func TestAmountsReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		locale locale
		money  checkout.Money
		want   string
	}{
		{french, checkout.Money{Amount: 10000, Currency: checkout.XOF}, "10\u202f000\u00a0F\u202fCFA"},
		{french, checkout.Money{Amount: 123450, Currency: checkout.EUR}, "1\u202f234,50\u00a0€"},
		{french, checkout.Money{Amount: 5, Currency: checkout.USD}, "0,05\u00a0$US"},
		{english, checkout.Money{Amount: 10000, Currency: checkout.XOF}, "F\u202fCFA\u00a010,000"},
		{english, checkout.Money{Amount: 123450, Currency: checkout.EUR}, "€1,234.50"},
		{english, checkout.Money{Amount: 123450, Currency: checkout.USD}, "$1,234.50"},
		{english, checkout.Money{Amount: 7, Currency: "???"}, "7 ???"},
	} {
		if got := c.locale.amount(c.money); got != c.want {
			t.Errorf("%v in %s reads %q, want %q", c.money, c.locale, got, c.want)
		}
	}
}

func TestAmountsSayExactlyWhatIsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := checkout.Money{
			Amount:   rapid.Int64Range(1, checkout.MaxAmount).Draw(t, "amount"),
			Currency: rapid.SampledFrom([]checkout.Currency{checkout.XOF, checkout.EUR, checkout.USD}).Draw(t, "currency"),
		}
		l := rapid.SampledFrom(locales).Draw(t, "locale")
		text := l.amount(m)
		back, err := strconv.ParseInt(digits(text, ""), 10, 64)
		if err != nil || back != m.Amount {
			t.Fatalf("%v in %s reads %q, which is %d", m, l, text, back)
		}
		point := map[locale]string{english: ".", french: ","}[l]
		_, decimals, _ := strings.Cut(text, point)
		if m.Currency.Exponent() > 0 && len(digits(decimals, "")) != m.Currency.Exponent() {
			t.Fatalf("%v in %s reads %q, want %d decimals", m, l, text, m.Currency.Exponent())
		}
	})
}

func TestDatesAreInUTC(t *testing.T) {
	at := time.Date(2026, 8, 1, 1, 5, 59, 0, time.FixedZone("", 3*3600))
	for l, want := range map[locale]string{english: "31 July 2026, 22:05 UTC", french: "31 juillet 2026 à 22:05 UTC"} {
		if got := l.date(at); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
}

func TestLanguageIsTheOneAskedForOrPreferred(t *testing.T) {
	for _, c := range []struct {
		query, accept string
		want          locale
		asked         bool
	}{
		{"", "", english, false},
		{"", "fr-CI,fr;q=0.9,en;q=0.8", french, false},
		{"", "en-GB,fr;q=0.9", english, false},
		{"", "de,fr;q=0.5", french, false},
		{"", "zh", english, false},
		{"", "!!", english, false},
		{"?locale=fr", "en", french, true},
		{"?locale=FR_sn", "en", french, true},
		{"?locale=en", "fr", english, true},
		{"?locale=zh", "fr", french, false},
		{"?locale=%00<script>", "fr", french, false},
	} {
		r := httptest.NewRequest("GET", "/cs_x"+c.query, nil)
		r.Header.Set("Accept-Language", c.accept)
		if got, asked := localeOf(r); got != c.want || asked != c.asked {
			t.Errorf("%q with Accept-Language %q: %s, %v; want %s, %v", c.query, c.accept, got, asked, c.want, c.asked)
		}
	}
}

func TestEveryTextExistsInBothLanguages(t *testing.T) {
	verbs := regexp.MustCompile(`%.`)
	en, fr := reflect.ValueOf(englishWords), reflect.ValueOf(frenchWords)
	for _, field := range reflect.VisibleFields(en.Type()) {
		if field.Anonymous {
			continue
		}
		name := field.Name
		a, b := fmt.Sprint(en.FieldByIndex(field.Index)), fmt.Sprint(fr.FieldByIndex(field.Index))
		if a == "" || b == "" {
			t.Errorf("%s is empty: %q, %q", name, a, b)
		}
		if fmt.Sprint(verbs.FindAllString(a, -1)) != fmt.Sprint(verbs.FindAllString(b, -1)) {
			t.Errorf("%s takes other values in the other language: %q, %q", name, a, b)
		}
	}
	for i := range 12 {
		if englishWords.Months[i] == "" || frenchWords.Months[i] == "" {
			t.Errorf("month %d has no name", i+1)
		}
	}
}

func TestFailuresHaveWordsOfTheirOwn(t *testing.T) {
	w := &englishWords
	for code, want := range map[string]string{
		"insufficient_funds": w.NoFunds, "cancelled": w.Cancelled, "expired": w.TimedOut, "expired_card": w.CardOver,
		"invalid_expiry": w.CardOver, "incorrect_cvc": w.WrongCVC, "not_a_test_card": w.NoTestCard,
		"provider_unavailable": w.NotTaken, "stolen_card": w.Declined, "": w.Declined,
	} {
		if got := w.reason(code); got != want {
			t.Errorf("%q reads %q, want %q", code, got, want)
		}
	}
}
