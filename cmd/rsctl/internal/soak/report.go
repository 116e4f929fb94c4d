package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// report is what a soak found out.
type report struct {
	length  time.Duration
	workers int
	seed    uint64
	calls   int64
	before  usage
	after   usage

	mu            sync.Mutex
	statuses      map[string]int
	faults        map[string]int
	wrongs, lates int
	firsts        []string // the first of the wrong and late ones, in words
}

func (r *report) note(counts map[string]int, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts[what]++
}

func (r *report) wrong(format string, args ...any) { r.complain(&r.wrongs, "wrong: "+format, args...) }
func (r *report) late(format string, args ...any)  { r.complain(&r.lates, "late: "+format, args...) }

func (r *report) complain(count *int, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*count++
	if len(r.firsts) < 20 {
		r.firsts = append(r.firsts, fmt.Sprintf(format, args...))
	}
}

// What an idle service may hold more after a soak than before. A collection is not forced, so that memory is a coarse measure.
const (
	moreGoroutines = 4
	moreHeapMB     = 32
)

func (r *report) good() bool {
	return r.wrongs == 0 && r.lates == 0 && r.after.goroutines <= r.before.goroutines+moreGoroutines && r.after.heapMB <= r.before.heapMB+moreHeapMB
}

func (r *report) write(w io.Writer) {
	total := 0
	for _, n := range r.statuses {
		total += n
	}
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	line("soak of %v with %d workers, seed %d", r.length, r.workers, r.seed)
	line("requests                   %d (%.0f a second)", total, float64(total)/r.length.Seconds())
	for _, status := range slices.Sorted(maps.Keys(r.statuses)) {
		line("  %-24s %d", status, r.statuses[status])
	}
	line("wrong verdicts             %d", r.wrongs)
	line("late recoveries            %d", r.lates)
	for _, first := range r.firsts {
		line("  %s", first)
	}
	line("calls to the AS            %d", r.calls)
	line("faults                     %d kinds", len(r.faults))
	line("  %s", strings.Join(slices.Sorted(maps.Keys(r.faults)), ", "))
	line("                           before   after")
	line("goroutines, idle           %6d  %6d", r.before.goroutines, r.after.goroutines)
	for _, creator := range slices.Sorted(maps.Keys(r.after.creators)) {
		if more := r.after.creators[creator] - r.before.creators[creator]; more > 0 {
			line("  %d more of %s", more, creator)
		}
	}
	line("live heap, MB              %6d  %6d (at most %d)", r.before.heapMB, r.after.heapMB, r.after.peakMB)
	line("resident, MB               %6d  %6d", r.before.residentKB>>10, r.after.residentKB>>10)
	if r.good() {
		line("good")
		return
	}
	line("NOT good")
}
