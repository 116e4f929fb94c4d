package main

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// heap is the bytes of live objects.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what was freed by finalizers of the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// memory measures what the cached tokens weigh, and what they cost the garbage collector. The heap was before when the cache
// was empty.
func (b *bed) memory(before uint64, size scale) []report.Row {
	perVerdict := (float64(heap()) - float64(before)) / float64(b.filled)
	goroutines := runtime.NumGoroutine()
	cpu, pauses := collect(size), b.disturb(size)
	full := report.Bound{}
	cost, pause := full, full
	if b.filled == 1_000_000 {
		full, cost, pause = report.AtMost(800), report.AtMost(250), report.AtMost(1)
	}
	at := ", " + count(b.filled) + " tokens"
	return []report.Row{
		report.NewRow("memory of a verdict"+at, "B", stats.Series{perVerdict}, full, "answer of 450 B"),
		report.NewRow("CPU of a full collection"+at, "ms", cpu, cost, ""),
		report.NewRow("longest pause of it"+at, "ms", stats.Series{slices.Max(pauses)}, pause, "median %.2f ms", pauses.Median()),
		report.NewRow("goroutines"+at, "", stats.Series{float64(goroutines)}, report.AtMost(8), "of the whole process"),
	}
}

// collect forces collections, and is their CPU time in ms, while nothing else goes on.
func collect(size scale) (cpu stats.Series) {
	for cycle := 0; size.more(cycle, size.cycles); cycle++ {
		start := stats.CPU()
		runtime.GC()
		cpu = append(cpu, float64(stats.CPU()-start)/float64(time.Millisecond))
	}
	return cpu
}

// disturb forces collections while two callers go on, and is the pauses in ms.
func (b *bed) disturb(size scale) (pauses stats.Series) {
	end := make(chan struct{})
	var callers sync.WaitGroup
	ring := b.ring()
	for caller := range 2 {
		callers.Go(func() {
			s := newSender(b.guarded, ring, caller*len(ring)/2)
			for {
				select {
				case <-end:
					return
				default:
					s.send() // only there to be disturbed
				}
			}
		})
	}
	for cycle := 0; size.more(cycle, size.cycles); cycle++ {
		runtime.GC()
		var gc debug.GCStats
		debug.ReadGCStats(&gc)
		pauses = append(pauses, float64(gc.Pause[0])/float64(time.Millisecond))
	}
	close(end)
	callers.Wait()
	return pauses
}

// count writes a number with separators.
func count(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return count(n) + " " + what + "s"
}
