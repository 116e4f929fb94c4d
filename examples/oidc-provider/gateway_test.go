package main_test

import (
	"cmp"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/service"
	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// gateway is our Gin service on a port that stays while the service behind it is configured anew, as a deployment does.
type gateway struct {
	mode    service.Mode
	url     string
	cfg     rs.Config
	keys    *keyring // nil if the mode does not encrypt
	handler atomic.Pointer[http.Handler]
}

// newGateway opens the port; it answers nothing useful before configure.
func newGateway(t *testing.T, mode service.Mode) *gateway {
	t.Helper()
	g := &gateway{mode: mode}
	g.replace(http.NotFoundHandler())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*g.handler.Load()).ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *gateway) replace(h http.Handler) { g.handler.Store(&h) }

// configure puts a new service behind the port. A nil ring is for the modes that do not encrypt.
func (g *gateway) configure(t *testing.T, cfg rs.Config, ring *keyring) {
	t.Helper()
	var published jwksendpoint.PublicKeys
	if ring != nil {
		cfg.Decrypter, published = ring, ring
	}
	h, err := service.Handler(cfg, published)
	if err != nil {
		t.Fatal(err)
	}
	g.cfg, g.keys = cfg, ring
	g.replace(h)
}

// variant is a second service with the same registration and keys, and some other settings.
func (g *gateway) variant(t *testing.T, adjust func(*rs.Config)) *gateway {
	t.Helper()
	v := newGateway(t, g.mode)
	cfg := g.cfg
	adjust(&cfg)
	v.configure(t, cfg, g.keys)
	return v
}

// answer is what a client sees of a response, reduced to what the tests are about.
type answer struct {
	Status     int
	Error      string // error of the challenge; "-" for a challenge without error
	Subject    string
	RetryAfter bool
}

// accepted is the answer to a good token of subject.
func accepted(subject string) answer { return answer{Status: http.StatusOK, Subject: subject} }

// The refusals, as RFC 6750 section 3.1 writes them.
var (
	noToken           = answer{Status: http.StatusUnauthorized, Error: "-"}
	invalidRequest    = answer{Status: http.StatusBadRequest, Error: "invalid_request"}
	invalidToken      = answer{Status: http.StatusUnauthorized, Error: "invalid_token"}
	insufficientScope = answer{Status: http.StatusForbidden, Error: "insufficient_scope"}
	unavailable       = answer{Status: http.StatusServiceUnavailable, RetryAfter: true}
	broken            = answer{Status: http.StatusInternalServerError}
)

var (
	challengeError = regexp.MustCompile(`\berror="([^"]*)"`)
	bodySubject    = regexp.MustCompile(`"sub":"([^"]*)"`)
)

// expect calls path with a bearer token and wants exactly this answer.
func (g *gateway) expect(t *testing.T, path, token string, want answer) {
	t.Helper()
	g.expectHeader(t, path, "Bearer "+token, want)
}

// expectHeader is expect with the whole value of Authorization; an empty one is not sent.
func (g *gateway) expectHeader(t *testing.T, path, authorization string, want answer) {
	t.Helper()
	if got := g.get(t, path, authorization); got != want {
		t.Errorf("GET %s of %s: got %+v, want %+v", path, g.mode.Client, got, want)
	}
}

func (g *gateway) get(t *testing.T, path, authorization string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	g.mustNotLeak(t, authorization, res.Header, string(body))

	got := answer{Status: res.StatusCode, RetryAfter: res.Header.Get("Retry-After") != ""}
	if challenge := res.Header.Get("WWW-Authenticate"); challenge != "" {
		got.Error = cmp.Or(firstGroup(challengeError, challenge), "-")
	}
	got.Subject = firstGroup(bodySubject, string(body))
	return got
}

// mustNotLeak: neither the token nor our secret may come back, whatever happened.
func (g *gateway) mustNotLeak(t *testing.T, authorization string, header http.Header, body string) {
	t.Helper()
	_, token, _ := strings.Cut(authorization, " ")
	all := body
	for values := range maps.Values(header) {
		all += "\n" + strings.Join(values, "\n")
	}
	for _, secret := range []string{token, string(g.cfg.ClientSecret)} {
		if secret != "" && strings.Contains(all, secret) {
			t.Errorf("a response of %s repeats the token or our secret", g.mode.Client)
		}
	}
}

// firstGroup is the text of the first group of re in s, "" if there is none.
func firstGroup(re *regexp.Regexp, s string) string {
	m := re.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	return m[1]
}
