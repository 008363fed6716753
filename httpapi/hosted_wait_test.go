package httpapi

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// TestTheWaitPageSaysWhatIsLeftToDo walks every kind of step, at a desktop and
// on a phone.
func TestTheWaitPageSaysWhatIsLeftToDo(t *testing.T) {
	w := &englishWords
	code, another := `<svg class="qr"`, `href="../../`+theSession+`"`
	button, aside := `<a class="button" href="`, `<a class="button plain" href="`
	noURL := func(a *checkout.Attempt) { scan(a); a.Next.Kind, a.Next.URL = checkout.NextQR, "" }
	onlyQR := func(a *checkout.Attempt) { scan(a); a.Next.Kind = checkout.NextQR }
	over := func(a *checkout.Attempt) { scan(a); a.Until = theTime }
	app := func(a *checkout.Attempt) { visitPage(a); a.Next.URL = "javascript:alert(1)" }
	late := func(a *checkout.Attempt) { answerPrompt(a); a.Until = theTime }
	for _, c := range []struct {
		name, agent string
		status      checkout.AttemptStatus
		change      func(*checkout.Attempt)
		want, never []string
	}{
		{"a page with a code", "", checkout.AttemptOpen, scan,
			[]string{code, w.ScanTitle, fmt.Sprintf(w.ScanWith, "Wave"), aside + launchURL + `">Open Wave`, another, fmt.Sprintf(w.Left, 26)}, []string{w.WaitLong}},
		{"a page with a code", phoneAgent, checkout.AttemptOpen, scan,
			[]string{w.GoText, button + launchURL + `">Continue to Wave`, another}, []string{code}},
		{"a code", "", checkout.AttemptOpen, onlyQR, []string{code, aside + launchURL}, nil},
		{"a code", phoneAgent, checkout.AttemptOpen, onlyQR, []string{code, button + launchURL + `">Open Wave`}, nil},
		{"a code alone", "", checkout.AttemptOpen, noURL, []string{code, another}, []string{launchURL}},
		{"a page", "", checkout.AttemptOpen, visitPage, []string{button + "https://mpayment.example/pay?token=1", "Continue to Orange Money"}, []string{code}},
		{"a page that is over", "", checkout.AttemptOpen, over, []string{w.WaitTitle, w.LeftNone, another}, []string{code, launchURL}},
		{"not an address", "", checkout.AttemptOpen, app, []string{w.WaitTitle, another}, []string{"javascript", "ZgotmplZ"}},
		{"a card's page", "", checkout.AttemptOpen, func(a *checkout.Attempt) { visitPage(a); a.Method = "card" }, []string{w.GoPage}, nil},
		{"a prompt", "", checkout.AttemptOpen, answerPrompt,
			[]string{w.PromptTitle, "•••••••••567", fmt.Sprintf(w.PromptHint, "*133#"), fmt.Sprintf(w.Left, 5), `<a class="away" ` + another + `>` + w.ChangeNumber}, []string{w.AnotherWay, w.WaitLong}},
		{"a prompt that is over", "", checkout.AttemptOpen, late, []string{w.LeftNone, another, w.WaitLong}, []string{w.ChangeNumber}},
		{"a failed try", "", checkout.AttemptOpen, because("insufficient_funds", scan), []string{w.NoFunds, code}, nil},
		{"a lost answer", "", checkout.AttemptUnsure, nil, []string{w.CheckTitle, w.CheckText}, []string{another}},
		{"a start", "", checkout.AttemptCreated, nil, []string{w.WaitTitle}, []string{another}},
	} {
		t.Run(c.name+" "+c.agent[:min(len(c.agent), 7)], func(t *testing.T) {
			body := html.UnescapeString(ask(t, realSession().with(c.status, c.change), "/wait/"+theAttempt, nil, "User-Agent", c.agent).Body.String())
			for _, want := range c.want {
				if !strings.Contains(body, want) {
					t.Errorf("the page lacks %q:\n%s", want, styleTag.ReplaceAllString(body, ""))
				}
			}
			for _, never := range c.never {
				if strings.Contains(body, never) {
					t.Errorf("the page holds %q", never)
				}
			}
		})
	}
}

// TestAPaidSessionIsNotPaidAgain covers an attempt that is still open beside the
// one that was paid.
func TestAPaidSessionIsNotPaidAgain(t *testing.T) {
	p := openSession().paid().with(checkout.AttemptOpen, func(a *checkout.Attempt) { visitPage(a); a.ID = "txn_open" })
	answers(t, ask(t, p, "/wait/txn_open", nil), 303, "../../"+theSession+"/done")
	answers(t, ask(t, p, "/simulate/txn_open", nil), 303, "../../"+theSession+"/done")
}

func TestMethodsAreNamedAndExplained(t *testing.T) {
	w := &englishWords
	body := ask(t, realSession(), "", nil).Body.String()
	for _, want := range []string{
		"<span>Wave<small>" + w.WalletHint, "<span>MTN MoMo<small>" + w.MobileHint, "<span>Orange Money<small>" + w.WalletHint,
		"<span>Card<small>" + w.CardPageHint, `name="mtn_tel"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q:\n%s", want, styleTag.ReplaceAllString(body, ""))
		}
	}
	for _, never := range []string{"46733123450", "4242", "wave_", "card_number"} {
		if strings.Contains(body, never) {
			t.Errorf("the page holds %q", never)
		}
	}
}

// TestTheSandboxIsMarkedBesideRealMethods: customers of live mode never see it.
func TestTheSandboxIsMarkedBesideRealMethods(t *testing.T) {
	w := &englishWords
	both := realSession()
	both.state.Methods = append(both.state.Methods, openSession().state.Methods[:2]...)
	body, alone := ask(t, both, "", nil).Body.String(), ask(t, openSession(), "", nil).Body.String()
	for _, label := range []string{w.Wallet, w.Mobile} {
		if !strings.Contains(body, "<span>"+label+" (simulator)<small>") || !strings.Contains(alone, "<span>"+label+"<small>") {
			t.Errorf("%s is not marked as it should be", label)
		}
	}
	for _, name := range []string{"Wave", w.Card} {
		if !strings.Contains(body, "<span>"+name+"<small>") {
			t.Errorf("%s is marked", name)
		}
	}
}

// TestTheLastTryIsChosen is about what is ticked when the customer comes back.
func TestTheLastTryIsChosen(t *testing.T) {
	ticked := func(p *fakePayments) string {
		_, rest, _ := strings.Cut(ask(t, p, "", nil).Body.String(), `" required checked>`)
		name, _, _ := strings.Cut(rest, "<small>")
		return strings.TrimPrefix(name, "<span>")
	}
	refused := realSession().with(checkout.AttemptFailed, visitPage).with(checkout.AttemptFailed, answerPrompt)
	gone := realSession().with(checkout.AttemptFailed, nil) // with a method that is no longer offered
	for want, p := range map[string]*fakePayments{"MTN MoMo": refused, "Wave": gone} {
		if got := ticked(p); got != want {
			t.Errorf("%q is ticked, want %q", got, want)
		}
	}
}
