package devas_test

import (
	"maps"
	"reflect"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

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
