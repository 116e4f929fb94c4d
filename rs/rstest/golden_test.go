package rstest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

func TestCheckGolden(t *testing.T) {
	t.Parallel()
	weak := &rs.Error{Kind: rs.ErrInsufficientScope, Realm: "documents", Description: "too weak", Scope: "documents"}
	const golden = `
		403 Forbidden
		WWW-Authenticate: Bearer realm="documents", error="insufficient_scope", error_description="too weak", scope="documents"
		{"status":403,"title":"Forbidden","error":"insufficient_scope","error_description":"too weak"}
	`
	for name, tt := range map[string]struct {
		resp   *http.Response
		golden string
		expect string // part of the failure; empty: none
	}{
		"right":            {written(weak), golden, ""},
		"from a file":      {written(weak), strings.ReplaceAll(golden, "\n\t\t", "\r\n"), ""},
		"retry":            {written(&rs.Error{Kind: rs.ErrUnavailable, RetryAfter: 7 * time.Second}), "503 Service Unavailable\nRetry-After: 7\n" + `{"status":503,"title":"Service Unavailable"}`, ""},
		"another realm":    {written(weak), strings.Replace(golden, `realm="documents"`, `realm="docs"`, 1), `want` + "\n" + `403 Forbidden` + "\n" + `WWW-Authenticate: Bearer realm="docs"`},
		"another status":   {written(&rs.Error{Kind: rs.ErrInternal}), golden, "the refusal is\n500 Internal Server Error\n"},
		"body beyond that": {&http.Response{StatusCode: 500, Body: io.NopCloser(strings.NewReader("a\nb"))}, "500 Internal Server Error\na", "a\nb\n\nwant"},
		"broken body":      {&http.Response{StatusCode: 500, Body: io.NopCloser(brokenReader{})}, "", "reading the body"},
	} {
		tb := &fakeTB{}
		rstest.CheckGolden(tb, tt.resp, tt.golden)
		switch failures := strings.Join(tb.failures, "\n"); {
		case tt.expect == "" && failures != "":
			t.Errorf("%s: %s", name, failures)
		case !strings.Contains(failures, tt.expect):
			t.Errorf("%s: failure %q, want one with %q", name, failures, tt.expect)
		}
	}
}

func TestRequestAs(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := rs.RequireAllScopes(r.Context(), "documents"); err != nil {
			rs.WriteError(w, err)
			return
		}
		p, _ := rs.FromContext(r.Context())
		_, _ = fmt.Fprint(w, p.Subject)
	})
	resp := rstest.Do(handler, rstest.RequestAs(http.MethodPut, "/x?y", &rs.Principal{Subject: "alice", Scopes: []string{"documents"}}))
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || string(body) != "alice" || err != nil {
		t.Errorf("%d %q, %v", resp.StatusCode, body, err)
	}
	weak := rstest.RequestAs(http.MethodPut, "/x?y", &rs.Principal{Subject: "alice"})
	rstest.CheckRefusal(t, rstest.Do(handler, weak), rs.ErrInsufficientScope)
	nobody := rstest.RequestAs(http.MethodPut, "/x?y", nil)
	rstest.CheckRefusal(t, rstest.Do(handler, nobody), rs.ErrInternal)
	if _, sent := nobody.Header["Authorization"]; sent || nobody.Method != http.MethodPut || nobody.URL.RawQuery != "y" {
		t.Errorf("%+v", nobody)
	}
}
