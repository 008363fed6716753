package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// A page that waits looks again after a few seconds, later less often. After
// longWait looks it warns of paying another way.
const (
	waitSeconds     = 3
	longWait        = 10
	longWaitSeconds = 10
)

// waitView waits for the provider, and for the customer to do what is left to
// do.
type waitView struct {
	frame
	Amount     sum
	Notice     string // why the last try of the attempt failed
	Text       string
	QR         *code
	Number     string // that was prompted
	Left       string // how long the customer still has
	Hint       string // what to do if no prompt came
	GoURL      string // where the customer can go on, "" for nowhere
	GoLabel    string
	GoAside    bool   // that is the second way, beside the code
	Warning    string // about paying another way
	AnotherURL string // "" while there is none
	NumberURL  string // the same, for who sees a wrong Number
}

// wait shows that an attempt is under way, and goes on when it is decided.
func (h *hosted) wait(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	a, err := h.refresh(r, v, r.PathValue("attempt"))
	switch {
	case err != nil:
		return err
	case !a.Live() || v.Session.Status == checkout.StatusCompleted:
		return h.next(w, v, a)
	}
	looks, _ := strconv.Atoi(r.URL.Query().Get("n")) // only paces the page
	view := waitView{frame: v.frame, Amount: sum(v.Lang.amount(a.Amount)), Notice: v.message(a), Left: v.left(a)}
	view.SwitchURL = "?locale=" + string(v.Lang.Other())
	v.explain(&view, a)
	pause := waitSeconds
	if looks >= longWait {
		pause = longWaitSeconds
	}
	if v.Session.Status == checkout.StatusOpen && len(v.Methods) > 0 {
		switch {
		case a.Next.Kind == checkout.NextRedirect || a.Next.Kind == checkout.NextQR:
			view.AnotherURL = v.link()
		case looks >= longWait || v.over(a):
			view.AnotherURL, view.Warning = v.link(), v.W.WaitLong
		case a.Next.Kind == checkout.NextPrompt:
			view.NumberURL = v.link()
		}
	}
	view.Refresh = fmt.Sprintf("%d;url=%s", pause, with(v.Query, fmt.Sprintf("n=%d", min(max(looks, 0)+1, longWait))))
	return h.render(w, http.StatusOK, "wait.html", view)
}

// explain says what the customer has to do about a.
func (v visit) explain(view *waitView, a checkout.Attempt) {
	w, brand := v.W, v.brand(a.Method)
	view.Title, view.Text = w.WaitTitle, w.WaitText
	if a.Status == checkout.AttemptUnsure {
		view.Title, view.Text = w.CheckTitle, w.CheckText
	}
	switch {
	case a.Next.Kind == checkout.NextPrompt:
		view.Title, view.Text, view.Number = w.PromptTitle, w.PromptText, a.Next.Text
		if a.Next.Hint != "" {
			view.Hint = fmt.Sprintf(w.PromptHint, a.Next.Hint)
		}
		return
	case a.Next.Kind != checkout.NextRedirect && a.Next.Kind != checkout.NextQR || v.over(a):
		return
	}
	if isWeb(a.Next.URL) {
		view.Text, view.GoURL, view.GoLabel = w.GoText, a.Next.URL, w.GoPage
		if brand != "" {
			view.GoLabel = fmt.Sprintf(w.GoTo, brand)
		}
	}
	if a.Next.Kind == checkout.NextRedirect && !v.desktop {
		return
	}
	if view.QR = newCode(a.Next.QR); view.QR != nil {
		view.Title, view.Text = w.ScanTitle, w.ScanText
		if brand != "" {
			view.Text = fmt.Sprintf(w.ScanWith, brand)
		}
		if brand != "" && view.GoURL != "" {
			view.GoLabel = fmt.Sprintf(w.Open, brand)
		}
		view.GoAside = v.desktop
	}
}

// refresh returns an attempt of the session as its provider says that it stands,
// or as we know it if the provider cannot be asked.
func (h *hosted) refresh(r *http.Request, v visit, id string) (checkout.Attempt, error) {
	a, err := h.payments.Refresh(r.Context(), v.Session.ID, id)
	if err == nil || checkout.CodeOf(err) == checkout.CodeNotFound {
		return a, err
	}
	h.log.WarnContext(r.Context(), "refresh", "session", v.Session.ID, "err", err)
	return v.attempt(id)
}

// over reports whether the customer can do nothing more about a.
func (v visit) over(a checkout.Attempt) bool { return !a.Until.IsZero() && !v.now.Before(a.Until) }

// left returns how long the customer has for a, in words; "" if that is unknown
// or more than an hour.
func (v visit) left(a checkout.Attempt) string {
	rest := a.Until.Sub(v.now)
	switch {
	case a.Until.IsZero() || rest > time.Hour:
		return ""
	case rest <= 0:
		return v.W.LeftNone
	case rest <= time.Minute:
		return v.W.LeftLittle
	}
	return fmt.Sprintf(v.W.Left, (rest+time.Minute-1)/time.Minute)
}
