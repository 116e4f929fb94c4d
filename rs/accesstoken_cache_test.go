package rs_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestOpaqueTokensAreKeptForCacheTTL also where JWTs are asked about every IntrospectEvery only.
func TestOpaqueTokensAreKeptForCacheTTL(t *testing.T) {
	t.Parallel()
	for _, outside := range []bool{false, true} { // in a cache of the server's own, and as text in another
		synctest.Test(t, func(t *testing.T) {
			w := newWire().on(endpoint, jsonAnswer(mustJSON(claims(object{"aud": audience}))))
			cfg := liveBoth(w)
			if outside {
				cfg.Cache = &throughJSON{memory{facts: map[rs.CacheKey]*rs.Introspection{}}}
			}
			s := newServer(t, cfg)
			for _, want := range []int{1, 1, 1, 2, 2, 2, 3} { // every 10 seconds
				if got := outcome(s, "opaque"); got != "" {
					t.Fatal(got)
				}
				if got := w.count(endpoint); got != want {
					t.Errorf("asked %d times, want %d", got, want)
				}
				time.Sleep(10 * time.Second)
			}
		})
	}
}

// TestAPeriodBeginsWithTheToken: what is left of IntrospectEvery when a token is verified is what a cache is told.
func TestAPeriodBeginsWithTheToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims object
		adjust func(*rs.Config)
		want   []time.Duration
	}{
		"issued now":           {object{"iat": at(0)}, func(*rs.Config) {}, []time.Duration{time.Minute}},
		"issued 40 s ago":      {object{"iat": at(-40 * time.Second)}, func(*rs.Config) {}, []time.Duration{20 * time.Second}},
		"issued 40 s ago, exp": {object{"iat": at(-40 * time.Second), "exp": at(3 * time.Second)}, func(*rs.Config) {}, []time.Duration{3 * time.Second}},
		"issued in a moment":   {object{"iat": at(9 * time.Second)}, func(c *rs.Config) { c.ClockSkew = 10 * time.Second }, []time.Duration{time.Minute}},
		"asked about":          {object{"iat": at(-time.Minute)}, func(*rs.Config) {}, []time.Duration{time.Minute}},
		"by default":           {object{"iat": at(-4*time.Minute - 59*time.Second)}, func(c *rs.Config) { c.IntrospectEvery = 0 }, []time.Duration{time.Second}},
		"nobody is asked":      {object{"iat": at(-40 * time.Second)}, func(c *rs.Config) { c.AccessTokenMode = rs.Local }, []time.Duration{30 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := &forgetful{}
			cfg := bothConfig(newWire().on(endpoint, jsonAnswer(`{"active":true}`)), time.Minute)
			cfg.Cache = cache
			c.adjust(&cfg)
			if got := outcome(newServer(t, cfg), accessToken(t, nil, c.claims)); got != "" {
				t.Fatal(got)
			}
			if !slices.Equal(cache.ttls, c.want) {
				t.Errorf("the cache was told %v, want %v", cache.ttls, c.want)
			}
		})
	}
}

// TestAPeriodOutsideTheProcess: that facts are those of a JWT, and so good for IntrospectEvery and not for CacheTTL, is known
// too where they come from a cache that keeps text.
func TestAPeriodOutsideTheProcess(t *testing.T) {
	t.Parallel()
	for _, every := range []time.Duration{10 * time.Second, 50 * time.Second} { // CacheTTL is 30
		w, clk := newWire().on(endpoint, jsonAnswer(`{"active":true}`)), newClock()
		cfg := bothConfig(w, every)
		cfg.NoRefreshAhead, cfg.Now = true, clk.Now
		cfg.Cache = &throughJSON{memory{facts: map[rs.CacheKey]*rs.Introspection{}}}
		seen := &recorder{}
		cfg.Observer = seen
		s, token := newServer(t, cfg), accessToken(t, nil, nil)
		for _, c := range []struct {
			after           time.Duration
			verified, asked int
		}{{0, 1, 0}, {every - 1, 1, 0}, {1, 2, 1}} {
			clk.advance(c.after)
			if got := outcome(s, token); got != "" {
				t.Fatal(got)
			}
			if verified, asked := seen.count(rs.OpVerify), w.count(endpoint); verified != c.verified || asked != c.asked {
				t.Errorf("every %v: verified %d times and asked %d times, want %d and %d", every, verified, asked, c.verified, c.asked)
			}
		}
	}
}

// TestOneKeySetServesBoth answers and tokens, if both are signed with one algorithm.
func TestOneKeySetServesBoth(t *testing.T) {
	t.Parallel()
	jws := sign(t, signer(), goodHeader, mustJSON(with(goodEnvelope(), object{"token_introspection": claims(object{"aud": audience})})))
	w := newWire().on(endpoint, answers(200, responseType, jws))
	cfg := bothConfig(w, 0)
	cfg.Format, cfg.SigningAlg = rs.JWTSigned, cfg.AccessTokenAlg
	s := newServer(t, cfg)
	for _, token := range []string{"opaque", accessToken(t, nil, nil)} {
		if got := outcome(s, token); got != "" {
			t.Errorf("%.6s: %q", token, got)
		}
	}
	if got := w.count(jwksURL); got != 1 {
		t.Errorf("%d fetches, want 1", got)
	}
}

// TestNothingIsVerifiedAhead: a verification keeps nobody waiting.
func TestNothingIsVerifiedAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := &recorder{}
		cfg := liveLocal(newWire())
		cfg.Observer, cfg.NoRefreshAhead = seen, false
		s := newServer(t, cfg)
		token := issued(t, signer(), nil)
		outcome(s, token)
		time.Sleep(29 * time.Second)
		if got := outcome(s, token); got != "" {
			t.Error(got)
		}
		synctest.Wait()
		if n := seen.count(rs.OpVerify); n != 1 {
			t.Errorf("verified %d times, want once", n)
		}
	})
}
