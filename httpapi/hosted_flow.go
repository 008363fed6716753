package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/checkoutd/checkoutd/checkout"
)

// A page that waits looks again after a few seconds, later less often. After
// longWait looks it offers another way to pay.
const (
	waitSeconds     = 3
	longWait        = 10
	longWaitSeconds = 10
)

// page shows the session: to be paid, paid, expired or not payable.
func (h *hosted) page(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	switch v.Session.Status {
	case checkout.StatusCompleted:
		return h.receipt(w, v)
	case checkout.StatusExpired:
		return h.end(w, v, v.W.ExpiredTitle, v.W.ExpiredText)
	}
	if len(v.Methods) == 0 {
		return h.end(w, v, v.W.NoMethodTitle, v.W.NoMethodText)
	}
	return h.show(w, http.StatusOK, v, newForm(v), v.failure(r.URL.Query().Get("failed")))
}

// failure returns the message for the failed attempt that the address names, ""
// if it names none. What the address says counts for nothing else.
func (v visit) failure(id string) string {
	a, err := v.attempt(id)
	if err != nil {
		return ""
	}
	return v.message(a)
}

// message returns what to tell the customer about a, "" if it has not failed.
func (v visit) message(a checkout.Attempt) string {
	switch a.Status {
	case checkout.AttemptFailed:
		return v.W.reason(a.Reason)
	case checkout.AttemptExpired:
		return v.W.TimedOut
	case checkout.AttemptMismatch:
		return v.W.Mismatch
	}
	return ""
}

// show answers with the form.
func (h *hosted) show(w http.ResponseWriter, status int, v visit, f *form, notice string) error {
	view := pageView{
		frame: v.frame, Amount: sum(v.amount()), Heading: v.heading(), Description: clip(v.Session.Description, maxShown),
		Notice: notice, Faults: f.faults(), Form: *f, PayURL: v.link("pay"),
	}
	view.Title = clip(view.Heading, maxTab)
	view.PayLabel = fmt.Sprintf(v.W.Pay, view.Amount)
	if v.Session.Quantity > 1 {
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
	if len(v.Methods) == 0 {
		return seeOther(w, v.link())
	}
	f := newForm(v)
	if f.read(r.PostForm, v.W); f.Problem != "" || len(f.faults()) > 0 {
		return h.show(w, http.StatusUnprocessableEntity, v, f, "")
	}
	a, err := h.payments.Start(r.Context(), f.params(v.Session.ID))
	if err != nil {
		return h.notStarted(w, v, f, a, err)
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
func (h *hosted) notStarted(w http.ResponseWriter, v visit, f *form, a checkout.Attempt, err error) error {
	var e *checkout.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case checkout.CodeInvalid:
		notice := ""
		if !f.blame(e.Fields, v.W) {
			notice = v.W.NotTaken
		}
		return h.show(w, http.StatusUnprocessableEntity, v, f, notice)
	case checkout.CodeDeclined:
		return h.show(w, http.StatusPaymentRequired, v, f, v.W.reason(a.Reason))
	case checkout.CodeConflict, checkout.CodeUnavailable:
		return h.show(w, http.StatusConflict, v, f, v.W.Busy)
	case checkout.CodeTooMany:
		return h.show(w, http.StatusTooManyRequests, v, f, v.W.TooMany)
	case checkout.CodeNotOpen, checkout.CodeNoMethod:
		return seeOther(w, v.link())
	}
	return err
}

// next sends the customer to where a goes on.
func (h *hosted) next(w http.ResponseWriter, v visit, a checkout.Attempt) error {
	switch {
	case a.Status == checkout.AttemptPaid || a.Status == checkout.AttemptSurplus:
		return seeOther(w, v.link("done"))
	case !a.Live():
		return seeOther(w, v.failedLink(a.ID))
	case a.Next.Kind == checkout.NextRedirect:
		return seeOther(w, a.Next.URL)
	case a.Next.Kind == checkout.NextSimulate:
		return seeOther(w, v.link("simulate", a.ID))
	}
	return seeOther(w, v.link("wait", a.ID))
}

// wait shows that an attempt is under way, and goes on when it is decided.
func (h *hosted) wait(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	a, err := h.payments.Refresh(r.Context(), v.Session.ID, r.PathValue("attempt"))
	switch {
	case checkout.CodeOf(err) == checkout.CodeNotFound:
		return err
	case err != nil: // the provider could not be asked: what we know stands
		h.log.WarnContext(r.Context(), "refresh", "session", v.Session.ID, "err", err)
		if a, err = v.attempt(r.PathValue("attempt")); err != nil {
			return err
		}
	}
	if !a.Live() || v.Session.Status == checkout.StatusCompleted {
		return h.next(w, v, a)
	}
	looks, _ := strconv.Atoi(r.URL.Query().Get("n")) // only paces the page
	view := waitView{frame: v.frame, Amount: sum(v.Lang.amount(a.Amount)), Text: v.W.WaitText}
	view.Title, view.SwitchURL = v.W.WaitTitle, "?locale="+string(v.Lang.Other())
	if a.Next.Kind == checkout.NextPrompt {
		view.Title, view.Text, view.Number = v.W.PromptTitle, v.W.PromptText, a.Next.Text
	}
	pause := waitSeconds
	if looks >= longWait {
		pause, view.AnotherURL = longWaitSeconds, v.link()
	}
	again := fmt.Sprintf("?n=%d", min(max(looks, 0)+1, longWait))
	if v.Query != "" {
		again = v.Query + "&" + again[1:]
	}
	view.Refresh = fmt.Sprintf("%d;url=%s", pause, again)
	return h.render(w, http.StatusOK, "wait.html", view)
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

// undone sends a customer who came back early to wait for the newest attempt
// that may still be paid, or to the page.
func (h *hosted) undone(w http.ResponseWriter, v visit) error {
	for _, a := range slices.Backward(v.Attempts) {
		if a.Live() {
			return seeOther(w, v.link("wait", a.ID))
		}
	}
	return seeOther(w, v.link())
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
	end.Facts = []fact{{v.W.PaidAmount, v.amount()}, {v.W.PaidTo, v.Merchant}, {v.W.PaidFor, v.Session.Title},
		{v.W.PaidDate, v.Lang.date(a.PaidAt)}, {v.W.PaidRef, a.ID}}
	if v.Session.SuccessURL != "" {
		end.BackURL = v.link("done")
	}
	return h.render(w, http.StatusOK, "end.html", end)
}

// end shows that the session cannot be paid.
func (h *hosted) end(w http.ResponseWriter, v visit, title, text string) error {
	end := endView{frame: v.frame, Mark: "!", Text: text}
	end.Title = title
	if v.Session.CancelURL != "" {
		end.BackURL = v.link("cancel")
	}
	return h.render(w, http.StatusOK, "end.html", end)
}
