package rsgin

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// FailureLimit bounds how often one source may fail to authenticate, so that nobody can guess tokens, or make the
// authorization server look at rubbish, for long. The source is gin's ClientIP, of IPv6 the first 64 bits: it is only
// as true as the engine's SetTrustedProxies, and behind a gateway that gin does not trust all clients are one source.
//
// A source over the limit is answered 429 with Retry-After, whatever it sends, until it has waited: do not use it where one
// address stands for many users, as a calling service of La Suite does. Requests that arrive together can fail beyond the
// limit, but each failure lengthens the wait. Those with one and the same token are one failure, because an application whose
// token has expired may have sent many requests before it learns so.
type FailureLimit struct {
	PerMinute int // failures that a source may go on making; required, at least 1, or Authenticate panics
	Burst     int // failures that a source may make at once; default PerMinute
	Sources   int // sources that are remembered, the latest; default 10000
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// limiter remembers the sources that failed. A nil *limiter limits nothing.
type limiter struct {
	sources *lru.Cache[string, *source]
	rate    rate.Limit
	burst   int
	now     func() time.Time
	seed    maphash.Seed
	noted   atomic.Uint64 // failures so far: what was before what
}

// source is what is known of one that failed.
type source struct {
	*rate.Limiter

	mu    sync.Mutex
	token uint64 // that failed last
	noted uint64 // as which failure
}

func newLimiter(l *FailureLimit) *limiter {
	if l == nil {
		return nil
	}
	size, burst := l.Sources, l.Burst
	if size <= 0 {
		size = 10000
	}
	if burst <= 0 {
		burst = l.PerMinute
	}
	now := l.Now
	if now == nil {
		now = time.Now
	}
	sources, _ := lru.New[string, *source](size) // fails only without room
	return &limiter{sources: sources, rate: rate.Limit(float64(l.PerMinute) / 60), burst: burst, now: now, seed: maphash.MakeSeed()}
}

// begin is the moment at which a request comes, for note.
func (l *limiter) begin() (moment uint64) {
	if l == nil {
		return 0
	}
	return l.noted.Load()
}

// refusal is nil while the source has failures left.
func (l *limiter) refusal(c *gin.Context) *rs.Error {
	if l == nil {
		return nil
	}
	source, known := l.sources.Peek(sourceOf(c))
	if !known {
		return nil
	}
	missing := 1 - source.TokensAt(l.now())
	if missing <= 0 {
		return nil
	}
	return &rs.Error{
		Kind: rs.ErrTooManyFailures, Reason: rs.ReasonTooManyFailures,
		RetryAfter: time.Duration(missing / float64(l.rate) * float64(time.Second)),
	}
}

// note counts a failure that is the source's own: a bad token or a malformed request, neither an outage nor a scope.
func (l *limiter) note(c *gin.Context, e *rs.Error, begun uint64) {
	if l == nil || e.Status() != http.StatusBadRequest && e.Kind != rs.ErrInvalidToken {
		return
	}
	name := sourceOf(c)
	failed, known := l.sources.Get(name)
	if !known {
		failed = &source{Limiter: rate.NewLimiter(l.rate, l.burst)}
		if earlier, found, _ := l.sources.PeekOrAdd(name, failed); found {
			failed = earlier
		}
	}
	if failed.isNews(maphash.String(l.seed, c.GetHeader("Authorization")), begun, l.noted.Add(1)) {
		failed.ReserveN(l.now(), 1) // below zero if need be: it has happened
	}
}

// isNews is false for a token that failed for another request while this one was on its way.
func (s *source) isNews(token, begun, noted uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token == s.token && begun < s.noted {
		return false
	}
	s.token, s.noted = token, noted
	return true
}

// sourceOf is the address of the client, or its network: who has one IPv6 address has the 2^64 of its subnet (RFC 4291 section
// 2.5.4), and would begin anew with each.
func sourceOf(c *gin.Context) string {
	name := c.ClientIP()
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return name
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	subnet, _ := ip.Prefix(64) // fails beyond 128
	return subnet.String()
}
