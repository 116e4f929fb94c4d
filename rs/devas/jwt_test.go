package devas_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// issueJWT is IssueJWT for claims that can be written.
func issueJWT(t *testing.T, as *devas.Server, claims devas.Claims) string {
	t.Helper()
	token, err := as.IssueJWT(claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// payload verifies a token with the published keys.
func payload(t *testing.T, as *devas.Server, alg, token string) string {
	t.Helper()
	text, header, err := published(t, as, alg).Verify([]byte(token))
	if err != nil {
		t.Fatal(err)
	}
	if header.Type != "at+jwt" || header.KeyID == "" {
		t.Errorf("typ %q, kid %q", header.Type, header.KeyID)
	}
	return string(text)
}

func TestIssueJWT(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*devas.Config)
		claims devas.Claims
		alg    string
		want   string // of the claims set
	}{
		"defaults": {func(*devas.Config) {}, devas.Claims{"jti": "1"}, "ES256",
			`{"aud":"resource-server","client_id":"service-provider","exp":1800003600,"iat":1800000000,"iss":"https://as.example/api/v2","jti":"1","scope":"openid","sub":"alice"}`},
		"of the server": {func(cfg *devas.Config) {
			cfg.Audience, cfg.Lifetime, cfg.Claims = "documents", time.Minute, devas.Claims{"scope": "a"}
		}, devas.Claims{"jti": "1"}, "ES256",
			`{"aud":"documents","client_id":"service-provider","exp":1800000060,"iat":1800000000,"iss":"https://as.example/api/v2","jti":"1","scope":"a","sub":"alice"}`},
		"of the token": {func(cfg *devas.Config) { cfg.Audience = "documents" }, devas.Claims{"jti": nil, "scope": nil, "client_id": nil, "iat": nil, "exp": 7, "sub": "bob", "aud": []string{"a", "b"}, "level": "high"}, "ES256",
			`{"aud":["a","b"],"exp":7,"iss":"https://as.example/api/v2","level":"high","sub":"bob"}`},
		"another algorithm": {func(cfg *devas.Config) { cfg.SigningAlg = "RS256" }, devas.Claims{"jti": "1", "aud": nil}, "RS256",
			`{"client_id":"service-provider","exp":1800003600,"iat":1800000000,"iss":"https://as.example/api/v2","jti":"1","scope":"openid","sub":"alice"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			as := newAS(t, tt.change)
			token := issueJWT(t, as, tt.claims)
			if got := payload(t, as, tt.alg, token); got != tt.want {
				t.Errorf("the claims are\n%s, want\n%s", got, tt.want)
			}
			want := `{"active":true,` + strings.Trim(tt.want, "{}") + `,"token_type":"Bearer"}`
			if got := introspect(as, "json", mediaJSON, token).Body.String(); got != want {
				t.Errorf("the introspection response is\n%s, want\n%s", got, want)
			}
		})
	}
}

// TestIssueJWTTwice: tokens are told apart by jti, and so each can be revoked alone.
func TestIssueJWTTwice(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	a, b := issueJWT(t, as, nil), issueJWT(t, as, nil)
	first, second := segment(t, a, 1)["jti"], segment(t, b, 1)["jti"]
	if text, ok := first.(string); !ok || len(text) < 20 || first == second {
		t.Errorf("jti %v and %v", first, second)
	}
}

func TestRevokeJWT(t *testing.T) {
	t.Parallel()
	clock := now
	as := newAS(t, func(cfg *devas.Config) { cfg.Now = func() time.Time { return clock } })
	byCall, byRequest, other := issueJWT(t, as, nil), issueJWT(t, as, nil), issueJWT(t, as, nil)
	as.Revoke(byCall)
	form := url.Values{"client_id": {"json"}, "client_secret": {"json secret"}, "token": {byRequest}}
	if w := serve(as, post("/api/v2/revoke", form, nil)); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for token, want := range map[string]bool{byCall: false, byRequest: false, other: true, other + "A": false} {
		if got := object(t, introspect(as, "json", mediaJSON, token).Body.Bytes())["active"]; got != want || as.Known(token) != want {
			t.Errorf("active %v, known %v, want %v", got, as.Known(token), want)
		}
	}
	clock = now.Add(time.Hour)
	if as.Known(other) {
		t.Error("known after its lifetime")
	}
}

// TestJWTAfterRotation: the key of an old token is published as long as the rotation has an overlap.
func TestJWTAfterRotation(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	token := issueJWT(t, as, nil)
	for _, tt := range []struct{ overlap, good bool }{{true, true}, {false, false}} {
		if err := as.RotateKeys(tt.overlap); err != nil {
			t.Fatal(err)
		}
		if _, _, err := published(t, as, "ES256").Verify([]byte(token)); (err == nil) != tt.good {
			t.Errorf("overlap %v: %v", tt.overlap, err)
		}
		payload(t, as, "ES256", issueJWT(t, as, nil))
	}
}

// TestJWTIsWhatWasSaid: what is inactive on purpose is signed like any other, and UserInfo takes it for the token that it is.
func TestJWTIsWhatWasSaid(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	token := issueJWT(t, as, devas.Claims{"active": false, "token_type": "DPoP"})
	if got := payload(t, as, "ES256", token); strings.Contains(got, "active") || strings.Contains(got, "token_type") {
		t.Errorf("members of a response in the claims: %s", got)
	}
	if got := object(t, introspect(as, "json", mediaJSON, token).Body.Bytes()); got["active"] != false || got["token_type"] != "DPoP" {
		t.Errorf("the introspection response is %v", got)
	}
	r := httptest.NewRequest("GET", "/api/v2/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+issueJWT(t, as, devas.Claims{"sub": "bob"}))
	if w := serve(as, r); w.Code != 200 || object(t, w.Body.Bytes())["email"] != "bob@example.org" {
		t.Errorf("UserInfo: %d %s", w.Code, w.Body)
	}
}

func TestIssueJWTOfWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	if token, err := newAS(t).IssueJWT(devas.Claims{"sub": func() {}}); err == nil || token != "" {
		t.Errorf("token %q, error %v", token, err)
	}
}
