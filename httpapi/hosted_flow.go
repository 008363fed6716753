package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/checkoutd/checkoutd/checkout"
)

// page shows the session: to be paid, paid, expired or not payable. The address may
// be that of a payment link instead.
func (h *hosted) page(w http.ResponseWriter, r *http.Request) error {
	if isLink(r) {
		return h.link(w, r)
	}
	if isRenewal(r.PathValue("session")) {
		return h.renewal(w, r)
	}
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	switch v.Session.Status {
	case checkout.StatusCompleted:
		return h.receipt(w, v)
	case checkout.StatusExpired:
		return h.end(w, http.StatusOK, v, v.W.ExpiredTitle, v.W.ExpiredText)
	}
	return h.show(w, http.StatusOK, v, newForm(v), v.notices(r.URL.Query().Get("tried")))
}

// show answers with the form. If there is no way to pay, it is there for an order
// that can be changed to what can be paid.
func (h *hosted) show(w http.ResponseWriter, status int, v visit, f *form, notices []string) error {
	o, err := v.order(true)
	if err != nil {
		return err
	}
	payable := v.free() || len(v.Methods) > 0
	switch {
	case !payable && !o.Changes():
		return h.end(w, http.StatusOK, v, v.W.NoMethodTitle, v.W.NoMethodText)
	case !payable:
		notices = append(notices, v.W.NoMethodText)
	}
	o.correct(f.wrong)
	view := pageView{
		frame: v.frame, Amount: sum(v.amount()), Heading: v.heading(), Description: clip(v.Session.Description, maxShown),
		Order: &o, Notices: notices, Started: v.started(), Faults: f.faults(), Form: *f, PayURL: v.link("pay"),
	}
	view.Title = clip(view.Heading, maxTab)
	if len(o.Lines) > 1 {
		view.Description = clip(view.Description, maxBeside)
	}
	switch {
	case v.free():
		view.PayLabel, view.Free = v.W.Complete, true
	case payable:
		view.PayLabel = fmt.Sprintf(v.W.Pay, view.Amount)
	}
	if v.Session.Quantity > 1 && o.Quantity == nil && v.multiple() == 1 {
		view.Quantity = fmt.Sprintf(v.W.Quantity, v.Session.Quantity)
	}
	if v.Session.CancelURL != "" {
		view.CancelURL = v.link("cancel")
	}
	return h.render(w, status, "page.html", view)
}

// pay starts an attempt with what the form says.
func (h *hosted) pay(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	if v.Session.Status != checkout.StatusOpen {
		return seeOther(w, v.link())
	}
	if err := readForm(r); err != nil {
		return err
	}
	if changed, err := h.changed(r, v); changed || err != nil {
		return h.altered(w, r, v, err, true)
	}
	if len(v.Methods) == 0 && !v.free() {
		return seeOther(w, v.link())
	}
	f := newForm(v)
	if due := r.PostForm.Get("due"); due != "" && due != strconv.FormatInt(v.Session.Due().Amount, 10) {
		f.take(r.PostForm)
		return h.show(w, http.StatusConflict, v, f, []string{v.W.Changed}) // in another tab
	}
	if f.read(r.PostForm, v.W); f.Problem != "" || len(f.faults()) > 0 {
		return h.show(w, http.StatusUnprocessableEntity, v, f, nil)
	}
	if v.Session.Coupons != "" && h.site.tries(v.Session.ID) != nil {
		// The answer says whether the payer is whom a coupon was applied for.
		return h.show(w, http.StatusTooManyRequests, v, f, []string{v.W.CouponTooOften})
	}
	p := f.params(v.Session.ID)
	page, messages := h.site.urls(r, v.Session.ID)
	p.Due, p.Locale, p.NotifyURL = v.Session.Due(), string(v.Lang), messages
	p.SuccessURL, p.CancelURL = v.returnURL(page, ""), v.returnURL(page, leftMark)
	a, err := h.payments.Start(r.Context(), p)
	if err != nil {
		return h.notStarted(w, r, v, f, a, err)
	}
	return h.next(w, v, a)
}

// back leads to the page: somebody has asked again for the address of a form.
func (h *hosted) back(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	return seeOther(w, v.link())
}

// notStarted answers a payment that could not be started: with the form as the
// customer filled it in, if another try can help.
func (h *hosted) notStarted(w http.ResponseWriter, r *http.Request, v visit, f *form, a checkout.Attempt, err error) error {
	var e *checkout.Error
	if !errors.As(err, &e) {
		return err
	}
	busy := v.W.Busy
	if fresh, err := h.visit(r); err == nil {
		if fresh.Session.Due() != v.Session.Due() {
			busy = v.W.Changed
		}
		v = fresh // earlier attempts may have been closed
	}
	switch e.Code {
	case checkout.CodeInvalid:
		var notices []string
		other := v.W.BadText
		if v.Session.Coupons != "" && slices.ContainsFunc(e.Fields, func(x checkout.Field) bool { return x.Name == "email" }) {
			other = v.W.CouponOther
		}
		if !f.blame(e.Fields, v.W, other) {
			notices = []string{v.W.NotTaken}
		}
		return h.show(w, http.StatusUnprocessableEntity, v, f, notices)
	case checkout.CodeDeclined:
		return h.show(w, http.StatusPaymentRequired, v, f, []string{v.W.reason(a.Reason)})
	case checkout.CodeConflict, checkout.CodeUnavailable:
		return h.show(w, http.StatusConflict, v, f, []string{busy})
	case checkout.CodeTooMany:
		return h.show(w, http.StatusTooManyRequests, v, f, []string{v.W.TooMany})
	case checkout.CodeLinkClosed:
		return h.end(w, http.StatusGone, v, v.W.LinkTitle, v.W.LinkUsed)
	case checkout.CodeNotOpen, checkout.CodeNoMethod:
		return seeOther(w, v.link())
	}
	return err
}

// next sends the customer to where a goes on.
func (h *hosted) next(w http.ResponseWriter, v visit, a checkout.Attempt) error {
	switch {
	case a.Status == checkout.AttemptPaid || a.Status == checkout.AttemptSurplus || v.Session.Status == checkout.StatusCompleted:
		return seeOther(w, v.link("done"))
	case !a.Live():
		return seeOther(w, v.triedLink(a.ID))
	case a.Next.Kind == checkout.NextRedirect && !(v.desktop && a.Next.QR != ""):
		return seeOther(w, a.Next.URL)
	case a.Next.Kind == checkout.NextSimulate:
		return seeOther(w, v.link("simulate", a.ID))
	}
	return seeOther(w, v.link("wait", a.ID))
}

// done sends a customer who has paid back to the merchant. Only our own rows
// say whether that is so.
func (h *hosted) done(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	switch {
	case err != nil:
		return err
	case v.Session.Status != checkout.StatusCompleted:
		return h.undone(w, v)
	case v.Session.SuccessURL == "":
		return h.receipt(w, v)
	}
	return seeOther(w, fillURL(v.Session.SuccessURL, v.Session.ID))
}

// cancel sends the customer back to the merchant. The session stays as it is; a
// paid one is not to be called cancelled.
func (h *hosted) cancel(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	if v.Session.CancelURL == "" || v.Session.Status == checkout.StatusCompleted {
		return seeOther(w, v.link())
	}
	return seeOther(w, fillURL(v.Session.CancelURL, v.Session.ID))
}

// receipt shows what was paid.
func (h *hosted) receipt(w http.ResponseWriter, v visit) error {
	a, err := v.attempt(v.Session.TransactionID)
	if err != nil {
		return err
	}
	end := endView{frame: v.frame, Mark: "✓", Text: v.W.PaidText, Good: true}
	end.Title = v.W.PaidTitle
	if v.free() {
		end.Title, end.Text = v.W.FreeTitle, v.W.FreeText
	}
	if end.Facts, err = v.facts(a); err != nil {
		return err
	}
	if v.Session.SuccessURL != "" {
		end.BackURL = v.link("done")
	}
	if held := v.held(); len(held) > 0 {
		end.Notice = held[0]
	}
	return h.render(w, http.StatusOK, "end.html", end)
}

// facts returns what a receipt says of a, which has paid the session.
func (v visit) facts(a checkout.Attempt) (list []fact, err error) {
	o, err := v.order(false)
	if err != nil {
		return nil, err
	}
	paid := v.Session.Due()
	if a.Received.Amount > 0 {
		paid = a.Received
	}
	amount := fact{Label: v.W.PaidAmount, Value: v.Lang.amount(paid)}
	title := v.Session.Title
	for _, l := range o.Lines {
		list = append(list, fact{Label: l.Label, Note: l.Note, Value: l.Value, Line: true})
		if l.Label == title {
			title = ""
		}
	}
	rest := []fact{{Label: v.W.PaidTo, Value: v.Merchant}, {Label: v.W.PaidFor, Value: title},
		{Label: v.W.PaidDate, Value: v.Lang.date(a.PaidAt)}, {Label: v.W.PaidRef, Value: a.ID}}
	if len(list) > 0 {
		amount.Label, amount.Sum = v.W.TotalPaid, true
	}
	return append(append(list, amount), rest...), nil
}

// end shows that the session cannot be paid, by default with text. What the
// customer has done about it before comes first.
func (h *hosted) end(w http.ResponseWriter, status int, v visit, title, text string) error {
	end := endView{frame: v.frame, Mark: "!", Text: text, Started: v.started()}
	if held := v.held(); len(held) > 0 {
		end.Text = held[0]
	} else if len(end.Started) > 0 && v.Session.Status == checkout.StatusOpen {
		end.Text = v.W.Busy
	}
	end.Title = title
	if v.Session.CancelURL != "" {
		end.BackURL = v.link("cancel")
	}
	return h.render(w, status, "end.html", end)
}
