package browsertest_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// root is the root of the tree, as seen from this test.
const root = "../../../../.."

// registry is the file for --clients.
const registry = `{
  "clients": [{"client_id": "documents", "client_secret": "secret", "scope": "documents documents:write",
               "introspection_signed_response_alg": "ES256"}],
  "users": [{"sub": "alice", "username": "Alice Martin"}, {"sub": "bob", "username": "Bob Durand"}, {"sub": "carol", "username": "Carol Petit"}]
}`

// rsctl builds the command, once for all tests.
var rsctl = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "browsertest")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "rsctl")
	out, err := exec.Command("go", "build", "-C", root, "-o", path, "./cmd/rsctl").CombinedOutput()
	if err != nil {
		err = errors.New(err.Error() + "\n" + string(out))
	}
	return path, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := rsctl(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// world is rsctl dev-as with a resource server that asks it.
type world struct {
	page    string // URL of the page
	service string // URL that tokens open
}

// newWorld starts both. The page must know the service and the service the server, so a proxy stands for the service first.
func newWorld(t *testing.T) world {
	t.Helper()
	var target atomic.Pointer[url.URL]
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target.Load()) }})
	t.Cleanup(proxy.Close)
	file := filepath.Join(t.TempDir(), "clients.json")
	if err := os.WriteFile(file, []byte(registry), 0o600); err != nil {
		t.Fatal(err)
	}
	service := proxy.URL + "/api/whoami"
	env, page := []string{"PATH=" + os.Getenv("PATH"), "OIDC_RS_LISTEN=127.0.0.1:0", "OIDC_RS_CACHE_SIZE=0", "OIDC_RS_CIRCUIT_OPEN=0"}, ""
	launch(t, nil, func(line string) bool {
		if strings.HasPrefix(line, "  OIDC_") {
			env = append(env, strings.TrimSpace(line))
		}
		if found := regexp.MustCompile(`^Open (http://\S+) in a browser`).FindStringSubmatch(line); found != nil {
			page = found[1]
		}
		return strings.HasSuffix(line, "/revoke") // the last line
	}, "dev-as", "--listen", "127.0.0.1:0", "--clients", file, "--service", service)
	launch(t, env, func(line string) bool {
		found := regexp.MustCompile(`msg=serving address="(.+)"`).FindStringSubmatch(line)
		if found != nil {
			target.Store(&url.URL{Scheme: "http", Host: found[1]})
		}
		return found != nil
	}, "serve")
	return world{page, service}
}

// launch starts rsctl and reads what it writes until ready says that it is.
func launch(t *testing.T, env []string, ready func(line string) bool, args ...string) {
	t.Helper()
	path, err := rsctl()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = env
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		_ = w.CloseWithError(cmd.Wait())
		close(exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-exited
	})
	lines := bufio.NewScanner(r)
	for all := ""; ; all += lines.Text() + "\n" {
		if !lines.Scan() {
			t.Fatalf("rsctl %s ended:\n%s", args[0], all)
		}
		if ready(lines.Text()) {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
}

// open asks the service with a token, as the curl line does, and returns the status.
func (w world) open(t *testing.T, ctx context.Context, token string) int { //nolint:revive // as chromedp.Run
	t.Helper()
	return ask(t, ctx, w.service, token)
}

// ask sends a request with a token and returns the status.
func ask(t *testing.T, ctx context.Context, url, token string) int { //nolint:revive // as chromedp.Run
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
