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
