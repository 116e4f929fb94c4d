package stats_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

func TestSeries(t *testing.T) {
	t.Parallel()
	s := stats.Series{4, 1, 3, 2, 5}
	if got := s.Median(); got != 3 {
		t.Errorf("median %v, want 3", got)
	}
	if low, high := s.Quartiles(); low != 2 || high != 4 {
		t.Errorf("quartiles %v and %v, want 2 and 4", low, high)
	}
	if got := (stats.Series{1, 2}).Median(); got != 1.5 {
		t.Errorf("median of two %v, want 1.5", got)
	}
	if got := (stats.Series{}).Median(); !math.IsNaN(got) {
		t.Errorf("median of none %v, want NaN", got)
	}
	if !slices.Equal(s, stats.Series{4, 1, 3, 2, 5}) {
		t.Error("the rounds were put into another order")
	}
}

func TestRoundsArePaired(t *testing.T) {
	t.Parallel()
	a, b := stats.Series{2, 9, 8}, stats.Series{1, 3, 4}
	for name, c := range map[string]struct{ got, want stats.Series }{
		"over":  {a.Over(b), stats.Series{2, 3, 2}},
		"minus": {a.Minus(b), stats.Series{1, 6, 4}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	times := make([]time.Duration, 100)
	for i := range times {
		times[99-i] = time.Duration(i)
	}
	for p, want := range map[float64]time.Duration{0: 0, 0.5: 50, 0.99: 99, 1: 99} {
		if got := stats.Percentile(times, p); got != want {
			t.Errorf("percentile %v: %v, want %v", p, got, want)
		}
	}
	if got := stats.Percentile(nil, 0.99); got != 0 {
		t.Errorf("percentile of nothing: %v", got)
	}
}
