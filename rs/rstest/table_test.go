package rstest_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// routes stands for the routes of an application.
func routes(server *rs.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/teams", func(w http.ResponseWriter, r *http.Request) {
		p, _ := rs.FromContext(r.Context())
		_, _ = fmt.Fprintf(w, "teams of %s", p.Subject)
	})
	mux.HandleFunc("DELETE /api/teams", func(w http.ResponseWriter, r *http.Request) {
		if err := rs.RequireAllScopes(r.Context(), "groups", "groups.write"); err != nil {
			rs.WriteError(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return server.Wrap(mux)
}

func TestTable(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t)
	cfg := as.Config(rstest.JWT)
	cfg.CacheSize = -1 // every request asks, so that every fault is felt
	handler := routes(newServer(t, cfg))

	good := as.Issue(nil) // alice, with rstest.Scope
	weak := as.Issue(rstest.Claims{"scope": "email"})
	writer := as.Issue(rstest.Claims{"sub": "bob", "scope": "groups groups.write"})
	expired := as.Issue(rstest.Claims{"exp": time.Now().Add(-time.Hour).Unix()})
	revoked := as.Issue(nil)
	as.Revoke(revoked)

	for _, tt := range []struct {
		name, method, token string
		fault               rstest.Fault
		want                error // an rs.Kind; nil: accepted
	}{
		{"no token", "GET", "", 0, rs.ErrMissingToken},
		{"two tokens", "GET", good + " " + good, 0, rs.ErrInvalidRequest},
		{"a stranger's token", "GET", "stranger", 0, rs.ErrInvalidToken},
		{"an expired token", "GET", expired, 0, rs.ErrInvalidToken},
		{"a revoked token", "GET", revoked, 0, rs.ErrInvalidToken},
		{"too little scope", "GET", weak, 0, rs.ErrInsufficientScope},
		{"good", "GET", good, 0, nil},
		{"good for reading", "DELETE", good, 0, rs.ErrInsufficientScope},
		{"good for writing", "DELETE", writer, 0, nil},
		{"an outage", "GET", good, 503, rs.ErrUnavailable},
		{"a forged answer", "GET", good, rstest.WrongSignature, rs.ErrUnavailable},
		{"our secret was changed", "GET", good, rstest.InvalidClient, rs.ErrInternal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			as.FailNext(tt.fault) // 0 is no fault
			resp := rstest.Do(handler, rstest.Request(tt.method, "/api/teams", tt.token))
			if kind, refused := tt.want.(rs.Kind); refused {
				rstest.CheckRefusal(t, resp, kind)
			} else if resp.StatusCode >= http.StatusBadRequest {
				t.Errorf("status %d, want it accepted", resp.StatusCode)
			}
			as.Heal() // a request that needed no answer leaves the fault to the next one
		})
	}
}

func TestTokenExpiresInTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		as := rstest.NewServer(t) // inside the bubble
		handler := routes(newServer(t, as.Config()))
		token := as.Issue(rstest.Claims{"exp": time.Now().Add(20 * time.Second).Unix()})
		get := func() *http.Response { return rstest.Do(handler, rstest.Request("GET", "/api/teams", token)) }

		if resp := get(); resp.StatusCode != http.StatusOK {
			t.Errorf("status %d", resp.StatusCode)
		}
		time.Sleep(20 * time.Second) // no time at all: the clock is that of the bubble
		rstest.CheckRefusal(t, get(), rs.ErrInvalidToken)
	})
}
