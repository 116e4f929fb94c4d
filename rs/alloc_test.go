//go:build !race

package rs_test

import (
	"strings"
	"testing"
)

// TestAllocationsOfAHit: what a cached token costs is the copy of the request and a context of 24 bytes, nothing else.
func TestAllocationsOfAHit(t *testing.T) {
	for _, token := range []string{strings.Repeat("a", 43), strings.Repeat("b", 1024)} {
		s := newServer(t, config(newWire().on(endpoint, good())))
		r := request("Bearer " + token)
		if _, err := s.Admit(r); err != nil {
			t.Fatal(err)
		}
		if got := testing.AllocsPerRun(1000, func() { _, _ = s.Admit(r) }); got > 2 {
			t.Errorf("%d characters: %v allocations, want 2", len(token), got)
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
