package main

import (
	"context"
	"errors"
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
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// bed is a router with the middleware and one without, in this process, and a cache that grows.
type bed struct {
	server                 *rs.Server
	room                   int // entries that the cache may have
	bare, guarded, looking *gin.Engine
	length                 int // of a token
	filled                 int // tokens in the cache
	random                 *rand.Rand
}

// newBed has a cache as large as it is where nobody says anything else, or for more tokens than go into that, for a million.
func newBed(length, entries int) (*bed, error) {
	cfg := as.Config("http://127.0.0.1", nil)
	if entries <= defaultRoom {
		cfg.CacheSize = defaultRoom
	}
	cfg.HTTPClient = &http.Client{Transport: &as.Memory{}}
	server, err := rs.New(cfg)
	if err != nil {
		return nil, err
	}
	b := &bed{
		server: server, room: cfg.CacheSize, bare: gin.New(), guarded: gin.New(), looking: gin.New(), length: length,
		random: rand.New(rand.NewPCG(1, 2)), //nolint:gosec // G404: an order, not a secret
	}
	b.bare.GET(service.Path, service.Handler)
	b.guarded.GET(service.Path, rsgin.Authenticate(server, nil), service.Handler)
	b.looking.GET(service.Path, service.LookUp(), service.Handler)
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

// ringBytes bounds the headers of one run: enough tokens that what is cached of them is not in the fastest cache of a
// processor, and not so many that they weigh against the cache itself.
const ringBytes = 16 << 20

// ring is the headers that one run asks for again and again: cached tokens in random order.
func (b *bed) ring() []string {
	all := make([]string, min(b.filled, ringBytes/b.length))
	for i := range all {
		all[i] = "Bearer " + token(b.random.IntN(b.filled), b.length)
	}
	return all
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
