package torture_test

import (
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/webhook/torture"
	"github.com/checkoutd/checkoutd/webhook/torture/badshop"
)

func TestTheGoodShopPasses(t *testing.T) {
	t.Parallel()
	report := run(t, good(t))
	checkResults(t, report)
	if report.Kind != torture.KindStandard || report.Requests >= 150 || report.Count(torture.Pass) != len(report.Checks) {
		t.Errorf("kind %s, %d requests, %d of %d passed", report.Kind, report.Requests, report.Count(torture.Pass), len(report.Checks))
	}
}

// found is what each fault is found by. What depends on a check that failed is
// skipped.
var found = map[badshop.Fault]string{
	badshop.Unsigned:    "FAIL refuses-unsigned",
	badshop.Partial:     "FAIL refuses-partial-signature",
	badshop.Rewritten:   "FAIL refuses-rewritten-body",
	badshop.EmptyKey:    "FAIL refuses-empty-key",
	badshop.Timeless:    "FAIL refuses-stale",
	badshop.Eager:       "FAIL acts-only-on-good",
	badshop.AnyMethod:   "FAIL ignores-get",
	badshop.Repeats:     "FAIL once-in-a-row, skipped once-retried, skipped once-at-the-same-moment, skipped once-later, skipped once-per-payment",
	badshop.BySignature: "FAIL once-retried, skipped once-per-payment",
	badshop.Forgetful:   "FAIL once-later",
	badshop.Race:        "FAIL once-at-the-same-moment",
	badshop.ByID:        "warn once-per-payment",
	badshop.Undo:        "FAIL order-failed-late",
	badshop.Reset:       "FAIL order-created-late",
	badshop.LostRefund:  "FAIL order-refund-early",
	badshop.Serial:      "FAIL answers-beside-hung",
	badshop.Strict:      "FAIL accepts-unknown-fields",
	badshop.Small:       "FAIL accepts-large",
	badshop.Picky:       "FAIL accepts-unknown-event",
}

func TestEachFaultIsFoundAlone(t *testing.T) {
	t.Parallel()
	for _, fault := range badshop.Faults {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			checkResults(t, run(t, bad(t, fault)), strings.Split(found[fault], ", ")...)
		})
	}
	t.Run("none", func(t *testing.T) { checkResults(t, run(t, bad(t))) })
}

func TestAllFaultsAreFoundTogether(t *testing.T) {
	t.Parallel()
	checkResults(t, run(t, bad(t, badshop.Faults...)),
		"FAIL acts-on-valid", // before the signature is checked, and after
		"FAIL refuses-unsigned",
		"FAIL accepts-unknown-event", "FAIL accepts-unknown-fields", "FAIL accepts-large",
		"FAIL refuses-empty-key", "FAIL refuses-rewritten-body", "FAIL refuses-partial-signature", "FAIL refuses-stale",
		"FAIL ignores-get", "FAIL acts-only-on-good",
		"FAIL once-in-a-row", "skipped once-retried", "skipped once-at-the-same-moment", "skipped once-later", "skipped once-per-payment",
		"FAIL order-created-late", "FAIL order-failed-late", "FAIL order-refund-early",
		"FAIL answers-beside-hung",
	)
}
