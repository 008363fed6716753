package httpapi

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxValue bounds what a field holds, in bytes.
const maxValue = 500

// field is one field of the form, with what the customer wrote in it.
type field struct {
	Name, Label, Value, Problem string
	Type, Mode, Auto, Hint      string // attributes: type, inputmode, autocomplete, placeholder
	Required                    bool
	Must                        bool // the browser is to insist on it too
	Secret                      bool // the value is never sent back to the browser
	Half                        bool // stands beside another field on a wide line
	Focus                       bool
	Optional                    string // the word for it, unless required
	check                       func(w *words, value string) string
}

// choice is one way to pay.
type choice struct {
	ID, Label, Hint, Note string
	Checked               bool
	Fields                []field
}

// form is all that the customer fills in.
type form struct {
	Contact, Billing []field
	Choices          []choice
	Problem          string // about the choice
	wrong            *wrong // about the order
}

// wrong is what was typed to change the order, and why it was not.
type wrong struct{ field, value, text string }

// newForm returns the form of a session, prefilled with what is known.
func newForm(v visit) *form {
	w, want, c := v.W, v.Session.Form, v.Session.Customer
	f := &form{}
	if want.Name {
		f.Contact = append(f.Contact, field{Name: "name", Label: w.Name, Value: c.Name, Auto: "name", Required: true})
	}
	if want.Email {
		f.Contact = append(f.Contact, field{Name: "email", Label: w.Email, Value: c.Email, Type: "email", Mode: "email",
			Auto: "email", Required: true, check: checkEmail})
	}
	if want.Phone || want.Email { // a second way to reach whoever gives an email address
		f.Contact = append(f.Contact, field{Name: "phone", Label: w.Phone, Value: c.Phone, Type: "tel", Mode: "tel",
			Auto: "tel", Required: want.Phone, check: checkPhone})
	}
	if want.BillingAddress {
		f.Billing = []field{
			{Name: "address", Label: w.Address, Value: c.Address, Auto: "billing address-line1", Required: true},
			{Name: "city", Label: w.City, Value: c.City, Auto: "billing address-level2", Required: true, Half: true},
			{Name: "postal_code", Label: w.PostalCode, Value: c.PostalCode, Auto: "billing postal-code", Half: true},
			{Name: "country", Label: w.Country, Value: c.Country, Auto: "billing country-name", Required: true},
		}
	}
	f.each(func(x *field) { x.Must = x.Required }) // not what belongs to one method
	f.offer(v)
	f.each(func(x *field) {
		if x.Type == "" {
			x.Type = "text"
		}
		if !x.Required {
			x.Optional = w.Optional
		}
	})
	return f
}

// offer adds the ways to pay, and ticks the one that was tried last.
func (f *form) offer(v visit) {
	if v.free() || len(v.Methods) == 0 {
		return
	}
	for _, m := range v.Methods {
		f.Choices = append(f.Choices, newChoice(v, m))
	}
	if len(v.Attempts) == 0 || !f.choose(v.Attempts[len(v.Attempts)-1].Method) {
		f.choose(v.Methods[0].ID)
	}
}

// newChoice returns m with the fields that it needs.
func newChoice(v visit, m checkout.Method) choice {
	w := v.W
	c := choice{ID: m.ID, Label: cmp.Or(m.Name, w.method(m.ID), m.ID)}
	if v.Test && ofSandbox(m) && slices.ContainsFunc(v.Methods, func(o checkout.Method) bool { return !ofSandbox(o) }) {
		c.Label = fmt.Sprintf(w.Simulator, c.Label)
	}
	switch {
	case m.NeedsPhone:
		c.Hint = w.MobileHint
	case m.NeedsCard:
		c.Hint = w.CardHint
	case m.Code == "CARDS":
		c.Hint = w.CardPageHint
	default:
		c.Hint = w.WalletHint
	}
	if m.NeedsPhone {
		c.Fields = append(c.Fields, field{Name: m.ID + "_tel", Label: w.PayPhone, Value: v.Session.Customer.Phone,
			Type: "tel", Mode: "tel", Auto: "tel", Required: true, check: checkPhone})
		if m.ID == "phone" {
			c.Note = w.PhoneTests // of the sandbox
		}
	}
	if m.NeedsCard {
		c.Fields = append(c.Fields,
			field{Name: m.ID + "_number", Label: w.Number, Mode: "numeric", Auto: "cc-number", Hint: "1234 1234 1234 1234",
				Required: true, Secret: true, check: checkNumber},
			field{Name: m.ID + "_expiry", Label: w.Expiry, Mode: "numeric", Auto: "cc-exp", Hint: w.ExpiryShape,
				Required: true, Secret: true, Half: true, check: checkExpiry},
			field{Name: m.ID + "_cvc", Label: w.CVC, Mode: "numeric", Auto: "cc-csc", Hint: "123",
				Required: true, Secret: true, Half: true, check: checkCVC})
		c.Note = w.CardTests
	}
	if !v.Test {
		c.Note = ""
	}
	return c
}

// ofSandbox reports whether m is a method of the sandbox, which alone has a card
// form of ours.
func ofSandbox(m checkout.Method) bool {
	return m.ID == "wallet" || m.ID == "phone" || m.NeedsCard
}

// each calls do with every field.
func (f *form) each(do func(*field)) {
	lists := [][]field{f.Contact, f.Billing}
	for _, c := range f.Choices {
		lists = append(lists, c.Fields)
	}
	for _, list := range lists {
		for i := range list {
			do(&list[i])
		}
	}
}

// choose ticks the method with the given identifier, if there is one.
func (f *form) choose(id string) bool {
	known := slices.ContainsFunc(f.Choices, func(c choice) bool { return c.ID == id })
	for i := range f.Choices {
		f.Choices[i].Checked = known && f.Choices[i].ID == id
	}
	return known
}

// chosen returns the method that is ticked, or a choice without fields.
func (f *form) chosen() choice {
	for _, c := range f.Choices {
		if c.Checked {
			return c
		}
	}
	return choice{}
}

// read takes what the customer sent, and notes what is wrong with it. Of the
// methods' fields only those of the chosen one count.
func (f *form) read(sent url.Values, w *words) {
	if len(f.Choices) > 0 && !f.choose(sent.Get("method")) {
		f.Problem = w.BadMethod
	}
	f.each(func(x *field) { x.Value = strings.TrimSpace(sent.Get(x.Name)) })
	phone := f.value("phone")
	for _, list := range [][]field{f.Contact, f.Billing, f.chosen().Fields} {
		for i := range list {
			x := &list[i]
			if x.Value == "" && strings.HasSuffix(x.Name, "_tel") {
				x.Value = phone // one number is enough
			}
			x.Problem = x.fault(w)
		}
	}
}

// take takes what the customer sent so far. Nothing of it is wrong yet.
func (f *form) take(sent url.Values) {
	if id := sent.Get("method"); slices.ContainsFunc(f.Choices, func(c choice) bool { return c.ID == id }) {
		f.choose(id)
	}
	f.each(func(x *field) {
		if sent.Has(x.Name) && !x.Secret {
			x.Value = clip(strings.TrimSpace(strings.ToValidUTF8(sent.Get(x.Name), "")), maxValue)
		}
	})
}

// sameAs reports whether g is filled in as f is.
func (f *form) sameAs(g *form) bool {
	same := f.chosen().ID == g.chosen().ID
	f.each(func(x *field) { same = same && x.Value == g.value(x.Name) })
	return same
}

// fault returns what is wrong with the value of x, "" if nothing is.
func (x field) fault(w *words) string {
	switch {
	case x.Value == "" && x.Required:
		return w.Required
	case x.Value == "":
		return ""
	case len(x.Value) > maxValue:
		return w.TooLong
	case !utf8.ValidString(x.Value) || strings.ContainsFunc(x.Value, unicode.IsControl):
		return w.BadText
	case x.check != nil:
		return x.check(w, x.Value)
	}
	return ""
}

// blame notes the faults that the service found, in the customer's language. It
// reports whether each belongs to a field of the page. other is what to say of a
// field that seems good here.
func (f *form) blame(faults []checkout.Field, w *words, other string) bool {
	all := len(faults) > 0
	for _, fault := range faults {
		if fault.Name == "method" {
			f.Problem = w.BadMethod
			continue
		}
		names := []string{fault.Name, f.chosen().ID + strings.TrimPrefix(fault.Name, "card")}
		if m := f.chosen().ID + "_tel"; fault.Name == "phone" && f.has(m) {
			names = []string{m} // what the provider needs comes first
		}
		found := false
		f.each(func(x *field) {
			if found || !slices.Contains(names, x.Name) {
				return
			}
			found = true
			if x.Problem = x.fault(w); x.Problem == "" {
				x.Problem = other
			}
		})
		all = all && found
	}
	return all
}

// faults returns the fields at fault in the order of the page, and puts the
// cursor into the first one.
func (f *form) faults() []field {
	var list []field
	f.each(func(x *field) {
		if x.Problem != "" {
			x.Focus = len(list) == 0
			list = append(list, *x)
		}
	})
	return list
}

// has reports whether there is a field with the given name.
func (f *form) has(name string) (found bool) {
	f.each(func(x *field) { found = found || x.Name == name })
	return found
}

// value returns what the field with the given name holds.
func (f *form) value(name string) (value string) {
	f.each(func(x *field) {
		if x.Name == name {
			value = x.Value
		}
	})
	return value
}

// params returns what the service is to start.
func (f *form) params(session string) checkout.StartParams {
	id := f.chosen().ID
	return checkout.StartParams{
		SessionID: session,
		Method:    id,
		Payer: checkout.Contact{
			Name: f.value("name"), Email: f.value("email"), Phone: digits(f.value("phone"), "+"),
			Address: f.value("address"), City: f.value("city"), PostalCode: f.value("postal_code"), Country: f.value("country"),
		},
		Phone: digits(f.value(id+"_tel"), "+"),
		Card: checkout.Card{
			Number: digits(f.value(id+"_number"), ""),
			Expiry: expiry(f.value(id + "_expiry")),
			CVC:    digits(f.value(id+"_cvc"), ""),
		},
	}
}
