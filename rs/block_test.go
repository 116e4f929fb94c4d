package rs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// copying is a cache that keeps a copy of what it is given.
type copying struct{ *memory }

func (c copying) Put(ctx context.Context, k rs.CacheKey, in *rs.Introspection, ttl time.Duration) error {
	copied := reflect.New(reflect.TypeFor[rs.Introspection]())
	copied.Elem().Set(reflect.ValueOf(in).Elem())
	return c.memory.Put(ctx, k, copied.Interface().(*rs.Introspection), ttl)
}

// TestCopiesOfFacts keep alive what is behind the facts in memory, and stand for them.
func TestCopiesOfFacts(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, good())
	cfg := config(w)
	held := &memory{facts: map[rs.CacheKey]*rs.Introspection{}}
	cfg.Cache = copying{held}
	s := newServer(t, cfg)
	for range 3 {
		p, err := s.Authenticate(t.Context(), "token")
		if err != nil || p.Subject != "alice" || p.Username != "Alice" || !slices.Equal(p.Scopes, []string{"groups", "profile"}) {
			t.Fatalf("%+v, %v", p, err)
		}
		runtime.GC()
		garbage := make([]*[640]byte, 10_000) // would overwrite what was let go
		for i := range garbage {
			garbage[i] = new([640]byte)
		}
	}
	if n := w.count(endpoint); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// TestEveryFactIsRead, with and without escapes, from the authorization server's answer and from a cache outside the process.
func TestEveryFactIsRead(t *testing.T) {
	t.Parallel()
	escaped := func(s string) string { // every character by its number
		var b strings.Builder
		for _, c := range s {
			fmt.Fprintf(&b, `\u%04x`, c)
		}
		return b.String()
	}
	asIs := func(s string) string { return s }
	for name, spell := range map[string]func(string) string{"as is": asIs, "escaped": escaped} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := func(s string) string { return `"` + spell(s) + `"` }
			answer := `{"active":true,"sub":` + text("alice") + `,"client_id":` + text("docs") + `,"username":` + text("Alice") +
				`,"scope":` + text("groups profile") + `,"azp":[` + text("other") + `,` + text("drive") + `],"aud":[` + text("us") + `,` + text("") + `,` + text("them") +
				`],"iss":` + text(issuer) + `,"exp":` + fmt.Sprint(epoch.Add(time.Hour).Unix()) + `}`
			cfg := config(newWire().on(endpoint, jsonAnswer(answer)))
			cfg.AudienceClaim, cfg.AllowedAudiences, cfg.TokenAudiences = "azp", []string{"drive"}, []string{"them"}
			cfg.Cache = &throughJSON{memory{facts: map[rs.CacheKey]*rs.Introspection{}}}
			s := newServer(t, cfg)
			for range 2 {
				p, err := s.Authenticate(t.Context(), "token")
				if err != nil {
					t.Fatal(err)
				}
				if p.Subject != "alice" || p.ClientID != "docs" || p.Username != "Alice" || p.Audience != "drive" || !p.Expiry.Equal(epoch.Add(time.Hour)) ||
					!slices.Equal(p.Scopes, []string{"groups", "profile"}) || !slices.Equal(p.TokenAudiences, []string{"us", "", "them"}) {
					t.Errorf("read %+v", p)
				}
				var claims struct {
					Subject string `json:"sub"`
				}
				if err := p.Claims(&claims); err != nil || claims.Subject != "alice" {
					t.Errorf("claims: %+v, %v", claims, err)
				}
			}
		})
	}
}

// throughJSON is a cache outside the process.
type throughJSON struct{ memory }

func (c *throughJSON) Put(ctx context.Context, k rs.CacheKey, in *rs.Introspection, ttl time.Duration) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	read := &rs.Introspection{}
	if err := json.Unmarshal(text, read); err != nil {
		return err
	}
	return c.memory.Put(ctx, k, read, ttl)
}

// TestFactsAreNotReadOverOthers: a cache shares those that it holds, and the garbage collector looks for nothing in them.
func TestFactsAreNotReadOverOthers(t *testing.T) {
	t.Parallel()
	cache, key := newLarge(t, newClock()), digest(1)
	if err := cache.Put(t.Context(), key, factsAbout(t, 1), time.Hour); err != nil {
		t.Fatal(err)
	}
	held, _, _ := cache.Get(t.Context(), key)
	other, err := json.Marshal(factsAbout(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	if json.Unmarshal(other, held) == nil || !same(t, held, factsAbout(t, 1)) {
		t.Error("the facts about one token became those about another")
	}
}

// TestFactsOfEveryLength are apart in memory: none has a byte of another, whatever the length of their text.
func TestFactsOfEveryLength(t *testing.T) {
	t.Parallel()
	const each = 16
	for length := range 600 {
		want := fmt.Sprintf(`{"received":%d,"response":{"active":true,"x":"%s"}}`, epoch.UnixNano(), strings.Repeat("x", length))
		var all [each]rs.Introspection
		for i := range all {
			if err := json.Unmarshal([]byte(want), &all[i]); err != nil {
				t.Fatal(err)
			}
		}
		for i := range all {
			if got, err := json.Marshal(&all[i]); err != nil || string(got) != want {
				t.Fatalf("%d of length %d: got %s, %v, want %s", i, length, got, err, want)
			}
		}
	}
}
