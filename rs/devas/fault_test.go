package devas_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestFaultNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range devas.Faults() {
		name := f.String()
		if seen[name] || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-0123456789") != "" {
			t.Errorf("name %q of %d", name, f)
		}
		seen[name] = true
		if f.About() == "" {
			t.Errorf("%v has no description", f)
		}
		if parsed, err := devas.ParseFault(name); err != nil || parsed != f {
			t.Errorf("%q is read as %d, %v, want %d", name, parsed, err, f)
		}
	}
	if len(seen) < 60 {
		t.Errorf("%d faults", len(seen))
	}
	for name, want := range map[string]devas.Fault{"none": 0, "503": devas.Status(503), "200": 200, "599": 599} {
		if got, err := devas.ParseFault(name); err != nil || got != want || got.String() != name || got.About() != "" {
			t.Errorf("%q is read as %d (%v), %v", name, got, got, err)
		}
	}
	for _, name := range []string{"", "199", "600", "1000", "1200", "Hang", "nonsense"} {
		if got, err := devas.ParseFault(name); err == nil {
			t.Errorf("%q is read as %v", name, got)
		}
	}
}

// status is that of an introspection by the client "json".
func status(as *devas.Server) int { return introspect(as, "json", mediaJSON, "x").Code }

func TestSchedule(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	jwks := func() int {
		return serve(as, httptest.NewRequest(http.MethodGet, "/api/v2/jwks", http.NoBody)).Code
	}
	as.FailNext(500, 0, 502)
	as.FailNext(504, devas.KeysDown)
	as.Fail(403)
	for i, want := range []int{500, 200, 502, 504, 403, 403} {
		if got := status(as); got != want {
			t.Errorf("introspection %d: %d, want %d", i, got, want)
		}
	}
	if first, second := jwks(), jwks(); first != 503 || second != 200 {
		t.Errorf("keys: %d, %d", first, second)
	}
	as.Fail(devas.KeysDown)
	if keys, introspection := jwks(), status(as); keys != 503 || introspection != 403 {
		t.Errorf("two standing faults: %d, %d", keys, introspection)
	}
	as.FailNext(500)
	as.Heal()
	if keys, introspection := jwks(), status(as); keys != 200 || introspection != 200 {
		t.Errorf("healed: %d, %d", keys, introspection)
	}
}

func TestFaultsThatCannotBe(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	for _, tt := range []struct {
		client string
		fault  devas.Fault
		want   string
	}{
		{"json", devas.WrongSignature, "wrong-signature needs"},
		{"signed", devas.SignedOnly, "signed-only needs"},
		{"json", 3, "no fault 3"},
		{"json", 600, "no fault 600"},
		{"json", -1, "no fault -1"},
	} {
		as.FailNext(tt.fault)
		w := introspect(as, tt.client, mediaJWT, "x")
		if w.Code != 500 || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%v: %d %s", tt.fault, w.Code, w.Body)
		}
	}
}

func TestResponseFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	active, empty := as.IssueRaw(`{"active":true,"scope":"a b"}`), as.IssueRaw(`{}`)
	for _, tt := range []struct {
		fault               devas.Fault
		active, none, empty string
	}{
		{devas.DuplicateMember, `{"active":true,"active":true,"scope":"a b"}`, `{"active":true,"active":false}`, `{"active":true}`},
		{devas.StringActive, `{"active":"true","scope":"a b"}`, `{"active":"false"}`, `{}`},
		{devas.NoActive, `{"scope":"a b"}`, `{}`, `{}`},
		{devas.CaseFolded, `{"Active":true,"scope":"a b"}`, `{"Active":false}`, `{}`},
		{devas.TrailingData, `{"active":true,"scope":"a b"}{"active":true}`, `{"active":false}{"active":true}`, `{}{"active":true}`},
		{devas.ScopeArray, `{"active":true,"scope":["a","b"]}`, `{"active":false}`, `{}`},
		{devas.InvalidUTF8, "{\"name\":\"\xff\",\"active\":true,\"scope\":\"a b\"}", "{\"name\":\"\xff\",\"active\":false}", "{\"name\":\"\xff\"}"},
		{devas.NotAnObject, `[{"active":true,"scope":"a b"}]`, `[{"active":false}]`, `[{}]`},
	} {
		as.Fail(tt.fault)
		for range 2 { // a fault must not wear out
			for token, want := range map[string]string{active: tt.active, "unknown": tt.none, empty: tt.empty} {
				if got := introspect(as, "json", mediaJSON, token).Body.String(); got != want {
					t.Errorf("%v: %s, want %s", tt.fault, got, want)
				}
			}
		}
	}
	for _, f := range []devas.Fault{devas.Oversize, devas.DeepNesting} {
		as.Fail(f)
		body := introspect(as, "json", mediaJSON, "x").Body.String()
		if len(body) < 200_000 || f == devas.Oversize && len(body) <= 1<<20 || !strings.HasSuffix(body, `,"active":false}`) {
			t.Errorf("%v: %d bytes", f, len(body))
		}
	}
	raw := as.IssueRaw("no JSON")
	for _, f := range []devas.Fault{devas.NoActive, devas.InvalidUTF8} {
		as.Fail(f)
		if got := introspect(as, "json", mediaJSON, raw).Body.String(); got != "no JSON" {
			t.Errorf("%v of what is no JSON: %q", f, got)
		}
	}
}

// TestJWTFaults shows that each fault changes what its name says and nothing else.
func TestJWTFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	right := introspect(as, "signed", mediaJWT, "x").Body.String()
	rightHeader, rightClaims := segment(t, right, 0), segment(t, right, 1)
	verifies := func(jws string) bool {
		_, _, err := published(t, as, "ES256").Verify([]byte(jws))
		return err == nil
	}
	const gone = "(gone)"
	hour := 3600.0
	for _, tt := range []struct {
		fault          devas.Fault
		header, claims map[string]any // what is different
		verifies       bool
	}{
		{0, nil, nil, true},
		{devas.WrongSignature, nil, nil, false},
		{devas.Tampered, nil, map[string]any{"tampered": true, "token_introspection": map[string]any{"active": true}}, false},
		{devas.Unsigned, map[string]any{"alg": "none"}, nil, false},
		{devas.HMACSigned, map[string]any{"alg": "HS256"}, nil, false},
		{devas.CriticalHeader, map[string]any{"crit": []any{"exp"}}, nil, false},
		{devas.WrongIssuer, nil, map[string]any{"iss": "https://stranger.example"}, true},
		{devas.IssuerSlash, nil, map[string]any{"iss": issuer + "/"}, true},
		{devas.WrongAudience, nil, map[string]any{"aud": "another-client"}, true},
		{devas.NoAudience, nil, map[string]any{"aud": gone}, true},
		{devas.WrongType, map[string]any{"typ": "at+jwt"}, nil, true},
		{devas.NoType, map[string]any{"typ": gone}, nil, true},
		{devas.OldIAT, nil, map[string]any{"iat": 1.8e9 - hour}, true},
		{devas.FutureIAT, nil, map[string]any{"iat": 1.8e9 + hour}, true},
		{devas.NoIAT, nil, map[string]any{"iat": gone}, true},
		{devas.PastExp, nil, map[string]any{"exp": 1.8e9 - hour}, true},
		{devas.FutureNBF, nil, map[string]any{"nbf": 1.8e9 + hour}, true},
		{devas.NoIntrospection, nil, map[string]any{"token_introspection": gone}, true},
		{devas.TopLevelClaims, nil, map[string]any{"token_introspection": gone, "active": false}, true},
		{devas.NoKID, map[string]any{"kid": gone}, nil, true},
		{devas.TypePrefix, map[string]any{"typ": "application/Token-Introspection+JWT"}, nil, true},
		{devas.AudienceList, nil, map[string]any{"aud": []any{"another-client", "signed"}}, true},
	} {
		as.FailNext(tt.fault)
		got := introspect(as, "signed", mediaJWT, "x").Body.String()
		for i, want := range []map[string]any{merged(rightHeader, tt.header), merged(rightClaims, tt.claims)} {
			if part := segment(t, got, i); !reflect.DeepEqual(part, want) {
				t.Errorf("%v: segment %d is %v, want %v", tt.fault, i, part, want)
			}
		}
		if verifies(got) != tt.verifies {
			t.Errorf("%v: the signature verifies: %t", tt.fault, !tt.verifies)
		}
	}
	as.FailNext(devas.UnknownKID, devas.OtherAlgorithm)
	if header := segment(t, introspect(as, "signed", mediaJWT, "x").Body.String(), 0); header["kid"] == rightHeader["kid"] || header["kid"] == nil {
		t.Errorf("unknown-kid: %v", header)
	}
	if header := segment(t, introspect(as, "signed", mediaJWT, "x").Body.String(), 0); header["alg"] != "EdDSA" {
		t.Errorf("other-algorithm: %v", header)
	}
}

func merged(right, change map[string]any) map[string]any {
	all := maps.Clone(right)
	maps.Copy(all, change)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == "(gone)" })
	return all
}

func TestOtherDefaults(t *testing.T) {
	t.Parallel()
	as := newAS(t, func(cfg *devas.Config) {
		cfg.Issuer = issuer + "/"
		cfg.Clients = []devas.Client{{ID: "signed", Secret: "signed secret", SigningAlg: "EdDSA"}}
	})
	as.FailNext(devas.OtherAlgorithm, devas.IssuerSlash)
	if header := segment(t, introspect(as, "signed", mediaJWT, "x").Body.String(), 0); header["alg"] != "ES256" {
		t.Errorf("other-algorithm: %v", header)
	}
	if claims := segment(t, introspect(as, "signed", mediaJWT, "x").Body.String(), 1); claims["iss"] != issuer {
		t.Errorf("issuer-slash: %v", claims)
	}
}

func TestPlainDowngrade(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	for fault, mediaType := range map[devas.Fault]string{devas.PlainJSON: mediaJSON, devas.MislabeledJSON: mediaJWT} {
		as.FailNext(fault)
		w := introspect(as, "signed", mediaJWT, "x")
		if w.Code != 200 || w.Body.String() != `{"active":false}` || w.Header().Get("Content-Type") != mediaType+"; charset=utf-8" {
			t.Errorf("%v: %v %s", fault, w.Header(), w.Body)
		}
	}
}

func TestEncryptionFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	set := encryptTo(t, as)
	answer := func(f devas.Fault) string {
		as.FailNext(f)
		return introspect(as, "encrypted", mediaJWT, "x").Body.String()
	}
	for f, want := range map[devas.Fault]map[string]any{
		devas.WrongEncryption:     {"enc": "A128CBC-HS256"},
		devas.WrongEncryptionAlg:  {"alg": "RSA1_5"},
		devas.Zipped:              {"zip": "DEF"},
		devas.WrongHeaderIssuer:   {"iss": "https://stranger.example"},
		devas.WrongHeaderAudience: {"aud": "another-client"},
	} {
		header := segment(t, answer(f), 0)
		right := segment(t, answer(0), 0)
		delete(header, "epk")
		delete(right, "epk")
		if !reflect.DeepEqual(header, merged(right, want)) {
			t.Errorf("%v: %v", f, header)
		}
	}
	if got := answer(devas.SignedOnly); segment(t, got, 1)["aud"] != "encrypted" {
		t.Errorf("signed-only: %s", got)
	}
	claims, err := set.Decrypt([]byte(answer(devas.EncryptedOnly)))
	if err != nil || object(t, claims)["aud"] != "encrypted" {
		t.Errorf("encrypted-only: %s, %v", claims, err)
	}
	jwe, _, err := published(t, as, "ES256").Verify([]byte(answer(devas.NestedWrongOrder)))
	if err == nil {
		claims, err = set.Decrypt(jwe)
	}
	if err != nil || object(t, claims)["aud"] != "encrypted" {
		t.Errorf("nested-wrong-order: %s, %v", claims, err)
	}
	if got := answer(devas.WrongEncryptionKey); segment(t, got, 0)["kid"] == segment(t, answer(0), 0)["kid"] {
		t.Errorf("wrong-encryption-key: the right key")
	}
	set = newSet(t)
	client := devas.Client{ID: "encrypted", Secret: "encrypted secret", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", EncryptionEnc: "A128CBC-HS256", JWKS: set.PublicJWKS()}
	if err := as.Register(client); err != nil {
		t.Fatal(err)
	}
	if header := segment(t, answer(devas.WrongEncryption), 0); header["enc"] != "A256GCM" {
		t.Errorf("wrong-encryption: %v", header)
	}
}

func TestAnswerFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	for f, want := range map[devas.Fault]struct {
		status   int
		header   string
		value    string
		contains string
	}{
		devas.HTML:                  {200, "Content-Type", "text/html; charset=utf-8", "<!doctype html>"},
		devas.WrongContentType:      {200, "Content-Type", "text/plain; charset=utf-8", `{"active":false}`},
		devas.NoContentType:         {200, "Content-Type", "", `{"active":false}`},
		devas.Gzip:                  {200, "Content-Encoding", "gzip", "\x1f\x8b"},
		devas.EmptyBody:             {200, "Content-Type", "application/json; charset=utf-8", ""},
		devas.Redirect:              {307, "Location", issuer + "/introspect?redirected", ""},
		devas.RateLimited:           {429, "Retry-After", "120", "slow_down"},
		devas.ServerError:           {500, "Content-Type", "application/json; charset=utf-8", `"server_error"`},
		devas.InvalidClient:         {401, "WWW-Authenticate", "", `"invalid_client"`},
		devas.InvalidClientMetadata: {400, "Content-Type", "application/json; charset=utf-8", `"invalid_client_metadata"`},
		devas.InvalidRequest:        {400, "Content-Type", "application/json; charset=utf-8", `"invalid_request"`},
		devas.UnsupportedTokenType:  {400, "Content-Type", "application/json; charset=utf-8", `"unsupported_token_type"`},
		418:                         {418, "Content-Type", "text/plain; charset=utf-8", "418\n"},
	} {
		as.FailNext(f)
		w := introspect(as, "json", mediaJSON, "x")
		if w.Code != want.status || w.Header().Get(want.header) != want.value || !strings.Contains(w.Body.String(), want.contains) {
			t.Errorf("%v: %d %v %q", f, w.Code, w.Header(), w.Body)
		}
	}
	as.FailNext(devas.GarbageBody, devas.GarbageBody)
	if first, second := introspect(as, "json", mediaJSON, "x").Body.String(), introspect(as, "json", mediaJSON, "x").Body.String(); first != second || len(first) != 256 {
		t.Errorf("garbage differs between two runs, or has %d bytes", len(first))
	}
	if last := as.Introspections()[0]; last.Fault == 0 {
		t.Errorf("the fault is not noted: %+v", last)
	}
}

func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	aborted := func(run func()) (yes bool) {
		defer func() {
			err, _ := recover().(error)
			yes = errors.Is(err, http.ErrAbortHandler)
		}()
		run()
		return false
	}
	for _, f := range []devas.Fault{devas.Reset, devas.Truncated} {
		as.FailNext(f)
		if !aborted(func() { introspect(as, "json", mediaJSON, "x") }) {
			t.Errorf("%v does not abort", f)
		}
	}
	if all := as.Introspections(); all[0].Status != 0 || all[1].Status != 200 {
		t.Errorf("%+v", all)
	}
}

func TestSlowDrip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		as := newAS(t)
		as.Fail(devas.SlowDrip)
		w, done := httptest.NewRecorder(), make(chan struct{})
		form := url.Values{"client_id": {"json"}, "client_secret": {"json secret"}, "token": {"x"}}
		go func() {
			defer close(done)
			as.ServeHTTP(w, post("/api/v2/introspect", form, nil))
		}()
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		if got := w.Body.String(); got != `{"a` {
			t.Errorf("after 2.5 s: %q", got)
		}
		as.Heal()
		<-done
		if got := w.Body.String(); got != `{"active":false}` {
			t.Errorf("healed: %q", got)
		}
	})
}

func TestKeyFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	get := func(f devas.Fault) *httptest.ResponseRecorder {
		as.FailNext(f)
		return serve(as, httptest.NewRequest(http.MethodGet, "/api/v2/jwks", http.NoBody))
	}
	if w := get(devas.KeysDown); w.Code != 503 {
		t.Errorf("keys-down: %d", w.Code)
	}
	if w := get(devas.KeysRedirect); w.Code != 307 || w.Header().Get("Location") != issuer+"/jwks?redirected" {
		t.Errorf("keys-redirect: %d %v", w.Code, w.Header())
	}
	if w := get(devas.KeysGarbage); w.Code != 200 || w.Body.Len() != 256 {
		t.Errorf("keys-garbage: %d %q", w.Code, w.Body)
	}
	if w := get(devas.KeysEmpty); w.Body.String() != `{"keys":[]}` {
		t.Errorf("keys-empty: %s", w.Body)
	}
	if w := get(devas.KeysPrivate); !strings.Contains(w.Body.String(), `"d":"AQAB"`) {
		t.Errorf("keys-private: %s", w.Body)
	}
	if w := get(devas.KeysForeign); len(object(t, w.Body.Bytes())["keys"].([]any)) != 6 {
		t.Errorf("keys-foreign: %s", w.Body)
	}
}
