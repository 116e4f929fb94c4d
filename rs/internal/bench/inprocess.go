package main

import (
	"flag"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// setBenchtime is what -benchtime is to go test, for testing.Benchmark.
func setBenchtime(d time.Duration) error {
	testing.Init()
	return flag.Set("test.benchtime", d.String())
}

// compare measures routers by testing.B in rounds: ns of one core per request. Each round begins with another one, so that what
// changes slowly is on all sides. Parallelism is goroutines for each core; 0: one in all.
func (b *bed) compare(parallelism, rounds int, size scale, routers ...*gin.Engine) ([]stats.Series, error) {
	ns := make([]stats.Series, len(routers))
	for round := 0; size.more(round, rounds); round++ {
		ring := b.ring()
		for i := range routers {
			side := (round + i) % len(routers)
			one, err := benchmark(routers[side], ring, parallelism)
			if err != nil {
				return nil, err
			}
			ns[side] = append(ns[side], one)
		}
	}
	return ns, nil
}

// callers is how many goroutines a parallelism is.
func callers(parallelism int) int { return max(1, parallelism*runtime.GOMAXPROCS(0)) }

// benchmark is one run of testing.B: ns of one core per request.
func benchmark(router *gin.Engine, ring []string, parallelism int) (ns float64, err error) {
	var refused, started atomic.Int64
	result := testing.Benchmark(func(tb *testing.B) {
		if parallelism == 0 {
			s := newSender(router, ring, 0)
			for tb.Loop() {
				s.send()
			}
			refused.Add(s.refused)
			return
		}
		tb.SetParallelism(parallelism)
		tb.RunParallel(func(pb *testing.PB) {
			s := newSender(router, ring, int(started.Add(7919))) // callers begin at different places
			for pb.Next() {
				s.send()
			}
			refused.Add(s.refused)
		})
	})
	if n := refused.Load(); n > 0 || result.N == 0 {
		return 0, fmt.Errorf("%d requests were refused, %d were sent", n, result.N)
	}
	busy := min(callers(parallelism), runtime.GOMAXPROCS(0))
	return float64(result.T.Nanoseconds()) * float64(busy) / float64(result.N), nil
}

// sender is one caller: one request, with ever other headers.
type sender struct {
	router  *gin.Engine
	ring    []string
	next    int
	request *http.Request
	line    []string // its Authorization header
	refused int64
}

func newSender(router *gin.Engine, ring []string, start int) *sender {
	r := newRequest()
	return &sender{router: router, ring: ring, next: start % len(ring), request: r, line: r.Header["Authorization"]}
}

func (s *sender) send() {
	s.line[0] = s.ring[s.next]
	if s.next++; s.next == len(s.ring) {
		s.next = 0
	}
	w := newWriter()
	s.router.ServeHTTP(w, s.request)
	if w.Code != http.StatusOK {
		s.refused++
	}
}

// allocations that the middleware adds to a request: objects and bytes.
func (b *bed) allocations(ops int) (objects, bytes float64) {
	ring := b.ring()
	bareObjects, bareBytes := allocated(newSender(b.bare, ring, 0), ops)
	ourObjects, ourBytes := allocated(newSender(b.guarded, ring, 0), ops)
	per := func(with, without uint64) float64 { // to a hundredth: the rest is of the measurement itself
		return math.Round((float64(with)-float64(without))/float64(ops)*100) / 100
	}
	return per(ourObjects, bareObjects), per(ourBytes, bareBytes)
}

// allocated is what so many accepted requests allocate.
func allocated(s *sender, ops int) (objects, bytes uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range ops {
		s.send()
	}
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
}
