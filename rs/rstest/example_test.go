package rstest_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// In a test, t is the one that the test function is given.
func ExampleNewServer() {
	as := rstest.NewServer(t)
	cfg := as.Config(rstest.JWT) // signed and encrypted, with generated keys
	cfg.CacheSize = -1           // every request asks the authorization server
	server, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	teams := server.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := rs.FromContext(r.Context())
		fmt.Fprintf(w, "the teams of %s", p.Subject)
	}))
	get := func(token string) *http.Response {
		return rstest.Do(teams, rstest.Request("GET", "/api/teams", token))
	}

	token := as.Issue(rstest.Claims{"sub": "alice", "scope": "groups"})
	fmt.Println(get(token).Status)

	as.FailNext(rstest.WrongSignature)
	rstest.CheckRefusal(t, get(token), rs.ErrUnavailable)

	other := as.Issue(rstest.Claims{"sub": "bob", "scope": "email"})
	refusal := rstest.CheckRefusal(t, get(other), rs.ErrInsufficientScope)
	fmt.Println("needed:", refusal.Scope)

	as.Revoke(token)
	rstest.CheckRefusal(t, get(token), rs.ErrInvalidToken)

	for _, exchange := range as.Introspections() {
		fmt.Println(exchange.Client, exchange.AuthMethod, exchange.Status, exchange.Active, exchange.Fault)
	}
	// Output:
	// 200 OK
	// needed: groups
	// rs-jwt client_secret_basic 200 true none
	// rs-jwt client_secret_basic 200 true wrong-signature
	// rs-jwt client_secret_basic 200 true none
	// rs-jwt client_secret_basic 200 false none
}

// A cache of your own proves that it keeps the promises of rs.Cache.
func ExampleTestCache() {
	testLRU := func(t *testing.T) { // your TestXxx function
		rstest.TestCache(t, func() rs.Cache {
			cache, err := rs.NewLRU(1000, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			return cache
		})
	}
	_ = testLRU
}

// A handler alone: nobody is asked, and the Require functions judge by the scopes of the principal.
func ExampleRequestAs() {
	remove := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := rs.RequireAllScopes(r.Context(), "groups.write"); err != nil {
			rs.WriteError(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	alice := &rs.Principal{Subject: "alice", Scopes: []string{"groups"}}
	bob := &rs.Principal{Subject: "bob", Scopes: []string{"groups", "groups.write"}}

	fmt.Println(rstest.Do(remove, rstest.RequestAs("DELETE", "/api/teams/7", bob)).Status)
	refusal := rstest.CheckRefusal(t, rstest.Do(remove, rstest.RequestAs("DELETE", "/api/teams/7", alice)), rs.ErrInsufficientScope)
	fmt.Println(refusal.Status, refusal.Scope)
	// Output:
	// 204 No Content
	// 403 groups.write
}

// To the letter: a client that reads the challenge must not be surprised by an update.
func ExampleCheckGolden() {
	as := rstest.NewServer(t)
	cfg := as.Config()
	cfg.Realm = "teams"
	server, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	teams := server.Wrap(http.NotFoundHandler())

	rstest.CheckGolden(t, rstest.Do(teams, rstest.Request("GET", "/api/teams", as.Issue(rstest.Claims{"scope": "email"}))), `
		403 Forbidden
		WWW-Authenticate: Bearer realm="teams", error="insufficient_scope", error_description="the access token lacks a scope", scope="groups"
		{"status":403,"title":"Forbidden","error":"insufficient_scope","error_description":"the access token lacks a scope"}
	`)
	// Output:
}

// Faults have names, the same on the page of rsctl dev-as and in tables that are read from a file.
func ExampleFault() {
	fault, err := devas.ParseFault("wrong-signature")
	fmt.Println(fault == rstest.WrongSignature, err)
	fmt.Println(rstest.Hang, rstest.KeysDown, rstest.Status(503))
	// Output:
	// true <nil>
	// hang keys-down 503
}

// Your whole service, through every fault and every form of answer.
func ExampleTestOutage() {
	testOutage := func(t *testing.T) { // your TestXxx function
		rstest.TestOutage(t, "/api/teams", func(t *testing.T, cfg rs.Config) http.Handler {
			server, err := rs.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Close(context.Background()) })
			return routes(server)
		})
	}
	_ = testOutage
}
