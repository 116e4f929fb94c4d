package main

import (
	"context"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
)

// section is a part of the benchmarks that stands for itself.
type section struct {
	name    string
	measure func(context.Context, scale) (report.Section, error)
}

// sections in the order of the table.
var sections = []section{
	{"hit", measureHit},
	{"loopback", measureLoopback},
	{"cold", measureCold},
	{"decoding", measureDecoding},
	{"crowd", measureCrowd},
	{"stampede", measureStampede},
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
}

var full = scale{
	rounds: 15, network: 24, slice: 400 * time.Millisecond, ops: 16_000,
	entries: []int{100, 1000, 10_000, 100_000, 1_000_000}, marks: []int{1000, 100_000, 1_000_000},
	callers: []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}, tokens: []int{1000, 20_000},
	bits: []int{2048, 4096}, answers: 24, crowd: 1000, cycles: 10,
}

// quick only sees that everything runs.
var quick = scale{
	rounds: 2, network: 2, slice: 20 * time.Millisecond, ops: 500,
	entries: []int{100, 1000}, marks: []int{1000},
	callers: []int{1, 8}, tokens: []int{100},
	bits: []int{2048}, answers: 2, crowd: 100, cycles: 2,
}
