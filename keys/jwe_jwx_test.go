package keys_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/x25519"
)

// TestJWXAgrees: what another implementation encrypts, we decrypt, and what we encrypt, it decrypts, with every pair of
// algorithms. Beside the vectors of the RFCs and of Wycheproof it is what holds our own reading of RFC 7518.
func TestJWXAgrees(t *testing.T) {
	t.Parallel()
	p384 := pkcs8(must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)))
	p521 := pkcs8(must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)))
	parties := map[string]map[string]any{"ECDH-ES": {"apu": b64("Alice"), "apv": b64("Bob")}}
	for _, k := range []struct {
		name, alg string
		data      []byte
	}{
		{"RSA-OAEP", "RSA-OAEP", rsaPEM()},
		{"RSA-OAEP-256", "RSA-OAEP-256", rsaPEM()},
		{"P-256", "ECDH-ES", ecPEM()},
		{"P-384", "ECDH-ES", p384},
		{"P-521", "ECDH-ES", p521},
		{"X25519", "ECDH-ES", okpPEM()},
	} {
		for _, enc := range contentEncryptions {
			t.Run(k.name+"/"+enc, func(t *testing.T) {
				t.Parallel()
				set := parseSet(t, k.data, k.alg, enc)
				private, public := jwxKeys(t, k.data)
				alg := jwa.KeyEncryptionAlgorithm(k.alg)
				for _, plaintext := range []string{"x", "fifteen octets.", "sixteen octets..", strings.Repeat("long ", 1000)} {
					theirs, err := jwe.Encrypt([]byte(plaintext), jwe.WithKey(alg, public), jwe.WithContentEncryption(jwa.ContentEncryptionAlgorithm(enc)))
					if err != nil {
						t.Fatal(err)
					}
					if got, err := set.Decrypt(theirs); err != nil || string(got) != plaintext {
						t.Errorf("we decrypt %.20q, %v, want %.20q", got, err, plaintext)
					}
					ours := encrypt(t, encrypter(t, set, k.alg, enc), plaintext, parties[k.alg])
					if got, err := jwe.Decrypt([]byte(ours), jwe.WithKey(alg, private)); err != nil || string(got) != plaintext {
						t.Errorf("jwx decrypts %.20q, %v, want %.20q", got, err, plaintext)
					}
				}
			})
		}
	}
}

// jwxKeys are the keys of a PEM text as jwx wants them, which has types of its own for X25519.
func jwxKeys(t *testing.T, data []byte) (private, public any) {
	t.Helper()
	block, _ := pem.Decode(data)
	raw, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := raw.(*ecdh.PrivateKey); ok {
		point := key.PublicKey().Bytes()
		return x25519.PrivateKey(append(key.Bytes(), point...)), x25519.PublicKey(point)
	}
	return raw, raw.(interface{ Public() crypto.PublicKey }).Public()
}
