package devas_test

import (
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestNewRefusesConfigurations(t *testing.T) {
	t.Parallel()
	withPrivate := []byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB","d":"AQAB"}]}`)
	for name, tt := range map[string]struct {
		cfg  devas.Config
		want []string
	}{
		"no issuer":       {devas.Config{}, []string{"Config.Issuer"}},
		"issuer no URL":   {devas.Config{Issuer: "://"}, []string{"Config.Issuer"}},
		"issuer a path":   {devas.Config{Issuer: "/as"}, []string{"Config.Issuer"}},
		"issuer scheme":   {devas.Config{Issuer: "ftp://as.example"}, []string{"Config.Issuer"}},
		"issuer query":    {devas.Config{Issuer: "https://as.example?x"}, []string{"Config.Issuer"}},
		"issuer fragment": {devas.Config{Issuer: "https://as.example#x"}, []string{"Config.Issuer"}},
		"issuer user":     {devas.Config{Issuer: "https://u@as.example"}, []string{"Config.Issuer"}},
		"signing alg":     {devas.Config{Issuer: issuer, SigningAlg: "HS256"}, []string{"Config.SigningAlg", "HS256"}},
		"clients": {devas.Config{Issuer: issuer, Clients: []devas.Client{
			{},
			{ID: "a", Secret: "the secret a", SigningAlg: "none", EncryptionAlg: "RSA1_5", EncryptionEnc: "A512GCM", JWKSURI: "x"},
			{ID: "b", Secret: "the secret b", EncryptionAlg: "RSA-OAEP"},
			{ID: "c", Secret: "the secret c", SigningAlg: "ES256", EncryptionAlg: "RSA-OAEP", JWKS: []byte(`{}`), JWKSURI: "x"},
			{ID: "d", Secret: "the secret d", SigningAlg: "ES256", EncryptionAlg: "RSA-OAEP", JWKS: []byte(`{"keys":[]}`)},
			{ID: "e", Secret: "the secret e", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", JWKS: withPrivate},
			{ID: "f", Secret: "the secret f", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", JWKS: []byte(`[]`)},
		}}, []string{
			`"" has no ID`, `"" has no Secret`, `"a" has an unknown SigningAlg (introspection_signed_response_alg): use`, `"a" has an unknown EncryptionAlg (introspection_encrypted_response_alg): use`, `"a" has an unknown EncryptionEnc (introspection_encrypted_response_enc): use`,
			`"b" has EncryptionAlg (introspection_encrypted_response_alg) but no SigningAlg (introspection_signed_response_alg): what`, `"b" needs either JWKS (jwks) or JWKSURI (jwks_uri)`, `"c" needs either JWKS (jwks) or JWKSURI (jwks_uri)`,
			`"d" cannot be encrypted to`, `"e" cannot be encrypted to: a private key is published`, `"f" cannot be encrypted to: not a JWK Set`,
		}},
	} {
		_, err := devas.New(tt.cfg)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nwant %q in it", name, err, want)
			}
		}
		if strings.Contains(err.Error(), "the secret") {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
}

func TestIssuerWithSlash(t *testing.T) {
	t.Parallel()
	as := newAS(t, func(cfg *devas.Config) { cfg.Issuer = "http://127.0.0.1:9000/" })
	got := []string{as.Issuer(), as.IntrospectionEndpoint(), as.JWKSEndpoint(), as.RevocationEndpoint()}
	want := "http://127.0.0.1:9000/ http://127.0.0.1:9000/introspect http://127.0.0.1:9000/jwks http://127.0.0.1:9000/revoke"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v", got)
	}
}
