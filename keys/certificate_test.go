package keys_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// certificate is x5c's text for a key: expired, with no name, signed by a stranger. None of that matters.
func certificate(t testing.TB, public crypto.PublicKey) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0)}
	parent := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return base64.StdEncoding.EncodeToString(must(x509.CreateCertificate(rand.Reader, template, template, public, parent)))
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	ec, r := &es256Key().PublicKey, &rsaKey().PublicKey
	ed := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	other, p384 := newP256(), &must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)).PublicKey
	p224 := &must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)).PublicKey
	chain := func(public ...crypto.PublicKey) []string {
		var list []string
		for _, key := range public {
			list = append(list, certificate(t, key))
		}
		return list
	}
	only := func(kty string, x5c any) map[string]any { return map[string]any{"kty": kty, "x5c": x5c} }
	for _, c := range []struct {
		name, alg string
		key       map[string]any
		skipped   string // a part of the reason; empty: the key is used
	}{
		{"EC, only", "ES256", only("EC", chain(ec)), ""},
		{"EC, the first of a chain", "ES256", only("EC", chain(ec, r, other)), ""},
		{"EC, beside the key", "ES256", jwkOf(ec, map[string]any{"x5c": chain(ec)}), ""},
		{"RSA, only", "PS256", only("RSA", chain(r)), ""},
		{"RSA, beside the key", "RS256", with(rsaPublic(r.N), map[string]any{"x5c": chain(r)}), ""},
		{"Ed25519, only", "EdDSA", only("OKP", chain(ed)), ""},
		{"with use and alg", "RS256", with(only("RSA", chain(r)), map[string]any{"use": "sig", "alg": "RS256", "kid": "k"}), ""},
		{"line breaks", "ES256", only("EC", []string{lineBreaks(certificate(t, ec))}), ""},
		{"unreadable beside the key", "ES256", jwkOf(ec, map[string]any{"x5c": []string{"AAAA"}}), ""},
		{"of a wrong type beside the key", "ES256", jwkOf(ec, map[string]any{"x5c": "AAAA"}), ""},
		{"another key than the JWK", "ES256", jwkOf(ec, map[string]any{"x5c": chain(other)}), "another key than the JWK"},
		{"the key second in the chain", "ES256", jwkOf(ec, map[string]any{"x5c": chain(other, ec)}), "another key than the JWK"},
		{"another type than the JWK", "ES256", only("EC", chain(r)), "another type than kty"},
		{"another curve", "ES256", only("EC", chain(p384)), "crv P-384 does not fit"},
		{"an unknown curve", "ES256", only("EC", chain(p224)), "curve that is not supported"},
		{"X25519", "EdDSA", only("OKP", []string{x25519Certificate(t, ed)}), "type that is not supported"},
		{"RSA of 1024 bits", "RS256", only("RSA", chain(&rsa.PublicKey{N: odd(1024), E: 65537})), "1024 bits"},
		{"Ed25519 of small order", "EdDSA", only("OKP", chain(ed25519.PublicKey(append([]byte{1}, make([]byte, 31)...)))), "small order"},
		{"use enc", "RS256", with(only("RSA", chain(r)), map[string]any{"use": "enc"}), "use is"},
		{"empty", "RS256", only("RSA", []string{}), "x5c is empty"},
		{"no list", "RS256", only("RSA", certificate(t, r)), "x5c is not an array"},
		{"a list of numbers", "RS256", only("RSA", []int{1}), "not a string"},
		{"base64url", "RS256", only("RSA", []string{"-_-_"}), "not base64"},
		{"no certificate", "RS256", only("RSA", []string{"AAAA"}), "does not begin with a certificate"},
		{"half a key wins", "RS256", with(only("RSA", chain(r)), map[string]any{"e": "AQAB"}), "n is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set := parsePublic(t, jwks(c.key), c.alg)
			switch skipped := set.Skipped(); {
			case c.skipped == "" && set.Len() != 1:
				t.Errorf("not used: %v", skipped)
			case c.skipped != "" && (len(skipped) != 1 || !strings.Contains(skipped[0].Reason, c.skipped)):
				t.Errorf("skipped is %v, want %q", skipped, c.skipped)
			}
		})
	}
	set := parsePublic(t, jwks(only("EC", chain(ec))), "ES256")
	if payload, _, err := set.Verify([]byte(signed(`{"alg":"ES256"}`, "hello"))); err != nil || string(payload) != "hello" {
		t.Errorf("Verify with a key from a certificate: %q, %v", payload, err)
	}
}

// x25519Certificate is one of an Ed25519 key with the object identifier of X25519 (RFC 8410 section 3).
func x25519Certificate(t testing.TB, ed ed25519.PublicKey) string {
	der := must(base64.StdEncoding.DecodeString(certificate(t, ed)))
	return base64.StdEncoding.EncodeToString(bytes.Replace(der, []byte{0x2b, 0x65, 0x70}, []byte{0x2b, 0x65, 0x6e}, 1))
}

func lineBreaks(text string) string { return text[:64] + "\r\n" + text[64:] }

// TestSetsInTheWild: what is odd about one key does not touch the others.
func TestSetsInTheWild(t *testing.T) {
	t.Parallel()
	ec := &es256Key().PublicKey
	message := func(header string) []byte { return []byte(signed(header, "hello")) }
	for _, c := range []struct {
		name   string
		keys   []map[string]any
		header string
		want   error
	}{
		{"no kid on either side", []map[string]any{jwkOf(newP256(), nil), jwkOf(ec, nil)}, `{"alg":"ES256"}`, nil},
		{"no kid in the set", []map[string]any{jwkOf(newP256(), nil), jwkOf(ec, nil)}, `{"alg":"ES256","kid":"a"}`, nil},
		{"no kid in the message", []map[string]any{jwkOf(newP256(), map[string]any{"kid": "a"}), jwkOf(ec, map[string]any{"kid": "b"})}, `{"alg":"ES256"}`, nil},
		{"the same kid twice", []map[string]any{jwkOf(newP256(), map[string]any{"kid": "a"}), jwkOf(ec, map[string]any{"kid": "a"})}, `{"alg":"ES256","kid":"a"}`, nil},
		{"the same kid for RSA and EC", []map[string]any{with(rsaPublic(rsaKey().N), map[string]any{"kid": "a"}), jwkOf(ec, map[string]any{"kid": "a"})}, `{"alg":"ES256","kid":"a"}`, nil},
		{"the same kid for enc and sig", []map[string]any{jwkOf(newP256(), map[string]any{"kid": "a", "use": "enc"}), jwkOf(ec, map[string]any{"kid": "a", "use": "sig"})}, `{"alg":"ES256","kid":"a"}`, nil},
		{"the key itself twice", []map[string]any{jwkOf(ec, map[string]any{"kid": "a"}), jwkOf(ec, map[string]any{"kid": "a"})}, `{"alg":"ES256","kid":"a"}`, nil},
		{"key_ops for both", []map[string]any{jwkOf(ec, map[string]any{"kid": "a", "key_ops": []string{"sign", "verify"}})}, `{"alg":"ES256","kid":"a"}`, nil},
		{"use and key_ops", []map[string]any{jwkOf(ec, map[string]any{"kid": "a", "use": "sig", "key_ops": []string{"verify"}})}, `{"alg":"ES256","kid":"a"}`, nil},
		{"use empty", []map[string]any{jwkOf(ec, map[string]any{"kid": "a", "use": "", "alg": ""})}, `{"alg":"ES256","kid":"a"}`, nil},
		{"of a type to come", []map[string]any{{"kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA", "kid": "a"}, jwkOf(ec, map[string]any{"kid": "a"})}, `{"alg":"ES256","kid":"a"}`, nil},
		{"another kid", []map[string]any{jwkOf(ec, map[string]any{"kid": "a"})}, `{"alg":"ES256","kid":"b"}`, keys.ErrUnknownKey},
		{"a kid in another case", []map[string]any{jwkOf(ec, map[string]any{"kid": "a"})}, `{"alg":"ES256","kid":"A"}`, keys.ErrUnknownKey},
		{"the right kid on another key", []map[string]any{jwkOf(newP256(), map[string]any{"kid": "a"}), jwkOf(ec, map[string]any{"kid": "b"})}, `{"alg":"ES256","kid":"a"}`, keys.ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			payload, _, err := parsePublic(t, jwks(c.keys...), "ES256").Verify(message(c.header))
			if c.want != nil {
				wantError(t, err, c.want, "")
			} else if err != nil || string(payload) != "hello" {
				t.Errorf("%q, %v", payload, err)
			}
		})
	}
}
