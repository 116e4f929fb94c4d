package devpage_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/devpage"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

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
