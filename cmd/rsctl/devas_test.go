package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
)

// startDevAS runs rsctl dev-as and returns it with the environment that it prints.
func startDevAS(t *testing.T, args ...string) (*process, []string) {
	t.Helper()
	p := launch(t, (&fixture{}).environ(), `OIDC_OP_URL='?http://([^/'\s]+)`, append([]string{"dev-as", "--listen", "127.0.0.1:0"}, args...)...)
	p.await(t, "curl .*/revoke\n") // the last line
	env := []string{"OIDC_RS_LISTEN=127.0.0.1:0"}
	for line := range strings.Lines(p.log()) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "OIDC_") {
			env = append(env, line)
		}
	}
	return p, env
}

// serveWith runs rsctl serve in that environment.
func serveWith(t *testing.T, env []string) *process {
	t.Helper()
	return launch(t, (&fixture{}).environ(env...), `msg=serving address="(.+)"`, "serve")
}

// mintOver makes a token as curl would.
func mintOver(t *testing.T, as *process, form string) string {
	t.Helper()
	got, err := send(t.Context(), http.MethodPost, as.url+mint.Path, form)
	if err != nil {
		t.Fatal(err)
	}
	var token mint.Token
	if err := json.Unmarshal([]byte(got.body), &token); err != nil || got.status != 200 {
		t.Fatalf("status %d, %v: %s", got.status, err, got.body)
	}
	return token.AccessToken
}

// TestDevASAndServe lets the two commands work together as their help says.
func TestDevASAndServe(t *testing.T) {
	t.Parallel()
	as, env := startDevAS(t, "--token", "sub=alice&scope=documents")
	rs := serveWith(t, append(env, "OIDC_RS_CACHE_SIZE=0"))
	first := as.await(t, `A token for sub=alice&scope=documents, good for 3600 seconds:\n  (\S+)`)
	if got := rs.ask(t, http.MethodGet, "/api/whoami", "Bearer "+first); got.status != 200 || !strings.Contains(got.body, `"sub":"alice"`) {
		t.Errorf("the token of the start: status %d: %s", got.status, got.body)
	}

	token := mintOver(t, as, "sub=bob&scope=documents+groups")
	got := rs.ask(t, http.MethodGet, "/auth?scope=groups", "Bearer "+token)
	if got.status != 200 || got.header.Get("X-Auth-Subject") != "bob" {
		t.Errorf("a token made later: status %d, subject %q", got.status, got.header.Get("X-Auth-Subject"))
	}

	credentials := url.Values{"token": {token}}
	for _, line := range env {
		name, value, _ := strings.Cut(line, "=")
		switch name {
		case "OIDC_RS_CLIENT_ID":
			credentials.Set("client_id", value)
		case "OIDC_RS_CLIENT_SECRET":
			credentials.Set("client_secret", value)
		}
	}
	if got, err := send(t.Context(), http.MethodPost, as.url+"/revoke", credentials.Encode()); err != nil || got.status != 200 {
		t.Errorf("revocation: %v, status %d: %s", err, got.status, got.body)
	}
	if got := rs.ask(t, http.MethodGet, "/api/whoami", "Bearer "+token); got.status != 401 {
		t.Errorf("revoked: status %d, want 401", got.status)
	}
	rs.stop(t)
	log := as.stop(t)
	if !strings.Contains(log, "msg=introspection active=true") || !strings.Contains(log, "msg=introspection active=false") {
		t.Errorf("introspections are not logged:\n%s", log)
	}
	if strings.Contains(log, token) {
		t.Errorf("the log tells a token:\n%s", log)
	}
}

// TestDevASEncrypts registers the output of rsctl jwks, with the key of rsctl keygen.
func TestDevASEncrypts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keygen := exec.CommandContext(t.Context(), "rsctl", "keygen", "--type", "OKP", "--out", filepath.Join(dir, "key.pem"))
	keygen.Env = (&fixture{}).environ()
	lines, err := keygen.Output()
	if err != nil {
		t.Fatal(err)
	}
	ours := strings.Fields(string(lines))
	jwks := exec.CommandContext(t.Context(), "rsctl", "jwks")
	jwks.Env = (&fixture{}).environ(ours...)
	public, err := jwks.Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "jwks.json")
	if err := os.WriteFile(path, public, 0o600); err != nil {
		t.Fatal(err)
	}
	as, env := startDevAS(t, "--issuer", "http://as.example/base", "--client", "drive:s3cr3t", "--format", "jwt", "--jwks", path, "--encryption-alg", "ECDH-ES")
	for i, line := range env { // the issuer's name leads nowhere, so say where its endpoints are
		if name, value, _ := strings.Cut(line, "="); strings.HasSuffix(name, "_ENDPOINT") {
			env[i] = name + "=" + strings.Replace(value, "http://as.example", "http://"+as.await(t, `http://(127\.0\.0\.1:\d+)/dev/tokens`), 1)
		}
	}
	as.url = "http://" + as.await(t, `http://(127\.0\.0\.1:\d+)/dev/tokens`)
	rs := serveWith(t, append(ours, env...))
	if got := rs.ask(t, http.MethodGet, "/api/whoami", "Bearer "+mintOver(t, as, "scope=documents")); got.status != 200 {
		t.Errorf("status %d: %s\n%s\n%s", got.status, got.body, rs.log(), as.log())
	}
	if !strings.Contains(as.log(), "Accept: application/token-introspection+jwt") {
		t.Errorf("the curl line would be answered with an error:\n%s", as.log())
	}
}

// TestDevASLocal adds to the environment what is printed for JWT access tokens, and makes the tokens that it is for.
func TestDevASLocal(t *testing.T) {
	t.Parallel()
	as, env := startDevAS(t, "--client", "documents:s3cr3t", "--client", "drive:s3cr3t", "--token", "sub=carol&scope=documents&form=jwt")
	carol := as.await(t, `A token for sub=carol\S+, good for 3600 seconds:\n  (\S+)`)
	added := strings.Fields(as.await(t, "For tokens with form=jwt and aud=documents, judged by the keys alone, add: (.*)\n"))
	rs := serveWith(t, append(env, added...))
	alice := mintOver(t, as, "form=jwt&scope=documents")
	for _, tt := range []struct {
		name, token string
		want        int
	}{
		{"of the start", carol, 200},
		{"made later", alice, 200},
		{"for another service", mintOver(t, as, "form=jwt&aud=drive&scope=documents"), 401},
		{"opaque", mintOver(t, as, "scope=documents"), 401},
		{"without the scope", mintOver(t, as, "form=jwt"), 403},
	} {
		if got := rs.ask(t, http.MethodGet, "/api/whoami", "Bearer "+tt.token); got.status != tt.want {
			t.Errorf("%s: status %d, want %d: %s", tt.name, got.status, tt.want, got.body)
		}
	}
	if got := as.await(t, "aud=drive, judged by the keys alone, add: (.*)\n"); !strings.HasSuffix(got, " OIDC_RS_TOKEN_AUDIENCES=drive") {
		t.Errorf("the other client adds %s", got)
	}
	rs.stop(t)
	if log := as.stop(t); strings.Contains(log, "msg=introspection") || strings.Contains(log, alice) {
		t.Errorf("somebody was asked, or the log tells a token:\n%s", log)
	}
}

// TestDevASUserInfo asks at the endpoint of the environment, as the line says that is printed.
func TestDevASUserInfo(t *testing.T) {
	t.Parallel()
	as, env := startDevAS(t)
	as.await(t, `curl -H 'Authorization: Bearer TOKEN' http://\S+/userinfo\n`)
	as.await(t, `curl -d sub=alice -d scope='openid email documents' http://`)
	endpoint := ""
	for _, line := range env {
		if value, found := strings.CutPrefix(line, "OIDC_OP_USER_ENDPOINT="); found {
			endpoint = value
		}
	}
	get := func(url, token string) (status int, body string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	ask := func(token string) (status int, body string) { return get(endpoint, token) }
	token := mintOver(t, as, "sub=bob&scope=openid+email+usual_name+documents")
	if status, body := ask(token); status != 200 || body != `{"email":"bob@example.org","email_verified":true,"sub":"bob","usual_name":"Durand"}` {
		t.Errorf("status %d: %s", status, body)
	}
	if status, body := ask(mintOver(t, as, "sub=bob&scope=documents")); status != 403 || !strings.Contains(body, "insufficient_scope") {
		t.Errorf("without openid: status %d: %s", status, body)
	}
	as.await(t, `msg=userinfo client=service-provider status=200 `)
	as.await(t, `level=warning msg="userinfo refused" client=service-provider error=insufficient_scope status=403 `)
	_, page := get(as.url+"/dev/page/log/entries", "")
	for _, part := range []string{"2 so far", ">answered<", ">UserInfo<", ">bob<", "the token lacks openid"} {
		if !strings.Contains(page, part) {
			t.Errorf("%q is missing in the list of the page:\n%s", part, page)
		}
	}
	if log := as.stop(t); strings.Contains(log+page, token) || strings.Contains(log+page, "bob@") {
		t.Errorf("the log or the page tells a token, or an address:\n%s\n%s", log, page)
	}
}

// TestDevASLogsRefusals: a wrong secret is worth a warning.
func TestDevASLogsRefusals(t *testing.T) {
	t.Parallel()
	as, _ := startDevAS(t, "--client", "documents:right", "--client", "other:secret", "--format", "jwt-signed")
	got, err := send(t.Context(), http.MethodPost, as.url+"/introspect", "client_id=documents&client_secret=wrong&token=t")
	if err != nil || got.status != 401 {
		t.Errorf("status %d, %v; want 401", got.status, err)
	}
	as.await(t, `level=warning msg="introspection refused".* error=invalid_client`)
}

func TestDemoStays(t *testing.T) {
	t.Parallel()
	p := launch(t, (&fixture{}).environ(), `service +http://(\S+)`, "demo", "--stay")
	token := p.await(t, `TOKEN=(\S+)`)
	p.await(t, `curl -u .*/revoke\n`)
	if got := p.ask(t, http.MethodGet, "/api/documents", "Bearer "+token); got.status != 200 {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	as := &process{url: "http://" + p.await(t, `authorization server +http://(\S+)`)}
	dave := mintOver(t, as, "sub=dave&scope=documents+documents.write")
	if got := p.ask(t, http.MethodDelete, "/api/documents/minutes", "Bearer "+dave); got.status != 204 {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	p.stop(t)
}
