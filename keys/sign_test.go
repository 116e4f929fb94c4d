package keys_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// privateEd25519 is the private JWK of a fresh Ed25519 key.
func privateEd25519() map[string]any {
	key := must2(ed25519.GenerateKey(rand.Reader))
	return map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(key.Public().(ed25519.PublicKey)), "d": b64(key.Seed())}
}

func TestParseSigner(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, alg string
		data      []byte
	}{
		{"PEM", "ES256", es256PEM()},
		{"RSA PEM", "PS384", rsaPEM()},
		{"JWK", "ES256", text(with(privateEC(), map[string]any{"kid": "mine", "use": "sig", "alg": "ES256", "key_ops": []string{"sign"}}))},
		{"set of one", "EdDSA", jwks(with(privateEd25519(), map[string]any{"kid": "mine"}))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := signer(t, tt.data, tt.alg)
			var set struct{ Keys []map[string]string }
			if err := json.Unmarshal(s.PublicJWKS(), &set); err != nil || len(set.Keys) != 1 {
				t.Fatalf("PublicJWKS = %s, %v", s.PublicJWKS(), err)
			}
			key := set.Keys[0]
			if s.Algorithm() != tt.alg || key["alg"] != tt.alg || key["use"] != "sig" || key["kid"] != s.KeyID() || key["d"] != "" {
				t.Errorf("Algorithm = %s, KeyID = %s, PublicJWKS = %s", s.Algorithm(), s.KeyID(), s.PublicJWKS())
			}
			if strings.Contains(tt.name, "JWK") && s.KeyID() != "mine" {
				t.Errorf("KeyID = %s, want the JWK's own", s.KeyID())
			}
			s.PublicJWKS()[0] = 'x'
			if s.PublicJWKS()[0] != '{' {
				t.Error("a caller can change what is published")
			}
		})
	}
}

// TestAnAlgorithmThatIsNotSupported says which ones are, to programs too.
func TestAnAlgorithmThatIsNotSupported(t *testing.T) {
	t.Parallel()
	load := func() ([]byte, error) { return es256PEM(), nil }
	_, err := keys.NewSignerRing(load, "HS256")
	e, ok := errors.AsType[*keys.AlgorithmError](err)
	if !ok || e.Name != "HS256" || len(e.Supported) != 11 || e.Supported[0] != "ES256" {
		t.Errorf("got %v", err)
	}
	if _, err = keys.NewSignerRing(load, "RS256"); err == nil {
		t.Error("a key of another algorithm was taken")
	}
	if _, ok := errors.AsType[*keys.AlgorithmError](err); ok {
		t.Errorf("of a key that does not fit: got %v", err)
	}
}

func TestParseSignerRefuses(t *testing.T) {
	t.Parallel()
	ed := privateEd25519()
	for _, tt := range []struct {
		name, alg string
		data      []byte
		reason    string
	}{
		{"no such algorithm", "HS256", es256PEM(), `no such signature algorithm "HS256"`},
		{"nothing", "ES256", nil, "the input is empty"},
		{"two keys", "RS256", join(rsaPEM(), oldRSAPEM()), "2 private keys, a signer has one"},
		{"two keys of one kid", "ES256", jwks(with(privateEC(), map[string]any{"kid": "a"}), with(privateEC(), map[string]any{"kid": "a"})), "private key 2 is unusable (same kid as key 1)"},
		{"RSA for ES256", "ES256", rsaPEM(), "ES256 does not fit an RSA key"},
		{"EC for RS256", "RS256", es256PEM(), "RS256 does not fit an EC key on P-256"},
		{"other curve", "ES384", es256PEM(), "ES384 does not fit an EC key on P-256"},
		{"X25519", "EdDSA", okpPEM(), "EdDSA does not fit an OKP key on X25519"},
		{"use enc", "ES256", text(with(privateEC(), map[string]any{"use": "enc"})), `use is "enc", not "sig"`},
		{"other alg", "ES256", text(with(privateEC(), map[string]any{"alg": "ECDH-ES"})), `alg is "ECDH-ES", not "ES256"`},
		{"key_ops", "ES256", text(with(privateEC(), map[string]any{"key_ops": []string{"verify"}})), `key_ops does not have "sign"`},
		{"Ed25519 of two keys", "EdDSA", text(with(ed, map[string]any{"d": privateEd25519()["d"]})), "do not belong together"},
		{"Ed25519 seed short", "EdDSA", text(with(ed, map[string]any{"d": "AAAA"})), "d has 3 bytes, not 32"},
		{"X25519 without d", "EdDSA", text(with(privateX25519(), map[string]any{"d": nil, "p": "AAAA"})), "d is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := keys.ParseSigner(tt.data, tt.alg)
			if err == nil || !strings.HasPrefix(err.Error(), "keys: ") || !strings.Contains(err.Error(), tt.reason) || s != nil {
				t.Errorf("ParseSigner = %v, %v, want an error with %q", s, err, tt.reason)
			}
		})
	}
}

func TestSignHeader(t *testing.T) {
	t.Parallel()
	s := signer(t, es256PEM(), "ES256")
	for _, tt := range []struct {
		header map[string]any
		want   string
	}{
		{nil, `{"alg":"ES256","kid":"KID"}`},
		{map[string]any{"typ": "x"}, `{"alg":"ES256","kid":"KID","typ":"x"}`},
		{map[string]any{"kid": nil}, `{"alg":"ES256"}`},
		{map[string]any{"alg": nil, "kid": nil}, `{}`},
		{map[string]any{"alg": "none", "kid": 7, "crit": []string{"exp"}, "b64": false}, `{"alg":"none","b64":false,"crit":["exp"],"kid":7}`},
		{map[string]any{"absent": nil}, `{"alg":"ES256","kid":"KID"}`},
	} {
		message := sign(t, s, "{}", tt.header)
		want := strings.ReplaceAll(tt.want, "KID", s.KeyID())
		if got := string(unb64(strings.Split(message, ".")[0])); got != want {
			t.Errorf("header is %s, want %s", got, want)
		}
	}
	if message, err := s.Sign(nil, map[string]any{"x": func() {}}); message != nil || err == nil {
		t.Errorf("Sign with a function in the header = %s, %v", message, err)
	}
	header := map[string]any{"typ": "x"}
	sign(t, s, "{}", header)
	if want := map[string]any{"typ": "x"}; !reflect.DeepEqual(header, want) {
		t.Errorf("Sign changed its argument to %v", header)
	}
}
