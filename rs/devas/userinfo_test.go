package devas_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// userInfo asks with these lines of Authorization.
func userInfo(as *devas.Server, method string, authorization ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/api/v2/userinfo", http.NoBody)
	r.Header["Authorization"] = authorization
	return serve(as, r)
}

func TestUserInfo(t *testing.T) {
	t.Parallel()
	as := newAS(t, func(cfg *devas.Config) {
		cfg.Users = map[string]devas.Claims{"bob": {"email": "bob@example.org", "email_verified": true}}
	})
	as.SetUser("carol", devas.Claims{"email": "old@example.org"})
	as.SetUser("carol", devas.Claims{"usual_name": "Petit"})
	as.SetUser("dave", devas.Claims{"sub": "another"})
	as.SetUser("erin", devas.Claims{"sub": nil, "email": nil, "name": "Erin"})
	for _, tt := range []struct{ name, method, scheme, sub, want string }{
		{"a user of the configuration", "GET", "Bearer ", "bob", `{"email":"bob@example.org","email_verified":true,"sub":"bob"}`},
		{"by POST", "POST", "Bearer ", "bob", `{"email":"bob@example.org","email_verified":true,"sub":"bob"}`},
		{"a scheme in other letters", "GET", "bEARER ", "bob", `{"email":"bob@example.org","email_verified":true,"sub":"bob"}`},
		{"two spaces", "GET", "Bearer  ", "bob", `{"email":"bob@example.org","email_verified":true,"sub":"bob"}`},
		{"a user who was set twice", "GET", "Bearer ", "carol", `{"sub":"carol","usual_name":"Petit"}`},
		{"a user with another subject", "GET", "Bearer ", "dave", `{"sub":"another"}`},
		{"a user without a subject", "GET", "Bearer ", "erin", `{"name":"Erin"}`},
		{"a user of whom nothing is known", "GET", "Bearer ", "alice", `{"sub":"alice"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := userInfo(as, tt.method, tt.scheme+as.Issue(devas.Claims{"sub": tt.sub}))
			if w.Code != 200 || w.Body.String() != tt.want {
				t.Errorf("%d %s, want %s", w.Code, w.Body, tt.want)
			}
			for name, want := range map[string]string{"Content-Type": mediaJSON + "; charset=utf-8", "Cache-Control": "no-store", "WWW-Authenticate": ""} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
	if as.UserInfoEndpoint() != issuer+"/userinfo" {
		t.Errorf("the endpoint is %s", as.UserInfoEndpoint())
	}
}

// TestUsers: without a configuration there are the users of the examples, with the names of OpenID Connect and of ProConnect.
func TestUsers(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	users := devas.Users()
	if got := slices.Sorted(maps.Keys(users)); !slices.Equal(got, []string{"alice", "bob", "carol"}) {
		t.Fatalf("users are %v", got)
	}
	users["alice"]["email"] = "changed@example.org" // changes nothing elsewhere
	for subject, email := range map[string]string{"alice": "alice@example.org", "bob": "bob@example.org", "carol": "carol@example.org"} {
		got := object(t, userInfo(as, "GET", "Bearer "+as.Issue(devas.Claims{"sub": subject})).Body.Bytes())
		if got["sub"] != subject || got["email"] != email || got["email_verified"] != true {
			t.Errorf("%s: %v", subject, got)
		}
		for _, name := range []string{"name", "given_name", "family_name", "usual_name", "uid", "siret", "idp_id"} {
			if text, _ := got[name].(string); text == "" {
				t.Errorf("%s: %s is %v", subject, name, got[name])
			}
		}
	}
}

// TestScopedUserInfo: a claim needs a scope of OpenID Connect Core section 5.4, or one of its own name.
func TestScopedUserInfo(t *testing.T) {
	t.Parallel()
	as := newAS(t, func(cfg *devas.Config) { cfg.ScopedUserInfo = true })
	as.SetUser("alice", devas.Claims{
		"name": "Alice Martin", "updated_at": 1, "email": "alice@example.org", "email_verified": true, "phone_number": "+33102030405",
		"phone_number_verified": false, "address": devas.Claims{"country": "FR"}, "siret": "13002526500013",
	})
	as.SetUser("dave", devas.Claims{"sub": "another"})
	for _, tt := range []struct {
		sub   string
		scope any
		want  string
	}{
		{"alice", "openid", `{"sub":"alice"}`},
		{"alice", "openid profile", `{"name":"Alice Martin","sub":"alice","updated_at":1}`},
		{"alice", "openid email", `{"email":"alice@example.org","email_verified":true,"sub":"alice"}`},
		{"alice", "email openid phone address", `{"address":{"country":"FR"},"email":"alice@example.org","email_verified":true,` +
			`"phone_number":"+33102030405","phone_number_verified":false,"sub":"alice"}`},
		{"alice", []string{"openid", "siret", "name"}, `{"name":"Alice Martin","siret":"13002526500013","sub":"alice"}`},
		{"alice", "openid Email emails", `{"sub":"alice"}`},
		{"dave", "openid", `{"sub":"another"}`},
		{"erin", "openid email profile", `{"sub":"erin"}`},
	} {
		w := userInfo(as, "GET", "Bearer "+as.Issue(devas.Claims{"sub": tt.sub, "scope": tt.scope}))
		if w.Code != 200 || w.Body.String() != tt.want {
			t.Errorf("%s, %v: %d %s, want %s", tt.sub, tt.scope, w.Code, w.Body, tt.want)
		}
	}
}

func TestUserInfoRefuses(t *testing.T) {
	t.Parallel()
	clock := now
	as := newAS(t, func(cfg *devas.Config) { cfg.Now = func() time.Time { return clock } })
	as.SetUser("mallory", devas.Claims{"f": func() {}})
	forgotten, revoked := as.Issue(nil), as.Issue(devas.Claims{"exp": nil})
	as.Revoke(revoked)
	clock = clock.Add(time.Hour)
	const invalid, scope = `Bearer realm="` + issuer + `", error="invalid_token"`, `Bearer realm="` + issuer + `", error="insufficient_scope", scope="openid"`
	const malformed = `Bearer realm="` + issuer + `", error="invalid_request"`
	for _, tt := range []struct {
		name          string
		authorization []string
		status        int
		challenge     string
		code          any // of the body; nil: no body
	}{
		{"no token", nil, 401, `Bearer realm="` + issuer + `"`, nil},
		{"another scheme", []string{"Basic YTpi"}, 401, `Bearer realm="` + issuer + `"`, nil},
		{"two headers", []string{"Bearer a", "Bearer b"}, 400, malformed, "invalid_request"},
		{"two tokens", []string{"Bearer a b"}, 400, malformed, "invalid_request"},
		{"a scheme alone", []string{"Bearer"}, 400, malformed, "invalid_request"},
		{"an unknown token", []string{"Bearer unknown"}, 401, invalid, "invalid_token"},
		{"a token after its lifetime", []string{"Bearer " + forgotten}, 401, invalid, "invalid_token"},
		{"a revoked token", []string{"Bearer " + revoked}, 401, invalid, "invalid_token"},
		{"a token after its own exp", []string{"Bearer " + as.Issue(devas.Claims{"exp": clock.Unix()})}, 401, invalid, "invalid_token"},
		{"a token after its own exp, in parts of a second", []string{"Bearer " + as.Issue(devas.Claims{"exp": float64(clock.Unix()) + .5})}, 401, invalid, "invalid_token"},
		{"a token that is not active", []string{"Bearer " + as.Issue(devas.Claims{"active": false})}, 401, invalid, "invalid_token"},
		{"a token of nobody", []string{"Bearer " + as.Issue(devas.Claims{"sub": nil})}, 401, invalid, "invalid_token"},
		{"what is no JSON", []string{"Bearer " + as.IssueRaw("x")}, 401, invalid, "invalid_token"},
		{"no openid", []string{"Bearer " + as.Issue(devas.Claims{"scope": "openid2 email"})}, 403, scope, "insufficient_scope"},
		{"no scope", []string{"Bearer " + as.Issue(devas.Claims{"scope": nil})}, 403, scope, "insufficient_scope"},
		{"a token that cannot be described", []string{"Bearer " + as.Issue(devas.Claims{"f": func() {}})}, 500, "", "server_error"},
		{"a user who cannot be described", []string{"Bearer " + as.Issue(devas.Claims{"sub": "mallory"})}, 500, "", "server_error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := userInfo(as, "GET", tt.authorization...)
			if w.Code != tt.status || w.Header().Get("WWW-Authenticate") != tt.challenge {
				t.Errorf("%d %q, want %d %q", w.Code, w.Header()["Www-Authenticate"], tt.status, tt.challenge)
			}
			if tt.code == nil {
				if w.Body.Len() != 0 || w.Header().Get("Content-Type") != "" {
					t.Errorf("a body: %v %s", w.Header(), w.Body)
				}
			} else if got := object(t, w.Body.Bytes())["error"]; got != tt.code {
				t.Errorf("error %v, want %v", got, tt.code)
			}
		})
	}
	for _, sufficient := range []any{"email openid", []string{"email", "openid"}} {
		if w := userInfo(as, "GET", "Bearer "+as.Issue(devas.Claims{"scope": sufficient, "exp": clock.Unix() + 1})); w.Code != 200 {
			t.Errorf("scope %v: %d %s", sufficient, w.Code, w.Body)
		}
	}
	if w := userInfo(as, "DELETE"); w.Code != 405 || w.Header().Get("Allow") != "GET, POST" {
		t.Errorf("DELETE: %d %v", w.Code, w.Header())
	}
}

// TestUserInfoJWT: the client that got the token is registered for the form, whatever the request accepts.
func TestUserInfoJWT(t *testing.T) {
	t.Parallel()
	set := newSet(t)
	as := newAS(t, func(cfg *devas.Config) {
		cfg.Users = map[string]devas.Claims{"alice": {"email": "alice@example.org"}, "bob": {"iss": "https://other.example"}}
		cfg.Clients = append(cfg.Clients,
			devas.Client{ID: "portal", Secret: "s", UserInfoSigningAlg: "ES384"},
			devas.Client{ID: "vault", Secret: "s", UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "ECDH-ES", JWKS: set.PublicJWKS()})
	})
	ask := func(client, sub string) *httptest.ResponseRecorder {
		return userInfo(as, "GET", "Bearer "+as.Issue(devas.Claims{"client_id": client, "sub": sub}))
	}
	if w := ask("signed", "alice"); w.Header().Get("Content-Type") != mediaJSON+"; charset=utf-8" {
		t.Errorf("the registration for introspection is no registration for UserInfo: %v", w.Header())
	}
	open := func(client, alg string, jws []byte) map[string]any {
		payload, header, err := published(t, as, alg).Verify(jws)
		if err != nil || header.Type != "JWT" {
			t.Fatalf("%s: %v, typ %q", client, err, header.Type)
		}
		return object(t, payload)
	}
	wantClaims := func(client string, got map[string]any) {
		want := map[string]any{"iss": issuer, "aud": client, "iat": float64(now.Unix()), "sub": "alice", "email": "alice@example.org"}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", client, got, want)
		}
	}
	w := ask("portal", "alice")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/jwt; charset=utf-8" {
		t.Errorf("signed: %d %v", w.Code, w.Header())
	}
	wantClaims("portal", open("portal", "ES384", w.Body.Bytes()))
	if got := open("portal", "ES384", ask("portal", "bob").Body.Bytes()); got["iss"] != "https://other.example" {
		t.Errorf("what is set for a user is sent: %v", got)
	}

	w = ask("vault", "alice")
	if header := segment(t, w.Body.String(), 0); header["alg"] != "ECDH-ES" || header["enc"] != "A256GCM" || header["cty"] != "JWT" {
		t.Errorf("the header of the encrypted answer is %v", header)
	}
	jws, err := set.Decrypt(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	wantClaims("vault", open("vault", "ES256", jws))
}

func TestUserInfoToKeysThatCannotBeRead(t *testing.T) {
	t.Parallel()
	as := newAS(t, func(cfg *devas.Config) {
		cfg.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, http.ErrHandlerTimeout })}
		cfg.Clients = []devas.Client{{ID: "vault", Secret: "s", UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "ECDH-ES", JWKSURI: "https://app.example/jwks"}}
	})
	w := userInfo(as, "GET", "Bearer "+as.Issue(devas.Claims{"client_id": "vault"}))
	if w.Code != 400 || object(t, w.Body.Bytes())["error"] != "invalid_client_metadata" || w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestUserInfoRegistrations(t *testing.T) {
	t.Parallel()
	jwks := newSet(t).PublicJWKS()
	for _, tt := range []struct {
		name   string
		client devas.Client
		want   string
	}{
		{"an unknown signature", devas.Client{UserInfoSigningAlg: "HS256"}, "unknown UserInfoSigningAlg (userinfo_signed_response_alg): use"},
		{"an unknown encryption", devas.Client{UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "RSA1_5", JWKS: jwks}, "unknown UserInfoEncryptionAlg (userinfo_encrypted_response_alg): use"},
		{"an unknown content encryption", devas.Client{UserInfoEncryptionEnc: "A1"}, "unknown UserInfoEncryptionEnc (userinfo_encrypted_response_enc): use"},
		{"not signed", devas.Client{UserInfoEncryptionAlg: "ECDH-ES", JWKS: jwks}, "has UserInfoEncryptionAlg (userinfo_encrypted_response_alg) but no UserInfoSigningAlg (userinfo_signed_response_alg): what"},
		{"no keys", devas.Client{UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "ECDH-ES"}, "needs either JWKS (jwks) or JWKSURI (jwks_uri)"},
		{"keys of another type", devas.Client{UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "RSA-OAEP", JWKS: jwks}, "cannot be encrypted to"},
	} {
		tt.client.ID, tt.client.Secret = "portal", "s3cr3t"
		err := newAS(t).Register(tt.client)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestUserInfoRequests(t *testing.T) {
	t.Parallel()
	var seen []devas.Exchange
	as := newAS(t, func(cfg *devas.Config) { cfg.OnUserInfo = func(e devas.Exchange) { seen = append(seen, e) } })
	token := as.Issue(nil)
	as.FailNext(devas.AtUserInfo(503))
	for _, each := range []string{token, token, "unknown"} {
		userInfo(as, "GET", "Bearer "+each)
	}
	userInfo(as, "GET")
	digest, json := devas.TokenDigest(token), mediaJSON+"; charset=utf-8"
	want := []devas.Exchange{
		{Client: "service-provider", TokenDigest: digest, Fault: devas.AtUserInfo(503), Status: 503, ContentType: "text/plain; charset=utf-8"},
		{Client: "service-provider", TokenDigest: digest, Status: 200, ContentType: json, Active: true},
		{TokenDigest: devas.TokenDigest("unknown"), Status: 401, ContentType: json, Error: "invalid_token"},
		{Status: 401},
	}
	if got := as.UserInfoRequests(); !slices.Equal(got, want) || !slices.Equal(seen, want) {
		t.Errorf("got %+v, told %+v, want %+v", got, seen, want)
	}
	if n := len(as.Introspections()); n != 0 {
		t.Errorf("%d introspections", n)
	}
}

func TestUserInfoFaults(t *testing.T) {
	t.Parallel()
	set := newSet(t)
	as := newAS(t, func(cfg *devas.Config) {
		cfg.Clients = append(cfg.Clients,
			devas.Client{ID: "portal", Secret: "s", UserInfoSigningAlg: "ES256"},
			devas.Client{ID: "vault", Secret: "s", UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "ECDH-ES", JWKS: set.PublicJWKS()})
	})
	ask := func(client string) *httptest.ResponseRecorder {
		return userInfo(as, "GET", "Bearer "+as.Issue(devas.Claims{"client_id": client}))
	}
	as.Fail(503)
	if introspection, info := status(as), ask("").Code; introspection != 503 || info != 200 {
		t.Errorf("a fault of introspection: %d, %d", introspection, info)
	}
	as.Heal()
	as.Fail(devas.AtUserInfo(503))
	as.FailNext(devas.AtUserInfo(502), devas.AtUserInfo(0))
	if introspection, first, second, third := status(as), ask("").Code, ask("").Code, ask("").Code; introspection != 200 || first != 502 || second != 200 || third != 503 {
		t.Errorf("faults of UserInfo: %d, %d, %d, %d", introspection, first, second, third)
	}
	as.Heal()
	for _, tt := range []struct {
		client   string
		fault    devas.Fault
		status   int
		header   string
		value    string
		contains string
	}{
		{"", devas.HTML, 200, "Content-Type", "text/html; charset=utf-8", "<!doctype html>"},
		{"", devas.WrongContentType, 200, "Content-Type", "text/plain; charset=utf-8", `"sub":"alice"`},
		{"portal", devas.WrongContentType, 200, "Content-Type", mediaJWT, "eyJ"},
		{"", devas.Redirect, 307, "Location", issuer + "/userinfo?redirected", ""},
		{"", devas.RateLimited, 429, "Retry-After", "120", "slow_down"},
		{"", devas.ServerError, 500, "WWW-Authenticate", "", `"server_error"`},
		{"", devas.NotAnObject, 200, "Content-Type", mediaJSON + "; charset=utf-8", `[{"`},
		{"", devas.InvalidUTF8, 200, "Content-Type", mediaJSON + "; charset=utf-8", "\xff"},
		{"portal", devas.PlainJSON, 200, "Content-Type", mediaJSON + "; charset=utf-8", `"sub":"alice"`},
		{"portal", devas.MislabeledJSON, 200, "Content-Type", "application/jwt; charset=utf-8", `"sub":"alice"`},
		{"", devas.WrongSignature, 500, "Content-Type", mediaJSON + "; charset=utf-8", "wrong-signature needs"},
		{"portal", devas.SignedOnly, 500, "Content-Type", mediaJSON + "; charset=utf-8", "signed-only needs"},
		{"", devas.InvalidClient, 500, "Content-Type", mediaJSON + "; charset=utf-8", "no fault userinfo-invalid-client"},
		{"", devas.KeysDown, 500, "Content-Type", mediaJSON + "; charset=utf-8", "no fault userinfo-keys-down"},
	} {
		as.FailNext(devas.AtUserInfo(tt.fault))
		w := ask(tt.client)
		if w.Code != tt.status || w.Header().Get(tt.header) != tt.value || !strings.Contains(w.Body.String(), tt.contains) {
			t.Errorf("%v of %q: %d %v %.200q", tt.fault, tt.client, w.Code, w.Header(), w.Body)
		}
	}
	verify := func(f devas.Fault, jws []byte) (map[string]any, keys.Header, error) {
		payload, header, err := published(t, as, "ES256").Verify(jws)
		if err != nil {
			return nil, header, err
		}
		return object(t, payload), header, nil
	}
	for _, f := range []devas.Fault{devas.WrongSignature, devas.Tampered, devas.UnknownKID, devas.Unsigned, devas.HMACSigned, devas.OtherAlgorithm, devas.CriticalHeader} {
		as.FailNext(devas.AtUserInfo(f))
		if w := ask("portal"); w.Code != 200 {
			t.Errorf("%v: %d %s", f, w.Code, w.Body)
		} else if _, _, err := verify(f, w.Body.Bytes()); err == nil {
			t.Errorf("%v: the signature is right", f)
		}
	}
	for f, wrong := range map[devas.Fault]func(map[string]any, keys.Header) bool{
		devas.WrongIssuer:   func(m map[string]any, _ keys.Header) bool { return m["iss"] == "https://stranger.example" },
		devas.WrongAudience: func(m map[string]any, _ keys.Header) bool { return m["aud"] == "another-client" },
		devas.PastExp:       func(m map[string]any, _ keys.Header) bool { return m["exp"] == float64(now.Add(-time.Hour).Unix()) },
		devas.WrongType:     func(_ map[string]any, h keys.Header) bool { return h.Type == "at+jwt" },
	} {
		as.FailNext(devas.AtUserInfo(f))
		if claims, header, err := verify(f, ask("portal").Body.Bytes()); err != nil || claims["sub"] != "alice" || !wrong(claims, header) {
			t.Errorf("%v: %v %v %v", f, claims, header, err)
		}
	}
	as.FailNext(devas.AtUserInfo(devas.InvalidUTF8))
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(ask("portal").Body.String(), ".")[1])
	if err != nil || !strings.Contains(string(payload), "\xff") || !strings.Contains(string(payload), `"iss":`) {
		t.Errorf("%v in %q: the members of the answer are not as they were", err, payload)
	}
	as.FailNext(devas.AtUserInfo(devas.WrongEncryptionKey))
	if _, err := set.Decrypt(ask("vault").Body.Bytes()); err == nil {
		t.Error("an answer to a stranger can be read")
	}
}

func TestUserInfoFaultNames(t *testing.T) {
	t.Parallel()
	all := devas.UserInfoFaults()
	if len(all) < 40 || !slices.Contains(all, devas.AtUserInfo(devas.Hang)) {
		t.Errorf("%d faults: %v", len(all), all)
	}
	for _, f := range all {
		base, found := strings.CutPrefix(f.String(), "userinfo-")
		if parsed, err := devas.ParseFault(f.String()); !found || err != nil || parsed != f || devas.AtUserInfo(f) != f || f.About() == "" {
			t.Errorf("%q is read as %v, %v; %q", f, parsed, err, f.About())
		}
		if parsed, err := devas.ParseFault(base); err != nil || devas.AtUserInfo(parsed) != f || parsed.About() != f.About() {
			t.Errorf("%q is read as %v, %v", base, parsed, err)
		}
	}
	for name, want := range map[string]devas.Fault{"userinfo-none": devas.AtUserInfo(0), "userinfo-503": devas.AtUserInfo(devas.Status(503))} {
		if got, err := devas.ParseFault(name); err != nil || got != want || got.String() != name {
			t.Errorf("%q is read as %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"userinfo-", "userinfo-199", "userinfo-no-active", "userinfo-invalid-client", "userinfo-keys-down", "userinfo-userinfo-503"} {
		if got, err := devas.ParseFault(name); err == nil {
			t.Errorf("%q is read as %v", name, got)
		}
	}
}
