// Package report shows the figures: as a table on the terminal, as a page of the documentation, and as plots.
package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// Section is what one part of the benchmarks found out.
type Section struct {
	Title string
	About string // what was measured, and how, for the page
	Rows  []Row
	Plots []Plot
}

// Row is one figure.
type Row struct {
	Name              string
	Median, Low, High float64 // Low and High are the quartiles of the rounds; equal to Median if there was one measurement
	Unit              string
	Bound             Bound
	Note              string // what else there is to know, absolute figures for one
}

// Bound is the limit that a figure should keep. The zero Bound is none.
type Bound struct {
	Value float64
	Least bool // the figure should not be below, rather than not above
}

// AtMost and AtLeast are bounds.
func AtMost(v float64) Bound { return Bound{Value: v} }

// AtLeast is the bound of what is better when it is greater.
func AtLeast(v float64) Bound { return Bound{v, true} }

// NewRow is the row of a quantity that was measured in rounds.
func NewRow(name, unit string, s stats.Series, bound Bound, note string, values ...any) Row {
	low, high := s.Quartiles()
	return Row{name, s.Median(), low, high, unit, bound, fmt.Sprintf(note, values...)}
}

// Verdict is "pass", "short", or nothing for a row without a bound.
func (r Row) Verdict() string {
	switch {
	case r.Bound == Bound{}:
		return ""
	case r.Bound.Least && r.Median >= r.Bound.Value, !r.Bound.Least && r.Median <= r.Bound.Value:
		return "pass"
	}
	return "short"
}

// String is the limit as it is written.
func (b Bound) String() string {
	switch {
	case b == Bound{}:
		return ""
	case b.Least:
		return "≥ " + number(b.Value)
	}
	return "≤ " + number(b.Value)
}

// figure and spread are the row's numbers as they are written.
func (r Row) figure() string { return strings.TrimSpace(number(r.Median) + " " + r.Unit) }

func (r Row) spread() string {
	if r.Low == r.High {
		return ""
	}
	return number(r.Low) + " – " + number(r.High)
}

// number writes three digits that matter.
func number(v float64) string {
	if math.IsNaN(v) {
		return "?"
	}
	digits := 0
	for size := math.Abs(v); size < 100 && digits < 3 && size > 0; size *= 10 {
		digits++
	}
	text := fmt.Sprintf("%.*f", digits, v)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// Text writes the tables for a terminal.
func Text(w io.Writer, sections []Section) error {
	for _, s := range sections {
		fmt.Fprintf(w, "\n%s\n", s.Title)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  what\tfigure\tspread\tlimit\t\tnote")
		for _, r := range s.Rows {
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.figure(), r.spread(), r.Bound, r.Verdict(), r.Note)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// Short counts the rows that do not keep their bound, and those that have one.
func Short(sections []Section) (short, bounded int) {
	for _, s := range sections {
		for _, r := range s.Rows {
			switch r.Verdict() {
			case "short":
				short++
				bounded++
			case "pass":
				bounded++
			}
		}
	}
	return short, bounded
}
