package keys_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// The fuzz targets are seeded from the tables of the unit tests.

const goodJWE, goodJWS = `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT","kid":"k","iss":"i","aud":["a"]}`, `{"alg":"ES256","typ":"token-introspection+jwt"}`

func addMessages(f *testing.F, seal func(header string) string, rest string) {
	f.Helper()
	for _, tt := range badHeaders {
		f.Add([]byte(seal(strings.ReplaceAll(tt.header, "REST", rest))))
	}
	good := seal("{" + rest + "}")
	f.Add([]byte(good))
	for i, s := range strings.Split(good, ".") {
		for _, tt := range badSegments {
			f.Add([]byte(segment(good, i, tt.spoil(s))))
		}
		f.Add([]byte(segment(good, i, "")))
	}
	examples := rfcExamples(f)
	for _, ex := range append(examples.Decrypt, examples.Verify...) {
		f.Add([]byte(ex.Message))
	}
}

// checkHeader checks what holds for every header that is accepted.
func checkHeader(t *testing.T, message []byte, segments int, h keys.Header, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, keys.ErrMalformed) {
			t.Fatalf("error is no ErrMalformed: %v", err)
		}
		return
	}
	parts := strings.Split(string(message), ".")
	if len(parts) != segments || h.Algorithm == "" || (h.Encryption != "") != (segments == 5) {
		t.Fatalf("header %+v of %q", h, message)
	}
	for _, part := range parts {
		if b64(unb64(part)) != part {
			t.Fatalf("segment %q has another spelling", part)
		}
	}
	// A lax reader sees the same: no duplicates, nothing in another case.
	var lax map[string]any
	if err := json.Unmarshal(unb64(parts[0]), &lax); err != nil || lax["alg"] != h.Algorithm || lax["kid"] != nil && lax["kid"] != h.KeyID {
		t.Fatalf("header %+v is %v for others", h, lax)
	}
	for _, name := range []string{"crit", "b64", "zip"} {
		if _, ok := lax[name]; ok {
			t.Fatalf("header with %s is accepted", name)
		}
	}
}

func FuzzParseJWEHeader(f *testing.F) {
	addMessages(f, func(header string) string { return sealed(header, "plaintext") }, goodJWE[1:len(goodJWE)-1])
	f.Fuzz(func(t *testing.T, message []byte) {
		h, err := keys.ParseJWEHeader(message)
		checkHeader(t, message, 5, h, err)
	})
}

func FuzzParseJWSHeader(f *testing.F) {
	addMessages(f, func(header string) string { return signed(header, "payload") }, goodJWS[1:len(goodJWS)-1])
	f.Fuzz(func(t *testing.T, message []byte) {
		h, err := keys.ParseJWSHeader(message)
		checkHeader(t, message, 3, h, err)
	})
}

func FuzzDecrypt(f *testing.F) {
	sets := []*keys.Set{rsaSet(f), parseSet(f, ecPEM(), "ECDH-ES", "A128CBC-HS256"), parseSet(f, okpPEM(), "ECDH-ES", "A256GCM")}
	addMessages(f, func(header string) string { return sealed(header, "plaintext") }, `"alg":"RSA-OAEP","enc":"A256GCM"`)
	f.Add([]byte(encrypt(f, encrypter(f, sets[1], "ECDH-ES", "A128CBC-HS256"), "plaintext", map[string]any{"apu": "AA"})))
	f.Add([]byte(encrypt(f, encrypter(f, sets[2], "ECDH-ES", "A256GCM"), "plaintext", nil)))
	kinds := []error{keys.ErrMalformed, keys.ErrAlgorithm, keys.ErrUnknownKey, keys.ErrDecrypt}
	f.Fuzz(func(t *testing.T, message []byte) {
		for _, set := range sets {
			before := bytes.Clone(message)
			plaintext, err := set.Decrypt(message)
			if !bytes.Equal(before, message) {
				t.Fatal("Decrypt changed its argument")
			}
			if err == nil && string(plaintext) != "plaintext" {
				t.Fatalf("Decrypt of %q = %q", message, plaintext)
			}
			if err != nil && !slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) }) {
				t.Fatalf("error of no kind: %v", err)
			}
		}
	})
}

func FuzzVerify(f *testing.F) {
	ed := signer(f, must(keys.GenerateSigning("EdDSA")), "EdDSA")
	rs := signer(f, rsaPEM(), "RS256")
	sets := []*keys.PublicSet{es256Public(f), parsePublic(f, ed.PublicJWKS(), "EdDSA"), parsePublic(f, rs.PublicJWKS(), "RS256")}
	addMessages(f, func(header string) string { return signed(header, "payload") }, `"alg":"ES256"`)
	f.Add([]byte(sign(f, ed, "payload", nil)))
	f.Add([]byte(sign(f, rs, "payload", nil)))
	kinds := []error{keys.ErrMalformed, keys.ErrAlgorithm, keys.ErrUnknownKey, keys.ErrSignature}
	f.Fuzz(func(t *testing.T, message []byte) {
		for _, set := range sets {
			payload, _, err := set.Verify(message)
			if err == nil && string(payload) != "payload" {
				t.Fatalf("Verify of %q = %q", message, payload)
			}
			if err != nil && !slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) }) {
				t.Fatalf("error of no kind: %v", err)
			}
		}
	})
}

func FuzzParsePublic(f *testing.F) {
	ec := jwkOf(&es256Key().PublicKey, map[string]any{"kid": "k", "use": "sig", "key_ops": []string{"verify"}})
	f.Add(jwks(ec, rsaPublic(rsaKey().N), map[string]any{"kty": "OKP", "crv": "Ed25519", "x": ed25519X}))
	f.Add(jwks(map[string]any{"kty": "oct", "k": "AA"}, privateX25519()))
	for _, name := range []string{"kty", "crv", "x", "y", "kid", "use", "alg", "key_ops", "d"} {
		for _, value := range []any{1, "", "AA", nil, []string{}, map[string]any{}} {
			f.Add(jwks(with(ec, map[string]any{name: value})))
		}
	}
	for _, document := range []string{"", "null", "[]", `{"keys":null}`, `{"keys":[null,1,"x",[]]}`, `{"keys":[],"keys":[]}`, `{"keys":[]}x`, strings.Repeat("[", 100)} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		for _, alg := range []string{"ES256", "ES512", "RS256", "EdDSA"} {
			set, err := keys.ParsePublic(document, alg)
			if err != nil {
				continue
			}
			var lax struct {
				Keys []json.RawMessage `json:"keys"`
			}
			if err := json.Unmarshal(document, &lax); err != nil || len(lax.Keys) > 100 || set.Len()+len(set.Skipped()) != len(lax.Keys) {
				t.Fatalf("%d keys and %d skipped of %s", set.Len(), len(set.Skipped()), document)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	ec := privateEC()
	f.Add(ecPEM())
	f.Add(okpPEM())
	f.Add(es256PEM())
	f.Add(rsaPEM())
	f.Add(join(ecPEM(), ecPEM()))
	f.Add(bytes.ReplaceAll(ecPEM(), []byte("\n"), []byte(`\n`)))
	f.Add(encodePEM("CERTIFICATE", []byte("x")))
	f.Add(text(privateRSA()))
	f.Add(text(privateX25519()))
	f.Add(jwks(ec, privateEC()))
	for name := range ec {
		for _, value := range []any{1, "", "AA", nil, []string{}, map[string]any{}} {
			f.Add(text(with(ec, map[string]any{name: value})))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, alg := range []string{"RSA-OAEP", "ECDH-ES"} {
			set, err := keys.Parse(data, alg, "A256GCM")
			if err != nil {
				continue
			}
			if _, err := keys.NewEncrypter(set.PublicJWKS(), alg, "A256GCM"); err != nil {
				t.Fatalf("nobody can encrypt to %s: %v", set.PublicJWKS(), err)
			}
			if len(set.KeyIDs()) == 0 || set.Type() == "" || bytes.Contains(set.PublicJWKS(), []byte(`"d":`)) {
				t.Fatalf("PublicJWKS = %s", set.PublicJWKS())
			}
		}
	})
}
