package rsgin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// A fake Authenticator: in a handler's unit test, no server is needed.
type always struct{ principal *rs.Principal }

func (a always) AuthenticateRequest(*http.Request) (*rs.Principal, error) { return a.principal, nil }

func get(router http.Handler, path string) {
	rec := httptest.NewRecorder()
	router.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	fmt.Println(rec.Code, rec.Body.String())
}

func ExampleAuthenticate() {
	server := always{&rs.Principal{Subject: "alice", Scopes: []string{"documents"}}} // in a service: rs.New(cfg)

	router := gin.New()
	api := router.Group("/api", rsgin.Authenticate(server, nil))
	api.GET("/documents", rsgin.RequireAnyScope("documents"), func(c *gin.Context) {
		p, _ := rsgin.Principal(c)
		c.String(http.StatusOK, "documents of %s", p.Subject)
	})
	get(router, "/api/documents")
	// Output: 200 documents of alice
}

// Authenticate must come first: a guard alone has nobody to judge and lets nobody in.
func ExampleRequireAnyScope_incorrect() {
	router := gin.New()
	router.GET("/documents", rsgin.RequireAnyScope("documents"), func(c *gin.Context) { c.Status(http.StatusOK) })
	get(router, "/documents")
	// Output: 500 {"status":500,"title":"Internal Server Error"}
}

func ExampleRequireAllScopes() {
	server := always{&rs.Principal{Subject: "alice", Scopes: []string{"documents"}}}
	router := gin.New()
	router.GET("/", rsgin.Authenticate(server, nil), rsgin.RequireAllScopes("documents", "documents:write"),
		func(c *gin.Context) { c.Status(http.StatusOK) })
	get(router, "/")
	// Output: 403 {"status":403,"title":"Forbidden","error":"insufficient_scope","error_description":"the access token lacks a scope"}
}

func ExampleResolveUser() {
	type user struct{ Name string }
	accounts := map[string]user{"alice": {"Alice Martin"}}
	find := func(_ context.Context, p *rs.Principal) (user, error) {
		u, ok := accounts[p.Subject]
		if !ok {
			return user{}, rs.ErrUnknownUser // 401
		}
		return u, nil
	}

	router := gin.New()
	router.GET("/me", rsgin.Authenticate(always{&rs.Principal{Subject: "alice"}}, nil), rsgin.ResolveUser(find), func(c *gin.Context) {
		u, _ := rsgin.User[user](c)
		c.String(http.StatusOK, u.Name)
	})
	get(router, "/me")
	// Output: 200 Alice Martin
}

// A rule that needs more than scopes: here, which service may call.
func ExamplePolicy() {
	pilot := rsgin.Policy(func(_ *http.Request, p *rs.Principal) error {
		if p.Audience != "visio" {
			return fmt.Errorf("the calling service is not in the pilot: %w", rs.ErrForbidden) // the text is for the log alone
		}
		return nil
	})
	router := gin.New()
	api := router.Group("/", rsgin.Authenticate(always{&rs.Principal{Subject: "alice", Audience: "drive"}}, nil))
	api.GET("/drafts", pilot, func(c *gin.Context) { c.Status(http.StatusOK) })
	get(router, "/drafts")
	// Output: 403 {"status":403,"title":"Forbidden"}
}

// Strangers may come in, but a token that is there must be good; see RequireAnyScope for a route that wants one after all.
func ExampleOptions() {
	server, err := rs.New(rs.Config{
		Issuer:                "https://auth.example",
		IntrospectionEndpoint: "https://auth.example/introspection",
		ClientID:              "documents",
		ClientSecret:          "from a file or the environment",
		AcceptedScopes:        []string{"documents"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	router := gin.New()
	public := router.Group("/", rsgin.Authenticate(server, &rsgin.Options{Optional: true}))
	public.GET("/news", func(c *gin.Context) {
		_, known := rsgin.Principal(c)
		c.String(http.StatusOK, "known: %v", known)
	})
	public.GET("/documents", rsgin.RequireAnyScope("documents"), func(c *gin.Context) { c.Status(http.StatusOK) })
	get(router, "/news")
	get(router, "/documents")
	// Output:
	// 200 known: false
	// 401 {"status":401,"title":"Unauthorized"}
}
