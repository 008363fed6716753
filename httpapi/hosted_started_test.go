package httpapi

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func TestThePageSpeaksOfWhatIsUnderWay(t *testing.T) {
	w := &englishWords
	here, wait := theSession, theSession+"/wait/"+theAttempt
	method := func(id string) func(*checkout.Attempt) { return func(a *checkout.Attempt) { a.Method = id } }
	for _, c := range []struct {
		name   string
		status checkout.AttemptStatus
		change func(*checkout.Attempt)
		agent  string
		text   string // "" for none
		link   string
		url    string
	}{
		{"a prompt", checkout.AttemptOpen, answerPrompt, "", fmt.Sprintf(w.Sent, " (MTN MoMo, •••••••••567)"), w.SentLink, wait},
		{"a lost answer", checkout.AttemptUnsure, method("mtn"), "", fmt.Sprintf(w.Sent, " (MTN MoMo)"), w.SentLink, wait},
		{"a lost answer of a method that is gone", checkout.AttemptUnsure, method("bitcoin"), "", fmt.Sprintf(w.Sent, ""), w.SentLink, wait},
		{"a start", checkout.AttemptCreated, method("card"), "", fmt.Sprintf(w.Sent, " (Card)"), w.SentLink, wait},
		{"a page", checkout.AttemptOpen, visitPage, "", fmt.Sprintf(w.Begun, " (Orange Money)"), fmt.Sprintf(w.BegunWith, "Orange Money"), "https://mpayment.example/pay?token=1"},
		{"a code at a desktop", checkout.AttemptOpen, scan, "", fmt.Sprintf(w.Begun, " (Wave)"), fmt.Sprintf(w.BegunWith, "Wave"), wait},
		{"a code at a phone", checkout.AttemptOpen, scan, phoneAgent, fmt.Sprintf(w.Begun, " (Wave)"), fmt.Sprintf(w.BegunWith, "Wave"), launchURL},
		{"a page of a card", checkout.AttemptOpen, func(a *checkout.Attempt) { visitPage(a); a.Method = "card" }, "",
			fmt.Sprintf(w.Begun, " (Card)"), w.BegunLink, "https://mpayment.example/pay?token=1"},
		{"an app's address", checkout.AttemptOpen, func(a *checkout.Attempt) { visitPage(a); a.Next.URL = "javascript:alert(1)" }, "",
			fmt.Sprintf(w.Begun, " (Orange Money)"), fmt.Sprintf(w.BegunWith, "Orange Money"), wait},
		{"the simulator", checkout.AttemptOpen, func(a *checkout.Attempt) { a.Next.Kind = checkout.NextSimulate }, "",
			fmt.Sprintf(w.Begun, " (Wallet)"), w.BegunLink, here + "/simulate/" + theAttempt},
		{"a page that is over", checkout.AttemptOpen, func(a *checkout.Attempt) { scan(a); a.Until = theTime }, "", "", "", ""},
		{"a failure", checkout.AttemptFailed, answerPrompt, "", "", "", ""},
		{"money that is held", checkout.AttemptMismatch, answerPrompt, "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := html.UnescapeString(ask(t, realSession().with(c.status, c.change), "", nil, "User-Agent", c.agent).Body.String())
			if c.text == "" {
				if strings.Contains(body, `class="started"`) {
					t.Error("the page speaks of an attempt")
				}
				return
			}
			want := `<div class="started">` + "\n<p>" + c.text + "</p>\n" + `<a href="` + c.url + `">` + c.link + "</a>"
			at, methods := strings.Index(body, want), strings.Index(body, `id="methods"`)
			if at < 0 || at > methods {
				t.Errorf("no\n%s\nabove the methods of\n%s", want, styleTag.ReplaceAllString(body, ""))
			}
		})
	}
}

func TestOnlyTheNewestThatAreUnderWayAreNamed(t *testing.T) {
	p := realSession()
	for i := range maxStarted + 2 {
		p.with(checkout.AttemptOpen, func(a *checkout.Attempt) { answerPrompt(a); a.ID = fmt.Sprint("txn_", i) })
	}
	body := ask(t, p, "", nil).Body.String()
	if n := strings.Count(body, `class="started"`); n != maxStarted || strings.Contains(body, "txn_0") || !strings.Contains(body, "txn_4") {
		t.Errorf("%d attempts are named, want the newest %d", n, maxStarted)
	}
}

func TestMoneyThatIsHeldIsNotOverlooked(t *testing.T) {
	expired := realSession().with(checkout.AttemptLate, nil)
	expired.state.Session.Status = checkout.StatusExpired
	unpayable := realSession().with(checkout.AttemptMismatch, nil)
	unpayable.state.Methods = nil
	for _, c := range []struct {
		name     string
		payments *fakePayments
		want     string
	}{
		{"another sum", realSession().with(checkout.AttemptMismatch, nil), englishWords.Mismatch},
		{"too late", expired, englishWords.Late},
		{"no other way", unpayable, englishWords.Mismatch},
		{"twice", openSession().paid().with(checkout.AttemptSurplus, nil), englishWords.Surplus},
	} {
		body := ask(t, c.payments, "", nil).Body.String()
		if !strings.Contains(body, c.want) || strings.Contains(body, englishWords.NoMethodText) || strings.Contains(body, englishWords.ExpiredText) {
			t.Errorf("%s: the page lacks %q:\n%s", c.name, c.want, styleTag.ReplaceAllString(body, ""))
		}
	}
}

// TestEndedSessionsWarnOfRequestsThatAreOut covers the pages without a choice.
func TestEndedSessionsWarnOfRequestsThatAreOut(t *testing.T) {
	expired, unpayable := realSession().with(checkout.AttemptOpen, answerPrompt), realSession().with(checkout.AttemptOpen, answerPrompt)
	page := realSession().with(checkout.AttemptOpen, visitPage)
	expired.state.Session.Status, page.state.Session.Status = checkout.StatusExpired, checkout.StatusExpired
	unpayable.state.Methods = nil
	for _, c := range []struct {
		payments *fakePayments
		text     string
		warned   bool
	}{
		{expired, englishWords.ExpiredText, true},
		{page, englishWords.ExpiredText, false},
		{unpayable, englishWords.Busy, true},
	} {
		body := ask(t, c.payments, "", nil).Body.String()
		if !strings.Contains(body, c.text) || strings.Contains(body, `class="started"`) != c.warned {
			t.Errorf("want %q, and a warning: %v:\n%s", c.text, c.warned, styleTag.ReplaceAllString(body, ""))
		}
	}
	w := ask(t, unpayable, "/wait/"+theAttempt+"?n=10", nil)
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), englishWords.AnotherWay) {
		t.Error("the page offers another way, but there is none")
	}
}

func TestTimeLeftIsSaid(t *testing.T) {
	w := &englishWords
	for _, c := range []struct {
		rest time.Duration
		want string
	}{
		{-time.Hour, w.LeftNone}, {0, w.LeftNone}, {time.Millisecond, w.LeftLittle}, {time.Minute, w.LeftLittle},
		{time.Minute + 1, fmt.Sprintf(w.Left, 2)}, {5 * time.Minute, fmt.Sprintf(w.Left, 5)}, {time.Hour, fmt.Sprintf(w.Left, 60)},
		{time.Hour + 1, ""},
	} {
		v := visit{frame: frame{W: w}, now: theTime}
		if got := v.left(checkout.Attempt{Until: theTime.Add(c.rest)}); got != c.want {
			t.Errorf("with %v left the page says %q, want %q", c.rest, got, c.want)
		}
	}
	if got := (visit{frame: frame{W: w}, now: theTime}).left(checkout.Attempt{}); got != "" {
		t.Errorf("without a time the page says %q", got)
	}
}
