package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/as"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/service"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// bed is a router with the middleware and one without, in this process, and a cache that grows.
type bed struct {
	server        *rs.Server
	bare, guarded *gin.Engine
	length        int // of a token
	filled        int // tokens in the cache
	random        *rand.Rand
}

func newBed(length int) (*bed, error) {
	cfg := as.Config("http://127.0.0.1", nil)
	cfg.HTTPClient = &http.Client{Transport: &as.Memory{}}
	server, err := rs.New(cfg)
	if err != nil {
		return nil, err
	}
	b := &bed{server: server, bare: gin.New(), guarded: gin.New(), length: length, random: rand.New(rand.NewPCG(1, 2))} //nolint:gosec // G404: an order, not a secret
	b.bare.GET(service.Path, service.Handler)
	b.guarded.GET(service.Path, rsgin.Authenticate(server, nil), service.Handler)
	return b, nil
}

func (b *bed) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = b.server.Close(ctx) // nothing is under way
}

// token is the i-th token: of the right length, and different from all others.
func token(i, length int) string {
	number := strconv.Itoa(i)
	return strings.Repeat("t", length-len(number)) + number
}

// fill puts tokens into the cache until it has so many.
func (b *bed) fill(ctx context.Context, entries int) error {
	var all sync.WaitGroup
	var turn atomic.Int64
	turn.Store(int64(b.filled))
	failures := make([]error, runtime.GOMAXPROCS(0))
	for n := range failures {
		all.Go(func() {
			for failures[n] == nil {
				i := int(turn.Add(1)) - 1
				if i >= entries {
					return
				}
				_, failures[n] = b.server.Authenticate(ctx, token(i, b.length))
			}
		})
	}
	all.Wait()
	b.filled = max(b.filled, entries)
	return errors.Join(failures...)
}

// compare measures both routers in rounds: ns of wall time of one core per request.
func (b *bed) compare(callers int, size scale) (bare, guarded stats.Series, err error) {
	for round := range size.rounds {
		var times [2]time.Duration
		done := 0
		for done < size.ops {
			headers := b.headers(callers, size.ops)
			for turn := range 2 {
				side := (turn + round) % 2
				took, err := pass([]*gin.Engine{b.bare, b.guarded}[side], headers)
				if err != nil {
					return nil, nil, err
				}
				times[side] += took
			}
			done += len(headers) * len(headers[0])
		}
		cores := float64(min(callers, runtime.GOMAXPROCS(0)))
		bare = append(bare, float64(times[0].Nanoseconds())*cores/float64(done))
		guarded = append(guarded, float64(times[1].Nanoseconds())*cores/float64(done))
	}
	return bare, guarded, nil
}

// batchBytes bounds the headers of one pass: a request's header comes fresh from the network, so it is in the processor's caches.
const batchBytes = 256 << 10

// headers are random ones of the cached tokens, for each caller.
func (b *bed) headers(callers, ops int) [][]string {
	each := max(1, min(ops, batchBytes/b.length)/callers)
	all := make([][]string, callers)
	for i := range all {
		all[i] = make([]string, each)
		for j := range all[i] {
			all[i][j] = "Bearer " + token(b.random.IntN(b.filled), b.length)
		}
	}
	return all
}

// pass sends every caller's headers through the router and is the time until the last one has finished.
func pass(router *gin.Engine, headers [][]string) (time.Duration, error) {
	var all sync.WaitGroup
	var refused atomic.Int64
	gate := make(chan struct{})
	for _, own := range headers {
		r := newRequest()
		line := r.Header["Authorization"]
		all.Go(func() {
			<-gate
			for _, header := range own {
				line[0] = header
				w := &writer{header: http.Header{}}
				router.ServeHTTP(w, r)
				if w.status != http.StatusOK {
					refused.Add(1)
				}
			}
		})
	}
	start := stats.Now()
	close(gate)
	all.Wait()
	took := stats.Since(start)
	if n := refused.Load(); n > 0 {
		return 0, fmt.Errorf("%d requests were refused", n)
	}
	return took, nil
}

// allocations that the middleware adds to a request: objects and bytes.
func (b *bed) allocations(ops int) (objects, bytes float64) {
	headers := [][]string{make([]string, ops)}
	for i := range ops {
		headers[0][i] = "Bearer " + token(i%b.filled, b.length)
	}
	var used [2]runtime.MemStats
	for side, router := range []*gin.Engine{b.bare, b.guarded} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = pass(router, headers) // the same headers were accepted before
		runtime.ReadMemStats(&after)
		used[side].Mallocs, used[side].TotalAlloc = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	}
	per := func(with, without uint64) float64 {
		return float64(int(float64(int64(with)-int64(without))/float64(ops)*100+0.5)) / 100 //nolint:gosec // G115: far below the limit
	}
	return per(used[1].Mallocs, used[0].Mallocs), per(used[1].TotalAlloc, used[0].TotalAlloc)
}

func newRequest() *http.Request {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://127.0.0.1"+service.Path, http.NoBody)
	if err != nil {
		panic(err) //nolint:forbidigo // a constant URL
	}
	r.Header["Authorization"] = []string{""}
	return r
}

// writer is the least http.ResponseWriter, fresh for each request as the one of net/http is.
type writer struct {
	header http.Header
	status int
}

func (w *writer) Header() http.Header         { return w.header }
func (w *writer) Write(b []byte) (int, error) { return len(b), nil }
func (w *writer) WriteHeader(status int)      { w.status = status }
