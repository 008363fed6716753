package main

import (
	"strings"
	"testing"
)

func TestMedianIsTheMiddleOfWhatIsSorted(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{9, 1, 2, 4}, 3},
	} {
		if got := median(tt.values); got != tt.want {
			t.Errorf("median(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
}

func TestMedianLeavesItsInputAlone(t *testing.T) {
	values := []float64{3, 1, 2}
	median(values)
	if values[0] != 3 || values[1] != 1 || values[2] != 2 {
		t.Errorf("values are now %v", values)
	}
}

func TestNumberHasThreeSignificantDigitsOrAllBeforeThePoint(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.0023: "0.00230", 0.5: "0.500", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234.5: "1,234", 1234567: "1,234,567",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestVerdictJudgesTheRatioOrTheFigureAlone(t *testing.T) {
	for _, tt := range []struct {
		name string
		row  row
		want string
	}{
		{"ratio on the limit", row{measured: 70, beside: 100, target: atLeast(0.7)}, "ok"},
		{"ratio below it", row{measured: 69, beside: 100, target: atLeast(0.7)}, "MISS"},
		{"ratio above a limit from above", row{measured: 3.1, beside: 2, target: atMost(1.5)}, "MISS"},
		{"figure on the limit", row{measured: 700, target: atMost(700)}, "ok"},
		{"figure above it", row{measured: 701, target: atMost(700)}, "MISS"},
		{"no target", row{measured: 1, beside: 2}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.row.verdict(); got != tt.want {
				t.Errorf("verdict = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTableLinesUpAndCountsMisses(t *testing.T) {
	var b strings.Builder
	tab := table{}
	tab.add(
		row{name: "create", unit: "req/s", measured: 12345, beside: 15000, target: atLeast(0.7)},
		row{name: "create", unit: "p99 ms", measured: 9, beside: 4.5, target: atMost(1.5)},
		row{name: "binary", unit: "MiB", measured: 14.25, target: atMost(20)},
		row{name: "answer", unit: "B", measured: 1200},
	)
	tab.note("payload %d bytes", 300)
	if err := tab.print(&b); err != nil {
		t.Fatal(err)
	}
	want := `                measured  beside  ratio  target
create  req/s     12,345  15,000   0.82  >= 0.7  ok
        p99 ms      9.00    4.50   2.00  <= 1.5  MISS
binary  MiB         14.2                  <= 20  ok
answer  B          1,200

payload 300 bytes

1 of 3 targets missed
`
	if b.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", b.String(), want)
	}
}
