package rs_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		s, err := rs.New(live(w))
		if err != nil {
			t.Fatal(err)
		}
		outcome(s, "cached")
		w.on(endpoint, after(time.Hour, good()))
		waiting := make(chan rs.Reason, 1)
		go func() { waiting <- outcome(s, "new") }()
		synctest.Wait()
		start := time.Now()
		if err := s.Close(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("Close: %v after %v", err, time.Since(start))
		}
		if got := <-waiting; got != rs.ReasonCanceled {
			t.Errorf("the call under way: %q", got)
		}
		if got := outcome(s, "cached"); got != "" {
			t.Errorf("a cached token afterwards: %q", got)
		}
		if got := outcome(s, "another"); got != rs.ReasonClosed {
			t.Errorf("a new token afterwards: %q", got)
		}
		refusal(t, s.Ready(), rs.ErrUnavailable, rs.ReasonClosed)
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}

// stubborn is a Decrypter, HSM or cache that takes its time whatever the context says.
type stubborn struct{ memory }

func (s *stubborn) Get(context.Context, rs.CacheKey) (*rs.Introspection, bool, error) {
	time.Sleep(time.Minute)
	return nil, false, nil
}

// TestCloseWhileRequestsCome: nothing begins after the end.
func TestCloseWhileRequestsCome(t *testing.T) {
	t.Parallel()
	for range 20 {
		w := newWire().on(endpoint, good())
		s := newServer(t, config(w))
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() { outcome(s, fmt.Sprint("token", i)) })
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		calls := w.count(endpoint)
		if all.Wait(); w.count(endpoint) != calls {
			t.Errorf("%d calls after the end", w.count(endpoint)-calls)
		}
	}
}

func TestCloseHasADeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := live(newWire().on(endpoint, good()))
		cfg.Cache = &stubborn{memory{facts: map[rs.CacheKey]*rs.Introspection{}}}
		s, err := rs.NewIssuers(rs.IssuersConfig{Issuers: []rs.Config{cfg}})
		if err != nil {
			t.Fatal(err)
		}
		go outcome(s.Server(issuer), "token")
		time.Sleep(61 * time.Second) // into the flight's own look
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := s.Close(ctx); err == nil || time.Since(start) != time.Second {
			t.Errorf("Close: %v after %v", err, time.Since(start))
		}
		time.Sleep(2 * time.Minute)
	})
}

func TestKeysAfterClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newSigning(t)
		s := newServer(t, a.config())
		outcome(s, "token")
		time.Sleep(20 * time.Minute) // the keys want a refresh
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := outcome(s, "token"); got != rs.ReasonClosed || a.count(jwksURL) != 1 {
			t.Errorf("got %q after %d fetches", got, a.count(jwksURL))
		}
	})
}
