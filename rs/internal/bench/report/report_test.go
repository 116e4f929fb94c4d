package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		figure float64
		bound  report.Bound
		want   string
	}{
		{0.8, report.AtMost(0.8), "pass"},
		{0.81, report.AtMost(0.8), "short"},
		{0.9, report.AtLeast(0.9), "pass"},
		{0.89, report.AtLeast(0.9), "short"},
		{1, report.Bound{}, ""},
	} {
		if got := report.NewRow("", "", stats.Series{c.figure}, c.bound, "").Verdict(); got != c.want {
			t.Errorf("%v %v: %q, want %q", c.figure, c.bound, got, c.want)
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	section := report.Section{
		Title: "1. Something", About: "How it was measured.",
		Rows:  []report.Row{report.NewRow("ratio", "×", stats.Series{0.5, 0.75, 1}, report.AtMost(0.8), "bare %d ns", 1234)},
		Plots: []report.Plot{{Name: "cost", Title: "Cost", Lines: []report.Line{{Label: "a", X: []float64{1, 10}, Y: []float64{3, 4}}}}},
	}
	if err := report.Page(dir, "make bench", "0.25", time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), time.Minute, []report.Section{section}); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| command | `make bench` |\n| date | 2026-11-22, took 1m0s |\n| load before | 0.25 |\n| limits | 1 of 1 kept |",
		"| ratio | 0.75 × | 0.625 – 0.875 | ≤ 0.8 | pass | bare 1234 ns |",
		"![Cost](benchmarks/cost.svg)",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "benchmarks", "cost.svg")); err != nil {
		t.Error(err)
	}
}
