package rs_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// holdsUp is an Observer in which the first operation of a kind stays until it is let go.
type holdsUp struct {
	op               rs.Op
	first            atomic.Bool
	arrived, release chan struct{}
}

func newHoldsUp(op rs.Op) *holdsUp {
	return &holdsUp{op: op, arrived: make(chan struct{}), release: make(chan struct{})}
}

func (h *holdsUp) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }

func (h *holdsUp) End(_ context.Context, ev rs.Event) {
	if ev.Op == h.op && h.first.CompareAndSwap(false, true) {
		close(h.arrived)
		<-h.release
	}
}

// TestAnAbandonedFlightBringsNothingBack: what it learned may be older than what others were told since.
func TestAnAbandonedFlightBringsNothingBack(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, good())
	cfg := config(w)
	late := newHoldsUp(rs.OpIntrospect)
	cfg.Observer = late
	s := newServer(t, cfg)
	first, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { _, err := s.Authenticate(first, "token"); left <- err }()
	<-late.arrived // with "active": true
	leave()
	refusal(t, <-left, rs.ErrUnavailable, rs.ReasonCanceled)
	w.on(endpoint, jsonAnswer(`{"active":false}`))
	if got := outcome(s, "token"); got != rs.ReasonInactive {
		t.Fatalf("revoked: got %q", got)
	}
	close(late.release)
	if err := s.Close(t.Context()); err != nil { // waits for the flight
		t.Fatal(err)
	}
	if got := outcome(s, "token"); got != rs.ReasonInactive {
		t.Errorf("revoked, and then: got %q", got)
	}
}

// slowToStore is a cache elsewhere: the first good answer takes its time on the way there.
type slowToStore struct {
	*outside

	first            atomic.Bool
	arrived, release chan struct{}
}

func (c *slowToStore) Put(ctx context.Context, key rs.CacheKey, in *rs.Introspection, ttl time.Duration) error {
	if c.first.CompareAndSwap(false, true) {
		close(c.arrived)
		<-c.release
	}
	return c.outside.Put(ctx, key, in, ttl)
}

// TestAnAbandonedFlightThatStoresBringsNothingBack: it was in time when it began to store what it learned, but is not done before others
// have learned better.
func TestAnAbandonedFlightThatStoresBringsNothingBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		far := &slowToStore{outside: newOutside(), arrived: make(chan struct{}), release: make(chan struct{})}
		s := sharing(t, w, far, false)
		first, leave := context.WithCancel(t.Context())
		var both sync.WaitGroup
		both.Go(func() { _, _ = s.Authenticate(first, "token") })
		<-far.arrived // with "active": true
		leave()
		synctest.Wait()
		w.on(endpoint, jsonAnswer(`{"active":false}`))
		both.Go(func() {
			if got := outcome(s, "token"); got != rs.ReasonInactive {
				t.Errorf("revoked: got %q", got)
			}
		})
		synctest.Wait() // the second has its answer
		close(far.release)
		both.Wait()
		synctest.Wait()
		if got := outcome(s, "token"); got != rs.ReasonInactive {
			t.Errorf("revoked, and then: got %q", got)
		}
	})
}

// TestAnAbandonedFlightBringsNoClaimsBack, which the authorization server has changed since.
func TestAnAbandonedFlightBringsNoClaimsBack(t *testing.T) {
	t.Parallel()
	w, cfg := withUserInfo(jsonAnswer(userClaims(object{"role": "admin"})))
	late := newHoldsUp(rs.OpUserInfo)
	cfg.Observer = late
	s := newServer(t, cfg)
	r := admitted(t, s, "token")
	first, leave := context.WithCancel(r.Context())
	left := make(chan error)
	go func() { _, err := s.UserInfo(r.WithContext(first)); left <- err }()
	<-late.arrived // with the old role
	leave()
	refusal(t, <-left, rs.ErrUnavailable, rs.ReasonCanceled)
	w.on(userInfoURL, jsonAnswer(userClaims(nil)))
	role := func() string {
		t.Helper()
		var got struct {
			Role string `json:"role"`
		}
		u, err := s.UserInfo(r)
		if err == nil {
			err = u.Claims(&got)
		}
		if err != nil {
			t.Fatal(err)
		}
		return got.Role
	}
	if got := role(); got != "" {
		t.Fatalf("got the role %q", got)
	}
	close(late.release)
	if err := s.Close(t.Context()); err != nil { // waits for the flight
		t.Fatal(err)
	}
	if got := role(); got != "" {
		t.Errorf("got the role %q again", got)
	}
}

// tenSeconds is how long this Decrypter takes.
type tenSeconds struct {
	rs.Decrypter
	clk *clock
}

func (d tenSeconds) Decrypt(jwe []byte) ([]byte, error) {
	d.clk.advance(10 * time.Second)
	return d.Decrypter.Decrypt(jwe)
}

// TestAnAnswerIsAsOldAsItIs: the time that it takes to read it is a part of the delay until a revocation is noticed.
func TestAnAnswerIsAsOldAsItIs(t *testing.T) {
	t.Parallel()
	jws := sign(t, signer(), goodHeader, mustJSON(with(goodEnvelope(), object{"token_introspection": claims(object{"aud": audience})})))
	token := accessToken(t, nil, object{"iat": at(-time.Hour)})
	for _, mode := range []rs.AccessTokenMode{rs.Introspect, rs.LocalThenIntrospect} {
		w, clk := newWire().on(endpoint, answers(200, responseType, encrypt(t, nil, jws))), newClock()
		cfg := bothConfig(w, 30*time.Second)
		cfg.AccessTokenMode, cfg.CacheTTL, cfg.NoRefreshAhead = mode, 30*time.Second, true
		cfg.Format, cfg.Decrypter, cfg.Now = rs.JWT, tenSeconds{ecdh(), clk}, clk.Now
		s := newServer(t, cfg)
		for _, step := range []struct {
			later time.Duration
			calls int
		}{{0, 1}, {20*time.Second - 1, 1}, {1, 2}} {
			clk.advance(step.later)
			if got := outcome(s, token); got != "" || w.count(endpoint) != step.calls {
				t.Errorf("%v, %v after the answer: got %q, %d calls, want %d", mode, clk.Now().Sub(epoch), got, w.count(endpoint), step.calls)
			}
		}
	}
}
