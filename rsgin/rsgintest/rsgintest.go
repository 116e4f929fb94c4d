// Package rsgintest is for the tests of Gin handlers and routers: a principal without any authorization server, and refusals on
// demand.
//
//	router := newRouter(rsgintest.Tokens{ // in the service: rs.New(cfg)
//		"alice": {Subject: "alice", Scopes: []string{"documents"}},
//		"bob":   {Subject: "bob", Scopes: []string{"email"}},
//	})
//	resp := rstest.Do(router, rstest.Request("GET", "/api/documents", "bob"))
//	rstest.CheckRefusal(t, resp, rs.ErrInsufficientScope)
//
// It works for a router that is given its [rsgin.Authenticator], as newRouter above is. [Call] calls a handler alone. Both are for
// what comes after Authenticate: guards, policies, users, handlers. That the service understands its authorization server is
// for one more test to show, with rstest.NewServer; and so are claims that have no field in [rs.Principal].
//
// Gin prints every route of every router unless the tests say gin.SetMode(gin.TestMode), in an init function for example.
//
// The package is NOT for production; only tests should import it.
package rsgintest

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// Tokens is an [rsgin.Authenticator] that knows some bearer tokens and whom they stand for. It refuses as rs.Server
// does: no token with 401 and without an error, a malformed Authorization with 400, any other token with 401
// invalid_token. It judges neither scope nor time, which the guards of a route and rs.Server do. Every request gets a
// Principal of its own. A map is safe for concurrent use as long as nobody changes it.
type Tokens map[string]*rs.Principal

// AuthenticateRequest is [rsgin.Authenticator].
func (t Tokens) AuthenticateRequest(r *http.Request) (*rs.Principal, error) {
	token, err := rs.BearerToken(r)
	if err != nil {
		return nil, err
	}
	p, known := t[token]
	if !known || p == nil {
		return nil, &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonInactive, Description: "the access token is not valid here"}
	}
	return clone(p), nil
}

// As is an [rsgin.Authenticator] for which everybody is p, with or without a token: for tests that are about something
// else. Every request gets a Principal of its own.
func As(p *rs.Principal) rsgin.Authenticator { return always{p: p} }

// Refuse is an [rsgin.Authenticator] that refuses everybody with err: an rs.Kind such as rs.ErrUnavailable, for an
// outage, or an *rs.Error that says more.
func Refuse(err error) rsgin.Authenticator { return always{err: err} }

type always struct {
	p   *rs.Principal
	err error
}

func (a always) AuthenticateRequest(*http.Request) (*rs.Principal, error) {
	if a.err != nil || a.p == nil {
		return nil, a.err // neither is a 500: a test that gave nothing should see that
	}
	return clone(a.p), nil
}

// Call is the answer of handlers to r, on a router of their own where they stand at path ("/documents/:id") for r's method. The
// request says who asks: rstest.RequestAs. Middleware goes before the handler, as on a route:
//
//	alice := &rs.Principal{Subject: "alice", Scopes: []string{"documents"}}
//	resp := rsgintest.Call("/documents/:id", rstest.RequestAs("GET", "/documents/7", alice), rsgin.RequireAnyScope("documents"), show)
//
// A request that does not fit path is answered 404.
func Call(path string, r *http.Request, handlers ...gin.HandlerFunc) *http.Response {
	router := gin.New()
	router.Handle(r.Method, path, handlers...)
	return rstest.Do(router, r)
}

// clone keeps a handler that changes its Principal from changing that of the next request.
func clone(p *rs.Principal) *rs.Principal {
	copied := *p
	copied.TokenAudiences, copied.Scopes = slices.Clone(p.TokenAudiences), slices.Clone(p.Scopes)
	return &copied
}
