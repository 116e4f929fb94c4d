package devas_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestFaultNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range devas.Faults() {
		name := f.String()
		if seen[name] || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-0123456789") != "" {
			t.Errorf("name %q of %d", name, f)
		}
		seen[name] = true
		if f.About() == "" {
			t.Errorf("%v has no description", f)
		}
		if parsed, err := devas.ParseFault(name); err != nil || parsed != f {
			t.Errorf("%q is read as %d, %v, want %d", name, parsed, err, f)
		}
	}
	if len(seen) < 60 {
		t.Errorf("%d faults", len(seen))
	}
	for name, want := range map[string]devas.Fault{"none": 0, "503": devas.Status(503), "200": 200, "599": 599} {
		if got, err := devas.ParseFault(name); err != nil || got != want || got.String() != name || got.About() != "" {
			t.Errorf("%q is read as %d (%v), %v", name, got, got, err)
		}
	}
	for _, name := range []string{"", "199", "600", "1000", "1200", "Hang", "nonsense"} {
		if got, err := devas.ParseFault(name); err == nil {
			t.Errorf("%q is read as %v", name, got)
		}
	}
}

func status(as *devas.Server) int { return introspect(as, "json", mediaJSON, "x").Code }

func TestSchedule(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	jwks := func() int {
		return serve(as, httptest.NewRequest(http.MethodGet, "/api/v2/jwks", http.NoBody)).Code
	}
	as.FailNext(500, 0, 502)
	as.FailNext(504, devas.KeysDown)
	as.Fail(403)
	for i, want := range []int{500, 200, 502, 504, 403, 403} {
		if got := status(as); got != want {
			t.Errorf("introspection %d: %d, want %d", i, got, want)
		}
	}
	if first, second := jwks(), jwks(); first != 503 || second != 200 {
		t.Errorf("keys: %d, %d", first, second)
	}
	as.Fail(devas.KeysDown)
	if keys, introspection := jwks(), status(as); keys != 503 || introspection != 403 {
		t.Errorf("two standing faults: %d, %d", keys, introspection)
	}
	as.FailNext(500)
	as.Heal()
	if keys, introspection := jwks(), status(as); keys != 200 || introspection != 200 {
		t.Errorf("healed: %d, %d", keys, introspection)
	}
}

func TestFaultsThatCannotBe(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	for _, tt := range []struct {
		client string
		fault  devas.Fault
		want   string
	}{
		{"json", devas.WrongSignature, "wrong-signature needs"},
		{"signed", devas.SignedOnly, "signed-only needs"},
		{"json", 3, "no fault 3"},
		{"json", 600, "no fault 600"},
		{"json", -1, "no fault -1"},
	} {
		as.FailNext(tt.fault)
		w := introspect(as, tt.client, mediaJWT, "x")
		if w.Code != 500 || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%v: %d %s", tt.fault, w.Code, w.Body)
		}
	}
}
