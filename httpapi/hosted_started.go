package httpapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxStarted is how many attempts that are under way a page speaks of.
const maxStarted = 3

// started is an attempt that may still be paid, beside the choice of another.
type started struct {
	Text, Link, URL string // URL is "" if there is nothing to go to
}

// started returns what the customer has under way, newest first. Attempts whose
// provider lets us close them are closed when another is started; the page does
// not know which these are, so that it warns of all.
func (v visit) started() (list []started) {
	for _, a := range slices.Backward(v.Attempts) {
		if !a.Live() || len(list) == maxStarted {
			continue
		}
		open := v.Session.Status == checkout.StatusOpen
		switch a.Next.Kind {
		case checkout.NextPrompt, checkout.NextNone:
			s := started{Text: fmt.Sprintf(v.W.Sent, v.inBrackets(a)), Link: v.W.SentLink, URL: v.link("wait", a.ID)}
			list = append(list, s)
		default:
			if !open || v.over(a) {
				continue // there is nothing to go on with
			}
			s := started{Text: fmt.Sprintf(v.W.Begun, v.inBrackets(a)), Link: v.W.BegunLink, URL: v.link("wait", a.ID)}
			if brand := v.brand(a.Method); brand != "" {
				s.Link = fmt.Sprintf(v.W.BegunWith, brand)
			}
			switch {
			case a.Next.Kind == checkout.NextSimulate:
				s.URL = v.link("simulate", a.ID)
			case a.Next.Kind == checkout.NextRedirect && isWeb(a.Next.URL) && !(v.desktop && a.Next.QR != ""):
				s.URL = a.Next.URL
			}
			list = append(list, s)
		}
	}
	return list
}

// inBrackets says which attempt a is, " (MTN MoMo, •••• 123)", as far as is
// known.
func (v visit) inBrackets(a checkout.Attempt) string {
	var parts []string
	if name := v.method(a.Method); name != "" {
		parts = append(parts, name)
	}
	if a.Next.Kind == checkout.NextPrompt && a.Next.Text != "" {
		parts = append(parts, a.Next.Text)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// brand returns what customers call a method, "" if it has no name of its own or
// cannot be used any more.
func (v visit) brand(method string) string {
	for _, m := range v.Methods {
		if m.ID == method {
			return m.Name
		}
	}
	return ""
}

// method returns the method's brand or the page's word for it, "" if there is
// neither.
func (v visit) method(id string) string {
	if brand := v.brand(id); brand != "" {
		return brand
	}
	return v.W.method(id)
}

// notices returns what to tell the customer about earlier attempts: the one
// called tried, and those that nobody should overlook.
func (v visit) notices(tried string) (list []string) {
	for _, a := range slices.Backward(v.Attempts) {
		if a.ID != tried && !a.Live() && !a.Held() {
			continue
		}
		text := v.message(a)
		if text == "" && a.ID == tried && a.Live() {
			text = v.W.NotCompleted
		}
		if text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// held returns what to tell the customer about money that waits for a decision.
func (v visit) held() (list []string) {
	for _, a := range v.Attempts {
		if a.Held() {
			list = append(list, v.message(a))
		}
	}
	return list
}

// message returns what to tell the customer about a, "" if nothing has gone
// wrong with it.
func (v visit) message(a checkout.Attempt) string {
	switch a.Status {
	case checkout.AttemptFailed:
		return v.W.reason(a.Reason)
	case checkout.AttemptExpired:
		return v.W.TimedOut
	case checkout.AttemptMismatch:
		return v.W.Mismatch
	case checkout.AttemptLate:
		return v.W.Late
	case checkout.AttemptSurplus:
		return v.W.Surplus
	case checkout.AttemptRefunded:
		return v.W.GivenBack
	}
	if a.Live() && a.Reason != "" {
		return v.W.reason(a.Reason) // of the last try; the customer may try again
	}
	return ""
}
