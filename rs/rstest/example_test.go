package rstest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
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
		recorder := httptest.NewRecorder()
		teams.ServeHTTP(recorder, rstest.Request("GET", "/api/teams", token))
		return recorder.Result()
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
