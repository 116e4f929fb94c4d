package forwardauth_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// world is nginx with everything behind it.
type world struct {
	url   string // of nginx
	as    *devas.Server
	asked *questions
	gate  *httptest.Server // between nginx and rsctl
	gone  atomic.Bool      // whether the gate hangs up
}

// questions are the requests that nginx sent to rsctl.
type questions struct {
	mu  sync.Mutex
	all []*http.Request
}

func (q *questions) note(r *http.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, r.Clone(r.Context()))
}

func (q *questions) last(t *testing.T) *http.Request {
	t.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.all) == 0 {
		t.Fatal("rsctl was not asked")
	}
	return q.all[len(q.all)-1]
}

// startRsctl runs rsctl serve against an authorization server in this process, and returns its address.
func startRsctl(t *testing.T) (*devas.Server, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rsctl")
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", path, "./cmd/rsctl").CombinedOutput(); err != nil {
		t.Fatalf("rsctl cannot be built: %v\n%s", err, out)
	}
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	as, err := devas.New(devas.Config{Issuer: issuer, Clients: []devas.Client{{ID: "gateway", Secret: "secret"}}})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = as
	server.Start()
	t.Cleanup(server.Close)
	rsctl := exec.Command(path, "serve")
	rsctl.Env = []string{
		"OIDC_OP_URL=" + issuer, "OIDC_OP_INTROSPECTION_ENDPOINT=" + as.IntrospectionEndpoint(),
		"OIDC_RS_CLIENT_ID=gateway", "OIDC_RS_CLIENT_SECRET=secret", "OIDC_RS_SCOPES=documents,groups", "OIDC_RS_LISTEN=127.0.0.1:0",
		"OIDC_TIMEOUT=1m", "OIDC_RS_CACHE_SIZE=0", "OIDC_RS_CIRCUIT_OPEN=0", "OIDC_RS_CREDENTIALS_PAUSE=0", "OIDC_RS_REALM=example",
	}
	stderr, err := rsctl.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := rsctl.Start(); err != nil {
		t.Fatal(err)
	}
	address, log := make(chan string, 1), make(chan string, 1)
	go follow(stderr, address, log)
	t.Cleanup(func() {
		_ = rsctl.Process.Kill()
		said := <-log
		_ = rsctl.Wait()
		if t.Failed() {
			t.Logf("rsctl wrote\n%s", said)
		}
	})
	select {
	case found, ok := <-address:
		if !ok {
			t.Fatal("rsctl ended")
		}
		return as, found
	case <-time.After(patience):
		t.Fatalf("rsctl serves nobody after %s", patience)
	}
	return nil, ""
}

// follow finds the address in what rsctl writes, and in the end gives all of that.
func follow(r io.Reader, address, log chan<- string) {
	defer close(address)
	serving := regexp.MustCompile(`msg=serving address="(.+)"`)
	var said strings.Builder
	for lines := bufio.NewScanner(r); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if found := serving.FindStringSubmatch(lines.Text()); found != nil {
			address <- found[1]
		}
	}
	log <- said.String()
}

// newWorld starts all of it. The application answers with what it was sent, as JSON.
func newWorld(t *testing.T) *world {
	t.Helper()
	findNginx(t)
	as, address := startRsctl(t)
	w := &world{as: as, asked: &questions{}}
	rsctl := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
	w.gate = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.gone.Load() {
			panic(http.ErrAbortHandler)
		}
		w.asked.note(r)
		rsctl.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.gate.Close)
	application := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(rw).Encode(r.Header)
		if r.URL.Path == "/documents/broken" {
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(application.Close)
	w.url = startNginx(t, w.gate.Listener.Addr().String(), application.Listener.Addr().String())
	return w
}

// seen is the header of a request that the application got.
func seen(t *testing.T, resp *http.Response) http.Header {
	t.Helper()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d, want 200", resp.StatusCode)
	}
	var h http.Header
	if err := json.NewDecoder(resp.Body).Decode(&h); err != nil {
		t.Fatal(err)
	}
	return h
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// TestForwardAuth is everything that docs/how-to/forward-auth.md promises.
func TestForwardAuth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("our headers", w.testHeaders)
	t.Run("forged headers", w.testForged)
	t.Run("scopes", w.testScopes)
	t.Run("refusals", w.testRefusals)
	t.Run("the original request", w.testOriginal)
	t.Run("the way of the question is closed", func(t *testing.T) {
		if got := ask(t, http.MethodGet, w.url+"/_auth", bearer(w.as.Issue(nil))); got.StatusCode != http.StatusNotFound {
			t.Errorf("/_auth answers a client with %d", got.StatusCode)
		}
	})
	w.gone.Store(true) // rsctl is down; a port that is closed could be another test's at once
	if got := ask(t, http.MethodGet, w.url+"/documents/1", bearer(w.as.Issue(devas.Claims{"scope": "documents"}))); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without rsctl: status %d, want 503", got.StatusCode)
	}
}

func (w *world) testHeaders(t *testing.T) {
	token := w.as.Issue(devas.Claims{"sub": "Zoé", "client_id": "visio", "scope": "documents groups"})
	got := seen(t, ask(t, http.MethodGet, w.url+"/documents/1", bearer(token)))
	for name, want := range map[string]string{
		"X-Auth-Subject": "Zo%C3%A9", "X-Auth-Client-Id": "visio", "X-Auth-Audience": "visio", "X-Auth-Scope": "documents groups", "Authorization": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
}

// testForged: also under names that CGI and WSGI take for the same, and where no token is asked for.
func (w *world) testForged(t *testing.T) {
	forged := http.Header{
		"X-Auth-Subject": {"admin", "root"}, "x-auth-client-id": {"admin"}, "X-AUTH-AUDIENCE": {"admin"}, "X-Auth-Scope": {"admin"}, "X-Auth-Issuer": {"https://evil.example"},
		"X_Auth_Subject": {"admin"}, "X_AUTH_SCOPE": {"admin"},
	}
	token := w.as.Issue(devas.Claims{"sub": "alice", "scope": "documents"})
	for path, want := range map[string][]string{"/": nil, "/documents/1": {"alice"}} {
		header := forged.Clone()
		header.Set("Authorization", "Bearer "+token)
		got := seen(t, ask(t, http.MethodGet, w.url+path, header))
		if issuer := got.Values("X-Auth-Issuer"); len(issuer) != 0 {
			t.Errorf("%s: X-Auth-Issuer is %q, want none", path, issuer)
		}
		if !slices.Equal(got.Values("X-Auth-Subject"), want) {
			t.Errorf("%s: X-Auth-Subject is %q, want %q", path, got.Values("X-Auth-Subject"), want)
		}
		for name, values := range got {
			if slices.ContainsFunc(values, func(v string) bool { return v == "admin" || v == "root" }) {
				t.Errorf("%s: the application got %s: %q", path, name, values)
			}
		}
	}
	// A claim that is not there does not leave room for a forged header.
	got := seen(t, ask(t, http.MethodGet, w.url+"/documents/1", http.Header{
		"Authorization": {"Bearer " + w.as.Issue(devas.Claims{"sub": nil, "scope": "documents"})}, "X-Auth-Subject": {"admin"},
	}))
	if got.Get("X-Auth-Subject") != "" {
		t.Errorf("a token without subject: X-Auth-Subject is %q", got.Get("X-Auth-Subject"))
	}
}

func (w *world) testScopes(t *testing.T) {
	reader, writer := w.as.Issue(devas.Claims{"scope": "documents"}), w.as.Issue(devas.Claims{"scope": "documents:write documents"})
	for _, tt := range []struct {
		method, path, token string
		want                int
		challenge           string
	}{
		{"GET", "/documents/1", reader, 200, ""},
		{"POST", "/documents/1", reader, 403, `Bearer realm="example", error="insufficient_scope", error_description="the access token lacks a scope", scope="documents documents:write"`},
		{"DELETE", "/documents/1", reader, 403, `Bearer realm="example", error="insufficient_scope", error_description="the access token lacks a scope", scope="documents documents:write"`},
		{"POST", "/documents/1", writer, 200, ""},
		{"GET", "/", "no token at all", 200, ""},
	} {
		got := ask(t, tt.method, w.url+tt.path, bearer(tt.token))
		if got.StatusCode != tt.want || strings.Join(got.Header.Values("WWW-Authenticate"), "|") != tt.challenge {
			t.Errorf("%s %s: status %d, challenge %q; want %d, %q", tt.method, tt.path, got.StatusCode, got.Header.Values("WWW-Authenticate"), tt.want, tt.challenge)
		}
	}
}

// testRefusals: every status of rsctl reaches the client as it is.
func (w *world) testRefusals(t *testing.T) {
	good := w.as.Issue(devas.Claims{"scope": "documents"})
	for _, tt := range []struct {
		name          string
		authorization []string
		fault         devas.Fault
		want          int
		challenge     string // its beginning
	}{
		{"no token", nil, 0, 401, `Bearer realm="example"`},
		{"an unknown token", []string{"Bearer unknown"}, 0, 401, `Bearer realm="example", error="invalid_token"`},
		{"no scheme of ours", []string{"Basic YTpi"}, 0, 401, `Bearer realm="example"`},
		{"malformed", []string{"Bearer two words"}, 0, 400, `Bearer realm="example", error="invalid_request"`},
		{"authorization server down", []string{"Bearer " + good}, devas.Status(503), 503, ""},
		{"our secret is wrong", []string{"Bearer " + good}, devas.InvalidClient, 500, ""},
	} {
		w.as.Fail(tt.fault)
		got := ask(t, http.MethodGet, w.url+"/documents/1", http.Header{"Authorization": tt.authorization})
		w.as.Heal()
		challenges := got.Header.Values("WWW-Authenticate")
		if got.StatusCode != tt.want || !strings.HasPrefix(strings.Join(challenges, "|"), tt.challenge) || (tt.challenge != "") != (len(challenges) == 1) {
			t.Errorf("%s: status %d, challenges %q; want %d, %q", tt.name, got.StatusCode, challenges, tt.want, tt.challenge)
		}
		if got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: the header is %v", tt.name, got.Header)
		}
		if tt.want == 503 && got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", tt.name)
		}
		var body struct{ Status int }
		if err := json.NewDecoder(got.Body).Decode(&body); err != nil || body.Status != tt.want {
			t.Errorf("%s: the body says %d, %v", tt.name, body.Status, err)
		}
	}
}

// testOriginal: a policy of one's own behind /auth can know what is being asked for, and no client can tell it something else.
func (w *world) testOriginal(t *testing.T) {
	header := bearer(w.as.Issue(devas.Claims{"scope": "documents documents:write"}))
	header.Set("X-Original-Method", "GET")
	header.Set("X-Original-Uri", "/forged")
	ask(t, http.MethodPut, w.url+"/documents/a%20b?c=d&e", header)
	got := w.asked.last(t)
	if uri, method := got.Header["X-Original-Uri"], got.Header["X-Original-Method"]; !slices.Equal(uri, []string{"/documents/a%20b?c=d&e"}) || !slices.Equal(method, []string{"PUT"}) {
		t.Errorf("the original request was %s %s", method, uri)
	}
	if got.Method != http.MethodGet || got.URL.String() != "/auth?scope=documents+documents:write" || got.ContentLength != 0 {
		t.Errorf("the question is %s %s with %d bytes", got.Method, got.URL, got.ContentLength)
	}
}
