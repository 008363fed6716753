package checkout

import (
	"errors"
	"fmt"
	"testing"
)

func TestCodeOfAnError(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Code
	}{
		{nil, ""}, {errors.New("x"), CodeInternal}, {ErrNotFound, CodeNotFound},
		{fmt.Errorf("deliver: %w", ErrStale), CodeConflict},
		{&Error{Code: CodeInternal, Err: ErrNotFound}, CodeInternal},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
	if errors.Is(ErrExists, ErrStale) || !errors.Is(&Error{Code: CodeNotFound, Message: "not found", Err: errors.New("x")}, ErrNotFound) {
		t.Error("errors are compared by code and message")
	}
}

func TestProblemsAreToldTogether(t *testing.T) {
	var p Problems
	if p.Err() != nil {
		t.Error("nothing is a problem")
	}
	p.Add("amount", "amount is required")
	if err := p.Err().(*Error); err.Message != "amount is required" || len(err.Fields) != 1 {
		t.Errorf("%+v", err)
	}
	p.Merge(invalid("amount", "amount must be greater than 0"))
	p.Merge(invalid("title", "title is long"))
	p.Merge(errors.New("not about fields"))
	p.Check(true, "x", "x is bad")
	if err := p.Err().(*Error); err.Message != "Validation failed" || len(err.Fields) != 2 || err.Fields[0].Message != "amount is required" {
		t.Errorf("%+v", err)
	}
}
