package devas_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestIntrospectPlain(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	w := introspect(as, "json", mediaJSON, as.Issue(devas.Claims{"sub": "bob", "client_id": nil, "x": []int{1}}))
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json; charset=utf-8" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	want := map[string]any{
		"active": true, "iss": issuer, "sub": "bob", "scope": "openid", "token_type": "Bearer",
		"iat": 1.8e9, "exp": 1.8e9 + 3600, "x": []any{1.0},
	}
	if got := object(t, w.Body.Bytes()); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if w := introspect(as, "json", mediaJSON, "unknown"); w.Code != 200 || w.Body.String() != `{"active":false}` {
		t.Errorf("unknown token: %d %s", w.Code, w.Body)
	}
}

func TestIntrospectSigned(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	for _, token := range []string{as.IssueRaw(`{"active":true,"odd":1e3}`), "unknown"} {
		w := introspect(as, "signed", mediaJWT, token)
		if w.Code != 200 || w.Header().Get("Content-Type") != mediaJWT+"; charset=utf-8" {
			t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		payload, header, err := published(t, as, "ES256").Verify(w.Body.Bytes())
		if err != nil || header.Type != "token-introspection+jwt" || header.KeyID == "" {
			t.Fatalf("%+v, %v", header, err)
		}
		response := map[string]string{"unknown": `{"active":false}`}[token]
		if response == "" {
			response = `{"active":true,"odd":1e3}`
		}
		if want := `{"aud":"signed","iat":1800000000,"iss":"` + issuer + `","token_introspection":` + response + `}`; string(payload) != want {
			t.Errorf("claims %s, want %s", payload, want)
		}
	}
}

func TestIntrospectEncrypted(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	set := encryptTo(t, as)
	w := introspect(as, "encrypted", mediaJWT, as.Issue(nil))
	header := segment(t, w.Body.String(), 0)
	delete(header, "epk")
	kid := object(t, set.PublicJWKS())["keys"].([]any)[0].(map[string]any)["kid"]
	want := map[string]any{"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": kid, "iss": issuer, "aud": "encrypted"}
	if !reflect.DeepEqual(header, want) {
		t.Errorf("header %v, want %v", header, want)
	}
	jws, err := set.Decrypt(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := published(t, as, "ES256").Verify(jws); err != nil {
		t.Error(err)
	}
	if aud := segment(t, string(jws), 1)["aud"]; aud != "encrypted" {
		t.Errorf("aud %v", aud)
	}
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	encryptTo(t, as)
	token := as.Issue(nil)
	const typeJSON, typeJWT = "application/json; charset=utf-8", mediaJWT + "; charset=utf-8"
	for _, tt := range []struct {
		client, accept string
		wantStatus     int
		wantType       string
	}{
		{"json", mediaJWT, 200, typeJSON},
		{"json", "", 200, typeJSON},
		{"signed", mediaJWT, 200, typeJWT},
		{"signed", "Application/Token-Introspection+JWT", 200, typeJWT},
		{"signed", mediaJSON, 200, typeJSON},
		{"signed", "*/*", 200, typeJSON},
		{"signed", "", 200, typeJSON},
		{"signed", mediaJSON + ", " + mediaJWT, 200, typeJSON},
		{"signed", mediaJWT + ", " + mediaJSON, 200, typeJWT},
		{"signed", mediaJWT + ";q=0.5, " + mediaJSON, 200, typeJSON},
		{"signed", mediaJWT + ", " + mediaJSON + ";q=0.9", 200, typeJWT},
		{"signed", mediaJSON + ";q=0.9, " + mediaJWT + "; q=1.0", 200, typeJWT},
		{"signed", mediaJWT + ";q=0", 200, typeJSON},
		{"signed", mediaJWT + ";q=x;v=1", 200, typeJWT},
		{"encrypted", mediaJWT, 200, typeJWT},
		{"encrypted", mediaJSON, 400, typeJSON},
		{"encrypted", "", 400, typeJSON},
	} {
		w := introspect(as, tt.client, tt.accept, token)
		if w.Code != tt.wantStatus || w.Header().Get("Content-Type") != tt.wantType {
			t.Errorf("%s, Accept %q: %d %s", tt.client, tt.accept, w.Code, w.Header().Get("Content-Type"))
		}
		if tt.wantStatus == 400 && object(t, w.Body.Bytes())["error"] != "invalid_request" {
			t.Errorf("%s, Accept %q: %s", tt.client, tt.accept, w.Body)
		}
	}
}

func basic(id, secret string) http.Header {
	return http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))}}
}

func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	as := newAS(t, func(cfg *devas.Config) {
		cfg.Clients = []devas.Client{{ID: "the client", Secret: "s+:%&é"}}
	})
	token := as.Issue(nil)
	form := func(pairs ...string) url.Values {
		v := url.Values{"token": {token}}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	good := basic("the+client", url.QueryEscape("s+:%&é"))
	for name, tt := range map[string]struct {
		form       url.Values
		header     http.Header
		wantStatus int
		wantError  string
		wantMethod string
	}{
		"basic":                  {form(), good, 200, "", "client_secret_basic"},
		"basic and same id":      {form("client_id", "the client"), good, 200, "", "client_secret_basic"},
		"basic and other id":     {form("client_id", "json"), good, 400, "invalid_request", "client_secret_basic"},
		"basic and secret":       {form("client_id", "the client", "client_secret", "s+:%&é"), good, 400, "invalid_request", ""},
		"basic not encoded":      {form(), basic("the client", "s+:%&é"), 400, "invalid_request", "client_secret_basic"},
		"basic half encoded":     {form(), basic("the client", "s+:%25&é"), 401, "invalid_client", "client_secret_basic"},
		"basic wrong secret":     {form(), basic("the+client", "wrong"), 401, "invalid_client", "client_secret_basic"},
		"basic unknown client":   {form(), basic("nobody", "wrong"), 401, "invalid_client", "client_secret_basic"},
		"basic without colon":    {form(), http.Header{"Authorization": {"Basic eA=="}}, 400, "invalid_request", ""},
		"bearer":                 {form(), http.Header{"Authorization": {"Bearer x"}}, 400, "invalid_request", ""},
		"post":                   {form("client_id", "the client", "client_secret", "s+:%&é"), nil, 200, "", "client_secret_post"},
		"post wrong secret":      {form("client_id", "the client", "client_secret", "wrong"), nil, 401, "invalid_client", "client_secret_post"},
		"id only":                {form("client_id", "the client"), nil, 401, "invalid_client", "none"},
		"secret only":            {form("client_secret", "s+:%&é"), nil, 400, "invalid_request", ""},
		"nothing":                {form(), nil, 400, "invalid_request", ""},
		"repeated parameter":     {form("client_id", "a", "client_id", "b"), nil, 400, "invalid_request", ""},
		"no token":               {url.Values{}, good, 400, "invalid_request", "client_secret_basic"},
		"no form":                {form(), http.Header{"Content-Type": {"application/json"}}, 400, "invalid_request", ""},
		"form with parameters":   {form(), merge(good, "Content-Type", "Application/X-WWW-Form-urlencoded; charset=UTF-8"), 200, "", "client_secret_basic"},
		"more than any form has": {form("x", strings.Repeat("x", 1<<17)), good, 400, "invalid_request", ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(as.Introspections())
			w := serve(as, post("/api/v2/introspect", tt.form, tt.header))
			if w.Code != tt.wantStatus || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
			code, _ := object(t, w.Body.Bytes())["error"].(string)
			if code != tt.wantError {
				t.Errorf("error %q, want %q", code, tt.wantError)
			}
			wantChallenge := ""
			if tt.wantStatus == 401 && tt.header != nil {
				wantChallenge = `Basic realm="` + issuer + `", error="invalid_client"`
			}
			if got := w.Header().Get("WWW-Authenticate"); got != wantChallenge {
				t.Errorf("challenge %q, want %q", got, wantChallenge)
			}
			all := as.Introspections()
			if len(all) != before+1 {
				t.Fatalf("%d exchanges more", len(all)-before)
			}
			got := all[before]
			if got.AuthMethod != tt.wantMethod || got.Status != tt.wantStatus || got.Error != tt.wantError || got.Active != (tt.wantStatus == 200) {
				t.Errorf("exchange %+v", got)
			}
		})
	}
}

func merge(h http.Header, name, value string) http.Header {
	h = h.Clone()
	h.Set(name, value)
	return h
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	for _, tt := range []struct {
		method, path string
		want         int
		wantAllow    string
	}{
		{"GET", "/api/v2/introspect", 405, "POST"},
		{"GET", "/api/v2/revoke", 405, "POST"},
		{"POST", "/api/v2/jwks", 405, "GET"},
		{"HEAD", "/api/v2/jwks", 200, ""},
		{"HEAD", "/api/v2/introspect", 405, "POST"},
		{"GET", "/introspect", 404, ""},
		{"GET", "/", 404, ""},
	} {
		w := serve(as, httptest.NewRequest(tt.method, tt.path, http.NoBody))
		if w.Code != tt.want || w.Header().Get("Allow") != tt.wantAllow {
			t.Errorf("%s %s: %d %v", tt.method, tt.path, w.Code, w.Header())
		}
	}
}

// FuzzIntrospect: whatever arrives is answered, and an active token is only told to who has the secret.
func FuzzIntrospect(f *testing.F) {
	f.Add("token=x&client_id=json&client_secret=json+secret", "", "application/json", "application/x-www-form-urlencoded")
	f.Add("token=x", "Basic anNvbjpqc29uK3NlY3JldA==", "*/*;q=0.1,,;", "application/x-www-form-urlencoded; charset=utf-8")
	f.Add("%zz", "Basic", "q=;q=", "text/plain")
	as, err := devas.New(devas.Config{Issuer: issuer, Clients: []devas.Client{{ID: "json", Secret: "a secret that no fuzzer finds: 0ecbd5"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, authorization, accept, contentType string) {
		r := httptest.NewRequest(http.MethodPost, "/api/v2/introspect", strings.NewReader(body))
		r.Header = http.Header{"Authorization": {authorization}, "Accept": {accept}, "Content-Type": {contentType}}
		if w := serve(as, r); w.Code != 400 && w.Code != 401 {
			t.Errorf("status %d", w.Code)
		}
	})
}
