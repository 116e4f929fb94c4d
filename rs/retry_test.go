package rs_test

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestOneRetry(t *testing.T) {
	t.Parallel()
	once := func(first, then http.HandlerFunc) http.HandlerFunc {
		var n atomic.Int32
		return func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 1 {
				first(w, r)
				return
			}
			then(w, r)
		}
	}
	later := func(seconds string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", seconds)
			w.WriteHeader(503)
		}
	}
	for _, c := range []struct {
		name  string
		first http.HandlerFunc
		off   bool
		want  rs.Reason
		calls int
	}{
		{"502", answers(502, "", ""), false, "", 2},
		{"503", answers(503, "", ""), false, "", 2},
		{"504", answers(504, "", ""), false, "", 2},
		{"503, come back in a second", later("1"), false, "", 2},
		{"503, come back later", later("2"), false, rs.ReasonStatus, 1},
		{"500", answers(500, "", ""), false, rs.ReasonStatus, 1},
		{"429", answers(429, "", ""), false, rs.ReasonTooManyRequests, 1},
		{"400", answers(400, "", ""), false, rs.ReasonStatus, 1},
		{"garbage", answers(200, "text/html", ""), false, rs.ReasonContentType, 1},
		{"timeout", after(time.Hour, good()), false, rs.ReasonTimeout, 1},
		{"503 without retry", answers(503, "", ""), true, rs.ReasonStatus, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire().on(endpoint, once(c.first, good()))
				cfg := live(w)
				cfg.NoRetry = c.off
				began := time.Now()
				if got := outcome(newServer(t, cfg), "token"); got != c.want || w.count(endpoint) != c.calls {
					t.Errorf("got %q after %d calls, want %q after %d", got, w.count(endpoint), c.want, c.calls)
				}
				if took := time.Since(began); c.calls == 2 && (took < 50*time.Millisecond || took >= 150*time.Millisecond) {
					t.Errorf("the second call came after %v", took)
				}
			})
		})
	}
}

// TestNoRetryBeyondTheBudget: who has no time left for it learns what the first call met.
func TestNoRetryBeyondTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, answers(503, "", ""))
		cfg := live(w)
		cfg.Timeout, cfg.Budget = 40*time.Millisecond, 40*time.Millisecond
		if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonStatus || w.count(endpoint) != 1 {
			t.Errorf("got %q after %d calls", got, w.count(endpoint))
		}
	})
}

// cutting fails the first call below HTTP.
type cutting struct {
	*wire
	err  error
	done atomic.Bool
}

func (c *cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.done.CompareAndSwap(false, true) {
		return nil, c.err
	}
	return c.wire.RoundTrip(r)
}

func TestRetryAfterACutConnection(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]rs.Reason{
		syscall.ECONNRESET: "", syscall.EPIPE: "", io.EOF: "", io.ErrUnexpectedEOF: "",
		syscall.ECONNREFUSED: rs.ReasonTransport, errors.New("x509"): rs.ReasonTransport,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire().on(endpoint, good())
			cfg := live(w)
			cfg.HTTPClient = &http.Client{Transport: &cutting{wire: w, err: err}}
			if got := outcome(newServer(t, cfg), "token"); got != want {
				t.Errorf("%v: got %q, want %q", err, got, want)
			}
		})
	}
}

func TestTheServerSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "100000": time.Minute, epoch.Add(9 * time.Second).Format(http.TimeFormat): 9 * time.Second,
		"-5": 0, "soon": 0, "": 0,
		"999999999999": time.Minute, "10000000000": time.Minute, "99999999999999999999": time.Minute, "-99999999999999999999": 0,
		epoch.Add(24 * time.Hour).Format(http.TimeFormat): time.Minute, // whatever one header says
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire().on(endpoint, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", header)
				w.WriteHeader(429)
			})
			s := newServer(t, live(w))
			_, err := s.Authenticate(t.Context(), "a")
			if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonTooManyRequests); e.RetryAfter != want {
				t.Errorf("%q: Retry-After %v, want %v", header, e.RetryAfter, want)
			}
			time.Sleep(max(want-time.Nanosecond, 0))
			_, err = s.Authenticate(t.Context(), "b")
			if e := rs.AsError(err); want > 0 && e.RetryAfter != time.Nanosecond {
				t.Errorf("%q: Retry-After %v, just before the end", header, e.RetryAfter)
			}
			if calls := map[bool]int{true: 1, false: 2}[want > 0]; w.count(endpoint) != calls {
				t.Errorf("%q: %d calls, want %d", header, w.count(endpoint), calls)
			}
			w.on(endpoint, good())
			time.Sleep(time.Nanosecond)
			if got := outcome(s, "c"); got != "" {
				t.Errorf("%q: afterwards %q", header, got)
			}
		})
	}
}

// A date is one of their clock, which may be minutes off ours: the answer says what time it is there (RFC 9110 section 6.6.1).
func TestRetryAfterIsByTheirClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		date string
		off  time.Duration
		want time.Duration
	}{
		{epoch.Add(10 * time.Minute).Format(http.TimeFormat), 10 * time.Minute, 2 * time.Second},
		{epoch.Add(-10 * time.Minute).Format(http.TimeFormat), -10 * time.Minute, 2 * time.Second},
		{"", 0, 2 * time.Second},
		{"noon", 0, 2 * time.Second},
	} {
		w := newWire().on(endpoint, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", c.date)
			w.Header().Set("Retry-After", epoch.Add(c.off+2*time.Second).Format(http.TimeFormat))
			w.WriteHeader(429)
		})
		_, err := newServer(t, config(w)).Authenticate(t.Context(), "token")
		if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonTooManyRequests); e.RetryAfter != c.want {
			t.Errorf("clock off by %v, Date %q: Retry-After %v, want %v", c.off, c.date, e.RetryAfter, c.want)
		}
	}
}
