package main

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

const (
	testClient = "documents"
	testSecret = "a-secret-that-nobody-may-see"
)

// fixture is an authorization server for rsctl, with the environment that leads there.
type fixture struct {
	as    *devas.Server
	env   map[string]string
	asked chan struct{} // has something in it once a request has arrived
}

// newFixture starts an authorization server whose answers have the form given: json, jwt-signed or jwt.
func newFixture(form string) (f *fixture, stop func(), err error) {
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	client := devas.Client{ID: testClient, Secret: testSecret}
	f = &fixture{asked: make(chan struct{}, 1), env: map[string]string{
		"OIDC_OP_URL":                    issuer,
		"OIDC_OP_INTROSPECTION_ENDPOINT": issuer + "/introspect",
		"OIDC_OP_JWKS_ENDPOINT":          issuer + "/jwks",
		"OIDC_RS_CLIENT_ID":              testClient,
		"OIDC_RS_CLIENT_SECRET":          testSecret,
		"OIDC_RS_SCOPES":                 "documents,groups",
		"OIDC_RS_BACKEND_CLASS":          form,
		"OIDC_RS_LISTEN":                 "127.0.0.1:0",
		"OIDC_TIMEOUT":                   "1m",
	}}
	if form != "json" {
		client.SigningAlg = "ES256"
	}
	if form == "jwt" {
		pem, err := keys.Generate("EC")
		if err != nil {
			return nil, nil, err
		}
		set, err := keys.Parse(pem, "ECDH-ES", "A256GCM")
		if err != nil {
			return nil, nil, err
		}
		client.EncryptionAlg, client.JWKS = "ECDH-ES", set.PublicJWKS()
		f.env["OIDC_RS_PRIVATE_KEY_STR"] = string(pem)
		f.env["OIDC_RS_ENCRYPTION_KEY_TYPE"], f.env["OIDC_RS_ENCRYPTION_ALGO"] = "EC", "ECDH-ES"
	}
	if f.as, err = devas.New(devas.Config{Issuer: issuer, Clients: []devas.Client{client}}); err != nil {
		return nil, nil, err
	}
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case f.asked <- struct{}{}:
		default:
		}
		f.as.ServeHTTP(w, r)
	})
	server.Start()
	return f, server.Close, nil
}

// start is newFixture for tests in Go.
func start(t *testing.T, form string) *fixture {
	t.Helper()
	f, stop, err := newFixture(form)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return f
}

// environ is the environment of a process: f's, what a process needs to be measured, and time for answers on a machine that is busy.
func (f *fixture) environ(extra ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"), "GORACE=" + os.Getenv("GORACE"), "OIDC_TIMEOUT=1m"}
	for _, name := range slices.Sorted(maps.Keys(f.env)) {
		env = append(env, name+"="+f.env[name])
	}
	return append(env, extra...)
}

// fixtureKey finds the *scriptState of a script.
type fixtureKey struct{}

// as FORM: starts an authorization server and sets the environment of the script for it.
func startAS(ts *testscript.TestScript, _ bool, args []string) {
	f, stop, err := newFixture(args[0])
	ts.Check(err)
	ts.Defer(stop)
	for name, value := range f.env {
		ts.Setenv(name, value)
	}
	ts.Value(fixtureKey{}).(*scriptState).fixture = f
}

// mint FILE FORM: writes a new token to a file, without a newline.
func mintToken(ts *testscript.TestScript, _ bool, args []string) {
	form, err := url.ParseQuery(args[1])
	ts.Check(err)
	token, err := mint.Issue(ts.Value(fixtureKey{}).(*scriptState).as, form, time.Now())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(token.AccessToken), 0o600))
}

// fault NAME: lets the authorization server fail from now on.
func failAS(ts *testscript.TestScript, _ bool, args []string) {
	fault, err := devas.ParseFault(args[0])
	ts.Check(err)
	ts.Value(fixtureKey{}).(*scriptState).as.Fail(fault)
}

// scriptState is what the commands of one script share.
type scriptState struct{ *fixture }
