package devpage_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/devpage"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestBookIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 501 {
		w.book.Issue(nil)
	}
	if tokens := w.book.Tokens(); len(tokens) != 500 || tokens[0].Subject != "alice" || tokens[0].State != "good" {
		t.Errorf("%d tokens are listed, the newest %+v", len(tokens), tokens[0])
	}
}

func TestWaitingTokensAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var first string
	for range 21 {
		got := answer(w.page, request(t, http.MethodPost, devpage.Prefix+"tokens", "sub=bob&expires_in=60"))
		if first == "" {
			first = got.Header().Get("Location")
		}
	}
	want(t, w.get(t, first), "shown once only")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.get(t, "/")
	for _, f := range devas.Faults() {
		want(t, home, `<option value="`+f.String()+`">`)
	}
	want(t, w.post(t, "faults", "fault=server-error&when=always"), "On: <code>server-error</code></strong> 500 server_error", "until you switch it off")
	want(t, w.post(t, "faults", "fault=keys-down&when=always"), "On: <code>server-error</code>", "On: <code>keys-down</code>")
	want(t, w.post(t, "faults", "fault=userinfo-html&when=always"), "On: <code>server-error</code>", "On: <code>keys-down</code>", "On: <code>userinfo-html</code></strong> 200 and a maintenance page")
	want(t, w.get(t, "/"), `<optgroup label="UserInfo"><option value="userinfo-hang">`)
	want(t, w.introspect(t, "t", "secret"), "server_error")
	want(t, w.get(t, "/"), "fault: server-error")
	if got := w.post(t, "faults/heal", "x=y"); strings.Contains(got, "On: ") {
		t.Errorf("a fault is still on:\n%s", got)
	}
	want(t, w.introspect(t, "t", "secret"), `"active":false`)
	want(t, w.post(t, "faults", "fault=rate-limited&when=next"), "The next answer")
	want(t, w.introspect(t, "t", "secret"), "slow_down")
	want(t, w.introspect(t, "t", "secret"), `"active":false`)
	for _, name := range []string{"", "none", "no-such"} {
		if got := answer(w.page, request(t, http.MethodPost, devpage.Prefix+"faults", "fault="+name)); got.Code != http.StatusBadRequest {
			t.Errorf("the fault %q: status %d", name, got.Code)
		}
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keys := func() int {
		return strings.Count(answer(w.book, request(t, http.MethodGet, "/jwks", "")).Body.String(), `"kid"`)
	}
	if keys() != 1 {
		t.Fatal("there should be one key")
	}
	want(t, w.post(t, "keys", "overlap=yes"), "stay published", "fetched once")
	if got := keys(); got != 2 {
		t.Errorf("%d keys after a rotation with overlap", got)
	}
	want(t, w.post(t, "keys", "overlap=no"), "gone at once", "fetched 2 times")
	if got := keys(); got != 1 {
		t.Errorf("%d keys after one without", got)
	}
}

// TestGuard: other machines, other names, other sites and other methods get nothing.
func TestGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name   string
		change func(r *http.Request)
		status int
	}{
		{"a form of this page", func(r *http.Request) {
			r.Header.Set("Origin", "http://"+host)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}, 303},
		{"curl", func(*http.Request) {}, 303},
		{"localhost", func(r *http.Request) { r.Host = "localhost:9000" }, 303},
		{"IPv6", func(r *http.Request) { r.Host, r.RemoteAddr = "[::1]:9000", "[::1]:40000" }, 303},
		{"another machine", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:40000" }, 403},
		{"another name", func(r *http.Request) { r.Host = "rebinding.example:9000" }, 403},
		{"no peer", func(r *http.Request) { r.RemoteAddr = "" }, 403},
		{"a foreign page", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"another port", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, 403},
		{"an old browser", func(r *http.Request) { r.Header.Set("Origin", "https://foreign.example") }, 403},
		{"no origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, 405},
		{"a form that is too long", func(r *http.Request) { r.Body = http.MaxBytesReader(nil, r.Body, 1) }, 400},
	} {
		for path, form := range map[string]string{"tokens": "sub=alice&expires_in=60", "tokens/revoke": "digest=0", "keys": "overlap=yes", "faults": "fault=hang&when=next"} {
			t.Run(tt.name+" "+path, func(t *testing.T) {
				t.Parallel()
				r := request(t, http.MethodPost, devpage.Prefix+path, form)
				tt.change(r)
				got := answer(w.page, r)
				if got.Code != tt.status {
					t.Errorf("status %d, want %d", got.Code, tt.status)
				}
				if csp := got.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "unsafe") {
					t.Errorf("the policy is %q", csp)
				}
				if got.Header().Get("Cache-Control") != "no-store" {
					t.Error("it may be cached")
				}
			})
		}
	}
}

// TestNothingIsLoadedFromElsewhere, nor inline, which the policy would refuse.
func TestNothingIsLoadedFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.get(t, "/")
	for _, bad := range []string{"<style", "style=", " onclick", "src=\"http", "//cdn"} {
		if strings.Contains(home, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	for _, found := range regexp.MustCompile(`(?:src|href)="(/dev/[^"#]+)"`).FindAllStringSubmatch(home, -1) {
		w.get(t, found[1])
	}
	want(t, home, "Development only", `<html lang="en">`)
}
