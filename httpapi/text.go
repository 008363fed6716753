package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/bojanz/currency"
	"golang.org/x/text/language"

	"github.com/checkoutd/checkoutd/checkout"
)

// locale is a language of the hosted page.
type locale string

const (
	english locale = "en"
	french  locale = "fr"
)

// locales lists the languages of the hosted page; the first one is for
// customers who read none of them.
var locales = []locale{english, french}

// matcher picks one of locales, by its place there.
var matcher = language.NewMatcher([]language.Tag{language.English, language.French})

// localeOf returns the language in which r is to be answered: the one that its
// locale parameter asks for, else what the browser prefers. asked reports
// whether it was the parameter, which links then have to carry on.
func localeOf(r *http.Request) (l locale, asked bool) {
	if text := r.URL.Query().Get("locale"); text != "" {
		if tag, err := language.Parse(text); err == nil {
			if _, i, sure := matcher.Match(tag); sure != language.No {
				return locales[i], true
			}
		}
	}
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return locales[i], false
}

// Other returns the language to offer beside l.
func (l locale) Other() locale {
	if l == french {
		return english
	}
	return french
}

// words returns the texts of the hosted page in l.
func (l locale) words() *words {
	if l == french {
		return &frenchWords
	}
	return &englishWords
}

// amount returns m as people write it in l, in major units: "10 000 F CFA",
// "1 234,50 €", "$1,234.50". The spaces inside do not break.
func (l locale) amount(m checkout.Money) string {
	a, err := currency.NewAmountFromInt64(m.Amount, string(m.Currency))
	if err != nil {
		return strconv.FormatInt(m.Amount, 10) + " " + string(m.Currency)
	}
	return currency.NewFormatter(currency.NewLocale(string(l))).Format(a)
}

// date returns t in UTC as people write it in l, to the minute.
func (l locale) date(t time.Time) string {
	t = t.UTC()
	w := l.words()
	return fmt.Sprintf("%d %s %d%s%s UTC", t.Day(), w.Months[t.Month()-1], t.Year(), w.DateTime, t.Format("15:04"))
}
