package devas_test

import (
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestResponseFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	active, empty := as.IssueRaw(`{"active":true,"scope":"a b"}`), as.IssueRaw(`{}`)
	for _, tt := range []struct {
		fault               devas.Fault
		active, none, empty string
	}{
		{devas.DuplicateMember, `{"active":true,"active":true,"scope":"a b"}`, `{"active":true,"active":false}`, `{"active":true}`},
		{devas.StringActive, `{"active":"true","scope":"a b"}`, `{"active":"false"}`, `{}`},
		{devas.NoActive, `{"scope":"a b"}`, `{}`, `{}`},
		{devas.CaseFolded, `{"Active":true,"scope":"a b"}`, `{"Active":false}`, `{}`},
		{devas.TrailingData, `{"active":true,"scope":"a b"}{"active":true}`, `{"active":false}{"active":true}`, `{}{"active":true}`},
		{devas.ScopeArray, `{"active":true,"scope":["a","b"]}`, `{"active":false}`, `{}`},
		{devas.InvalidUTF8, "{\"name\":\"\xff\",\"active\":true,\"scope\":\"a b\"}", "{\"name\":\"\xff\",\"active\":false}", "{\"name\":\"\xff\"}"},
		{devas.NotAnObject, `[{"active":true,"scope":"a b"}]`, `[{"active":false}]`, `[{}]`},
	} {
		as.Fail(tt.fault)
		for range 2 { // a fault must not wear out
			for token, want := range map[string]string{active: tt.active, "unknown": tt.none, empty: tt.empty} {
				if got := introspect(as, "json", mediaJSON, token).Body.String(); got != want {
					t.Errorf("%v: %s, want %s", tt.fault, got, want)
				}
			}
		}
	}
	for _, f := range []devas.Fault{devas.Oversize, devas.DeepNesting} {
		as.Fail(f)
		body := introspect(as, "json", mediaJSON, "x").Body.String()
		if len(body) < 200_000 || f == devas.Oversize && len(body) <= 1<<20 || !strings.HasSuffix(body, `,"active":false}`) {
			t.Errorf("%v: %d bytes", f, len(body))
		}
	}
	raw := as.IssueRaw("no JSON")
	for _, f := range []devas.Fault{devas.NoActive, devas.InvalidUTF8} {
		as.Fail(f)
		if got := introspect(as, "json", mediaJSON, raw).Body.String(); got != "no JSON" {
			t.Errorf("%v of what is no JSON: %q", f, got)
		}
	}
}
