package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// row is one line of the table: what was measured, what it stands beside, and
// what it should be.
type row struct {
	name, unit       string
	measured, beside float64 // beside is 0 if there is nothing to compare with
	target           target
}

// target is a limit of a row: of the ratio of what was measured to what it
// stands beside, or of what was measured if there is nothing beside it. The zero
// target is none.
type target struct {
	sense string // ">=", "<=" or ""
	limit float64
}

func atLeast(limit float64) target { return target{">=", limit} }
func atMost(limit float64) target  { return target{"<=", limit} }

// judged is the number that the target is about.
func (r row) judged() float64 {
	if r.beside != 0 {
		return r.measured / r.beside
	}
	return r.measured
}

// verdict returns "ok", "MISS" or "" without a target.
func (r row) verdict() string {
	switch {
	case r.target.sense == "":
		return ""
	case r.target.sense == ">=" && r.judged() >= r.target.limit, r.target.sense == "<=" && r.judged() <= r.target.limit:
		return "ok"
	}
	return "MISS"
}

// cells returns what is printed of r.
func (r row) cells() []string {
	c := []string{r.name, r.unit, number(r.measured), "", "", "", r.verdict()}
	if r.beside != 0 {
		c[3], c[4] = number(r.beside), strconv.FormatFloat(r.judged(), 'f', 2, 64)
	}
	if r.target.sense != "" {
		c[5] = r.target.sense + " " + strconv.FormatFloat(r.target.limit, 'f', -1, 64)
	}
	return c
}

// table is all that was measured.
type table struct {
	rows  []row
	notes []string
}

func (t *table) add(r ...row) { t.rows = append(t.rows, r...) }

// note adds a line that is printed under the rows.
func (t *table) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// head names the columns; the first two are words, the others are set right.
var head = []string{"", "", "measured", "beside", "ratio", "target", ""}

// print writes the rows in columns, the notes, and how many targets were missed.
func (t *table) print(w io.Writer) error {
	lines := [][]string{head}
	missed, judged := 0, 0
	for _, r := range t.rows {
		c := r.cells()
		if n := len(lines); n > 1 && t.rows[n-2].name == r.name {
			c[0] = "" // one measurement, several figures
		}
		lines = append(lines, c)
		switch r.verdict() {
		case "MISS":
			missed++
			fallthrough
		case "ok":
			judged++
		}
	}
	for _, l := range align(lines) {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	for _, n := range t.notes {
		if _, err := fmt.Fprintf(w, "\n%s", n); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\n\n%d of %d targets missed\n", missed, judged)
	return err
}

// align joins the cells of each line, padded to the widest of their column.
func align(lines [][]string) []string {
	widths := make([]int, len(head))
	for _, l := range lines {
		for i, c := range l {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	out := make([]string, len(lines))
	for n, l := range lines {
		var b strings.Builder
		for i, c := range l {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if i < 2 || i == len(l)-1 {
				b.WriteString(c + pad + "  ")
			} else {
				b.WriteString(pad + c + "  ")
			}
		}
		out[n] = strings.TrimRight(b.String(), " ")
	}
	return out
}

// number writes v with three significant digits or all before the point, in
// groups of three.
func number(v float64) string {
	if v == 0 {
		return "0"
	}
	text := strconv.FormatFloat(v, 'f', max(0, 2-int(math.Floor(math.Log10(math.Abs(v))))), 64)
	whole, part, _ := strings.Cut(text, ".")
	var groups []string
	for ; len(whole) > 3; whole = whole[:len(whole)-3] {
		groups = append(groups, whole[len(whole)-3:])
	}
	groups = append(groups, whole)
	slices.Reverse(groups)
	text = strings.Join(groups, ",")
	if part != "" {
		text += "." + part
	}
	return text
}

// median returns the middle of values, the mean of the two in the middle if
// their number is even. values must not be empty.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
