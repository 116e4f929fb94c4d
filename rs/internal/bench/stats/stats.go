// Package stats turns measurements into figures: medians of per-round ratios, so that what disturbs the machine for a
// second disturbs both sides of a ratio or one round only.
package stats

import (
	"math"
	"slices"
	"time"
)

// Series is one quantity, measured once in every round.
type Series []float64

// Over is the per-round ratio of two series of the same rounds.
func (s Series) Over(other Series) Series {
	ratios := make(Series, min(len(s), len(other)))
	for i := range ratios {
		ratios[i] = s[i] / other[i]
	}
	return ratios
}

// Minus is the per-round difference of two series.
func (s Series) Minus(other Series) Series {
	differences := make(Series, min(len(s), len(other)))
	for i := range differences {
		differences[i] = s[i] - other[i]
	}
	return differences
}

// Median of the rounds; NaN if there are none.
func (s Series) Median() float64 { return s.quantile(0.5) }

// Quartiles are the spread: half of the rounds lie between them.
func (s Series) Quartiles() (low, high float64) { return s.quantile(0.25), s.quantile(0.75) }

// quantile interpolates between the two nearest rounds.
func (s Series) quantile(q float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	position := q * float64(len(sorted)-1)
	below := int(position)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (position-float64(below))*(sorted[above]-sorted[below])
}

// Percentile is the time that the share p of the requests did not exceed. It sorts its argument.
func Percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(int(p*float64(len(times))), len(times)-1)]
}
