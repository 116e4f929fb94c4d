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
	rounds  int           // of ratios in memory
	network int           // rounds of ratios over loopback
	slice   time.Duration // of one measurement over loopback
	ops     int           // requests of one measurement in memory
	entries []int         // cached tokens, growing
	marks   []int         // entries of which there is a row of the table
	callers []int         // concurrent callers
	tokens  []int         // cached tokens over loopback
	bits    []int         // of RSA keys
	answers int           // decoded in one measurement
	crowd   int           // callers of a stampede
	cycles  int           // garbage collections

	deadline time.Time
}

// more says whether to go on after so many rounds of those that are wanted. The first two are always made.
func (s scale) more(done, wanted int) bool {
	return done < wanted && (done < 2 || s.inTime())
}

func (s scale) inTime() bool { return stats.Now().Before(s.deadline) }

var full = scale{
	rounds: 15, network: 24, slice: 400 * time.Millisecond, ops: 16_000,
	entries: []int{100, 1000, 10_000, 100_000, 1_000_000}, marks: []int{1000, 100_000, 1_000_000},
	callers: []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}, tokens: []int{1000, 20_000},
	bits: []int{2048, 4096}, answers: 24, crowd: 1000, cycles: 10,
}

// quick only sees that everything runs.
var quick = scale{
	rounds: 2, network: 6, slice: 20 * time.Millisecond, ops: 500,
	entries: []int{100, 1000}, marks: []int{1000},
	callers: []int{1, 8}, tokens: []int{100},
	bits: []int{2048}, answers: 2, crowd: 100, cycles: 2,
}
