package docs_test

// The tests of docs/how-to/test-your-application.md.

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

func newRouter(server rsgin.Authenticator, find func(context.Context, *rs.Principal) (*user, error)) *gin.Engine {
	router := gin.New()
	api := router.Group("/api", rsgin.Authenticate(server, nil), rsgin.ResolveUser(find))
	api.GET("/me", func(c *gin.Context) {
		u, _ := rsgin.User[*user](c)
		c.JSON(http.StatusOK, gin.H{"email": u.Email})
	})
	api.DELETE("/me", rsgin.RequireAllScopes("profile:write"), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	return router
}

func findInTest(_ context.Context, p *rs.Principal) (*user, error) {
	if p.Subject != "alice" {
		return nil, rs.ErrUnknownUser
	}
	return &user{Email: "alice@example.org"}, nil
}

func findAnybody(context.Context, *rs.Principal) (*user, error) { return &user{}, nil }

func TestWhoGetsIn(t *testing.T) {
	as := rstest.NewServer(t)
	cfg := as.Config(rstest.JWT) // signed and encrypted, with generated keys; as.Config() is plain JSON
	cfg.AcceptedScopes = []string{"profile"}
	server, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	router := newRouter(server, findInTest)

	alice := as.Issue(rstest.Claims{"sub": "alice", "scope": "profile"})
	writer := as.Issue(rstest.Claims{"sub": "alice", "scope": "profile profile:write"})
	stranger := as.Issue(rstest.Claims{"sub": "mallory", "scope": "profile"})
	expired := as.Issue(rstest.Claims{"sub": "alice", "scope": "profile", "exp": time.Now().Add(-time.Hour).Unix()})
	service := as.Issue(rstest.Claims{"sub": nil, "scope": "profile"}) // client credentials: nobody's token
	revoked := as.Issue(rstest.Claims{"sub": "alice", "scope": "profile"})
	as.Revoke(revoked)

	for _, tt := range []struct {
		name, method, token string
		status              int
		refusal             rs.Kind // for a status from 400 on
	}{
		{"a user reads", "GET", alice, 200, 0},
		{"a user without the scope writes", "DELETE", alice, 403, rs.ErrInsufficientScope},
		{"a user with the scope writes", "DELETE", writer, 204, 0},
		{"no token", "GET", "", 401, rs.ErrMissingToken},
		{"a token of nobody", "GET", "made-up", 401, rs.ErrInvalidToken},
		{"an expired token", "GET", expired, 401, rs.ErrInvalidToken},
		{"a revoked token", "GET", revoked, 401, rs.ErrInvalidToken},
		{"a user whom we do not know", "GET", stranger, 401, rs.ErrInvalidToken},
		{"no user at all", "GET", service, 401, rs.ErrInvalidToken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			response := rstest.Do(router, rstest.Request(tt.method, "/api/me", tt.token))
			if response.StatusCode != tt.status {
				t.Errorf("status %d, want %d", response.StatusCode, tt.status)
			}
			if tt.status >= http.StatusBadRequest {
				rstest.CheckRefusal(t, response, tt.refusal)
			}
		})
	}
}

func TestAFault(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t)
	server, err := rs.New(as.Config(rstest.JWT))
	if err != nil {
		t.Fatal(err)
	}
	router := newRouter(server, findAnybody)
	get := func(token string) *http.Response { return rstest.Do(router, rstest.Request("GET", "/api/me", token)) }
	alice := as.Issue(rstest.Claims{"sub": "alice"})

	as.FailNext(rstest.WrongSignature)
	rstest.CheckRefusal(t, get(alice), rs.ErrUnavailable) // 503: the answer is worth nothing, the token may be good

	if got := get(alice).StatusCode; got != http.StatusOK {
		t.Errorf("when it is over: %d, want 200", got)
	}
}

func TestNoOutageOpensOrClosesTheWrongDoor(t *testing.T) {
	rstest.TestOutage(t, "/api/me", func(t *testing.T, cfg rs.Config) http.Handler {
		server, err := rs.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close(context.Background()) })
		return newRouter(server, findAnybody)
	})
}

func TestAHandlerAlone(t *testing.T) {
	t.Parallel()
	greeting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := rs.FromContext(r.Context())
		fmt.Fprintf(w, "Hello %s", p.Subject)
	})
	alice := &rs.Principal{Subject: "alice", Scopes: []string{"profile"}}
	response := rstest.Do(greeting, rstest.RequestAs("GET", "/greeting", alice))

	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); string(got) != "Hello alice" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheProfile(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t)
	server, err := rs.New(as.Config())
	if err != nil {
		t.Fatal(err)
	}
	router := newProfileRouter(server) // GET /api/profile calls server.UserInfo
	get := func(token string) *http.Response {
		return rstest.Do(router, rstest.Request("GET", "/api/profile", token))
	}

	as.SetUser("dave", rstest.Claims{"email": "dave@example.org", "email_verified": true})
	response := get(as.Issue(rstest.Claims{"sub": "dave"}))
	defer response.Body.Close()
	const want = `{"email":"dave@example.org","email_verified":true}`
	if got, err := io.ReadAll(response.Body); string(got) != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}

	as.FailNext(rstest.AtUserInfo(503)) // introspection goes on to work
	rstest.CheckRefusal(t, get(as.Issue(nil)), rs.ErrUnavailable)
}
