package docs_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

func init() { gin.SetMode(gin.TestMode) }

func ok(c *gin.Context) { c.Status(http.StatusOK) }

// scopes is the program of docs/how-to/scopes.md.
func scopes(server rsgin.Authenticator) *gin.Engine {
	router := gin.New()
	router.GET("/healthz", ok) // not protected at all

	public := router.Group("/", rsgin.Authenticate(server, &rsgin.Options{Optional: true}))
	public.GET("/news", ok) // strangers too; rsgin.Principal(c) says who it is, if anybody

	api := router.Group("/api", rsgin.Authenticate(server, nil))
	api.GET("/me", ok) // any token that passes the door
	api.GET("/documents", rsgin.RequireAnyScope("documents", "documents:read"), ok)
	api.POST("/documents", rsgin.RequireAllScopes("documents", "documents:write"), ok)

	return router
}

// newServer is a resource server with an authorization server in memory.
func newServer(t *testing.T, change func(*rs.Config)) (*rs.Server, *rstest.Server) {
	t.Helper()
	as := rstest.NewServer(t)
	cfg := as.Config()
	if change != nil {
		change(&cfg)
	}
	server, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return server, as
}

// TestScopesTable sends every request of the table in docs/how-to/scopes.md.
func TestScopesTable(t *testing.T) {
	t.Parallel()
	server, as := newServer(t, func(cfg *rs.Config) { cfg.AcceptedScopes = []string{"documents", "documents:read"} })
	router := scopes(server)
	table := rows(read(t, "docs/how-to/scopes.md"))
	requests := table[0][1:]
	for _, row := range table[1:] {
		token := ""
		switch scope := strings.Trim(row[0], "`"); row[0] {
		case "no token":
		case "none":
			token = as.Issue(rstest.Claims{"sub": "alice", "scope": nil})
		case "an expired token":
			token = as.Issue(rstest.Claims{"sub": "alice", "scope": "documents", "exp": time.Now().Add(-time.Hour).Unix()})
		default:
			token = as.Issue(rstest.Claims{"sub": "alice", "scope": scope})
		}
		for i, want := range row[1:] {
			method, path, _ := strings.Cut(strings.Trim(requests[i], "`"), " ")
			recorder := httptest.NewRecorder()
			router.ServeHTTP(recorder, rstest.Request(method, path, token))
			if got := itoa(recorder.Code); got != want {
				t.Errorf("%s with %s: %s, want %s as the page says", requests[i], row[0], got, want)
			}
		}
	}
}
