package stripetest

import (
	"slices"
	"strings"
	"testing"
)

func FuzzParseForm(f *testing.F) {
	for _, text := range []string{
		fields().Encode(), "a[b][]=1&a[b][]=2", "a[", "a]", "[]=1", "a[b]c=1", "%zz", "a=%zz", "=", "&&", "a[[b]]=1", strings.Repeat("a[b]", 20), "expand[]=x&expand[0]=y",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, fault := parseForm(text)
		if (fault == nil) != (values != nil) {
			t.Fatalf("%q: %v, %v", text, values, fault)
		}
		for name := range values {
			if parts, ok := split(name); !ok || slices.Contains(parts[1:], "") {
				t.Errorf("%q: parameter %q", text, name)
			}
		}
	})
}
