package devpage_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/devpage"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

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
