package devpage_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/devpage"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/registration"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

const host = "127.0.0.1:9000"

// world is a page with its server.
type world struct {
	now  time.Time
	book *devpage.Book
	feed *devpage.Feed
	page http.Handler
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	clients := []registration.Client{{
		Client: devas.Client{ID: "documents", Secret: "secret", SigningAlg: "ES256"}, Scope: "documents documents:write",
	}}
	users := append(registration.Users(), registration.User{Subject: "<dave>", Claims: map[string]any{"email": "dave@example.org"}})
	w.feed = devpage.NewFeed(clock)
	as, err := devas.New(devas.Config{Issuer: "http://" + host, Clients: registration.Registry{Clients: clients}.Devas(), OnExchange: w.feed.Note, OnUserInfo: w.feed.NoteUserInfo, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	w.book = devpage.NewBook(as, users, clock)
	w.feed.Explain(w.book)
	w.page = devpage.New(devpage.Config{Book: w.book, Feed: w.feed, Clients: clients, Users: users, Service: "http://127.0.0.1:8080/api?a=b&c=d", Now: clock})
	return w
}

// request is one that a browser on this machine sends.
func request(t *testing.T, method, target, form string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form))
	r.Host, r.RemoteAddr = host, "127.0.0.1:40000"
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func answer(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (w *world) get(t *testing.T, target string) string {
	t.Helper()
	target, _, _ = strings.Cut(target, "#") // which a browser keeps to itself
	got := answer(w.page, request(t, http.MethodGet, target, ""))
	if got.Code != http.StatusOK {
		t.Fatalf("GET %s: status %d: %s", target, got.Code, got.Body)
	}
	return got.Body.String()
}

// post sends a form and follows the redirect that must come.
func (w *world) post(t *testing.T, path, form string) string {
	t.Helper()
	got := answer(w.page, request(t, http.MethodPost, devpage.Prefix+path, form))
	if got.Code != http.StatusSeeOther {
		t.Fatalf("POST %s: status %d: %s", path, got.Code, got.Body)
	}
	return w.get(t, got.Header().Get("Location"))
}

var tokenOnPage = regexp.MustCompile(`aria-label="Access token"><code>([^<]+)</code>`)

func (w *world) mint(t *testing.T, form string) (token, page string) {
	t.Helper()
	page = w.post(t, "tokens", form)
	found := tokenOnPage.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no token on the page:\n%s", page)
	}
	return found[1], page
}

// introspect asks about a token as the client does.
func (w *world) introspect(t *testing.T, token, secret string) string {
	t.Helper()
	form := url.Values{"token": {token}, "client_id": {"documents"}, "client_secret": {secret}}
	return answer(w.book, request(t, http.MethodPost, "/introspect", form.Encode())).Body.String()
}

// want fails unless text has all of the parts.
func want(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

func TestMintShowsTheTokenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := answer(w.page, request(t, http.MethodPost, devpage.Prefix+"tokens", "sub=bob&scope=documents&more_scopes=a++b&client_id=visio&aud=x+y&expires_in=300"))
	target := got.Header().Get("Location")
	first, second := w.get(t, target), w.get(t, target)
	token := tokenOnPage.FindStringSubmatch(first)[1]
	want(t, first, "A token for bob", "Good for 5 minutes", "documents a b", `value="x y"`, `<option value="300" selected>`, `<option value="bob" selected>`,
		"curl -H &#39;Authorization: Bearer "+token+"&#39; &#39;http://127.0.0.1:8080/api?a=b&amp;c=d&#39;")
	if strings.Contains(second, token) {
		t.Error("the token is shown again")
	}
	want(t, second, "shown once only", devas.TokenDigest(token), "until <time datetime=\"2026-01-02T10:05:00Z\">10:05:00</time>")
	want(t, w.introspect(t, token, "secret"), `"active":true`, `"sub":"bob"`, `"scope":"documents a b"`, `"client_id":"visio"`, `"aud":["x","y"]`, `"username":"Bob Durand"`)
}

func TestMintJWT(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, page := w.mint(t, "sub=bob&scope=documents&expires_in=300&form=jwt")
	want(t, page, `<option value="jwt" selected>`, "A JWT without an audience is for <code>documents</code>", devas.TokenDigest(token))
	if strings.Count(token, ".") != 2 {
		t.Errorf("no JWT: %s", token)
	}
	want(t, w.introspect(t, token, "secret"), `"active":true`, `"username":"Bob Durand"`, `"jti":"`)
	w.post(t, "tokens/revoke", "digest="+devas.TokenDigest(token))
	want(t, w.introspect(t, token, "secret"), `{"active":false}`)
	if opaque, _ := w.mint(t, "sub=bob&expires_in=300&form=opaque"); strings.Contains(opaque, ".") {
		t.Errorf("a JWT: %s", opaque)
	}
}

func TestMintAnotherSubject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, page := w.mint(t, url.Values{"sub": {"bob"}, "other_sub": {" <dave> "}, "expires_in": {"60"}}.Encode())
	want(t, page, "A token for &lt;dave&gt;")
	want(t, w.introspect(t, token, "secret"), `"email":"dave@example.org"`, `"client_id":"service-provider"`)
	nobody, page := w.mint(t, "sub=&expires_in=60")
	want(t, page, "A token for nobody")
	if got := w.introspect(t, nobody, "secret"); strings.Contains(got, `"sub"`) || strings.Contains(got, "username") {
		t.Errorf("a token without subject: %s", got)
	}
}

func TestMintRefusesAndKeepsTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := answer(w.page, request(t, http.MethodPost, devpage.Prefix+"tokens", "sub=carol&scope=documents:write&aud=mine&expires_in=0"))
	if got.Code != http.StatusUnprocessableEntity {
		t.Errorf("status %d", got.Code)
	}
	want(t, got.Body.String(), `role="alert"`, "expires_in must be", `value="carol" selected`, `value="documents:write" checked`, `value="profile">`, `value="email">`, `name="aud" value="mine"`)
}

// latest wants these parts in the first entry of the list.
func (w *world) latest(t *testing.T, parts ...string) {
	t.Helper()
	_, all, _ := strings.Cut(w.get(t, devpage.Prefix+"log/entries"), "<li>")
	first, _, _ := strings.Cut(all, "</li>")
	want(t, first, parts...)
}

func TestFeedExplains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want(t, w.get(t, devpage.Prefix+"log"), "None yet", `http-equiv="refresh"`)
	revoked, _ := w.mint(t, "sub=alice&expires_in=60")
	short, _ := w.mint(t, "sub=bob&expires_in=60")
	elsewhere, _ := w.mint(t, "sub=carol&expires_in=3600")
	w.introspect(t, short, "secret")
	w.latest(t, `tag good">active`, "bob", "documents (post)", devas.TokenDigest(short), "JSON")
	w.introspect(t, short, "wrong")
	w.latest(t, `tag bad">refused`, "wrong secret")
	w.introspect(t, "unknown", "secret")
	w.latest(t, "inactive", "no token of this server")
	w.introspect(t, "", "secret")
	w.latest(t, "refused", "400 invalid_request")

	want(t, w.post(t, "tokens/revoke", "digest="+devas.TokenDigest(revoked)), "The token is revoked")
	w.introspect(t, revoked, "secret")
	w.latest(t, "inactive", "revoked")
	form := url.Values{"token": {elsewhere}, "client_id": {"documents"}, "client_secret": {"secret"}}
	answer(w.book, request(t, http.MethodPost, "/revoke", form.Encode()))
	w.introspect(t, elsewhere, "secret")
	w.latest(t, "inactive", "revoked")

	w.now = w.now.Add(time.Minute)
	if got := w.introspect(t, short, "secret"); got != `{"active":false}` {
		t.Errorf("an expired token: %s", got)
	}
	w.latest(t, "inactive", "expired at 10:01:00")
	want(t, w.get(t, "/"), "7 so far", `tag plain">expired</span> <strong>bob`, `tag plain">revoked</span> <strong>carol`)
	if got := w.post(t, "tokens/revoke", "digest=0"); !strings.Contains(got, "no token with that digest") {
		t.Error("an unknown digest was revoked")
	}
}

// TestFeedShowsUserInfo beside introspections, with what the client is not told, and nothing of the user.
func TestFeedShowsUserInfo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(authorization string) {
		r := request(t, http.MethodGet, "/userinfo", "")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		answer(w.book, r)
	}
	good, _ := w.mint(t, "sub=bob&scope=openid&expires_in=60")
	ask("Bearer " + good)
	w.latest(t, `tag good">answered`, `tag plain">UserInfo`, "<strong>bob</strong>", "token of service-provider", devas.TokenDigest(good), "JSON")
	page := w.get(t, devpage.Prefix+"log")
	for _, secret := range []string{good, "bob@example.org", "Durand"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page tells %q", secret)
		}
	}
	w.introspect(t, good, "secret")
	w.latest(t, "active", "by documents (post)")
	if _, all, _ := strings.Cut(w.get(t, devpage.Prefix+"log/entries"), "<li>"); strings.Count(all, "UserInfo") != 1 {
		t.Errorf("an introspection is called UserInfo, or UserInfo is not:\n%s", all)
	}

	narrow, _ := w.mint(t, "sub=bob&scope=documents&expires_in=60")
	ask("Bearer " + narrow)
	w.latest(t, `tag bad">refused`, "UserInfo", "403 insufficient_scope: the token lacks openid")
	nobody, _ := w.mint(t, "sub=&scope=openid&expires_in=60")
	ask("Bearer " + nobody)
	w.latest(t, "refused", "401 invalid_token: the token is no user&#39;s")
	ask("")
	w.latest(t, "refused", "401: no token came with it")
	ask("Bearer a b")
	w.latest(t, "refused", "400 invalid_request")
	ask("Bearer unknown")
	w.latest(t, "refused", "401 invalid_token: no token of this server")
	w.post(t, "tokens/revoke", "digest="+devas.TokenDigest(narrow))
	ask("Bearer " + narrow)
	w.latest(t, "refused", "401 invalid_token: revoked")
	w.now = w.now.Add(time.Minute)
	ask("Bearer " + good)
	w.latest(t, "refused", "401 invalid_token: expired at 10:01:00")
	w.post(t, "faults", "fault=userinfo-html&when=next")
	fresh, _ := w.mint(t, "sub=bob&scope=openid&expires_in=60")
	ask("Bearer " + fresh)
	w.latest(t, "fault: userinfo-html")
	want(t, w.get(t, "/"), "10 so far")
}

func TestFeedTellsForms(t *testing.T) {
	t.Parallel()
	feed := devpage.NewFeed(time.Now) // without a book it still tells what it knows
	for _, e := range []devas.Exchange{
		{Status: 200, Active: true, Encrypted: true},
		{Status: 200, Active: true, ContentType: "application/token-introspection+jwt; charset=utf-8"},
		{Fault: devas.Reset},
		{Status: 503, Fault: devas.Status(503), ContentType: "text/plain"},
	} {
		feed.Note(e)
	}
	for _, e := range []devas.Exchange{
		{Status: 200, Active: true, ContentType: "application/jwt; charset=utf-8"},
		{Fault: devas.AtUserInfo(devas.Reset)},
		{Status: 401, Fault: devas.AtUserInfo(401), TokenDigest: "00"},
		{Status: 401, Error: "invalid_token", TokenDigest: "00", Fault: devas.AtUserInfo(401)},
	} {
		feed.NoteUserInfo(e)
	}
	last, count := feed.Arrivals()
	for i, w := range []string{
		"refused||userinfo-401", "status 401||userinfo-401", "no answer||userinfo-reset", "answered|JWT, signed|",
		"status 503||503", "no answer||reset", "active|JWT, signed|", "active|JWT, signed and encrypted|",
	} {
		if got := last[i].Verdict + "|" + last[i].Form + "|" + last[i].Fault; got != w {
			t.Errorf("arrival %d is %q, want %q", i, got, w)
		}
	}
	for range 100 {
		feed.Note(devas.Exchange{Status: 200})
	}
	if last, _ = feed.Arrivals(); len(last) != 50 || count != 8 {
		t.Errorf("%d arrivals are kept", len(last))
	}
}

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
