package main

import (
	"context"
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

const aboutHit = `
A cached token, without a network: what the middleware adds to the ServeHTTP of a Gin router whose handler writes "ok" into a
fresh httptest.ResponseRecorder without a body (7 allocations), as a multiple of that ServeHTTP alone. Both are timed by
testing.B with -benchtime 100ms: wall time with the garbage collections of that time; a loop over b.Loop for one goroutine,
b.RunParallel for many. A round is one run of each, in turn begun by each; the figure is the median of the rounds' ratios. A look-up
that decides nothing is the digest of the token, one reading of the clock, a map, and a copy of the request to carry what was found:
what is left of a hit if nothing is checked.
Tokens are asked for in random order, others in every round, so that a large cache is as cold as it can be. The cache has room for
10,000 tokens, as it has where nobody says anything else, and where there are more, for a million. (With so many the heap is so large
that most runs see no collection: what one costs is in a row of its own.)

Memory is measured in the same process once every token is there: the growth of the heap divided by the tokens, the CPU time of a
forced collection with its sweep (getrusage), and its pauses while two goroutines go on asking (debug.ReadGCStats). An entry has
no timer and no goroutine.`

// short and long are the tokens: an opaque one of 256 bits, and something like a JWT.
const (
	short = 43
	long  = 1024
)

func measureHit(ctx context.Context, size scale) (report.Section, error) {
	s := report.Section{Title: "1. A hit, in process", About: aboutHit}
	growth := report.Plot{
		Name: "entries", Title: "Cost of a hit against cached tokens", X: "cached tokens", Y: "ns per request",
		About: aboutGrowth,
	}
	crowds := report.Plot{
		Name: "callers", Title: "Cost of a hit against concurrent callers", X: "concurrent callers", Y: "ns of CPU per request",
		About: aboutCallers,
	}
	memory := []report.Row{}
	if err := setBenchtime(size.benchtime); err != nil {
		return s, err
	}
	for _, length := range []int{short, long} {
		before := heap()
		b, err := newBed(length, 0)
		if err != nil {
			return s, err
		}
		late := false
		lines := [2]report.Line{{Label: "bare Gin"}, {Label: label(length)}}
		for _, entries := range size.entries {
			if length == long && !slices.Contains(size.marks, entries) {
				continue
			}
			if entries > b.room {
				b.close()
				if b, err = newBed(length, entries); err != nil {
					return s, err
				}
			}
			if err := b.fill(ctx, entries, size); errors.Is(err, errLate) {
				s.About += "\n\nThe machine was too busy to go beyond " + count(b.filled) + " tokens of " + count(length) + " bytes in time."
				late = true
				break
			} else if err != nil {
				return s, err
			}
			bare, guarded, err := b.rows(&s, size, slices.Contains(size.marks, entries))
			if err != nil {
				return s, err
			}
			for i, y := range []float64{bare, guarded} {
				lines[i].X, lines[i].Y = append(lines[i].X, float64(entries)), append(lines[i].Y, y)
			}
			if length == short && slices.Contains(size.marks, entries) && entries <= 100_000 && size.inTime() {
				if err := b.crowds(&crowds, size); err != nil {
					return s, err
				}
			}
		}
		if length == short {
			growth.Lines = append(growth.Lines, lines[0])
			if !late { // else there are more tokens than are counted
				memory = b.memory(before, size)
			}
		}
		growth.Lines = append(growth.Lines, lines[1])
		b.close()
	}
	s.Rows = append(s.Rows, memory...)
	s.Plots = []report.Plot{growth, crowds}
	return s, nil
}

const aboutGrowth = `Flat while the cache fits into those of the processor, then a few misses of memory for every request: the
digest of a token is random, so that its entry is nowhere near the last one. The algorithm itself does the same work at every size.`

const aboutCallers = `The time of both cores divided by the requests. Flat: callers share nothing that they have to wait for.`

func label(length int) string {
	if length == short {
		return "with a token of 43 bytes"
	}
	return "with a token of 1 kB"
}

// rows measures with one and with many goroutines at the present number of entries, with one only if no rows of the table are
// wanted. The results are ns per request of one goroutine.
func (b *bed) rows(s *report.Section, size scale, wanted bool) (bareNS, guardedNS float64, err error) {
	bound, rounds := report.Bound{}, size.few
	switch {
	case b.filled == 1000:
		bound, rounds = report.AtMost(0.8), size.rounds
	case b.filled > 100_000: // testing.B collects before each run, and that takes its time here
		rounds = size.few/2 + 1
	}
	routers := []*gin.Engine{b.bare, b.guarded}
	if b.filled == 1000 {
		routers = append(routers, b.looking)
	}
	for _, parallelism := range []int{0, 8} {
		ns, err := b.compare(parallelism, rounds, size, routers...)
		if err != nil {
			return 0, 0, err
		}
		bare := ns[0]
		if parallelism == 0 {
			bareNS, guardedNS = bare.Median(), ns[1].Median()
		}
		if !wanted {
			break
		}
		name := count(b.filled) + " tokens of " + count(b.length) + " B, " + plural(callers(parallelism), "goroutine")
		row := func(name string, ns stats.Series, bound report.Bound) {
			added := ns.Minus(bare)
			s.Rows = append(s.Rows, report.NewRow(name, "×", added.Over(bare), bound, "bare %.0f ns, added %.0f ns", bare.Median(), added.Median()))
		}
		row(name, ns[1], bound)
		if len(ns) > 2 {
			row(name+": a look-up that decides nothing", ns[2], report.Bound{})
		}
	}
	if b.filled == 1000 {
		objects, bytes := b.allocations(size.ops)
		s.Rows = append(s.Rows,
			report.NewRow("allocations added, token of "+count(b.length)+" B", "", stats.Series{objects}, report.AtMost(2), ""),
			report.NewRow("bytes added, token of "+count(b.length)+" B", "B", stats.Series{bytes}, report.AtMost(350), ""))
	}
	return bareNS, guardedNS, nil
}

// crowds draws the cost against concurrent callers, at the present number of entries.
func (b *bed) crowds(plot *report.Plot, size scale) error {
	lines := []report.Line{{Label: "bare Gin"}, {Label: count(b.filled) + " cached tokens"}}
	for _, parallelism := range size.parallelism {
		ns, err := b.compare(parallelism, size.few/2+1, size, b.bare, b.guarded)
		if err != nil {
			return err
		}
		for i := range lines {
			lines[i].X, lines[i].Y = append(lines[i].X, float64(callers(parallelism))), append(lines[i].Y, ns[i].Median())
		}
	}
	if len(plot.Lines) > 0 {
		lines = lines[1:]
	}
	plot.Lines = append(plot.Lines, lines...)
	return nil
}
