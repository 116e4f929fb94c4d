package main

import (
	"context"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// section is a part of the benchmarks that stands for itself.
type section struct {
	name    string
	time    time.Duration // after which no further round is begun: a busy machine gets fewer rounds
	measure func(context.Context, scale) (report.Section, error)
}

// sections in the order of the table.
var sections = []section{
	{"hit", 220 * time.Second, measureHit},
	{"loopback", 110 * time.Second, measureLoopback},
	{"cold", 90 * time.Second, measureCold},
	{"decoding", 40 * time.Second, measureDecoding},
	{"crowd", 60 * time.Second, measureCrowd},
	{"stampede", 30 * time.Second, measureStampede},
}

func names() []string {
	var all []string
	for _, s := range sections {
		all = append(all, s.name)
	}
	return all
}

// scale is how thorough to be.
type scale struct {
	rounds   int           // of ratios in memory
	few      int           // of ratios in memory that have no limit
	network  int           // rounds of ratios over loopback, and of cryptography
	sittings int           // starts of the services over loopback, which share the rounds
	slice    time.Duration // of one measurement over loopback
	ops      int           // requests whose allocations are counted
	entries  []int         // cached tokens, growing
	marks    []int         // entries of which there is a row of the table

	benchtime   time.Duration // of one run of testing.B
	parallelism []int         // goroutines for each core; 0 is one goroutine

	tokens  []int // cached tokens over loopback
	bits    []int // of RSA keys
	answers int   // decoded in one measurement
	crowd   int   // callers of a stampede
	cycles  int   // garbage collections

	deadline time.Time
}

// more says whether to go on after so many rounds of those that are wanted. The first two are always made.
func (s scale) more(done, wanted int) bool {
	return done < wanted && (done < 2 || s.inTime())
}

func (s scale) inTime() bool { return stats.Now().Before(s.deadline) }

var full = scale{
	rounds: 40, few: 5, network: 90, sittings: 6, slice: 100 * time.Millisecond, ops: 16_000, benchtime: 100 * time.Millisecond,
	entries: []int{100, 1000, 10_000, 100_000, 1_000_000}, marks: []int{1000, 100_000, 1_000_000},
	parallelism: []int{0, 1, 2, 8, 32, 128, 512}, tokens: []int{1000, 20_000},
	bits: []int{2048, 4096}, answers: 24, crowd: 1000, cycles: 10,
}

// quick only sees that everything runs.
var quick = scale{
	rounds: 2, few: 2, network: 6, sittings: 1, slice: 20 * time.Millisecond, ops: 500, benchtime: time.Millisecond,
	entries: []int{100, 1000}, marks: []int{1000},
	parallelism: []int{0, 4}, tokens: []int{100},
	bits: []int{2048}, answers: 2, crowd: 100, cycles: 2,
}
