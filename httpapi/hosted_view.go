package httpapi

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/checkoutd/checkoutd/checkout"
)

// Bounds of merchants' texts on the page, in characters, so that every page
// arrives in the first round trip of a connection.
const (
	maxShown  = 500 // description
	maxBeside = 160 // description beside the lines of an order
	maxName   = 200 // title
	maxTab    = 60  // title of the browser's tab
)

// sum is an amount as text, shown large.
type sum string

// Long reports whether s needs smaller letters to fit on a phone.
func (s sum) Long() bool { return utf8.RuneCountInString(string(s)) > 15 }

// frame is what every page has.
type frame struct {
	W         *words
	Lang      locale
	Style     template.CSS
	Up        string // leads from the page's address to the folder of its session
	Query     string // "?locale=fr" if the customer asked for a language, else ""
	SwitchURL string // the page in the other language; "" if it cannot be had
	Merchant  string
	Test      bool
	Title     string
	Refresh   string // content of the refresh tag, "" for a page that stays
	Card      *card  // of a page that is shown where people send its address
}

// card is what a message with the address of a page shows of it.
type card struct{ Title, Description string }

// pageView is the page on which a session is paid.
type pageView struct {
	frame
	Amount               sum
	Heading, Description string
	Quantity             string // "" for one
	Order                *order
	Notices              []string
	Started              []started // attempts that may still be paid
	Faults               []field   // the fields at fault
	Form                 form
	PayURL, CancelURL    string
	Free                 bool
	PayLabel             string // "" if it cannot be paid as it is
}

// simulateView plays the customer's wallet.
type simulateView struct {
	frame
	Amount  sum
	Heading string
	Action  string
	Choices []simChoice
}

type simChoice struct {
	Outcome checkout.Outcome
	Label   string
}

// endView says how things stand when there is nothing to do.
type endView struct {
	frame
	Mark, Text string
	Good       bool
	Notice     string
	Started    []started
	Facts      []fact
	BackURL    string
}

type fact struct {
	Label, Note, Value string
	Line, Sum          bool // of an order
}

// frame returns what a page of a session has in common with the others; id is
// "" if there is no session.
func (h *hosted) frame(r *http.Request, id string) frame {
	f := frame{Style: h.style}
	var asked bool
	f.Lang, asked = localeOf(r)
	f.W = f.Lang.words()
	if asked {
		f.Query = "?locale=" + string(f.Lang)
	}
	if id != "" {
		f.Up = strings.Repeat("../", depth(r, id))
	}
	return f
}

// depth returns how many folders below that of the session the customer's
// browser takes the page of r to be.
func depth(r *http.Request, id string) int {
	asked, _, _ := strings.Cut(r.RequestURI, "?") // r.URL may have been respelt
	_, below, ok := strings.Cut(asked, "/"+id)
	if !ok {
		_, below, _ = strings.Cut(r.URL.Path, "/"+id)
	}
	return strings.Count(below, "/")
}

// link returns the address of a page of the session, as seen from this one. The
// parts of path are identifiers and fixed words.
func (v visit) link(path ...string) string {
	return v.Up + strings.Join(append([]string{v.Session.ID}, path...), "/") + v.Query
}

// triedLink returns the address of the page with a word about an attempt that
// has just ended, or that the customer went away from.
func (v visit) triedLink(attempt string) string { return with(v.link(), "tried="+attempt) }

// heading returns what the session is for.
func (v visit) heading() string {
	switch {
	case v.Session.Title != "":
		return clip(v.Session.Title, maxName)
	case v.Merchant != "":
		return fmt.Sprintf(v.W.PayTo, v.Merchant)
	}
	return fmt.Sprintf(v.W.Pay, v.amount())
}

func (v visit) amount() string { return v.Lang.amount(v.Session.Due()) }

// clip returns text, cut after most characters.
func clip(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return strings.TrimSpace(text[:i]) + "…"
		}
		n++
	}
	return text
}
