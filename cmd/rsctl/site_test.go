package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// neighbour is one of several authorization servers, with its member of the configuration file.
type neighbour struct {
	as      *devas.Server
	keyFile string
	entry   map[string]any
}

// newNeighbour is one that knows us under a name and a secret of its own.
func newNeighbour(t *testing.T, id string) *neighbour {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	as, err := devas.New(devas.Config{Issuer: issuer, Clients: []devas.Client{{ID: id, Secret: rs.Secret(testSecret + id)}}})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = as
	server.Start()
	t.Cleanup(server.Close)
	keyFile := newKey(t, filepath.Join(t.TempDir(), id+".pem"))
	return &neighbour{as, keyFile, map[string]any{
		"OIDC_OP_URL": issuer, "OIDC_OP_INTROSPECTION_ENDPOINT": issuer + "/introspect",
		"OIDC_RS_CLIENT_ID": id, "OIDC_RS_CLIENT_SECRET_ENV": "SECRET_OF_" + id, "OIDC_RS_PRIVATE_KEY_STR_FILE": keyFile,
	}}
}

// newKey writes a new key to the file.
func newKey(t *testing.T, path string) string {
	t.Helper()
	pem, err := keys.Generate("EC")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (n *neighbour) issue() string {
	return n.as.Issue(devas.Claims{"scope": "documents", "sub": privateSubject, "email": privateEmail})
}

// configFile writes the file and returns the environment that leads to it.
func configFile(t *testing.T, all ...*neighbour) []string {
	t.Helper()
	file := map[string]any{"defaults": map[string]any{
		"OIDC_RS_SCOPES": []string{"documents"}, "OIDC_RS_ENCRYPTION_KEY_TYPE": "EC", "OIDC_RS_ENCRYPTION_ALGO": "ECDH-ES", "OIDC_TIMEOUT": "1m",
	}}
	fixture := &fixture{}
	path := filepath.Join(t.TempDir(), "issuers.json")
	env := fixture.environ("OIDC_RS_CONFIG_FILE="+path, "OIDC_RS_LISTEN=127.0.0.1:0", "OIDC_RS_REALM=several", "OIDC_RS_LOG_LEVEL=trace", "OIDC_RS_LOG_FORMAT=json")
	var issuers []any
	for _, n := range all {
		issuers = append(issuers, n.entry)
		id := n.entry["OIDC_RS_CLIENT_ID"].(string)
		env = append(env, "SECRET_OF_"+id+"="+testSecret+id)
	}
	file["issuers"] = issuers
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return env
}

func serveFile(t *testing.T, env []string) *process {
	t.Helper()
	return launch(t, env, `"address":"([^"]+)".*"msg":"serving"`, "serve")
}

// askFor asks for a host with a token.
func (p *process) askFor(t *testing.T, host, path, token string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, string(body)}
}

func TestServeSeveralIssuers(t *testing.T) {
	t.Parallel()
	a, b := newNeighbour(t, "A"), newNeighbour(t, "B")
	p := serveFile(t, append(configFile(t, a, b), "OIDC_RS_FAIL_FAST=true", "OIDC_RS_TOKEN_AUDIENCES=us", "OIDC_RS_METRICS_LISTEN=127.0.0.1:0"))
	metrics := "http://" + p.await(t, `"address":"([^"]+)".*"msg":"serving metrics"`)
	p.await(t, "OIDC_RS_TOKEN_AUDIENCES has no effect: OIDC_RS_CONFIG_FILE is set")
	tokens := []string{a.issue(), b.issue()}
	for i, n := range []*neighbour{a, b} {
		got := p.ask(t, "GET", "/api/whoami", "Bearer "+tokens[i])
		if got.status != 200 || !strings.Contains(got.body, `{"iss":"`+n.as.Issuer()+`","sub":"`+privateSubject) {
			t.Errorf("whoami of issuer %d: %d %s", i, got.status, got.body)
		}
		got = p.ask(t, "GET", "/auth?scope=documents", "Bearer "+tokens[i])
		if got.status != 200 || got.header.Get("X-Auth-Issuer") != n.as.Issuer() || got.header.Get("X-Auth-Subject") != privateSubject {
			t.Errorf("auth of issuer %d: %d %v", i, got.status, got.header)
		}
	}
	if got := p.ask(t, "GET", "/api/whoami"); got.header.Get("WWW-Authenticate") != `Bearer realm="several", scope="documents"` {
		t.Errorf("no token: %v", got.header)
	}
	if got := p.ask(t, "GET", "/api/whoami", "Bearer nobody-knows-this-token"); got.status != 401 {
		t.Errorf("unknown: %d", got.status)
	}

	a.as.Fail(devas.Status(503))
	tokens = append(tokens, a.issue(), b.issue())
	for i, want := range []int{503, 200} {
		if got := p.ask(t, "GET", "/api/whoami", "Bearer "+tokens[2+i]); got.status != want {
			t.Errorf("while the first is down, a token of issuer %d: %d, want %d", i, got.status, want)
		}
	}
	if got := p.ask(t, "GET", "/readyz"); got.status != 200 {
		t.Errorf("readyz while one of two is down: %d", got.status)
	}
	scrape, err := send(t.Context(), http.MethodGet, metrics+"/metrics", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []*neighbour{a, b} {
		if want := `lasuite_rs_circuit_open{issuer="` + n.as.Issuer() + `"} 0`; !strings.Contains(scrape.body, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	keepsSilent(t, p.stop(t), tokens...)
}

func TestServeSeveralIssuersByHost(t *testing.T) {
	t.Parallel()
	a, b := newNeighbour(t, "A"), newNeighbour(t, "B")
	a.entry["hosts"], b.entry["hosts"] = []string{"a.example"}, []string{"b.example"}
	p := serveFile(t, configFile(t, a, b))
	tokens := map[string]string{"A": a.issue(), "B": b.issue()}
	for _, c := range []struct {
		host, token string
		status      int
	}{
		{"a.example", "A", 200},
		{"b.example", "B", 200},
		{"B.example:8080", "B", 200},
		{"b.example", "A", 401},
		{"a.example", "B", 401},
		{"c.example", "A", 401},
	} {
		for _, path := range []string{"/api/whoami", "/auth"} {
			if got := p.askFor(t, c.host, path, tokens[c.token]); got.status != c.status {
				t.Errorf("%s at %s with a token of %s: %d, want %d", path, c.host, c.token, got.status, c.status)
			}
		}
	}
	p.stop(t)
}

// The keys of all issuers are published, and at SIGHUP those of each are read again, whatever is wrong with another's.
func TestServeSeveralIssuersPublishesAndReloads(t *testing.T) {
	t.Parallel()
	a, b := newNeighbour(t, "A"), newNeighbour(t, "B")
	p := serveFile(t, configFile(t, a, b))
	before := p.ask(t, "GET", "/jwks").body
	ofA, _, _ := strings.Cut(before, "},{")
	if strings.Count(before, `"kid"`) != 2 {
		t.Errorf("not the key of each: %s", before)
	}
	if err := os.WriteFile(a.keyFile, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	newKey(t, b.keyFile)
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.await(t, `"issuer":"`+a.as.Issuer()+`".*could not be reloaded`)
	p.await(t, `"issuer":"`+b.as.Issuer()+`".*"state":"retiring"`)
	after := p.ask(t, "GET", "/jwks").body
	if strings.Count(after, `"kid"`) != 2 || !strings.HasPrefix(after, ofA) || after == before {
		t.Errorf("want the key of A and the new one of B: %s, before %s", after, before)
	}
	p.stop(t)
}
