package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

func signer(t testing.TB, data []byte, alg string) *keys.Signer {
	t.Helper()
	s, err := keys.ParseSigner(data, alg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sign(t testing.TB, s *keys.Signer, payload string, header map[string]any) string {
	t.Helper()
	message, err := s.Sign([]byte(payload), header)
	if err != nil {
		t.Fatal(err)
	}
	return string(message)
}

// signingKey is a PEM key for alg; RSA keys are shared.
func signingKey(t testing.TB, alg string) []byte {
	t.Helper()
	if strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS") {
		return rsaPEM()
	}
	data, err := keys.GenerateSigning(alg)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The signing side shares no code with jwx, so every one of these is a test of
// two implementations.
func TestVerifyEveryAlgorithm(t *testing.T) {
	t.Parallel()
	for _, alg := range signatureAlgorithms {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			s := signer(t, signingKey(t, alg), alg)
			set := parsePublic(t, s.PublicJWKS(), alg)
			for _, payload := range []string{`{"active":true}`, "", "\x00\xff", strings.Repeat("long ", 50_000)} {
				for _, header := range []map[string]any{{"typ": "token-introspection+jwt"}, {"kid": nil, "typ": "JWT", "cty": "x", "jku": "https://evil"}} {
					got, h, err := set.Verify([]byte(sign(t, s, payload, header)))
					if err != nil || string(got) != payload {
						t.Fatalf("Verify = %.20q, %v, want %.20q", got, err, payload)
					}
					wantID := s.KeyID()
					if _, removed := header["kid"]; removed {
						wantID = ""
					}
					if h.Algorithm != alg || h.Type != header["typ"] || h.KeyID != wantID {
						t.Errorf("Verify: header is %+v", h)
					}
				}
			}
		})
	}
}

func TestVerifyStandardLibrary(t *testing.T) {
	t.Parallel()
	stranger := string(text(jwkOf(newP256(), nil)))
	for _, header := range []string{`{"alg":"ES256"}`, "{ \"typ\":\"x\" ,\r\n\"alg\" : \"ES256\"}", " \t{\"alg\":\"ES256\"}\r\n", `{"alg":"ES256","jwk":` + stranger + `,"x5u":"https://evil","jku":"https://evil","z":[1]}`} {
		if got, _, err := es256Public(t).Verify([]byte(signed(header, "{}"))); err != nil || string(got) != "{}" {
			t.Errorf("Verify with header %s = %q, %v", header, got, err)
		}
	}
}

// The signature is good each time; only what the header says is not.
func TestVerifyPinsAlgorithm(t *testing.T) {
	t.Parallel()
	for _, alg := range signatureAlgorithms {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			s := signer(t, signingKey(t, alg), alg)
			set := parsePublic(t, s.PublicJWKS(), alg)
			others := append([]string{"none", "None", "HS256", "HS512", "bogus", "ES256K", "RSA-OAEP", strings.ToLower(alg), alg + " "}, signatureAlgorithms...)
			for _, other := range others {
				if other == alg {
					continue
				}
				payload, h, err := set.Verify([]byte(sign(t, s, "{}", map[string]any{"alg": other})))
				wantError(t, err, keys.ErrAlgorithm, "configured is "+alg)
				if payload != nil || h.Algorithm != other {
					t.Errorf("Verify = %q, %+v", payload, h)
				}
			}
			_, _, err := set.Verify([]byte(sign(t, s, "{}", map[string]any{"alg": nil})))
			wantError(t, err, keys.ErrMalformed, "alg is missing")
		})
	}
}

// Messages for another algorithm with the very same key, and an HMAC with what
// everybody knows as its secret.
func TestVerifyAlgorithmConfusion(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} {
		for _, to := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} {
			if from == to {
				continue
			}
			public := jwks(rsaPublic(rsaKey().N))
			message := sign(t, signer(t, rsaPEM(), from), "{}", map[string]any{"alg": to, "kid": nil})
			_, _, err := parsePublic(t, public, to).Verify([]byte(message))
			wantError(t, err, keys.ErrSignature, "")
		}
	}
	document := jwks(jwkOf(&es256Key().PublicKey, nil))
	input := b64(`{"alg":"HS256"}`) + "." + b64("{}")
	for _, secret := range [][]byte{nil, document, es256PEM(), must(es256Key().PublicKey.Bytes())} {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		for _, header := range []string{`{"alg":"HS256"}`, `{"alg":"ES256"}`} {
			message := b64(header) + "." + b64("{}") + "." + b64(mac.Sum(nil))
			if _, _, err := es256Public(t).Verify([]byte(message)); err == nil {
				t.Error("Verify takes an HMAC")
			}
		}
	}
	// ES256 made with a key on another curve has another size.
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	message := sign(t, signer(t, pkcs8(p384), "ES384"), "{}", map[string]any{"alg": "ES256"})
	_, _, err := es256Public(t).Verify([]byte(message))
	wantError(t, err, keys.ErrMalformed, "signature has 96 bytes, not 64")
}

// RFC 7518 section 3.5: the salt is as long as the hash.
func TestVerifySaltLength(t *testing.T) {
	t.Parallel()
	set := parsePublic(t, jwks(rsaPublic(rsaKey().N)), "PS256")
	input := b64(`{"alg":"PS256"}`) + "." + b64("{}")
	digest := sha256.Sum256([]byte(input))
	for _, salt := range []int{0, 1, 20, 31, 32, 33, 64, rsa.PSSSaltLengthAuto} {
		options := &rsa.PSSOptions{SaltLength: salt}
		signature := must(rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA256, digest[:], options))
		payload, _, err := set.Verify([]byte(input + "." + b64(signature)))
		switch {
		case salt == 32 && (err != nil || string(payload) != "{}"):
			t.Errorf("salt of 32: %v", err)
		case salt != 32 && (!errors.Is(err, keys.ErrSignature) || payload != nil):
			t.Errorf("salt of %d: Verify = %q, %v, want ErrSignature", salt, payload, err)
		}
	}
}

func TestVerifyChecksSignature(t *testing.T) {
	t.Parallel()
	sizes := map[string]int{"ES256": 64, "ES384": 96, "ES512": 132, "EdDSA": 64, "Ed25519": 64}
	for _, alg := range signatureAlgorithms {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			s := signer(t, signingKey(t, alg), alg)
			set := parsePublic(t, s.PublicJWKS(), alg)
			message := sign(t, s, `{"active":false}`, nil)
			parts := strings.Split(message, ".")
			signature := unb64(parts[2])
			for _, n := range []int{0, 1, 32, len(signature) - 1, len(signature) + 1, 2 * len(signature)} {
				cut := append(append([]byte{}, signature...), make([]byte, len(signature))...)[:n]
				_, _, err := set.Verify([]byte(segment(message, 2, b64(cut))))
				if size, fixed := sizes[alg]; fixed {
					wantError(t, err, keys.ErrMalformed, fmt.Sprintf("signature has %d bytes, not %d", n, size))
				} else {
					wantError(t, err, keys.ErrSignature, "")
				}
			}
			for _, changed := range []string{
				segment(message, 1, b64(`{"active":true}`)),
				segment(message, 2, b64(make([]byte, len(signature)))),
				segment(message, 2, b64(strings.Repeat("\xff", len(signature)))),
				segment(message, 0, b64(strings.Replace(string(unb64(parts[0])), "{", "{ ", 1))),
				segment(message, 1, ""),
			} {
				payload, h, err := set.Verify([]byte(changed))
				wantError(t, err, keys.ErrSignature, "")
				if payload != nil || h.Algorithm != alg {
					t.Errorf("Verify = %q, %+v", payload, h)
				}
			}
		})
	}
	// ASN.1 instead of R and S side by side (RFC 7518 section 3.4)
	input := b64(`{"alg":"ES256"}`) + "." + b64("{}")
	digest := sha256.Sum256([]byte(input))
	asn1 := must(ecdsa.SignASN1(rand.Reader, es256Key(), digest[:]))
	_, _, err := es256Public(t).Verify([]byte(input + "." + b64(asn1)))
	wantError(t, err, keys.ErrMalformed, "signature has")
}

func TestVerifyPicksKeys(t *testing.T) {
	t.Parallel()
	ours := func(kid any) map[string]any { return jwkOf(&es256Key().PublicKey, map[string]any{"kid": kid}) }
	other := func(kid any) map[string]any { return jwkOf(newP256(), map[string]any{"kid": kid}) }
	times := func(n int, kid any, last ...map[string]any) []map[string]any {
		list := make([]map[string]any, n)
		for i := range list {
			list[i] = other(kid)
		}
		return append(list, last...)
	}
	for _, tt := range []struct {
		name string
		kid  string
		set  []map[string]any
		want error
	}{
		{"the one", "a", []map[string]any{other("b"), ours("a")}, nil},
		{"case matters", "A", []map[string]any{ours("a")}, keys.ErrUnknownKey},
		{"other key under the kid", "a", []map[string]any{other("a"), ours("b")}, keys.ErrSignature},
		{"key without kid is second choice", "a", []map[string]any{other("b"), ours(nil)}, nil},
		{"an empty kid is none", "a", []map[string]any{other("b"), ours("")}, nil},
		{"key without kid is no choice", "a", []map[string]any{other("a"), ours(nil)}, keys.ErrSignature},
		{"nobody", "a", []map[string]any{other("b"), ours("c")}, keys.ErrUnknownKey},
		{"empty set", "a", nil, keys.ErrUnknownKey},
		{"empty set, no kid", "", nil, keys.ErrUnknownKey},
		{"unsuitable key under the kid", "a", []map[string]any{with(ours("a"), map[string]any{"use": "enc"})}, keys.ErrUnknownKey},
		{"same kid, second of two", "a", []map[string]any{other("a"), ours("a")}, nil},
		{"same kid, fourth", "a", times(3, "a", ours("a")), nil},
		{"same kid, fifth", "a", times(4, "a", ours("a")), keys.ErrSignature},
		{"no kid, eighth", "", times(7, "a", ours("b")), nil},
		{"no kid, ninth", "", times(8, "a", ours("b")), keys.ErrSignature},
		{"unknown kid, eighth without", "z", times(7, nil, ours(nil)), nil},
		{"unknown kid, ninth without", "z", times(8, nil, ours(nil)), keys.ErrSignature},
		{"same kid, other types between", "a", []map[string]any{{"kty": "oct", "kid": "a", "k": "AA"}, {"kty": "AKP", "kid": "a"}, other("a"), ours("a")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := `{"alg":"ES256"}`
			if tt.kid != "" {
				header = `{"alg":"ES256","kid":"` + tt.kid + `"}`
			}
			document := must(json.Marshal(map[string]any{"keys": append([]map[string]any{}, tt.set...)}))
			payload, h, err := parsePublic(t, document, "ES256").Verify([]byte(signed(header, "{}")))
			if !errors.Is(err, tt.want) || (err == nil) != (string(payload) == "{}") || h.KeyID != tt.kid {
				t.Errorf("Verify = %q, %+v, %v, want %v", payload, h, err, tt.want)
			}
		})
	}
	var none *keys.PublicSet
	if _, _, err := none.Verify([]byte(signed(`{"alg":"ES256"}`, "{}"))); !errors.Is(err, keys.ErrUnknownKey) {
		t.Errorf("Verify without keys: %v, want ErrUnknownKey", err)
	}
	if _, _, err := new(keys.PublicSet).Verify([]byte(signed(`{"alg":"ES256"}`, "{}"))); !errors.Is(err, keys.ErrAlgorithm) {
		t.Errorf("Verify with the zero set: %v, want ErrAlgorithm", err)
	}
}

// A key in the message is the sender's, whoever that is.
func TestVerifyIgnoresKeysOfTheMessage(t *testing.T) {
	t.Parallel()
	s := signer(t, es256PEM(), "ES256")
	var own struct{ Keys []map[string]any }
	if err := json.Unmarshal(s.PublicJWKS(), &own); err != nil {
		t.Fatal(err)
	}
	set := parsePublic(t, jwks(jwkOf(newP256(), nil)), "ES256")
	for _, header := range []map[string]any{
		{"jwk": own.Keys[0]}, {"jwk": own.Keys[0], "kid": nil}, {"jku": "https://evil/jwks"}, {"x5u": "https://evil/x"}, {"x5c": []string{"AAAA"}},
	} {
		_, _, err := set.Verify([]byte(sign(t, s, "{}", header)))
		wantError(t, err, keys.ErrSignature, "")
	}
}

func TestVerifySurvivesPanic(t *testing.T) {
	t.Parallel()
	for _, key := range []any{&ecdsa.PublicKey{}, ed25519.PublicKey{1}} {
		alg := map[bool]string{true: "ES256", false: "EdDSA"}[fmt.Sprintf("%T", key) == "*ecdsa.PublicKey"]
		if err := keys.JWXVerify([]byte("input"), make([]byte, 64), alg, key); err != keys.ErrSignature { //nolint:errorlint // the very same value
			t.Errorf("jwx panics with %T: %v, want ErrSignature", key, err)
		}
	}
}

// What a message says of itself could be anything, a token for one: error
// texts go to logs and repeat none of it.
func TestErrorsRepeatNothingOfTheMessage(t *testing.T) {
	t.Parallel()
	const token = "the-very-secret-token"
	s := signer(t, signingKey(t, "ES256"), "ES256")
	set := parsePublic(t, s.PublicJWKS(), "ES256")
	for _, header := range []map[string]any{{"kid": token}, {"alg": token}, {"typ": token, "kid": token}, {token: token, "crit": []string{token}}} {
		_, _, err := set.Verify([]byte(sign(t, s, token, header)))
		if err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("header %v: %v", header, err)
		}
	}
	private := parseSet(t, ecPEM(), "ECDH-ES", "A256GCM")
	e := encrypter(t, private, "ECDH-ES", "A256GCM")
	for _, header := range []map[string]any{{"kid": token}, {"alg": token}, {"enc": token}, {"zip": token}, {"cty": token}} {
		_, err := private.Decrypt([]byte(encrypt(t, e, token, header)))
		if err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("header %v: %v", header, err)
		}
	}
}
