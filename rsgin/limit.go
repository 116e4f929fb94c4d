package rsgin

import (
	"net/http"
	"net/netip"
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
// address stands for many users, as a calling service of La Suite does. Failures that come at once beyond the limit cannot be
// foreseen, but each of them is to be waited for.
type FailureLimit struct {
	PerMinute int // failures that a source may go on making; required, at least 1, or Authenticate panics
	Burst     int // failures that a source may make at once; default PerMinute
	Sources   int // sources that are remembered, the latest; default 10000
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// limiter remembers the sources that failed. A nil *limiter limits nothing.
type limiter struct {
	sources *lru.Cache[string, *rate.Limiter]
	rate    rate.Limit
	burst   int
	now     func() time.Time
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
	sources, _ := lru.New[string, *rate.Limiter](size) // fails only without room
	return &limiter{sources, rate.Limit(float64(l.PerMinute) / 60), burst, now}
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
func (l *limiter) note(c *gin.Context, e *rs.Error) {
	if l == nil || e.Status() != http.StatusBadRequest && e.Kind != rs.ErrInvalidToken {
		return
	}
	name := sourceOf(c)
	source, known := l.sources.Get(name)
	if !known {
		source = rate.NewLimiter(l.rate, l.burst)
		if earlier, found, _ := l.sources.PeekOrAdd(name, source); found {
			source = earlier
		}
	}
	source.ReserveN(l.now(), 1) // below zero if need be: it has happened
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
