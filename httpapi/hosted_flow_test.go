package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// in returns an attempt in the given state.
func in(status checkout.AttemptStatus, next checkout.Next) checkout.Attempt {
	return checkout.Attempt{ID: theAttempt, SessionID: theSession, Status: status, Next: next}
}

func TestPayingLeadsOn(t *testing.T) {
	failedWith := func(code checkout.Code) error { return &checkout.Error{Code: code, Message: "words for merchants"} }
	for _, c := range []struct {
		name    string
		attempt checkout.Attempt
		err     error
		status  int
		want    string // the address, or a text of the page
	}{
		{"paid at once", in(checkout.AttemptPaid, checkout.Next{}), nil, 303, "../" + theSession + "/done"},
		{"paid twice", in(checkout.AttemptSurplus, checkout.Next{}), nil, 303, "../" + theSession + "/done"},
		{"refused at once", in(checkout.AttemptFailed, checkout.Next{}), nil, 303, "../" + theSession + "?tried=" + theAttempt},
		{"the provider's page", in(checkout.AttemptOpen, checkout.Next{Kind: checkout.NextRedirect, URL: "https://pay.example/a?b=%20{c}"}), nil,
			303, "https://pay.example/a?b=%20{c}"},
		{"the simulator", in(checkout.AttemptOpen, checkout.Next{Kind: checkout.NextSimulate}), nil, 303, "../" + theSession + "/simulate/" + theAttempt},
		{"a prompt", in(checkout.AttemptOpen, checkout.Next{Kind: checkout.NextPrompt}), nil, 303, "../" + theSession + "/wait/" + theAttempt},
		{"nobody knows", in(checkout.AttemptUnsure, checkout.Next{}), nil, 303, "../" + theSession + "/wait/" + theAttempt},
		{"declined", checkout.Attempt{Reason: "insufficient_funds"}, failedWith(checkout.CodeDeclined), 402, englishWords.NoFunds},
		{"another attempt", checkout.Attempt{}, failedWith(checkout.CodeConflict), 409, englishWords.Busy},
		{"provider down", checkout.Attempt{}, failedWith(checkout.CodeUnavailable), 409, englishWords.Busy},
		{"paid meanwhile", checkout.Attempt{}, failedWith(checkout.CodeNotOpen), 303, "../" + theSession},
		{"provider removed", checkout.Attempt{}, failedWith(checkout.CodeNoMethod), 303, "../" + theSession},
		{"disk full", checkout.Attempt{}, errors.New("disk I/O error /var/db"), 500, englishWords.FaultTitle},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := openSession()
			p.start = func(checkout.StartParams) (checkout.Attempt, error) { return c.attempt, c.err }
			w := ask(t, p, "/pay", goodForm("wallet"))
			answers(t, w, c.status, c.want)
			if strings.Contains(w.Body.String(), "words for merchants") || strings.Contains(w.Body.String(), "/var/db") {
				t.Error("the page shows an error of the server")
			}
		})
	}
}

// answers checks that w leads to want or is a page that holds it.
func answers(t *testing.T, w *httptest.ResponseRecorder, status int, want string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d", w.Code, status)
	}
	if status != http.StatusSeeOther {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, styleTag.ReplaceAllString(w.Body.String(), ""))
		}
	} else if got := w.Header().Get("Location"); got != want {
		t.Errorf("leads to %q, want %q", got, want)
	}
}

func TestFaultsThatTheServiceFindsAreShownAtTheirFields(t *testing.T) {
	for _, c := range []struct{ method, fault, want string }{
		{"wallet", "city", `id="city-problem"`},
		{"wallet", "phone", `id="phone-problem"`},
		{"phone", "phone", `id="phone_tel-problem"`},
		{"card", "card_number", `id="card_number-problem"`},
		{"card", "method", englishWords.BadMethod},
		{"card", "coupon", englishWords.NotTaken},
	} {
		p := openSession()
		p.start = func(checkout.StartParams) (checkout.Attempt, error) {
			return checkout.Attempt{}, &checkout.Error{Code: checkout.CodeInvalid, Fields: []checkout.Field{{Name: c.fault, Message: "bad"}}}
		}
		answers(t, ask(t, p, "/pay", goodForm(c.method)), http.StatusUnprocessableEntity, c.want)
	}
}

func TestSessionsThatCannotBePaidAreNotStarted(t *testing.T) {
	paid, expired, unpayable := openSession().paid(), openSession(), openSession()
	expired.state.Session.Status = checkout.StatusExpired
	unpayable.state.Methods = nil
	for _, p := range []*fakePayments{paid, expired, unpayable} {
		answers(t, ask(t, p, "/pay?locale=fr", goodForm("wallet")), http.StatusSeeOther, "../"+theSession+"?locale=fr")
	}
}

func TestWaitingGoesOnByOurOwnRows(t *testing.T) {
	up := "../../" + theSession
	for _, c := range []struct {
		name    string
		attempt checkout.Attempt
		err     error
		status  int
		want    string
	}{
		{"paid", in(checkout.AttemptPaid, checkout.Next{}), nil, 303, up + "/done"},
		{"failed", in(checkout.AttemptFailed, checkout.Next{}), nil, 303, up + "?tried=" + theAttempt},
		{"expired", in(checkout.AttemptExpired, checkout.Next{}), nil, 303, up + "?tried=" + theAttempt},
		{"open", in(checkout.AttemptOpen, checkout.Next{}), nil, 200, `content="3;url=?n=1"`},
		{"just started", in(checkout.AttemptCreated, checkout.Next{}), nil, 200, englishWords.WaitTitle},
		{"prompt", in(checkout.AttemptOpen, checkout.Next{Kind: checkout.NextPrompt, Text: "•••567"}), nil, 200, "•••567"},
		{"provider down", checkout.Attempt{}, errors.New("no route to host"), 200, englishWords.WaitTitle},
		{"of another session", checkout.Attempt{}, checkout.ErrNotFound, 404, englishWords.MissingTitle},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := openSession().with(checkout.AttemptOpen, nil)
			p.refresh = func() (checkout.Attempt, error) { return c.attempt, c.err }
			answers(t, ask(t, p, "/wait/"+theAttempt, nil), c.status, c.want)
		})
	}
}

func TestWaitingLongOffersAnotherWay(t *testing.T) {
	p := openSession().with(checkout.AttemptOpen, nil)
	another := `href="../../` + theSession + `"`
	for query, long := range map[string]bool{"": false, "?n=9": false, "?n=10": true, "?n=999999": true, "?n=-5": false, "?n=x": false} {
		body := ask(t, p, "/wait/"+theAttempt+query, nil).Body.String()
		if strings.Contains(body, another) != long || strings.Contains(body, `content="10;`) != long {
			t.Errorf("%q: another way offered: %v, want %v", query, !long, long)
		}
	}
}

func TestTheSimulatorLeadsOn(t *testing.T) {
	noCancel := openSession()
	noCancel.state.Session.CancelURL = ""
	gone := &checkout.Error{Code: checkout.CodeConflict, Message: "decided before"}
	failed := "../../" + theSession + "?tried=" + theAttempt
	for _, c := range []struct {
		name     string
		payments *fakePayments
		outcome  checkout.Outcome
		attempt  checkout.Attempt
		err      error
		status   int
		want     string
	}{
		{"pay", openSession(), checkout.OutcomeSucceed, in(checkout.AttemptPaid, checkout.Next{}), nil, 303, "../../" + theSession + "/done"},
		{"decline", openSession(), checkout.OutcomeDecline, in(checkout.AttemptFailed, checkout.Next{}), nil, 303, failed},
		{"cancel", openSession(), checkout.OutcomeCancel, in(checkout.AttemptFailed, checkout.Next{}), nil, 303, "https://shop.example/no?s=" + theSession},
		{"cancel to nowhere", noCancel, checkout.OutcomeCancel, in(checkout.AttemptFailed, checkout.Next{}), nil, 303, failed},
		{"delay", openSession(), checkout.OutcomeDelay, in(checkout.AttemptOpen, checkout.Next{}), nil, 303, "../../" + theSession + "/wait/" + theAttempt},
		{"silence", openSession(), checkout.OutcomeSilent, in(checkout.AttemptOpen, checkout.Next{}), nil, 303, "../../" + theSession + "/wait/" + theAttempt},
		{"second tab", openSession().with(checkout.AttemptPaid, nil), checkout.OutcomeDecline, checkout.Attempt{}, gone, 303, "../../" + theSession + "/done"},
		{"nonsense", openSession(), "explode", checkout.Attempt{}, &checkout.Error{Code: checkout.CodeInvalid}, 400, englishWords.RefusedTitle},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.payments.simulate = func(got checkout.Outcome) (checkout.Attempt, error) {
				if got != c.outcome {
					t.Errorf("outcome %q, want %q", got, c.outcome)
				}
				return c.attempt, c.err
			}
			w := ask(t, c.payments, "/simulate/"+theAttempt, url.Values{"outcome": {string(c.outcome)}})
			answers(t, w, c.status, c.want)
		})
	}
}

func TestTheSimulatorIsForAttemptsThatWaitForIt(t *testing.T) {
	wallet := func(a *checkout.Attempt) { a.Next.Kind = checkout.NextSimulate }
	up := "../../" + theSession
	for _, c := range []struct {
		payments *fakePayments
		status   int
		want     string
	}{
		{openSession().with(checkout.AttemptOpen, wallet), 200, englishWords.SimTitle},
		{openSession().with(checkout.AttemptOpen, nil), 303, up + "/wait/" + theAttempt},
		{openSession().with(checkout.AttemptPaid, wallet), 303, up + "/done"},
		{openSession(), 404, englishWords.MissingTitle},
	} {
		answers(t, ask(t, c.payments, "/simulate/"+theAttempt, nil), c.status, c.want)
	}
}

func TestDoneBelievesOurRowsAlone(t *testing.T) {
	receipt := openSession().paid()
	receipt.state.Session.SuccessURL = ""
	live := openSession().with(checkout.AttemptFailed, nil).with(checkout.AttemptOpen, func(a *checkout.Attempt) { a.ID = "txn_live" })
	for _, c := range []struct {
		name     string
		payments *fakePayments
		status   int
		want     string
	}{
		{"paid", openSession().paid(), 303, "https://shop.example/ok?session_id=" + theSession + "&a=%20b#x"},
		{"paid, nowhere to go", receipt, 200, englishWords.PaidTitle},
		{"under way", live, 303, "../" + theSession + "/wait/txn_live"},
		{"failed", openSession().with(checkout.AttemptFailed, nil), 303, "../" + theSession},
		{"untouched", openSession(), 303, "../" + theSession},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers(t, ask(t, c.payments, "/done", nil), c.status, c.want)
		})
	}
	answers(t, ask(t, openSession(), "/done?status=completed&paid=1", nil), 303, "../"+theSession)
}

func TestCancelLeadsBackUnlessPaid(t *testing.T) {
	nowhere := openSession()
	nowhere.state.Session.CancelURL = ""
	for _, c := range []struct {
		payments *fakePayments
		want     string
	}{
		{openSession(), "https://shop.example/no?s=" + theSession},
		{openSession().paid(), "../" + theSession},
		{nowhere, "../" + theSession},
	} {
		answers(t, ask(t, c.payments, "/cancel", nil), http.StatusSeeOther, c.want)
	}
	if body := ask(t, nowhere, "", nil).Body.String(); strings.Contains(body, englishWords.Cancel) {
		t.Error("the page offers to cancel, but there is nowhere to go")
	}
}

func TestATryInTheAddressIsLookedUp(t *testing.T) {
	with := func(s checkout.AttemptStatus, reason string) *fakePayments {
		return openSession().with(s, func(a *checkout.Attempt) { a.Reason = reason })
	}
	for _, c := range []struct {
		payments *fakePayments
		id, want string
	}{
		{with(checkout.AttemptFailed, "declined"), theAttempt, englishWords.Declined},
		{with(checkout.AttemptFailed, "cancelled"), theAttempt, englishWords.Cancelled},
		{with(checkout.AttemptExpired, ""), theAttempt, englishWords.TimedOut},
		{with(checkout.AttemptMismatch, ""), theAttempt, englishWords.Mismatch},
		{with(checkout.AttemptLate, ""), theAttempt, englishWords.Late},
		{with(checkout.AttemptRefunded, ""), theAttempt, englishWords.GivenBack},
		{with(checkout.AttemptPaid, ""), theAttempt, ""},
		{with(checkout.AttemptOpen, ""), theAttempt, englishWords.NotCompleted},
		{with(checkout.AttemptOpen, ""), "txn_other", ""},
		{with(checkout.AttemptOpen, "insufficient_funds"), theAttempt, englishWords.NoFunds},
		{with(checkout.AttemptOpen, "insufficient_funds"), "", englishWords.NoFunds},
		{with(checkout.AttemptMismatch, ""), "", englishWords.Mismatch},
		{with(checkout.AttemptFailed, ""), "txn_other", ""},
		{with(checkout.AttemptFailed, ""), "<script>", ""},
	} {
		body := ask(t, c.payments, "?tried="+url.QueryEscape(c.id), nil).Body.String()
		if strings.Contains(body, `role="alert"`) != (c.want != "") || !strings.Contains(body, c.want) {
			t.Errorf("tried=%s of an attempt that is %s: want the message %q", c.id, c.payments.state.Attempts[0].Status, c.want)
		}
	}
}

// brokenPayments fails in every way that a fake cannot.
type brokenPayments struct{ *fakePayments }

func (brokenPayments) Checkout(context.Context, string) (checkout.Checkout, error) {
	panic("disk I/O error /var/db")
}

func TestAPanicIsAPageToo(t *testing.T) {
	w := ask(t, brokenPayments{openSession()}, "", nil)
	answers(t, w, http.StatusInternalServerError, englishWords.FaultTitle)
	if strings.Contains(w.Body.String(), "/var/db") {
		t.Error("the page shows the panic")
	}
}
