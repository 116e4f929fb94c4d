package rsprom_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// What the caches hold is asked at each scrape.
func TestWatch(t *testing.T) {
	t.Parallel()
	observer, registry := newObserver(t)
	if got := dump(t, registry, "lasuite_rs_lru_entries"); got != "" {
		t.Errorf("nothing is watched, and there is %s", got)
	}
	full := filled{rs.CacheStats{Active: rs.CacheFill{Entries: 5, Evictions: 2}, Inactive: rs.CacheFill{Entries: 3}}}
	observer.Watch(full)
	observer.Watch(full)
	for name, want := range map[string]string{
		`lasuite_rs_lru_entries{holds="active"}`:           "10",
		`lasuite_rs_lru_entries{holds="inactive"}`:         "6",
		`lasuite_rs_lru_entries{holds="userinfo"}`:         "0",
		`lasuite_rs_lru_evictions_total{holds="active"}`:   "4",
		`lasuite_rs_lru_evictions_total{holds="inactive"}`: "0",
	} {
		if got := value(t, registry, name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

type filled struct{ stats rs.CacheStats }

func (f filled) CacheStats() rs.CacheStats { return f.stats }

// A whole server: what a token costs, first and then.
func TestServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		observer, registry := newObserver(t)
		as := rstest.NewServer(t)
		cfg := as.Config(rstest.JWTSigned)
		cfg.Observer = observer
		server, err := rs.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close(t.Context()) })
		before := dump(t, registry, operations)
		for _, token := range []string{as.Issue(nil), "unknown"} {
			for range 3 {
				_, _ = server.Authenticate(t.Context(), token)
			}
		}
		got := strings.Join(changed(before, dump(t, registry, operations)), "\n")
		want := strings.ReplaceAll(`{cache="",issuer="",kind="ok",op="fetch_keys",reason=""} 1
{cache="",issuer="",kind="ok",op="introspect",reason=""} 2
{cache="hit",issuer="",kind="invalid token",op="authenticate",reason="inactive"} 2
{cache="hit",issuer="",kind="ok",op="authenticate",reason=""} 2
{cache="miss",issuer="",kind="invalid token",op="authenticate",reason="inactive"} 1
{cache="miss",issuer="",kind="ok",op="authenticate",reason=""} 1`, "{", operations+"{")
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if value(t, registry, keySet) == "-" {
			t.Error("the key set has no age")
		}
		observer.Watch(server)
		held := value(t, registry, `lasuite_rs_lru_entries{holds="active"}`) + " " + value(t, registry, `lasuite_rs_lru_entries{holds="inactive"}`)
		if held != "1 1" {
			t.Errorf("the caches hold %s entries, want 1 and 1", held)
		}
	})
}
