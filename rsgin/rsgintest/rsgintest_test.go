package rsgintest_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
	"github.com/gin-lasuite/gin-lasuite/rsgin/rsgintest"
)

func router(a rsgin.Authenticator) http.Handler {
	r := gin.New()
	api := r.Group("/api", rsgin.Authenticate(a, nil))
	api.GET("/documents", rsgin.RequireAnyScope("documents"), func(c *gin.Context) {
		p, _ := rsgin.Principal(c)
		p.Scopes[0] = "changed"
		c.String(http.StatusOK, p.Subject)
	})
	return r
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(resp.StatusCode, " ", string(body))
}

func TestTokens(t *testing.T) {
	t.Parallel()
	r := router(rsgintest.Tokens{
		"alice": {Subject: "alice", Scopes: []string{"documents"}},
		"bob":   {Subject: "bob", Scopes: []string{"email"}},
		"nil":   nil,
	})
	get := func(token string) *http.Response {
		return rstest.Do(r, rstest.Request(http.MethodGet, "/api/documents", token))
	}
	for range 2 { // a handler that changes its Principal changes no other
		if got := text(t, get("alice")); got != "200 alice" {
			t.Error(got)
		}
	}
	rstest.CheckRefusal(t, get("bob"), rs.ErrInsufficientScope)
	rstest.CheckRefusal(t, get(""), rs.ErrMissingToken)
	rstest.CheckRefusal(t, get("stranger"), rs.ErrInvalidToken)
	rstest.CheckRefusal(t, get("nil"), rs.ErrInvalidToken)
	rstest.CheckRefusal(t, get("no token"), rs.ErrInvalidRequest)
}

// A test with Tokens sees the refusals that the service will give.
func TestTokensRefuseAsTheServerDoes(t *testing.T) {
	t.Parallel()
	server, err := rs.New(rstest.NewServer(t).Config())
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"stranger", "no token"} {
		request := rstest.Request(http.MethodGet, "/api/documents", token)
		want := rstest.Do(router(server), request)
		golden := fmt.Sprintf("%s\nWWW-Authenticate: %s\n%s", want.Status, want.Header.Get("WWW-Authenticate"), text(t, want)[len("401 "):])
		rstest.CheckGolden(t, rstest.Do(router(rsgintest.Tokens{}), request), golden)
	}
}

func TestAs(t *testing.T) {
	t.Parallel()
	r := router(rsgintest.As(&rs.Principal{Subject: "alice", Scopes: []string{"documents"}}))
	for _, token := range []string{"", "any", "not even a token"} {
		if got := text(t, rstest.Do(r, rstest.Request(http.MethodGet, "/api/documents", token))); got != "200 alice" {
			t.Error(got)
		}
	}
	nobody := rstest.Do(router(rsgintest.As(nil)), rstest.Request(http.MethodGet, "/api/documents", ""))
	rstest.CheckRefusal(t, nobody, rs.ErrInternal)
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	request := rstest.Request(http.MethodGet, "/api/documents", "alice")
	for _, kind := range []rs.Kind{
		rs.ErrInternal, rs.ErrMissingToken, rs.ErrInvalidRequest, rs.ErrInvalidToken, rs.ErrUnavailable, rs.ErrTooManyFailures, rs.ErrForbidden,
	} {
		rstest.CheckRefusal(t, rstest.Do(router(rsgintest.Refuse(kind)), request), kind)
	}
	weak := &rs.Error{Kind: rs.ErrInsufficientScope, Scope: "documents"}
	if got := rstest.CheckRefusal(t, rstest.Do(router(rsgintest.Refuse(weak)), request), rs.ErrInsufficientScope); got.Scope != "documents" {
		t.Errorf("%+v", got)
	}
	rstest.CheckRefusal(t, rstest.Do(router(rsgintest.Refuse(nil)), request), rs.ErrInternal)
}

func TestCall(t *testing.T) {
	t.Parallel()
	show := func(c *gin.Context) {
		p, found := rsgin.Principal(c)
		if !found {
			c.Status(http.StatusNoContent)
			return
		}
		c.String(http.StatusOK, "%s of %s", c.Param("id"), p.Subject)
	}
	alice := &rs.Principal{Subject: "alice", Scopes: []string{"documents"}}
	call := func(p *rs.Principal, target string, handlers ...gin.HandlerFunc) *http.Response {
		return rsgintest.Call("/documents/:id", rstest.RequestAs(http.MethodGet, target, p), handlers...)
	}
	guard := rsgin.RequireAnyScope("documents")
	for _, tt := range []struct {
		name, want string
		resp       *http.Response
	}{
		{"handler", "200 7 of alice", call(alice, "/documents/7", show)},
		{"guard and handler", "200 7 of alice", call(alice, "/documents/7", guard, show)},
		{"a status alone", "204 ", call(nil, "/documents/7", show)},
		{"another path", "404 404 page not found", call(alice, "/folders/7", show)},
	} {
		if got := text(t, tt.resp); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	rstest.CheckRefusal(t, call(&rs.Principal{Subject: "bob"}, "/documents/7", guard, show), rs.ErrInsufficientScope)
}
