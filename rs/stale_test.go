package rs_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestStaleIfError(t *testing.T) {
	t.Parallel()
	down := answers(503, "text/plain", "no")
	for _, c := range []struct {
		name   string
		change map[string]any
		adjust func(*rs.Config)
		after  time.Duration
		then   http.HandlerFunc
		want   rs.Reason
		stale  bool
	}{
		{"fresh", nil, nil, 29 * time.Second, down, "", false},
		{"off", nil, func(c *rs.Config) { c.StaleIfError = 0 }, 31 * time.Second, down, rs.ReasonStatus, false},
		{"stale", nil, nil, 31 * time.Second, down, "", true},
		{"at the bound", nil, nil, 90*time.Second - 1, down, "", true},
		{"beyond the bound", nil, nil, 90 * time.Second, down, rs.ReasonStatus, false},
		{"never past exp", map[string]any{"exp": epoch.Add(40 * time.Second).Unix()}, nil, 40 * time.Second, down, rs.ReasonStatus, false},
		{"until exp", map[string]any{"exp": epoch.Add(40 * time.Second).Unix()}, nil, 40*time.Second - 1, down, "", true},
		{"skew adds nothing", map[string]any{"exp": epoch.Add(40 * time.Second).Unix()}, func(c *rs.Config) { c.ClockSkew = time.Minute }, 40 * time.Second, down, rs.ReasonStatus, false},
		{"server answers", nil, nil, 31 * time.Second, good(), "", false},
		{"revoked", nil, nil, 31 * time.Second, jsonAnswer(`{"active":false}`), rs.ReasonInactive, false},
		{"credentials refused", nil, nil, 31 * time.Second, answers(401, "", ""), rs.ReasonClientCredentials, false},
		{"never inactive", map[string]any{"active": false}, nil, 6 * time.Second, down, rs.ReasonStatus, false},
		{"still validated", map[string]any{"nbf": epoch.Add(time.Hour).Unix()}, nil, 31 * time.Second, down, rs.ReasonNotYetValid, true},
		{"clock set back", nil, nil, -time.Second, down, rs.ReasonStatus, false},
	} {
		check := func(t *testing.T, cache rs.Cache) {
			t.Parallel()
			w, clk, seen := newWire().on(endpoint, jsonAnswer(mustJSON(claims(c.change)))), newClock(), &recorder{}
			cfg := config(w)
			cfg.Cache = cache
			cfg.Now, cfg.StaleIfError, cfg.StaleHeader, cfg.NoRetry, cfg.Observer, cfg.NoRefreshAhead = clk.Now, time.Minute, "X-Token-Checked", true, seen, true
			if c.adjust != nil {
				c.adjust(&cfg)
			}
			s := newServer(t, cfg)
			outcome(s, "token")
			w.on(endpoint, c.then)
			clk.advance(c.after)
			p, err := s.Authenticate(t.Context(), "token")
			if got := reason(err); got != c.want || err == nil && p.Stale != c.stale {
				t.Fatalf("got %q, %+v, want %q, stale %v", got, p, c.want, c.stale)
			}
			if events := seen.of(rs.OpAuthenticate); (events[1].Cache == rs.CacheStale) != c.stale {
				t.Errorf("reported as %q", events[1].Cache)
			}
			rec := httptest.NewRecorder()
			s.Wrap(http.NotFoundHandler()).ServeHTTP(rec, request("Bearer token"))
			if got := rec.Header().Get("X-Token-Checked"); (got == "stale") != (c.stale && c.want == "") {
				t.Errorf("response header %q", got)
			}
		}
		t.Run(c.name, func(t *testing.T) { check(t, nil) })
		t.Run(c.name+", of a cache that knows no time", func(t *testing.T) { check(t, &forgetful{}) })
	}
}

// TestStaleWithoutAHeader: where none is configured, none is sent.
func TestStaleWithoutAHeader(t *testing.T) {
	t.Parallel()
	w, clk := newWire().on(endpoint, good()), newClock()
	cfg := config(w)
	cfg.Now, cfg.StaleIfError, cfg.NoRetry, cfg.NoRefreshAhead = clk.Now, time.Minute, true, true
	s := newServer(t, cfg)
	outcome(s, "token")
	w.on(endpoint, answers(503, "text/plain", "no"))
	clk.advance(31 * time.Second)
	r, header := admitted(t, s, "token"), http.Header{}
	if p, _ := rs.FromContext(r.Context()); !p.Stale {
		t.Error("not stale")
	}
	rs.MarkStale(t.Context(), header) // of a request that nobody admitted
	if rs.MarkStale(r.Context(), header); len(header) != 0 {
		t.Errorf("response header %q", header)
	}
}

func reason(err error) rs.Reason {
	if err == nil {
		return ""
	}
	return rs.AsError(err).Reason
}

func TestARevokedTokenIsForgottenAtOnce(t *testing.T) {
	t.Parallel()
	w, clk := newWire().on(endpoint, good()), newClock()
	cfg := config(w)
	cfg.Now, cfg.StaleIfError, cfg.NoRetry, cfg.NoRefreshAhead = clk.Now, time.Hour, true, true
	s := newServer(t, cfg)
	outcome(s, "token")
	clk.advance(31 * time.Second)
	w.on(endpoint, jsonAnswer(`{"active":false}`))
	if got := outcome(s, "token"); got != rs.ReasonInactive {
		t.Fatal(got)
	}
	w.on(endpoint, answers(503, "", ""))
	for range 3 {
		clk.advance(4 * time.Second)
		if got := outcome(s, "token"); got == "" {
			t.Fatal("a revoked token was served stale")
		}
	}
}
