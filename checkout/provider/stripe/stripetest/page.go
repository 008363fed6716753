package stripetest

import (
	_ "embed"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// view is what the page shows.
type view struct {
	Title, Sum string
	Number     string // of the card, as typed
	Refused    string // why the last card was, "" if none was
	Asks       bool   // whether the bank asks the customer to authenticate
	Closed     string // the status, unless it is open
	CancelURL  string
}

func (x *session) view() view {
	v := view{Title: x.title, Sum: decimal(x.AmountTotal, x.Currency) + " " + strings.ToUpper(x.Currency), Number: visa}
	if x.Status != "open" {
		v.Closed = x.Status
	}
	if x.CancelURL != nil {
		v.CancelURL = *x.CancelURL
	}
	return v
}

// servePage shows the page of a Checkout Session.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	var v view
	err := s.at(r.PathValue("id"), func(x *session) error {
		v = x.view()
		return nil
	})
	write(w, v, err)
}

// servePress is a press of one of the page's buttons. A customer who is done is
// sent to the success_url.
func (s *Server) servePress(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	do, number := r.PostFormValue("do"), r.PostFormValue("number")
	var v view
	next := ""
	err := s.at(r.PathValue("id"), func(x *session) error {
		v = x.view()
		v.Number = number
		if x.Status != "open" {
			return nil
		}
		c, with := cardOf(number)
		switch {
		case do == "pay" && c.asks:
			v.Asks = true
			return nil
		case do == "fail" || do == "decline":
			failure := refusal("generic_decline")
			if do == "fail" {
				failure = refusal(unauthenticated)
			}
			s.refuse(x, with, failure)
			v.Refused = failure.Message
			return nil
		case do == "debit":
			next = x.done()
			return s.debit(x)
		}
		failure, err := s.charge(x, number)
		if failure != nil {
			v.Refused = failure.Message
			return err
		}
		next = x.done()
		return err
	})
	if err == nil && next != "" {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	write(w, v, err)
}

// done is where a customer is sent who has paid.
func (x *session) done() string {
	return strings.ReplaceAll(x.SuccessURL, "{CHECKOUT_SESSION_ID}", x.ID)
}

func write(w http.ResponseWriter, v view, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	_ = pageTemplate.Execute(w, v)
}
