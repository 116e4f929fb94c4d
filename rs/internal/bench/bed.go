package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
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

// errLate: a machine this busy has no time for a million tokens.
var errLate = errors.New("no time left")

// fill puts tokens into the cache until it has so many, or errLate.
func (b *bed) fill(ctx context.Context, entries int, size scale) error {
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
				if i%1000 == 0 && entries > 100_000 && !size.inTime() {
					failures[n] = errLate
					return
				}
				_, failures[n] = b.server.Authenticate(ctx, token(i, b.length))
			}
		})
	}
	all.Wait()
	err := errors.Join(failures...)
	if err == nil {
		b.filled = max(b.filled, entries)
	}
	return err
}

// compare measures both routers in rounds: ns of wall time of one core per request. A round is the median of short passes in turn, so
// that what takes the processor away for some milliseconds is in none.
func (b *bed) compare(callers, rounds int, size scale) (bare, guarded stats.Series, err error) {
	requests := 1000
	if callers > 1 {
		requests = max(4000, 16*callers) // starting the callers should not matter
	}
	cores := float64(min(callers, runtime.GOMAXPROCS(0)))
	for round := 0; size.more(round, rounds); round++ {
		var times [2]stats.Series
		for turn := range max(2, size.ops/requests) {
			headers := b.headers(callers, min(requests, size.ops))
			for i := range 2 {
				side := (turn + i) % 2
				took, err := pass([]*gin.Engine{b.bare, b.guarded}[side], headers)
				if err != nil {
					return nil, nil, err
				}
				times[side] = append(times[side], float64(took.Nanoseconds())*cores/float64(len(headers)*len(headers[0])))
			}
		}
		bare, guarded = append(bare, times[0].Median()), append(guarded, times[1].Median())
	}
	return bare, guarded, nil
}

// batchBytes bounds the headers of one pass: a request's header comes fresh from the network, so it is in the processor's caches.
const batchBytes = 512 << 10

// headers are random ones of the cached tokens, for each caller.
func (b *bed) headers(callers, requests int) [][]string {
	each := max(1, min(requests, batchBytes/b.length)/callers)
	all := make([][]string, callers)
	for i := range all {
		all[i] = make([]string, each)
		for j := range all[i] {
			all[i][j] = "Bearer " + token(b.random.IntN(b.filled), b.length)
		}
	}
	return all
}

// pass sends every caller's headers through the router and is the time until the last one has finished; of a single caller, the
// CPU time.
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
				w := newWriter()
				router.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					refused.Add(1)
				}
			}
		})
	}
	start, used := stats.Now(), stats.CPU()
	close(gate)
	all.Wait()
	took := stats.Since(start)
	if len(headers) == 1 { // with one caller nobody waits for anybody: whatever else takes the processor is not ours
		took = stats.CPU() - used
	}
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
	bareObjects, bareBytes := allocated(b.bare, headers)
	ourObjects, ourBytes := allocated(b.guarded, headers)
	per := func(with, without uint64) float64 { // to a hundredth: the rest is of the measurement itself
		return math.Round((float64(with)-float64(without))/float64(ops)*100) / 100
	}
	return per(ourObjects, bareObjects), per(ourBytes, bareBytes)
}

// allocated is what one pass of accepted headers allocates.
func allocated(router *gin.Engine, headers [][]string) (objects, bytes uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = pass(router, headers) // they were accepted before
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
}

func newRequest() *http.Request {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://127.0.0.1"+service.Path, http.NoBody)
	if err != nil {
		panic(err) //nolint:forbidigo // a constant URL
	}
	r.Header["Authorization"] = []string{""}
	return r
}

// newWriter is a recorder without a body, fresh for each request as the writer of net/http is.
func newWriter() *httptest.ResponseRecorder {
	return &httptest.ResponseRecorder{HeaderMap: http.Header{}} //nolint:staticcheck // SA1019: NewRecorder would add a body
}
