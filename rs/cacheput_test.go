package rs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// forgetful is a cache that knows no time: what was put into it is found for ever. It notes for how long it was asked to keep it.
type forgetful struct {
	held *rs.Introspection
	ttls []time.Duration
}

func (c *forgetful) Get(context.Context, rs.CacheKey) (*rs.Introspection, bool, error) {
	return c.held, c.held != nil, nil
}

func (c *forgetful) Put(_ context.Context, _ rs.CacheKey, in *rs.Introspection, ttl time.Duration) error {
	c.held = in
	c.ttls = append(c.ttls, ttl)
	return nil
}

// TestACacheIsToldHowLong: RFC 7662 section 4 forbids to keep an answer beyond exp. A cache outside the process does what it
// is told, so what it is told has to be right whatever we do on a hit.
func TestACacheIsToldHowLong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change map[string]any
		adjust func(*rs.Config)
		want   []time.Duration
	}{
		{"CacheTTL", nil, nil, []time.Duration{30 * time.Second}},
		{"no exp", map[string]any{"exp": nil}, nil, []time.Duration{30 * time.Second}},
		{"to exp", map[string]any{"exp": at(7 * time.Second)}, nil, []time.Duration{7 * time.Second}},
		{"to exp, skew or not", map[string]any{"exp": at(7 * time.Second)}, func(c *rs.Config) { c.ClockSkew = time.Minute }, []time.Duration{7 * time.Second}},
		{"exp is now", map[string]any{"exp": at(0)}, func(c *rs.Config) { c.ClockSkew = time.Minute }, nil},
		{"exp has been", map[string]any{"exp": at(-time.Second)}, func(c *rs.Config) { c.ClockSkew = time.Minute }, nil},
		{"and the time for which it may be stale", nil, func(c *rs.Config) { c.StaleIfError = time.Minute }, []time.Duration{90 * time.Second}},
		{"to exp, stale or not", map[string]any{"exp": at(40 * time.Second)}, func(c *rs.Config) { c.StaleIfError = time.Minute }, []time.Duration{40 * time.Second}},
		{"not at all", nil, func(c *rs.Config) { c.CacheTTL = -1 }, nil},
		{"not at all, stale or not", nil, func(c *rs.Config) { c.CacheTTL, c.StaleIfError = -1, time.Minute }, nil},
		{"a refusal is kept apart", map[string]any{"active": false}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cache := &forgetful{}
			cfg := config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(c.change)))))
			cfg.Cache = cache
			if c.adjust != nil {
				c.adjust(&cfg)
			}
			outcome(newServer(t, cfg), "token")
			if !slices.Equal(cache.ttls, c.want) {
				t.Errorf("it was told %v, want %v", cache.ttls, c.want)
			}
		})
	}
}

// TestAHitIsJudgedByOurClock: a cache that keeps what it should have dropped extends nothing.
func TestAHitIsJudgedByOurClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change map[string]any
		after  time.Duration
		calls  int
	}{
		{"fresh", nil, 30*time.Second - 1, 1},
		{"past CacheTTL", nil, 30 * time.Second, 2},
		{"before exp", map[string]any{"exp": at(7 * time.Second)}, 7*time.Second - 1, 1},
		{"past exp", map[string]any{"exp": at(7 * time.Second)}, 7 * time.Second, 2},
		{"a clock that was set back", nil, -1, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, clk := newWire().on(endpoint, jsonAnswer(mustJSON(claims(c.change)))), newClock()
			cfg := config(w)
			cfg.Cache, cfg.Now, cfg.ClockSkew, cfg.NoRefreshAhead = &forgetful{}, clk.Now, time.Hour, true
			s := newServer(t, cfg)
			for _, d := range []time.Duration{0, c.after} {
				clk.advance(d)
				if got := outcome(s, "token"); got != "" {
					t.Fatal(got)
				}
			}
			if got := w.count(endpoint); got != c.calls {
				t.Errorf("%d calls, want %d", got, c.calls)
			}
		})
	}
}

// TestARefusalReplacesAYes: also where refusals are not remembered, a revoked token must not stay in the cache as good.
func TestARefusalReplacesAYes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		want   time.Duration
	}{
		{"remembered", func(*rs.Config) {}, 5 * time.Second},
		{"not remembered", func(c *rs.Config) { c.NegativeCacheTTL = -1 }, time.Nanosecond},
		{"no room", func(c *rs.Config) { c.NegativeCacheSize = -1 }, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, clk, cache := newWire().on(endpoint, good()), newClock(), &forgetful{}
			cfg := config(w)
			cfg.Cache, cfg.Now, cfg.StaleIfError, cfg.NoRefreshAhead, cfg.NoRetry = cache, clk.Now, time.Hour, true, true
			c.adjust(&cfg)
			s := newServer(t, cfg)
			outcome(s, "token")
			clk.advance(31 * time.Second)
			w.on(endpoint, jsonAnswer(mustJSON(claims(map[string]any{"active": false}))))
			if got := outcome(s, "token"); got != rs.ReasonInactive {
				t.Fatal(got)
			}
			if kept := mustJSON(cache.held); !strings.HasSuffix(kept, `,"response":{"active":false}}`) {
				t.Errorf("of the refusal more is kept than that it is one: %s", kept)
			}
			if got := cache.ttls[1:]; !slices.Equal(got, []time.Duration{c.want}) {
				t.Errorf("the refusal was put for %v, want once, for %v", got, c.want)
			}
			clk.advance(c.want)
			w.on(endpoint, answers(503, "", ""))
			if got := outcome(s, "token"); got != rs.ReasonStatus {
				t.Errorf("then nobody knows: got %q, want %q", got, rs.ReasonStatus)
			}
		})
	}
}

// odd is a cache that breaks its contract in one way.
type odd struct {
	held   *rs.Introspection
	found  bool
	err    error
	putErr error
}

func (c odd) Get(context.Context, rs.CacheKey) (*rs.Introspection, bool, error) {
	return c.held, c.found, c.err
}

func (c odd) Put(context.Context, rs.CacheKey, *rs.Introspection, time.Duration) error {
	return c.putErr
}

func TestACacheThatFindsNothingUsable(t *testing.T) {
	t.Parallel()
	yes := &forgetful{}
	cfg := config(newWire().on(endpoint, good()))
	cfg.Cache = yes
	outcome(newServer(t, cfg), "token")
	for name, cache := range map[string]odd{
		"found, but nil":                 {found: true},
		"found, but empty":               {held: &rs.Introspection{}, found: true},
		"not found, but there":           {held: yes.held},
		"an error":                       {err: errors.New("cache down")},
		"an error, and found":            {held: yes.held, found: true, err: errors.New("cache down")},
		"an error, and found, and nil":   {found: true, err: errors.New("cache down")},
		"an error, not found, but there": {held: yes.held, err: errors.New("cache down")},
		"an error of Put":                {putErr: errors.New("cache full")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, at := range []rs.Cache{cache, rs.Tiered(newLRU(t, 10), cache), rs.Tiered(newLRU(t, large), cache)} {
				w, seen := newWire(), &recorder{}
				cfg := config(w)
				cfg.Cache, cfg.Observer = at, seen
				s := newServer(t, cfg)
				for body, want := range map[string]rs.Reason{mustJSON(claims(nil)): "", `{"active":false}`: rs.ReasonInactive} {
					w.on(endpoint, jsonAnswer(body))
					if got := outcome(s, "token-"+string(want)); got != want {
						t.Errorf("%T: got %q, want %q of the authorization server", at, got, want)
					}
				}
				if reported := seen.count(rs.OpCache) > 0; reported != (cache.err != nil || cache.putErr != nil) {
					t.Errorf("%T: failure of the cache reported: %v", at, reported)
				}
			}
		})
	}
}

// late is a cache that knows nothing at the first look and something at the second.
type late struct {
	forgetful
	looks atomic.Int32
}

func (c *late) Get(ctx context.Context, key rs.CacheKey) (*rs.Introspection, bool, error) {
	if c.looks.Add(1) == 1 {
		return nil, false, nil
	}
	return c.forgetful.Get(ctx, key)
}

// TestTheSecondLook: what another flight stored between a caller's look and its own flight is used.
func TestTheSecondLook(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]int{29 * time.Second: 1, 30 * time.Second: 2} {
		w, clk, cache := newWire().on(endpoint, good()), newClock(), &late{}
		cfg := config(w)
		cfg.Cache, cfg.Now, cfg.NoRefreshAhead = cache, clk.Now, true
		s := newServer(t, cfg)
		outcome(s, "token")
		cache.looks.Store(0)
		clk.advance(after)
		if got := outcome(s, "token"); got != "" || w.count(endpoint) != want {
			t.Errorf("stored %v ago: got %q after %d calls, want %d", after, got, w.count(endpoint), want)
		}
	}
}
