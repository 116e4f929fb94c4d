package rs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestCacheTimes(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) int64 { return epoch.Add(d).Unix() }
	for _, c := range []struct {
		name   string
		change map[string]any
		adjust func(*rs.Config)
		served time.Duration // longest time for which one answer is used
	}{
		{"default", nil, nil, 30 * time.Second},
		{"configured", nil, func(c *rs.Config) { c.CacheTTL = time.Minute }, time.Minute},
		{"never past exp", map[string]any{"exp": at(7 * time.Second)}, nil, 7 * time.Second},
		{"skew adds nothing", map[string]any{"exp": at(7 * time.Second)}, func(c *rs.Config) { c.ClockSkew = 10 * time.Second }, 7 * time.Second},
		{"no exp", map[string]any{"exp": nil}, nil, 30 * time.Second},
		{"inactive", map[string]any{"active": false}, nil, 5 * time.Second},
		{"inactive, configured", map[string]any{"active": false}, func(c *rs.Config) { c.NegativeCacheTTL = time.Minute }, time.Minute},
		{"inactive, none", map[string]any{"active": false}, func(c *rs.Config) { c.NegativeCacheTTL = -1 }, 0},
		{"inactive, no room", map[string]any{"active": false}, func(c *rs.Config) { c.NegativeCacheSize = -1 }, 0},
		{"none", nil, func(c *rs.Config) { c.CacheTTL = -1 }, 0},
		{"no cache", nil, func(c *rs.Config) { c.CacheSize = -1 }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, clk := newWire().on(endpoint, jsonAnswer(mustJSON(claims(c.change)))), newClock()
			cfg := config(w)
			cfg.Now, cfg.NoRefreshAhead = clk.Now, true // which would ask beside the last request
			if c.adjust != nil {
				c.adjust(&cfg)
			}
			s := newServer(t, cfg)
			outcome(s, "token")
			clk.advance(max(c.served-time.Nanosecond, 0))
			outcome(s, "token")
			want := map[bool]int{true: 1, false: 2}[c.served > 0]
			if w.count(endpoint) != want {
				t.Fatalf("just before the end: %d calls, want %d", w.count(endpoint), want)
			}
			clk.advance(time.Nanosecond)
			outcome(s, "token")
			if w.count(endpoint) != want+1 {
				t.Errorf("at the end: %d calls, want %d", w.count(endpoint), want+1)
			}
		})
	}
}

func TestFailuresAreNeverCached(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, answers(500, "application/json", "{}"))
	s := newServer(t, config(w))
	if got := outcome(s, "token"); got != rs.ReasonStatus {
		t.Fatal(got)
	}
	w.on(endpoint, answers(400, "application/json", `{"error":"unsupported_token_type"}`))
	if got := outcome(s, "token"); got != rs.ReasonUnsupportedToken {
		t.Fatal(got)
	}
	w.on(endpoint, good())
	if got := outcome(s, "token"); got != "" {
		t.Fatal(got)
	}
	w.on(endpoint, answers(500, "application/json", "{}"))
	if got := outcome(s, "token"); got != "" {
		t.Errorf("down, but the answer is still fresh: %q", got)
	}
}

// memory is the simplest shared cache.
type memory struct {
	facts map[rs.CacheKey]*rs.Introspection
	err   error
}

func (m *memory) Get(_ context.Context, k rs.CacheKey) (*rs.Introspection, bool, error) {
	in, found := m.facts[k]
	return in, found, m.err
}

func (m *memory) Put(_ context.Context, k rs.CacheKey, in *rs.Introspection, _ time.Duration) error {
	m.facts[k] = in
	return m.err
}

func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	shared := &memory{facts: map[rs.CacheKey]*rs.Introspection{}}
	for i, adjust := range []func(*rs.Config){
		func(*rs.Config) {},
		func(c *rs.Config) { c.Issuer += "x" },
		func(c *rs.Config) { c.ClientID += "x" },
		func(c *rs.Config) { c.IntrospectionEndpoint += "x" },
	} {
		w := newWire().on(endpoint, good()).on(endpoint+"x", good())
		cfg := config(w)
		cfg.Cache = shared
		adjust(&cfg)
		s := newServer(t, cfg)
		outcome(s, "token")
		outcome(s, "token2")
		if len(shared.facts) != 2*(i+1) {
			t.Fatalf("after server %d the cache has %d entries: somebody's facts were used for another", i, len(shared.facts))
		}
	}
}

func TestFactsOfASharedCacheAreReadByEachServersOwnRules(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, jsonAnswer(mustJSON(claims(map[string]any{"azp": "drive"}))))
	cfg := config(w)
	cfg.Cache = &memory{facts: map[rs.CacheKey]*rs.Introspection{}}
	for claim, want := range map[string]string{"client_id": "docs", "azp": "drive"} {
		cfg.AudienceClaim = claim
		p, err := newServer(t, cfg).Authenticate(t.Context(), "token")
		if err != nil || p.Audience != want {
			t.Errorf("%s: got %+v, %v", claim, p, err)
		}
	}
	for _, test := range []struct {
		change func(*rs.Config)
		want   rs.Reason
	}{
		{func(c *rs.Config) { c.AcceptedScopes = []string{"other"} }, rs.ReasonInsufficientScope},
		{func(c *rs.Config) { c.AllowedAudiences = []string{"other"} }, rs.ReasonAudienceNotAllowed},
		{func(c *rs.Config) { c.TokenAudiences = []string{"other"} }, rs.ReasonTokenAudience},
	} {
		stricter := cfg
		test.change(&stricter)
		if got := outcome(newServer(t, stricter), "token"); got != test.want {
			t.Errorf("got %q, want %q: not judged by the rules of the server that has a hit", got, test.want)
		}
		if got := outcome(newServer(t, cfg), "token"); got != "" {
			t.Errorf("a server with laxer rules: got %q after one with stricter rules", got)
		}
	}
	if w.count(endpoint) != 1 {
		t.Errorf("%d calls, want 1: the cache is shared", w.count(endpoint))
	}
}

func TestABrokenCacheIsAMiss(t *testing.T) {
	t.Parallel()
	seen := &recorder{}
	w := newWire().on(endpoint, good())
	cfg := config(w)
	down := errors.New("cache down")
	cfg.Cache = &memory{facts: map[rs.CacheKey]*rs.Introspection{}, err: down}
	cfg.Observer = seen
	s := newServer(t, cfg)
	for range 2 {
		if got := outcome(s, "token"); got != "" {
			t.Fatal(got)
		}
	}
	if events := seen.of(rs.OpCache); w.count(endpoint) != 2 || len(events) == 0 || !errors.Is(events[0].Err, down) {
		t.Errorf("%d calls, cache events %v", w.count(endpoint), events)
	}
}

// TestVeryLongAnswersAreNotRemembered: the bound on the number of entries is to be one on memory too.
func TestVeryLongAnswersAreNotRemembered(t *testing.T) {
	t.Parallel()
	for size, calls := range map[int]int{64 << 10: 1, 64<<10 + 1: 2} {
		facts := mustJSON(claims(nil))
		facts = strings.TrimSuffix(facts, "}") + `,"x":"`
		w := newWire().on(endpoint, jsonAnswer(facts+strings.Repeat("x", size-len(facts)-2)+`"}`))
		s := newServer(t, config(w))
		for range 2 {
			if got := outcome(s, "token"); got != "" {
				t.Errorf("%d bytes: %q", size, got)
			}
		}
		if w.count(endpoint) != calls {
			t.Errorf("%d bytes: %d calls, want %d", size, w.count(endpoint), calls)
		}
	}
}

func TestLRU(t *testing.T) {
	t.Parallel()
	if _, err := rs.NewLRU(0, nil); err == nil {
		t.Error("an LRU without room was made")
	}
	if _, err := rs.NewLRU(math.MaxInt, nil); err == nil {
		t.Error("an LRU with more room than there is memory was made")
	}
	cache, err := rs.NewLRU(2, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := cache.Put(t.Context(), rs.CacheKey{byte(i)}, &rs.Introspection{}, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []bool{false, true, true} {
		if _, found, _ := cache.Get(t.Context(), rs.CacheKey{byte(i)}); found != want {
			t.Errorf("entry %d: found %v, want %v", i, found, want)
		}
	}
}

func TestTiered(t *testing.T) {
	t.Parallel()
	clk := newClock()
	lru := func() rs.Cache {
		c, err := rs.NewLRU(10, clk.Now)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	near, far := lru(), lru()
	both := rs.Tiered(near, far)
	key, in := rs.CacheKey{1}, &rs.Introspection{}
	has := func(c rs.Cache) bool { _, found, err := c.Get(t.Context(), key); return found && err == nil }
	if has(both) {
		t.Error("found before Put")
	}
	if err := both.Put(t.Context(), key, in, 10*time.Second); err != nil || !has(both) || !has(near) || !has(far) {
		t.Error("not in both", err)
	}
	other := rs.Tiered(lru(), far) // another process with the same far cache
	clk.advance(9*time.Second - time.Nanosecond)
	if !has(other) {
		t.Error("not found through the far cache")
	}
	clk.advance(time.Second - time.Nanosecond)
	if !has(other) {
		t.Error("not kept near")
	}
	clk.advance(2 * time.Nanosecond)
	if has(other) || has(both) {
		t.Error("the two tiers exceeded the ttl")
	}
	if err := errors.Join(both.Put(t.Context(), key, in, time.Minute), both.Put(t.Context(), key, in, time.Second)); err != nil || !has(near) {
		t.Error("not in near", err)
	}
	if clk.advance(time.Second); has(both) {
		t.Error("a short ttl left a longer one in far")
	}
	broken := &memory{facts: map[rs.CacheKey]*rs.Introspection{}, err: fmt.Errorf("down")}
	for _, tiers := range []rs.Cache{rs.Tiered(lru(), broken), rs.Tiered(broken, lru())} {
		if err := tiers.Put(t.Context(), key, in, time.Minute); !errors.Is(err, broken.err) {
			t.Errorf("what one of them did not store: %v", err)
		}
	}
	if _, found, err := rs.Tiered(lru(), broken).Get(t.Context(), key); found || err == nil {
		t.Error("an error of far is not reported")
	}
}

// during is a cache elsewhere in which f happens while it looks something up.
type during struct {
	rs.Cache

	f func()
}

func (c during) Get(ctx context.Context, key rs.CacheKey) (*rs.Introspection, bool, error) {
	in, found, err := c.Cache.Get(ctx, key)
	c.f()
	return in, found, err
}

// TestTieredBringsNothingBack: what far said a moment ago does not take the place of what was learned while it spoke.
func TestTieredBringsNothingBack(t *testing.T) {
	t.Parallel()
	fact := func(received time.Duration, active bool) *rs.Introspection {
		in := new(rs.Introspection)
		if err := json.Unmarshal(fmt.Appendf(nil, `{"received":%d,"response":{"active":%v}}`, epoch.Add(received).UnixNano(), active), in); err != nil {
			t.Fatal(err)
		}
		return in
	}
	old, revoked, newer := fact(0, true), fact(time.Second, false), fact(2*time.Second, true)
	for name, c := range map[string]struct{ near, far, want *rs.Introspection }{
		"nothing was learned": {nil, old, old},
		"a revocation":        {revoked, old, revoked},
		"something older":     {revoked, newer, newer},
		"a confirmation":      {newer, revoked, newer},
	} {
		far, near := newLRU(t, 1), newLRU(t, 1)
		if err := far.Put(t.Context(), rs.CacheKey{}, c.far, time.Minute); err != nil {
			t.Fatal(err)
		}
		both := rs.Tiered(near, during{far, func() {
			if c.near != nil {
				_ = near.Put(t.Context(), rs.CacheKey{}, c.near, time.Minute)
			}
		}})
		for range 2 {
			if got, _, err := both.Get(t.Context(), rs.CacheKey{}); err != nil || got != c.want {
				t.Errorf("%s: got the wrong one, or %v", name, err)
			}
		}
	}
}

// TestTieredTellsFarLess, so that both together keep nothing for too long; and never nothing, which to some caches means for ever.
func TestTieredTellsFarLess(t *testing.T) {
	t.Parallel()
	for ttl, want := range map[time.Duration]time.Duration{
		time.Minute: 59 * time.Second, 1500 * time.Millisecond: 500 * time.Millisecond, time.Second: time.Millisecond, time.Nanosecond: time.Millisecond,
	} {
		near, far := &forgetful{}, &forgetful{}
		if err := rs.Tiered(near, far).Put(t.Context(), rs.CacheKey{1}, &rs.Introspection{}, ttl); err != nil {
			t.Fatal(err)
		}
		if near.ttls[0] != ttl || far.ttls[0] != want {
			t.Errorf("%v: near was told %v and far %v, want %v", ttl, near.ttls, far.ttls, want)
		}
		near = &forgetful{}
		if _, found, err := rs.Tiered(near, far).Get(t.Context(), rs.CacheKey{1}); !found || err != nil || near.ttls[0] != time.Second {
			t.Errorf("near was told %v of what far has, want a second", near.ttls)
		}
	}
}

// TestTieredKeepsTheTypeOfAnError, of which a log tells no more.
func TestTieredKeepsTheTypeOfAnError(t *testing.T) {
	t.Parallel()
	down, full := errors.New("down"), errors.New("full")
	for name, c := range map[string]struct {
		near, far odd
		get, put  error
	}{
		"near": {odd{err: down, putErr: full}, odd{}, down, full},
		"far":  {odd{}, odd{err: down, putErr: full}, down, full},
	} {
		both := rs.Tiered(c.near, c.far)
		_, _, err := both.Get(t.Context(), rs.CacheKey{})
		if putErr := both.Put(t.Context(), rs.CacheKey{}, nil, time.Minute); err != c.get || putErr != c.put { //nolint:errorlint // the very error, and no wrapping
			t.Errorf("%s: got %T and %T, want each as it is", name, err, putErr)
		}
	}
}

// TestTieredBelievesNoError: what comes with an error is nothing.
func TestTieredBelievesNoError(t *testing.T) {
	t.Parallel()
	one, other := &rs.Introspection{}, &rs.Introspection{}
	down := errors.New("down")
	for name, c := range map[string]struct {
		near, far odd
		want      *rs.Introspection
		err       bool
	}{
		"near":        {odd{held: one, found: true}, odd{held: other, found: true}, one, false},
		"near, error": {odd{held: one, found: true, err: down}, odd{held: other, found: true}, other, false},
		"far, error":  {odd{}, odd{held: other, found: true, err: down}, nil, true},
		"far, nil":    {odd{}, odd{found: true}, nil, false},
		"both errors": {odd{held: one, found: true, err: down}, odd{held: other, found: true, err: down}, nil, true},
	} {
		in, found, err := rs.Tiered(c.near, c.far).Get(t.Context(), rs.CacheKey{})
		if in != c.want || found != (c.want != nil) || (err != nil) != c.err {
			t.Errorf("%s: got %p, %v, %v", name, in, found, err)
		}
	}
}
