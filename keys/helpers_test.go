package keys_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// b64 is the encoding of RFC 7515 section 2.
func b64[T ~string | ~[]byte](s T) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Keys are costly: each is made once per run.
var (
	rsaPEM = sync.OnceValue(func() []byte { return must(keys.Generate("RSA")) })
	ecPEM  = sync.OnceValue(func() []byte { return must(keys.Generate("EC")) })
	okpPEM = sync.OnceValue(func() []byte { return must(keys.Generate("OKP")) })
	// rsaKey is the key of rsaPEM, ecKey that of es256PEM.
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return rawKey(rsaPEM()).(*rsa.PrivateKey) })
	es256PEM = sync.OnceValue(func() []byte { return must(keys.GenerateSigning("ES256")) })
	es256Key = sync.OnceValue(func() *ecdsa.PrivateKey { return rawKey(es256PEM()).(*ecdsa.PrivateKey) })
	// oldRSAPEM is another key, as one that is being retired.
	oldRSAPEM = sync.OnceValue(func() []byte { return must(keys.Generate("RSA")) })
)

func rawKey(text []byte) any {
	block, _ := pem.Decode(text)
	return must(x509.ParsePKCS8PrivateKey(block.Bytes))
}

func encodePEM(blockType string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der})
}

func pkcs8(key any) []byte { return encodePEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))) }

// rsaSet is a Set with rsaPEM, RSA-OAEP and A256GCM.
func rsaSet(t testing.TB) *keys.Set {
	t.Helper()
	return parseSet(t, rsaPEM(), "RSA-OAEP", "A256GCM")
}

func parseSet(t testing.TB, data []byte, alg, enc string) *keys.Set {
	t.Helper()
	set, err := keys.Parse(data, alg, enc)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// sealed is a JWE made with the standard library alone, for any header text.
// The algorithms are those of rsaSet.
func sealed(header, plaintext string) string {
	cek, iv := make([]byte, 32), make([]byte, 12)
	rand.Read(cek)
	rand.Read(iv)
	key := must(rsa.EncryptOAEP(sha1.New(), rand.Reader, &rsaKey().PublicKey, cek, nil))
	gcm := must(cipher.NewGCM(must(aes.NewCipher(cek))))
	box := gcm.Seal(nil, iv, []byte(plaintext), []byte(b64(header)))
	border := len(box) - 16
	return strings.Join([]string{b64(header), b64(key), b64(iv), b64(box[:border]), b64(box[border:])}, ".")
}

// signed is a JWS made with the standard library alone, for any header text. It
// is signed by es256Key with ES256.
func signed(header, payload string) string {
	input := b64(header) + "." + b64(payload)
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, es256Key(), digest[:])
	if err != nil {
		panic(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return input + "." + b64(signature)
}

// jwkOf is the public JWK of a P-256 key with more members.
func jwkOf(key *ecdsa.PublicKey, members map[string]any) map[string]any {
	point := must(key.Bytes())
	jwk := map[string]any{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
	for name, value := range members {
		if value == nil {
			delete(jwk, name)
			continue
		}
		jwk[name] = value
	}
	return jwk
}

// newP256 is the public half of a fresh key.
func newP256() *ecdsa.PublicKey {
	return &must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).PublicKey
}

func jwks(list ...map[string]any) []byte {
	return must(json.Marshal(map[string]any{"keys": list}))
}

// with is a copy of a JWK with members set, or removed where nil.
func with(jwk map[string]any, members map[string]any) map[string]any {
	out := map[string]any{}
	for _, m := range []map[string]any{jwk, members} {
		for name, value := range m {
			if value == nil {
				delete(out, name)
				continue
			}
			out[name] = value
		}
	}
	return out
}

// private is the private JWK of rsaPEM.
func privateRSA() map[string]any {
	key := rsaKey()
	return map[string]any{
		"kty": "RSA", "n": b64(key.N.Bytes()), "e": "AQAB", "d": b64(key.D.Bytes()),
		"p": b64(key.Primes[0].Bytes()), "q": b64(key.Primes[1].Bytes()),
		"dp": b64(key.Precomputed.Dp.Bytes()), "dq": b64(key.Precomputed.Dq.Bytes()), "qi": b64(key.Precomputed.Qinv.Bytes()),
	}
}

// wantError checks the kind of an error and a part of its text.
func wantError(t *testing.T, err, kind error, text string) {
	t.Helper()
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), text) {
		t.Errorf("error is %v, want %v with %q", err, kind, text)
	}
}

// segment replaces segment i of a compact message.
func segment(message string, i int, replacement string) string {
	parts := strings.Split(message, ".")
	parts[i] = replacement
	return strings.Join(parts, ".")
}

// join is several PEM texts in one.
func join(texts ...[]byte) []byte { return bytes.Join(texts, []byte("\n")) }

// unb64 is the reverse of b64.
func unb64(s string) []byte { return must(base64.RawURLEncoding.DecodeString(s)) }

// ed25519X is the public key of RFC 8037 appendix A.2.
const ed25519X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
