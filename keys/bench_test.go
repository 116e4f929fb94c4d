package keys_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"math/big"
	"strings"
	"testing"
)

// A typical introspection response, signed and encrypted.
func benchmarkResponse(b *testing.B) (jwe, jws string) {
	b.Helper()
	claims := `{"iss":"https://as.example","aud":"rs","iat":1700000000,"token_introspection":{"active":true,"scope":"groups openid","sub":"` + strings.Repeat("a", 64) + `","client_id":"sp","exp":1700000060}}`
	jws = signed(`{"alg":"ES256","typ":"token-introspection+jwt","kid":"k"}`, claims)
	return sealed(`{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT","iss":"https://as.example","aud":"rs"}`, jws), jws
}

func BenchmarkDecrypt(b *testing.B) {
	set := rsaSet(b)
	jwe, _ := benchmarkResponse(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Decrypt([]byte(jwe)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecryptECDH(b *testing.B) {
	for _, tt := range []struct {
		name string
		data []byte
	}{{"P-256", ecPEM()}, {"X25519", okpPEM()}} {
		b.Run(tt.name, func(b *testing.B) {
			set := parseSet(b, tt.data, "ECDH-ES", "A256GCM")
			_, jws := benchmarkResponse(b)
			jwe := []byte(encrypt(b, encrypter(b, set, "ECDH-ES", "A256GCM"), jws, nil))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.Decrypt(jwe); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	set := es256Public(b)
	_, jws := benchmarkResponse(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := set.Verify([]byte(jws)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecryptAndVerify(b *testing.B) {
	set, public := rsaSet(b), es256Public(b)
	jwe, _ := benchmarkResponse(b)
	b.ReportAllocs()
	for b.Loop() {
		plaintext, err := set.Decrypt([]byte(jwe))
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := public.Verify(plaintext); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPrimitives is the part of BenchmarkDecryptAndVerify that nobody can
// save: one OAEP decryption at 2048 bits and one ES256 verification.
func BenchmarkPrimitives(b *testing.B) {
	key, signing := rsaKey(), es256Key()
	box := must(rsa.EncryptOAEP(sha1.New(), rand.Reader, &key.PublicKey, make([]byte, 32), nil))
	digest := sha256.Sum256([]byte("message"))
	r, s, err := ecdsa.Sign(rand.Reader, signing, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rsa.DecryptOAEP(sha1.New(), nil, key, box, nil); err != nil {
			b.Fatal(err)
		}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		if !ecdsa.Verify(&signing.PublicKey, digest[:], r, s) {
			b.Fatal("does not verify")
		}
	}
}
