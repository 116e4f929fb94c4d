package rs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// fixed answers every introspection with the same body, without a socket.
type fixed []byte

func (body fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

// benchServer keeps so many tokens, on the real clock as in production.
func benchServer(b *testing.B, entries int) *rs.Server {
	b.Helper()
	cfg := config(nil)
	cfg.HTTPClient = &http.Client{Transport: fixed(mustJSON(claims(map[string]any{"exp": time.Now().Add(10 * time.Hour).Unix()})))}
	cfg.Now, cfg.CacheSize, cfg.CacheTTL, cfg.NoRefreshAhead = nil, max(10_000, 2*entries), 10*time.Hour, true
	return newServer(b, cfg)
}

// benchToken is the i-th token of a length.
func benchToken(i, length int) string {
	number := fmt.Sprint(i)
	return strings.Repeat("t", length-len(number)) + number
}

// benchRequests is a thousand requests with random ones of the cached tokens.
func benchRequests(b *testing.B, s *rs.Server, entries, length int) []*http.Request {
	b.Helper()
	for i := range entries {
		if _, err := s.Authenticate(context.Background(), benchToken(i, length)); err != nil {
			b.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	requests := make([]*http.Request, 1000)
	for i := range requests {
		requests[i] = request("Bearer " + benchToken(random.IntN(entries), length))
	}
	return requests
}

// BenchmarkHit is Admit with a cached token, from one goroutine and from many. The million entries of make bench are left
// out: filling them takes longer than all the rest.
func BenchmarkHit(b *testing.B) {
	for _, entries := range []int{1000, 100_000} {
		for _, length := range []int{43, 1024} {
			name := fmt.Sprintf("entries=%d/token=%dB", entries, length)
			s := benchServer(b, entries)
			requests := benchRequests(b, s, entries, length)
			b.Run(name+"/callers=one", func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if _, err := s.Admit(requests[i%len(requests)]); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(name+"/callers=many", func(b *testing.B) {
				b.ReportAllocs()
				b.SetParallelism(8)
				b.RunParallel(func(pb *testing.PB) {
					for i := rand.IntN(len(requests)); pb.Next(); i++ {
						if _, err := s.Admit(requests[i%len(requests)]); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}

// BenchmarkMiss is everything of a new token but the network.
func BenchmarkMiss(b *testing.B) {
	s := benchServer(b, 1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := s.Authenticate(b.Context(), benchToken(i, 43)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLRUGet is a look-up in the exact cache and in the large one.
func BenchmarkLRUGet(b *testing.B) {
	for _, size := range []int{4095, 4096} {
		cache, err := rs.NewLRU(size, nil)
		if err != nil {
			b.Fatal(err)
		}
		keys := make([]rs.CacheKey, 1000)
		for i := range keys {
			keys[i] = sha256.Sum256([]byte(fmt.Sprint(i)))
			_ = cache.Put(b.Context(), keys[i], &rs.Introspection{}, time.Hour)
		}
		for _, callers := range []int{1, 16} {
			b.Run(fmt.Sprintf("size=%d/callers=%d", size, callers), func(b *testing.B) {
				b.SetParallelism(callers / runtime.GOMAXPROCS(0))
				if callers == 1 {
					for i := 0; b.Loop(); i++ {
						_, _, _ = cache.Get(b.Context(), keys[i*7919%len(keys)])
					}
					return
				}
				b.RunParallel(func(pb *testing.PB) {
					for i := rand.IntN(len(keys)); pb.Next(); i++ {
						_, _, _ = cache.Get(b.Context(), keys[i*7919%len(keys)])
					}
				})
			})
		}
	}
}
