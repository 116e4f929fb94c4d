package keys_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// describe names a raw key.
func describe(key any) string {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return fmt.Sprintf("RSA %d e=%d", key.N.BitLen(), key.E)
	case *ecdsa.PrivateKey:
		return key.Curve.Params().Name
	case *ecdh.PrivateKey:
		return fmt.Sprint(key.Curve())
	case ed25519.PrivateKey:
		return "Ed25519"
	}
	return fmt.Sprintf("%T", key)
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		generate   func(string) ([]byte, error)
		what, want string
	}{
		{keys.Generate, "RSA", "RSA 2048 e=65537"},
		{keys.Generate, "EC", "P-256"},
		{keys.Generate, "OKP", "X25519"},
		{keys.GenerateSigning, "ES256", "P-256"},
		{keys.GenerateSigning, "ES384", "P-384"},
		{keys.GenerateSigning, "ES512", "P-521"},
		{keys.GenerateSigning, "RS256", "RSA 2048 e=65537"},
		{keys.GenerateSigning, "PS512", "RSA 2048 e=65537"},
		{keys.GenerateSigning, "EdDSA", "Ed25519"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			text, err := tt.generate(tt.what)
			if err != nil {
				t.Fatal(err)
			}
			block, rest := pem.Decode(text)
			if block == nil || block.Type != "PRIVATE KEY" || len(block.Headers) > 0 || len(rest) > 0 {
				t.Fatal("not exactly one PKCS#8 block")
			}
			if got := describe(rawKey(text)); got != tt.want {
				t.Errorf("key is %s, want %s", got, tt.want)
			}
			if again := must(tt.generate(tt.what)); string(again) == string(text) {
				t.Error("the same key twice")
			}
		})
	}
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	for _, kty := range []string{"", "rsa", "oct", "Ed25519", "DSA"} {
		if text, err := keys.Generate(kty); text != nil || err == nil || !strings.Contains(err.Error(), "use RSA, EC or OKP") {
			t.Errorf("Generate(%q) = %v", kty, err)
		}
	}
	for _, alg := range []string{"", "none", "HS256", "RSA-OAEP", "es256"} {
		if text, err := keys.GenerateSigning(alg); text != nil || err == nil || !strings.Contains(err.Error(), "use one of ES256, ES384") {
			t.Errorf("GenerateSigning(%q) = %v", alg, err)
		}
	}
}
