package rs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// exampleAS is an authorization server in memory that knows one token: "good".
type exampleAS struct{}

func (exampleAS) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/userinfo" {
		fmt.Fprint(rec, `{"sub":"alice","email":"alice@example.org"}`)
		return rec.Result(), nil
	}
	if err := r.ParseForm(); err == nil && r.PostForm.Get("token") == "good" {
		fmt.Fprint(rec, `{"active":true,"sub":"alice","client_id":"docs","scope":"documents","org":"dinum"}`)
	} else {
		fmt.Fprint(rec, `{"active":false}`)
	}
	return rec.Result(), nil
}

// exampleConfig is all that a service needs, and HTTPClient because these examples have no network.
func exampleConfig() rs.Config {
	return rs.Config{
		Issuer:                "https://auth.example",
		IntrospectionEndpoint: "https://auth.example/introspection",
		ClientID:              "documents",
		ClientSecret:          "from a file or the environment",
		AcceptedScopes:        []string{"documents"},
		HTTPClient:            &http.Client{Transport: exampleAS{}},
	}
}

func ExampleServer_Wrap() {
	server, err := rs.New(exampleConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	api := server.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := rs.FromContext(r.Context())
		fmt.Fprintf(w, "hello, %s from %s", p.Subject, p.Audience)
	}))

	for _, authorization := range []string{"Bearer good", "Bearer bad", ""} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Printf("%d %q\n", w.Code, w.Header().Get("WWW-Authenticate"))
	}
	// Output:
	// 200 ""
	// 401 "Bearer error=\"invalid_token\", error_description=\"the access token is not valid here\""
	// 401 "Bearer scope=\"documents\""
}

// A token need not come in an HTTP request: it can come with a message, or in a WebSocket.
func ExampleServer_Authenticate() {
	server, err := rs.New(exampleConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := server.Authenticate(context.Background(), "good")
	fmt.Println(p.Subject, p.Scopes, err)

	_, err = server.Authenticate(context.Background(), "bad")
	fmt.Println(errors.Is(err, rs.ErrInvalidToken), rs.AsError(err).Reason)
	// Output:
	// alice [documents] <nil>
	// true inactive
}

// What is wrong with a configuration is told all at once.
func ExampleNew() {
	_, err := rs.New(rs.Config{Issuer: "https://auth.example", IntrospectionEndpoint: "http://auth.example/introspection", ClientID: "documents"})
	for _, e := range rs.FieldErrors(err) {
		fmt.Println(e.Field)
	}
	// Output:
	// IntrospectionEndpoint
	// ClientSecret
	// AcceptedScopes
}

// Each issuer has a configuration of its own. A token that does not say whose it is, is asked about at each in turn.
func ExampleNewIssuers() {
	partner := exampleConfig()
	partner.Issuer, partner.IntrospectionEndpoint = "https://auth.partner.example", "https://auth.partner.example/introspection"
	issuers, err := rs.NewIssuers(rs.IssuersConfig{Issuers: []rs.Config{exampleConfig(), partner}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := issuers.Authenticate(context.Background(), "good")
	fmt.Println(p.Subject, "of", p.Issuer, err)
	_, err = issuers.Authenticate(context.Background(), "bad")
	fmt.Println(rs.AsError(err).Status())
	// Output:
	// alice of https://auth.example <nil>
	// 401
}

// What a token says of a user is little; a handler that needs more asks for it.
func ExampleServer_UserInfo() {
	cfg := exampleConfig()
	cfg.UserInfoEndpoint = "https://auth.example/userinfo"
	server, err := rs.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	profile := server.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info, err := server.UserInfo(r)
		if err != nil {
			rs.WriteError(w, rs.Refused(r.Context(), err))
			return
		}
		var user struct {
			Email string `json:"email"`
		}
		if err := info.Claims(&user); err != nil {
			rs.WriteError(w, rs.Refused(r.Context(), err))
			return
		}
		fmt.Fprint(w, user.Email)
	}))

	r := httptest.NewRequest(http.MethodGet, "/profile", nil)
	r.Header.Set("Authorization", "Bearer good")
	w := httptest.NewRecorder()
	profile.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 alice@example.org
}

func ExamplePrincipal_Claims() {
	server, err := rs.New(exampleConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := server.Authenticate(context.Background(), "good")
	if err != nil {
		fmt.Println(err)
		return
	}
	var claims struct {
		Organization string `json:"org"`
	}
	fmt.Println(p.Claims(&claims), claims.Organization)
	// Output: <nil> dinum
}

// In a handler's unit test no server is needed.
func ExampleNewContext() {
	ctx := rs.NewContext(context.Background(), &rs.Principal{Subject: "alice", Scopes: []string{"documents"}})
	fmt.Println(rs.RequireAnyScope(ctx, "documents"))
	fmt.Println(rs.RequireAllScopes(ctx, "documents", "documents:write"))
	// Output:
	// <nil>
	// rs: insufficient scope (insufficient_scope)
}

// A guard has nobody to judge where nothing authenticated the request, and lets nobody in.
func ExampleRequireAnyScope_incorrect() {
	err := rs.RequireAnyScope(context.Background(), "documents")
	fmt.Println(rs.AsError(err).Status(), rs.AsError(err).Reason)
	// Output: 500 not_authenticated
}

func ExampleBearerToken() {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "bearer mF_9.B5f-4.1JqM")
	fmt.Println(rs.BearerToken(r))
	// Output: mF_9.B5f-4.1JqM <nil>
}

// An error that is no *rs.Error is answered too, and tells a client nothing.
func ExampleWriteError() {
	w := httptest.NewRecorder()
	rs.WriteError(w, errors.New("db: password of user app is wrong"))
	fmt.Println(w.Code, w.Body)
	// Output: 500 {"status":500,"title":"Internal Server Error"}
}

// timings is an Observer.
type timings struct{}

func (timings) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }
func (timings) End(_ context.Context, ev rs.Event)                 { fmt.Println(ev.Op, ev.Cache, ev.Err) }

func ExampleObserver() {
	cfg := exampleConfig()
	cfg.Observer = rs.Observers(timings{}) // and others beside it
	server, err := rs.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		_, _ = server.Authenticate(context.Background(), "good")
	}
	// Output:
	// introspect  <nil>
	// authenticate miss <nil>
	// authenticate hit <nil>
}

// A handler that refuses by itself tells the observer, as package rsgin does.
func ExampleRefused() {
	cfg := exampleConfig()
	cfg.Observer = timings{}
	server, err := rs.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	api := server.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := rs.RequireAllScopes(r.Context(), "documents:write"); err != nil {
			rs.WriteError(w, rs.Refused(r.Context(), err)) // the log and the metrics see it too
			return
		}
		fmt.Fprint(w, "written")
	}))

	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Authorization", "Bearer good")
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// introspect  <nil>
	// authenticate miss <nil>
	// authorize  rs: insufficient scope (insufficient_scope)
	// 403
}

// An LRU in each process, in front of one cache for all of them.
func ExampleTiered() {
	near, err := rs.NewLRU(1000, time.Now)
	if err != nil {
		fmt.Println(err)
		return
	}
	far, err := rs.NewLRU(100_000, time.Now) // in a service: something that all processes share
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := exampleConfig()
	cfg.Cache = rs.Tiered(near, far)
	server, err := rs.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = server.Authenticate(context.Background(), "good")
	fmt.Println(err)
	// Output: <nil>
}

func ExampleServer_Close() {
	server, err := rs.New(exampleConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	fmt.Println(server.Close(ctx), rs.AsError(server.Ready()).Reason)
	// Output: <nil> closed
}
