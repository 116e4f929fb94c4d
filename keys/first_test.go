package keys_test

import (
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

func TestFirst(t *testing.T) {
	for _, c := range [][2]string{{"RSA", "RSA-OAEP"}, {"RSA", "RSA-OAEP-256"}, {"EC", "ECDH-ES"}, {"OKP", "ECDH-ES"}} {
		pem, err := keys.Generate(c[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, enc := range []string{"A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"} {
			s, err := keys.Parse(pem, c[1], enc)
			if err != nil {
				t.Fatal(err)
			}
			e, err := keys.NewEncrypter(s.PublicJWKS(), c[1], enc)
			if err != nil {
				t.Fatal(err)
			}
			m, err := e.Encrypt([]byte("hello"), map[string]any{"cty": "JWT"})
			if err != nil {
				t.Fatal(err)
			}
			p, err := s.Decrypt(m)
			if err != nil || string(p) != "hello" {
				t.Error(c, enc, err, string(p))
			}
		}
	}
	for _, alg := range []string{"ES256", "ES384", "ES512", "RS256", "PS256", "RS512", "PS384", "EdDSA"} {
		pem, err := keys.GenerateSigning(alg)
		if err != nil {
			t.Fatal(err)
		}
		s, err := keys.ParseSigner(pem, alg)
		if err != nil {
			t.Fatal(err)
		}
		p, err := keys.ParsePublic(s.PublicJWKS(), alg)
		if err != nil || p.Len() != 1 {
			t.Fatal(err, p.Skipped())
		}
		m, err := s.Sign([]byte(`{"a":1}`), nil)
		if err != nil {
			t.Fatal(err)
		}
		pl, _, err := p.Verify(m)
		if err != nil || string(pl) != `{"a":1}` {
			t.Error(alg, err)
		}
	}
}
