package main

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// private are values that must never be seen in a log.
const (
	privateSubject = "private-subject"
	privateEmail   = "private@example.org"
	privateQuery   = "private-query"
)

func TestServeAnswers(t *testing.T) {
	t.Parallel()
	f := start(t, "json")
	p := startServe(t, f, "OIDC_RS_REALM=test", "OIDC_RS_TOKEN_AUDIENCES=us")
	now := time.Now()
	issue := func(claims devas.Claims) string {
		all := devas.Claims{"scope": "openid documents", "aud": "us", "sub": privateSubject, "email": privateEmail}
		maps.Copy(all, claims)
		return f.as.Issue(all)
	}
	good := issue(nil)
	revoked := issue(nil)
	f.as.Revoke(revoked)

	const (
		noError        = `Bearer realm="test", scope="documents groups"`
		invalidRequest = `Bearer realm="test", error="invalid_request", error_description=`
		invalidToken   = `Bearer realm="test", error="invalid_token", error_description="the access token is not valid here"`
		tooWeak        = `Bearer realm="test", error="insufficient_scope", error_description="the access token lacks a scope", scope="documents groups"`
	)
	bearer := func(token string) []string { return []string{"Bearer " + token} }
	for _, tt := range []struct {
		name          string
		authorization []string
		query         string
		status        int
		challenge     string // its beginning
	}{
		{"good", bearer(good), "", 200, ""},
		{"good, scheme in lower case", []string{"bearer " + good}, "", 200, ""},
		{"good, wrapped in base64", bearer(base64.StdEncoding.EncodeToString([]byte(good))), "", 200, ""},
		{"good, of a service of its own", bearer(issue(devas.Claims{"sub": nil})), "", 200, ""},

		{"no token", nil, "", 401, noError},
		{"another scheme", []string{"Basic YTpi"}, "", 401, noError},
		{"token in the query alone", nil, "?access_token=" + good, 401, noError},

		{"repeated", []string{"Bearer " + good, "Bearer " + good}, "", 400, invalidRequest},
		{"two ways", bearer(good), "?access_token=" + privateQuery, 400, invalidRequest},
		{"no token behind the scheme", []string{"Bearer"}, "", 400, invalidRequest},
		{"a character that no token has", bearer(good + "!"), "", 400, invalidRequest},
		{"longer than the limit", bearer(strings.Repeat("a", 8193)), "", 400, invalidRequest},
		{"much longer than the limit", bearer(strings.Repeat("a", 200_000)), "", 400, invalidRequest},

		{"unknown", bearer("nobody-knows-this-token"), "", 401, invalidToken},
		{"revoked", bearer(revoked), "", 401, invalidToken},
		{"expired", bearer(issue(devas.Claims{"exp": now.Add(-time.Minute).Unix()})), "", 401, invalidToken},
		{"not yet valid", bearer(issue(devas.Claims{"nbf": now.Add(time.Hour).Unix()})), "", 401, invalidToken},
		{"another issuer", bearer(issue(devas.Claims{"iss": f.as.Issuer() + "/"})), "", 401, invalidToken},
		{"no calling service", bearer(issue(devas.Claims{"client_id": nil})), "", 401, invalidToken},
		{"for somebody else", bearer(issue(devas.Claims{"aud": "them"})), "", 401, invalidToken},
		{"DPoP", bearer(issue(devas.Claims{"token_type": "DPoP", "cnf": map[string]string{"jkt": "x"}})), "", 401, invalidToken},
		{"refresh token", bearer(issue(devas.Claims{"token_type": "refresh_token"})), "", 401, invalidToken},

		{"too weak", bearer(issue(devas.Claims{"scope": "openid"})), "", 403, tooWeak},
		{"almost the scope", bearer(issue(devas.Claims{"scope": "documents.read Groups"})), "", 403, tooWeak},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := p.ask(t, http.MethodGet, "/api/whoami"+tt.query, tt.authorization...)
			if got.status != tt.status {
				t.Errorf("status %d, want %d: %s", got.status, tt.status, got.body)
			}
			if challenge := got.header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, tt.challenge) || (challenge == "") != (tt.challenge == "") {
				t.Errorf("WWW-Authenticate is %q, want %q", challenge, tt.challenge)
			}
			if tt.status != 200 && got.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("Content-Type is %q", got.header.Get("Content-Type"))
			}
		})
	}
	keepsSilent(t, p.stop(t), good, revoked)
}

func TestServeDuringFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		form   string
		fault  devas.Fault
		status int
	}{
		{"down", "json", devas.Status(503), 503},
		{"no JSON", "json", devas.GarbageBody, 503},
		{"active is a string", "json", devas.StringActive, 503},
		{"a redirect", "json", devas.Redirect, 503},
		{"our secret is wrong", "json", devas.InvalidClient, 500},
		{"a kind of token that is not introspected", "json", devas.UnsupportedTokenType, 401},
		{"a stranger's signature", "jwt-signed", devas.WrongSignature, 503},
		{"a downgrade to JSON", "jwt-signed", devas.PlainJSON, 503},
		{"not encrypted", "jwt", devas.SignedOnly, 503},
		{"no keys", "jwt", devas.KeysDown, 503},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, tt.form)
			p := startServe(t, f)
			f.as.Fail(tt.fault)
			token := f.as.Issue(devas.Claims{"scope": "documents", "sub": privateSubject, "email": privateEmail})
			got := p.ask(t, http.MethodGet, "/api/whoami", "Bearer "+token)
			if got.status != tt.status {
				t.Errorf("status %d, want %d: %s", got.status, tt.status, got.body)
			}
			if retry := got.header.Get("Retry-After"); (retry != "") != (tt.status == 503) {
				t.Errorf("Retry-After is %q with status %d", retry, got.status)
			}
			if challenge := got.header.Get("WWW-Authenticate"); (challenge != "") != (tt.status == 401) {
				t.Errorf("WWW-Authenticate is %q with status %d", challenge, got.status)
			}
			log := p.stop(t)
			keepsSilent(t, log, token)
			if tt.status >= 500 && !strings.Contains(log, `"level":"error"`) {
				t.Errorf("no line at level error in\n%s", log)
			}
		})
	}
}

// keepsSilent looks for what must not be in a log, whatever its level.
func keepsSilent(t *testing.T, log string, tokens ...string) {
	t.Helper()
	for _, secret := range append(tokens, testSecret, privateSubject, privateEmail, privateQuery, "access_token") {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %q:\n%s", secret, log)
		}
	}
	if !strings.Contains(log, `"level":"debug"`) {
		t.Errorf("the log is not at level trace:\n%s", log)
	}
}

func TestServeWhoami(t *testing.T) {
	t.Parallel()
	f := start(t, "jwt")
	p := startServe(t, f)
	token := f.as.Issue(devas.Claims{"sub": "alice", "scope": "groups documents", "client_id": "visio", "exp": int64(4102444800), "iat": nil, "big": int64(9007199254740993)})
	got := p.ask(t, http.MethodGet, "/api/whoami", "Bearer "+token)
	var answer map[string]json.RawMessage
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
		t.Fatalf("%v: %s", err, got.body)
	}
	want := map[string]string{
		"sub": `"alice"`, "client_id": `"visio"`, "audience": `"visio"`, "scope": `["groups","documents"]`, "exp": "4102444800",
		"claims": `{"active":true,"big":9007199254740993,"client_id":"visio","exp":4102444800,"iss":"` + f.as.Issuer() +
			`","scope":"groups documents","sub":"alice","token_type":"Bearer"}`,
	}
	found := make(map[string]string)
	for name, value := range answer {
		found[name] = string(value)
	}
	if !maps.Equal(found, want) {
		t.Errorf("whoami is\n%q, want\n%q", found, want)
	}
	if head := p.ask(t, http.MethodHead, "/api/whoami", "Bearer "+token); head.status != 200 || head.body != "" {
		t.Errorf("HEAD: status %d, body %q", head.status, head.body)
	}
	p.stop(t)
}

func TestServeOtherRoutes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		form, method, path string
		status             int
		body               string // a part of it
	}{
		{"jwt", "GET", "/jwks", 200, `"use":"enc"`},
		{"jwt", "HEAD", "/jwks", 200, ""},
		{"jwt", "POST", "/jwks", 405, ""},
		{"json", "GET", "/jwks", 404, ""},
		{"json", "GET", "/healthz", 200, "ok"},
		{"json", "HEAD", "/healthz", 200, ""},
		{"json", "GET", "/readyz", 200, "ok"},
		{"json", "GET", "/", 404, ""},
		{"json", "POST", "/api/whoami", 405, ""},
		{"json", "GET", "/auth/", 404, ""},
	} {
		t.Run(tt.method+" "+tt.path+" "+tt.form, func(t *testing.T) {
			t.Parallel()
			p := startServe(t, start(t, tt.form))
			if got := p.ask(t, tt.method, tt.path); got.status != tt.status || !strings.Contains(got.body, tt.body) {
				t.Errorf("status %d, want %d; body %q, want %q in it", got.status, tt.status, got.body, tt.body)
			}
		})
	}
}

// stopWithRequest tells the process to stop while a request is under way. The function that it returns lets that end, and wants it to
// have gone well.
func (f *fixture) stopWithRequest(t *testing.T, p *process) (finish func()) {
	t.Helper()
	token := f.as.Issue(devas.Claims{"scope": "documents"})
	f.as.FailNext(devas.Hang)
	var got response
	var err error
	var request sync.WaitGroup
	request.Go(func() { got, err = send(t.Context(), http.MethodGet, p.url+"/api/whoami", "", "Bearer "+token) })
	<-f.asked
	p.terminate(t)
	p.await(t, `"msg":"stopping"`)
	return func() {
		t.Helper()
		f.as.Heal()
		request.Wait()
		if err != nil || got.status != 200 {
			t.Errorf("a request under way got status %d and error %v, want 200: %s", got.status, err, got.body)
		}
	}
}

// TestServeStopsCleanly lets a request end that was under way when the signal came.
func TestServeStopsCleanly(t *testing.T) {
	t.Parallel()
	f := start(t, "json")
	p := startServe(t, f)
	f.stopWithRequest(t, p)()
	if log := p.wait(t); !strings.Contains(log, `"msg":"stopped"`) {
		t.Errorf("the log does not say that it stopped:\n%s", log)
	}
}

// A SIGHUP does not end what a SIGTERM lets finish.
func TestHangupWhileStopping(t *testing.T) {
	t.Parallel()
	f := start(t, "json")
	p := startServe(t, f)
	finish := f.stopWithRequest(t, p)
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.await(t, "keys and credentials reloaded")
	finish()
	p.wait(t)
}

func TestServeWarns(t *testing.T) {
	t.Parallel()
	p := launch(t, start(t, "json").environ("OIDC_VERIFY_SSL=false"), `level=info msg=serving address="(.+)"`, "serve")
	if log := p.stop(t); !strings.Contains(log, "level=warning msg=\"OIDC_VERIFY_SSL is false") {
		t.Errorf("no warning about OIDC_VERIFY_SSL in\n%s", log)
	}
}

// Metrics are served at an address of their own, and tell nothing about anybody.
func TestServeMetrics(t *testing.T) {
	t.Parallel()
	f := start(t, "json")
	p := startServe(t, f, "OIDC_RS_METRICS_LISTEN=127.0.0.1:0", "OIDC_RS_CACHE_TTL=1h")
	metrics := "http://" + p.await(t, `"address":"([^"]+)".*"msg":"serving metrics"`)
	token := f.as.Issue(devas.Claims{"scope": "documents", "sub": privateSubject})
	for _, path := range []string{"/auth?scope=documents", "/auth?scope=admin", "/api/whoami"} {
		p.ask(t, http.MethodGet, path, "Bearer "+token)
	}
	p.ask(t, http.MethodGet, "/auth", "Bearer private-unknown")

	scrape, err := send(t.Context(), http.MethodGet, metrics+"/metrics", "")
	if err != nil || scrape.status != http.StatusOK {
		t.Fatalf("status %d, %v", scrape.status, err)
	}
	for _, want := range []string{
		`lasuite_rs_operations_total{cache="miss",issuer="",kind="ok",op="authenticate",reason=""} 1`,
		`lasuite_rs_operations_total{cache="hit",issuer="",kind="ok",op="authenticate",reason=""} 2`,
		`lasuite_rs_operations_total{cache="",issuer="",kind="insufficient scope",op="authorize",reason="insufficient_scope"} 1`,
		`lasuite_rs_operations_total{cache="miss",issuer="",kind="invalid token",op="authenticate",reason="inactive"} 1`,
		`lasuite_rs_lru_entries{holds="active"} 1`,
		`lasuite_rs_lru_entries{holds="inactive"} 1`,
		`lasuite_rs_circuit_open{issuer=""} 0`,
	} {
		if !strings.Contains(scrape.body, want+"\n") {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if !strings.Contains(scrape.body, "go_goroutines ") || !strings.Contains(scrape.body, "go_build_info{") {
		t.Error("the metrics lack those of the process")
	}
	if strings.Contains(scrape.body, "private") || strings.Contains(scrape.body, token) {
		t.Error("the metrics tell a claim or a token")
	}

	for url, want := range map[string]int{metrics + "/": 404, metrics + "/auth": 404, p.url + "/metrics": 404} {
		if got, err := send(t.Context(), http.MethodGet, url, ""); err != nil || got.status != want {
			t.Errorf("%s: status %d, %v, want %d", url, got.status, err, want)
		}
	}
	if log := p.stop(t); strings.Count(log, `"reason":"insufficient_scope"`) != 1 || !strings.Contains(log, `"op":"authorize"`) {
		t.Errorf("the log does not have the refused scope once:\n%s", log)
	}
}
