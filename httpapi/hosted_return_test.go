package httpapi

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// hostile is what people and providers put behind our address.
var hostile = []string{
	"", "?cancelled=1", "?cancelled", "?status=success&paid=1&payment_status=succeeded", "?attempt=txn_other&tried=txn_other",
	"?cancelled=1&status=SUCCESS", "?%zz", "?n=<script>", "?session=cs_other", "?next=https://evil.example",
}

func TestComingBackBelievesOurRowsAlone(t *testing.T) {
	up := "../" + theSession
	left := map[string]bool{"?cancelled=1": true, "?cancelled": true, "?cancelled=1&status=SUCCESS": true}
	for _, c := range []struct {
		status     checkout.AttemptStatus
		want, away string // without and with the mark
	}{
		{checkout.AttemptCreated, up + "/wait/" + theAttempt, up + "?tried=" + theAttempt},
		{checkout.AttemptOpen, up + "/wait/" + theAttempt, up + "?tried=" + theAttempt},
		{checkout.AttemptUnsure, up + "/wait/" + theAttempt, up + "?tried=" + theAttempt},
		{checkout.AttemptPaid, up + "/done", up + "/done"},
		{checkout.AttemptSurplus, up + "/done", up + "/done"},
		{checkout.AttemptFailed, up + "?tried=" + theAttempt, up + "?tried=" + theAttempt},
		{checkout.AttemptExpired, up + "?tried=" + theAttempt, up + "?tried=" + theAttempt},
		{checkout.AttemptMismatch, up + "?tried=" + theAttempt, up + "?tried=" + theAttempt},
		{checkout.AttemptLate, up + "?tried=" + theAttempt, up + "?tried=" + theAttempt},
		{checkout.AttemptRefunded, up + "?tried=" + theAttempt, up + "?tried=" + theAttempt},
	} {
		for _, query := range hostile {
			t.Run(string(c.status)+query, func(t *testing.T) {
				p, asked := realSession().with(checkout.AttemptOpen, visitPage), 0
				p.refresh = func() (checkout.Attempt, error) {
					asked++
					return in(c.status, checkout.Next{Kind: checkout.NextRedirect, URL: launchURL}), nil
				}
				want := c.want
				if left[query] {
					want = c.away
				}
				answers(t, ask(t, p, "/return"+query, nil), http.StatusSeeOther, want)
				if asked != 1 {
					t.Errorf("the provider was asked %d times, want once", asked)
				}
			})
		}
	}
}

func TestComingBackWithoutAnAnswerOfTheProvider(t *testing.T) {
	up := "../" + theSession
	p := realSession().with(checkout.AttemptOpen, visitPage)
	p.refresh = func() (checkout.Attempt, error) { return checkout.Attempt{}, errors.New("no route to host") }
	answers(t, ask(t, p, "/return?locale=fr", nil), 303, up+"/wait/"+theAttempt+"?locale=fr")
	answers(t, ask(t, p, "/return?cancelled=1&locale=fr", nil), 303, up+"?locale=fr&tried="+theAttempt)
	answers(t, ask(t, realSession(), "/return", nil), 303, up)
	answers(t, ask(t, realSession(), "/return?cancelled=1", nil), 303, up)
	answers(t, ask(t, realSession().paid(), "/return?cancelled=1", nil), 303, up+"/done")
}

// watched tells which attempt the provider is asked about.
type watched struct {
	*fakePayments
	asked string
}

func (w *watched) Refresh(ctx context.Context, session, attempt string) (checkout.Attempt, error) {
	w.asked = attempt
	return w.fakePayments.Refresh(ctx, session, attempt)
}

func TestComingBackIsFromTheNewestPageThatIsOpen(t *testing.T) {
	named := func(id string, change func(*checkout.Attempt)) func(*checkout.Attempt) {
		return func(a *checkout.Attempt) { change(a); a.ID = id }
	}
	for _, c := range []struct {
		name     string
		payments *fakePayments
		want     string
	}{
		{"two pages", realSession().with(checkout.AttemptOpen, named("a", scan)).with(checkout.AttemptOpen, named("b", visitPage)), "b"},
		{"a prompt since", realSession().with(checkout.AttemptOpen, named("a", scan)).with(checkout.AttemptOpen, named("b", answerPrompt)), "a"},
		{"a lost answer", realSession().with(checkout.AttemptFailed, named("a", scan)).with(checkout.AttemptUnsure, named("b", func(*checkout.Attempt) {})), "b"},
		{"the newest is over", realSession().with(checkout.AttemptOpen, named("a", scan)).with(checkout.AttemptFailed, named("b", visitPage)), "a"},
		{"all are over", realSession().with(checkout.AttemptFailed, named("a", scan)).with(checkout.AttemptFailed, named("b", visitPage)), "b"},
	} {
		p := &watched{fakePayments: c.payments}
		ask(t, p, "/return", nil)
		if p.asked != c.want {
			t.Errorf("%s: asked about %q, want %q", c.name, p.asked, c.want)
		}
	}
}
