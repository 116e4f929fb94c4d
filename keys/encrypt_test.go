package keys_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // G505: RSA-OAEP is with SHA-1
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

func TestNewEncrypterPicksKey(t *testing.T) {
	t.Parallel()
	r, ec := rsaPublic(rsaKey().N), jwkOf(newP256(), nil)
	named := func(key map[string]any, kid string) map[string]any { return with(key, map[string]any{"kid": kid}) }
	unfit := []map[string]any{
		{"kty": "oct", "k": "AAAA", "kid": "a secret"},
		{"kty": 1},
		{"kty": "AKP"},
		privateRSA(),
		with(r, map[string]any{"use": "sig", "kid": "to sign"}),
		with(r, map[string]any{"alg": "RSA1_5", "kid": "for another algorithm"}),
		with(r, map[string]any{"key_ops": []string{"verify"}, "kid": "to verify"}),
		{"kty": "OKP", "crv": "Ed25519", "x": ed25519X, "kid": "to sign"},
		rsaPublic(odd(1024)),
	}
	for _, tt := range []struct {
		name, alg, kid string
		set            []map[string]any
	}{
		{"RSA", "RSA-OAEP", "first", append(unfit, named(ec, "no"), named(r, "first"), named(r, "second"))},
		{"EC", "ECDH-ES", "first", append(unfit, named(r, "no"), named(ec, "first"), named(ec, "second"))},
		{"no kid", "RSA-OAEP-256", "", []map[string]any{r}},
		{"to derive a key", "ECDH-ES", "first", []map[string]any{with(ec, map[string]any{"key_ops": []string{"deriveKey"}, "kid": "first"})}},
		{"to derive bits", "ECDH-ES", "first", []map[string]any{with(ec, map[string]any{"key_ops": []string{"deriveBits"}, "kid": "first"})}},
		{"to encrypt", "RSA-OAEP", "first", []map[string]any{with(r, map[string]any{"key_ops": []string{"encrypt"}, "kid": "first"})}},
		{"for encryption", "RSA-OAEP", "first", []map[string]any{with(r, map[string]any{"use": "enc", "alg": "RSA-OAEP", "key_ops": []string{"wrapKey"}, "kid": "first"})}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := keys.NewEncrypter(jwks(tt.set...), tt.alg, "A256GCM")
			if err != nil {
				t.Fatal(err)
			}
			h, err := keys.ParseJWEHeader([]byte(encrypt(t, e, "x", nil)))
			if err != nil || h.KeyID != tt.kid || h.Algorithm != tt.alg || h.Encryption != "A256GCM" {
				t.Errorf("header is %+v, %v, want kid %q", h, err, tt.kid)
			}
		})
	}
	for _, tt := range []struct {
		name, alg, enc string
		data           []byte
		reason         string
	}{
		{"nothing fits", "RSA-OAEP", "A256GCM", jwks(unfit...), "no key of the set can encrypt with RSA-OAEP"},
		{"empty set", "RSA-OAEP", "A256GCM", []byte(`{"keys":[]}`), "no key of the set"},
		{"no set", "RSA-OAEP", "A256GCM", text(r), "not a JWK Set"},
		{"alg and enc", "RSA1_5", "A1", jwks(r), "no such encryption algorithm \"RSA1_5\" (use one of RSA-OAEP, RSA-OAEP-256, ECDH-ES)\nkeys: no such content encryption \"A1\" (use one of A128GCM"},
	} {
		if e, err := keys.NewEncrypter(tt.data, tt.alg, tt.enc); e != nil || err == nil || !strings.Contains(err.Error(), tt.reason) {
			t.Errorf("%s: NewEncrypter = %v, want an error with %q", tt.name, err, tt.reason)
		}
	}
}

func TestEncryptHeader(t *testing.T) {
	t.Parallel()
	e := encrypter(t, rsaSet(t), "RSA-OAEP", "A256GCM")
	kid := rsaSet(t).KeyIDs()[0]
	for _, tt := range []struct {
		header map[string]any
		want   string
	}{
		{nil, `{"alg":"RSA-OAEP","enc":"A256GCM","kid":"KID"}`},
		{map[string]any{"cty": "JWT", "kid": nil}, `{"alg":"RSA-OAEP","cty":"JWT","enc":"A256GCM"}`},
		{map[string]any{"alg": "dir", "enc": nil, "zip": "DEF"}, `{"alg":"dir","kid":"KID","zip":"DEF"}`},
	} {
		message := encrypt(t, e, "x", tt.header)
		want := strings.ReplaceAll(tt.want, "KID", kid)
		if got := string(unb64(strings.Split(message, ".")[0])); got != want {
			t.Errorf("header is %s, want %s", got, want)
		}
	}
	if message, err := e.Encrypt([]byte("x"), map[string]any{"x": make(chan int)}); message != nil || err == nil {
		t.Errorf("Encrypt with a channel in the header = %s, %v", message, err)
	}
	// Nothing is used twice.
	parts, again := strings.Split(encrypt(t, e, "x", nil), "."), strings.Split(encrypt(t, e, "x", nil), ".")
	for i := 1; i < 5; i++ {
		if i != 3 && parts[i] == again[i] {
			t.Errorf("segment %d is the same twice", i)
		}
	}
	// What the content is encrypted with is nothing that anybody could guess.
	var contentKeys [2][]byte
	for i, message := range [...][]string{parts, again} {
		cek, err := rsa.DecryptOAEP(sha1.New(), nil, rsaKey(), unb64(message[1]), nil) //nolint:gosec // G505: RSA-OAEP is with SHA-1
		if err != nil || len(cek) != 32 || bytes.Equal(cek, make([]byte, 32)) {
			t.Fatalf("the content key has %d bytes, or is of zeros: %v", len(cek), err)
		}
		contentKeys[i] = cek
	}
	if bytes.Equal(contentKeys[0], contentKeys[1]) {
		t.Error("the content key is the same twice")
	}
	// A point of small order leads to a secret that everybody knows.
	zero := map[string]any{"kty": "OKP", "crv": "X25519", "x": b64(make([]byte, 32))}
	small, err := keys.NewEncrypter(jwks(zero), "ECDH-ES", "A256GCM")
	if err != nil {
		t.Fatal(err)
	}
	if message, err := small.Encrypt([]byte("x"), nil); message != nil || err == nil {
		t.Errorf("Encrypt to a point of small order = %s, %v", message, err)
	}
}
