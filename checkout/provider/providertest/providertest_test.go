package providertest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
)

// bugVariable says what kola does wrong in the process of a test.
const bugVariable = "KOLA_BUG"

func TestKola(t *testing.T) {
	bug := os.Getenv(bugVariable)
	providertest.Run(t, providertest.Suite{New: func(*testing.T) providertest.Harness {
		k := newKola(bug)
		if bug == "prints its secret" {
			k.bug = k.secret()
		}
		if bug == "has no hands" {
			return providertest.Harness{Provider: k, Clock: k.now, Order: kolaOrder, Messages: func() []checkout.Inbound { return nil }}
		}
		return providertest.Harness{
			Provider: k, Clock: k.now, Trust: checkout.TrustSigned, Secrets: []string{k.secret()},
			Order:     kolaOrder,
			Pay:       func(a checkout.Attempt) error { return k.pay(a.ID, a.Amount) },
			PayAmount: func(a checkout.Attempt, m checkout.Money) error { return k.pay(a.ID, m) },
			Fault: func(fault string) {
				k.mu.Lock()
				defer k.mu.Unlock()
				*k.fault = fault
			},
			Messages: func() []checkout.Inbound { return k.mail.Take(k.now.Now()) },
			Spoil: func(in *checkout.Inbound) {
				in.Header = func(name string) string { return map[string]string{"Kola-Time": "2026-03-02T12:00:00Z"}[name] }
			},
			GivenBack: func(a checkout.Attempt) checkout.Money {
				k.mu.Lock()
				defer k.mu.Unlock()
				return checkout.Money{Amount: k.payments[a.ID].back, Currency: checkout.XOF}
			},
		}
	}})
}

func kolaOrder(string) checkout.Order {
	return checkout.Order{Attempt: checkout.Attempt{Method: "kola", Amount: checkout.Money{Amount: 2500, Currency: checkout.XOF}}}
}

// TestWhatIsSkippedIsCounted runs the suite over a harness that can do nothing,
// and over one that lacks only a customer whose try fails.
func TestWhatIsSkippedIsCounted(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process for each harness")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for bug, want := range map[string]string{
		"has no hands": "of 29 checks were skipped, since the harness has not, or the provider does not, what they look at: SecretsAreNotPrinted, PaidInFull,",
		"":             "2 of 29 checks were skipped, since the harness has not, or the provider does not, what they look at: FailedTry, MessageOfFailure\n",
	} {
		run := exec.CommandContext(t.Context(), self, "-test.run=^TestKola$", "-test.v")
		run.Env = append(os.Environ(), bugVariable+"="+bug)
		output, err := run.CombinedOutput()
		if err != nil || !strings.Contains(string(output), want) {
			t.Errorf("%v, want %q in:\n%s", err, want, output)
		}
	}
}

// TestBugsAreFound runs the suite over a kola with one bug at a time, each in a
// process of its own, and demands that the case for it fails.
func TestBugsAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process for each bug")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for bug, name := range map[string]string{
		"no schedule":               "CapsAreSane",
		"prints its secret":         "SecretsAreNotPrinted",
		"forgets":                   "StartAnswers",
		"unknown is pending":        "NeverHeardOf",
		"never expires":             "TimePasses",
		"arithmetic":                "EverySumIsExact",
		"no charge":                 "PaidInFull",
		"reports what was asked":    "WrongSumIsReportedAsItIs",
		"finds nothing":             "LostAnswerIsFound",
		"lost is not sent":          "LostAnswerIsFound",
		"fault is a no":             "ErrorSaysNothing",
		"throttled is unknown":      "ThrottledIsNotSent",
		"a no is nothing":           "RefusedIsNoSuccess",
		"a no is a yes":             "RefusedIsNoSuccess",
		"credentials are a no":      "RefusedCredentials",
		"names nobody":              "MessageOfMoney",
		"closes nothing":            "ClosePending",
		"error is pending":          "FaultyQuestions",
		"event by the clock":        "SameMessageTwice",
		"believes everything":       "SpoiltMessages",
		"believes old messages":     "StaleMessages",
		"close hides money":         "ClosePaid",
		"refunds twice":             "RefundOnce",
		"refunds what was not paid": "RefundOfNothing",
		"full refunds":              "RefundInParts",
		"lists nothing":             "ListTellsOfMoney",
	} {
		t.Run(bug, func(t *testing.T) {
			run := exec.CommandContext(t.Context(), self, "-test.run=^TestKola$")
			run.Env = append(os.Environ(), bugVariable+"="+bug)
			output, err := run.CombinedOutput()
			if err == nil || !strings.Contains(string(output), "--- FAIL: TestKola/"+name+" ") {
				t.Errorf("%v, want %s to fail:\n%s", err, name, output)
			}
		})
	}
}
