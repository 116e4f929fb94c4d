package rsgintest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
	"github.com/gin-lasuite/gin-lasuite/rsgin/rsgintest"
)

// Without this, Gin prints every route of every router.
func init() { gin.SetMode(gin.TestMode) }

// newRouter stands for the routes of an application, which is given its Authenticator.
func newRouter(server rsgin.Authenticator) *gin.Engine {
	router := gin.New()
	api := router.Group("/api", rsgin.Authenticate(server, nil))
	api.GET("/documents/:id", rsgin.RequireAnyScope("documents"), show)
	api.DELETE("/documents/:id", rsgin.RequireAllScopes("documents", "documents:write"), remove)
	return router
}

func show(c *gin.Context) {
	p, _ := rsgin.Principal(c)
	c.String(http.StatusOK, "document %s for %s", c.Param("id"), p.Subject)
}

func remove(c *gin.Context) { c.Status(http.StatusNoContent) }

func TestRoutes(t *testing.T) {
	t.Parallel()
	router := newRouter(rsgintest.Tokens{
		"alice": {Subject: "alice", Scopes: []string{"documents"}},
		"bob":   {Subject: "bob", Scopes: []string{"documents", "documents:write"}},
		"carol": {Subject: "carol", Scopes: []string{"email"}},
	})
	for _, tt := range []struct {
		method, token string
		status        int
		refusal       rs.Kind // for a status from 400 on
	}{
		{"GET", "", 401, rs.ErrMissingToken},
		{"GET", "mallory", 401, rs.ErrInvalidToken},
		{"GET", "carol", 403, rs.ErrInsufficientScope},
		{"GET", "alice", 200, 0},
		{"DELETE", "alice", 403, rs.ErrInsufficientScope},
		{"DELETE", "bob", 204, 0},
	} {
		resp := rstest.Do(router, rstest.Request(tt.method, "/api/documents/7", tt.token))
		if resp.StatusCode != tt.status {
			t.Errorf("%s by %q: status %d, want %d", tt.method, tt.token, resp.StatusCode, tt.status)
		} else if tt.status >= http.StatusBadRequest {
			rstest.CheckRefusal(t, resp, tt.refusal)
		}
	}
}

// In a test, t is the one that the test function is given.
var t testing.TB = panics{}

// panics stands in for a test: the examples fail none of their checks.
type panics struct{ testing.TB }

func (panics) Helper() {}

func ExampleTokens() {
	router := newRouter(rsgintest.Tokens{"alice": {Subject: "alice", Scopes: []string{"documents"}}})
	for _, token := range []string{"alice", "mallory", ""} {
		resp := rstest.Do(router, rstest.Request("GET", "/api/documents/7", token))
		fmt.Printf("%d %q\n", resp.StatusCode, resp.Header.Get("WWW-Authenticate"))
	}
	// Output:
	// 200 ""
	// 401 "Bearer error=\"invalid_token\", error_description=\"the access token is not valid here\""
	// 401 "Bearer realm=\"\""
}

// What an application does in an outage, without making one.
func ExampleRefuse() {
	router := newRouter(rsgintest.Refuse(rs.ErrUnavailable))
	resp := rstest.Do(router, rstest.Request("GET", "/api/documents/7", "alice"))
	fmt.Println(resp.Status, resp.Header.Get("Retry-After"))
	// Output: 503 Service Unavailable 5
}

// One handler and its guard, without the router.
func ExampleCall() {
	alice := &rs.Principal{Subject: "alice", Scopes: []string{"documents"}}
	resp := rsgintest.Call("/documents/:id", rstest.RequestAs("GET", "/documents/7", alice), rsgin.RequireAnyScope("documents"), show)
	fmt.Println(resp.Status)

	bob := &rs.Principal{Subject: "bob", Scopes: []string{"email"}}
	resp = rsgintest.Call("/documents/:id", rstest.RequestAs("GET", "/documents/7", bob), rsgin.RequireAnyScope("documents"), show)
	refusal := rstest.CheckRefusal(t, resp, rs.ErrInsufficientScope)
	fmt.Println(refusal.Status, refusal.Scope)
	// Output:
	// 200 OK
	// 403 documents
}
