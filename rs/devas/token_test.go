package devas_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestIssue(t *testing.T) {
	t.Parallel()
	clock := now
	as := newAS(t, func(cfg *devas.Config) {
		cfg.Now = func() time.Time { return clock }
		cfg.Lifetime = time.Minute
		cfg.Claims = devas.Claims{"scope": "documents", "iss": nil, "level": "high"}
	})
	common, own := as.Issue(nil), as.Issue(devas.Claims{"exp": now.Add(time.Minute).Unix(), "level": nil})
	for _, token := range []string{common, own} {
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(token) {
			t.Errorf("token %q", token)
		}
	}
	if common == own {
		t.Error("a token twice")
	}
	want := `{"active":true,"client_id":"service-provider","exp":1800000060,"iat":1800000000,"level":"high","scope":"documents","sub":"alice","token_type":"Bearer"}`
	if got := introspect(as, "json", mediaJSON, common).Body.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	clock = now.Add(time.Minute)
	if got := introspect(as, "json", mediaJSON, common).Body.String(); got != `{"active":false}` {
		t.Errorf("after its lifetime: %s", got)
	}
	if got := object(t, introspect(as, "json", mediaJSON, own).Body.Bytes()); got["active"] != true || got["level"] != nil {
		t.Errorf("with an exp of its own, a token is what it was said to be: %v", got)
	}
}

func TestIssueWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	w := introspect(as, "json", mediaJSON, as.Issue(devas.Claims{"sub": func() {}}))
	if w.Code != 500 || object(t, w.Body.Bytes())["error"] != "server_error" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := introspect(as, "json", mediaJSON, as.IssueRaw(`not JSON`)); w.Code != 200 || w.Body.String() != "not JSON" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	byCall, byRequest := as.Issue(nil), as.Issue(nil)
	as.Revoke(byCall)
	form := func(token string) url.Values {
		return url.Values{"client_id": {"json"}, "client_secret": {"json secret"}, "token": {token}}
	}
	for _, token := range []string{byRequest, byRequest, "unknown"} {
		w := serve(as, post("/api/v2/revoke", form(token), nil))
		if w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	for _, token := range []string{byCall, byRequest} {
		if got := introspect(as, "json", mediaJSON, token).Body.String(); got != `{"active":false}` {
			t.Errorf("after the revocation: %s", got)
		}
	}
	if w := serve(as, post("/api/v2/revoke", form(""), nil)); w.Code != 400 {
		t.Errorf("without a token: %d", w.Code)
	}
	if w := serve(as, post("/api/v2/revoke", url.Values{"token": {"x"}}, basic("json", "wrong"))); w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("wrong secret: %d %v", w.Code, w.Header())
	}
}

func TestIntrospections(t *testing.T) {
	t.Parallel()
	var seen []devas.Exchange
	as := newAS(t, func(cfg *devas.Config) { cfg.OnExchange = func(e devas.Exchange) { seen = append(seen, e) } })
	token := as.Issue(nil)
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	header := basic("signed", "signed+secret")
	header.Set("Accept", mediaJWT)
	as.FailNext(devas.WrongIssuer)
	serve(as, post("/api/v2/introspect", form, header))
	want := devas.Exchange{
		Client: "signed", AuthMethod: "client_secret_basic", Accept: mediaJWT, TokenDigest: devas.TokenDigest(token), Hint: "access_token",
		Fault: devas.WrongIssuer, Status: http.StatusOK, ContentType: mediaJWT + "; charset=utf-8", Active: true,
	}
	got := as.Introspections()
	if len(got) != 1 || got[0] != want || len(seen) != 1 || seen[0] != want {
		t.Errorf("got %+v, told %+v, want %+v", got, seen, want)
	}
	if digest := devas.TokenDigest("token"); digest != "3c469e9d6c5875d3" {
		t.Errorf("digest %s", digest)
	}
}

func TestIntrospectionsAreBounded(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	r := url.Values{}
	for range 10001 {
		serve(as, post("/api/v2/introspect", r, nil))
	}
	if n := len(as.Introspections()); n != 5001 {
		t.Errorf("%d exchanges are kept", n)
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	as, err := devas.New(devas.Config{Issuer: "http://127.0.0.1:9000", Lifetime: time.Minute, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	short, long, revoked := as.Issue(nil), as.Issue(devas.Claims{"exp": 1}), as.Issue(nil)
	as.Revoke(revoked)
	if !as.Known(short) || !as.Known(long) || as.Known(revoked) || as.Known("never") {
		t.Error("a token is taken for another")
	}
	now = now.Add(time.Minute)
	if as.Known(short) || !as.Known(long) {
		t.Error("a lifetime ended: only the token without an exp of its own is forgotten")
	}
}
