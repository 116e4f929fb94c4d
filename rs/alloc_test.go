//go:build !race

package rs_test

import (
	"strings"
	"testing"
)

// TestAllocationsOfAHit: what a cached token costs is the copy of the request and a context of 24 bytes, nothing else.
func TestAllocationsOfAHit(t *testing.T) {
	for _, size := range []int{1000, 10_000} { // the two kinds of cache
		for _, length := range []int{43, 1024, 8192} {
			cfg := config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(map[string]any{"aud": []string{"them", "us"}})))))
			cfg.CacheSize, cfg.TokenAudiences = size, []string{"us"}
			s := newServer(t, cfg)
			r := request("Bearer " + strings.Repeat("a", length))
			if _, err := s.Admit(r); err != nil {
				t.Fatal(err)
			}
			if got := testing.AllocsPerRun(1000, func() { _, _ = s.Admit(r) }); got > 2 {
				t.Errorf("%d characters, a cache of %d: %v allocations, want 2", length, size, got)
			}
		}
	}
}

func BenchmarkAdmitHit(b *testing.B) {
	for name, token := range map[string]string{"43B": strings.Repeat("a", 43), "1kB": strings.Repeat("b", 1024)} {
		b.Run(name, func(b *testing.B) {
			s := newServer(b, config(newWire().on(endpoint, good())))
			r := request("Bearer " + token)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Admit(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
