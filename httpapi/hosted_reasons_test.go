package httpapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// reasons returns the Reason values that package checkout declares.
func reasons(t *testing.T) (list []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../checkout/provider.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
		return true
	})
	if len(list) < 10 {
		t.Fatalf("found only %q", list)
	}
	return list
}

func TestEveryReasonHasWordsInBothLanguages(t *testing.T) {
	for _, l := range locales {
		w, said := l.words(), map[string]string{}
		for _, code := range reasons(t) {
			text := w.reason(code)
			if code != checkout.ReasonDeclined && text == w.Declined {
				t.Errorf("%s has no words of its own in %s", code, l)
			}
			if other := said[text]; other != "" && text != w.NotTaken {
				t.Errorf("%s and %s read alike in %s: %q", code, other, l, text)
			}
			said[text] = code
		}
	}
}

// TestReasonsAreShown goes through the page, as the customer sees it after a try
// that failed and after one of which more is to come.
func TestReasonsAreShown(t *testing.T) {
	for _, l := range locales {
		for _, code := range append(reasons(t), "something_new") {
			want := "<p>" + l.words().reason(code) + "</p>"
			for _, status := range []checkout.AttemptStatus{checkout.AttemptFailed, checkout.AttemptOpen} {
				p := realSession().with(status, because(code, scan))
				answers(t, ask(t, p, "?tried="+theAttempt+"&locale="+string(l), nil), 200, want)
			}
			p := realSession()
			p.start = func(checkout.StartParams) (checkout.Attempt, error) {
				return checkout.Attempt{ID: theAttempt, Reason: code}, &checkout.Error{Code: checkout.CodeDeclined}
			}
			answers(t, ask(t, p, "/pay?locale="+string(l), goodForm("wave")), 402, want)
		}
	}
}
