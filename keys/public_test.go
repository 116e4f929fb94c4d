package keys_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

var signatureAlgorithms = []string{"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519"}

// rsaPublic is a public RSA JWK with modulus n.
func rsaPublic(n *big.Int) map[string]any {
	return map[string]any{"kty": "RSA", "n": b64(n.Bytes()), "e": "AQAB"}
}

// odd is an odd number of that many bits: a modulus that nobody can use.
func odd(bits int) *big.Int {
	n := must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits-1))))
	return n.SetBit(n, bits-1, 1).SetBit(n, 0, 1)
}

// roca is a modulus with the fingerprint of CVE-2017-15361: the product of two
// powers of 65537 modulo the product of the small primes, made larger by
// multiples of it.
func roca() *big.Int {
	primorial := big.NewInt(2)
	for p := int64(3); p <= 167; p += 2 {
		if big.NewInt(p).ProbablyPrime(0) {
			primorial.Mul(primorial, big.NewInt(p))
		}
	}
	prime := func(exponent int64) *big.Int {
		p := new(big.Int).Exp(big.NewInt(65537), big.NewInt(exponent), primorial)
		k := odd(1030 - primorial.BitLen())
		return p.Add(p, k.Mul(k, primorial))
	}
	return new(big.Int).Mul(prime(12345), prime(67890))
}

func TestParsePublicSkips(t *testing.T) {
	t.Parallel()
	ec := jwkOf(&es256Key().PublicKey, nil)
	good := with(ec, map[string]any{"kid": "good"})
	r := rsaPublic(rsaKey().N)
	ed := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": ed25519X}
	little := func(hex string) string { // a little-endian Ed25519 point from big-endian hex
		n, _ := new(big.Int).SetString(hex, 16)
		b := n.FillBytes(make([]byte, 32))
		for i := range 16 {
			b[i], b[31-i] = b[31-i], b[i]
		}
		return b64(b)
	}
	p := "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"
	for _, tt := range []struct {
		name, alg string
		key       any
		reason    string
	}{
		{"number", "ES256", 1, "JSON is not an object"},
		{"null", "ES256", nil, "JSON is not an object"},
		{"list", "ES256", []any{ec}, "JSON is not an object"},
		{"empty", "ES256", map[string]any{}, "kty is missing"},
		{"kty number", "ES256", with(ec, map[string]any{"kty": 1}), "kty is not a string"},
		{"kid number", "ES256", with(ec, map[string]any{"kid": 1}), "kid is not a string"},
		{"post-quantum", "ES256", map[string]any{"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}, `kty "AKP" does not fit ES256`},
		{"oct", "ES256", map[string]any{"kty": "oct", "k": "AAAA"}, `kty "oct" does not fit ES256`},
		{"oct that claims the alg", "ES256", map[string]any{"kty": "oct", "k": "AAAA", "alg": "ES256"}, `kty "oct" does not fit ES256`},
		{"lower case", "ES256", with(ec, map[string]any{"kty": "ec"}), `kty "ec" does not fit ES256`},
		{"RSA", "ES256", r, `kty "RSA" does not fit ES256`},
		{"EC", "RS256", ec, `kty "EC" does not fit RS256`},
		{"EC for EdDSA", "EdDSA", ec, `kty "EC" does not fit EdDSA`},
		{"curve", "ES384", ec, "crv P-256 does not fit ES384"},
		{"curve lies", "ES384", with(ec, map[string]any{"crv": "P-384"}), "x has 32 bytes, not 48"},
		{"secp256k1", "ES256", with(ec, map[string]any{"crv": "secp256k1"}), `crv "secp256k1" is not supported`},
		{"no curve", "ES256", with(ec, map[string]any{"crv": nil}), `crv "" is not supported`},
		{"curve number", "ES256", with(ec, map[string]any{"crv": 256}), "crv is not a string"},
		{"use enc", "ES256", with(ec, map[string]any{"use": "enc"}), `use is "enc", not "sig"`},
		{"use unknown", "ES256", with(ec, map[string]any{"use": "Sig"}), `use is "Sig", not "sig"`},
		{"use list", "ES256", with(ec, map[string]any{"use": []string{"sig"}}), "use is not a string"},
		{"alg", "ES256", with(ec, map[string]any{"alg": "ES384"}), `alg is "ES384", not "ES256"`},
		{"alg of another family", "PS256", with(r, map[string]any{"alg": "RS256"}), `alg is "RS256", not "PS256"`},
		{"alg of encryption", "RS256", with(r, map[string]any{"alg": "RSA-OAEP"}), `alg is "RSA-OAEP", not "RS256"`},
		{"alg number", "ES256", with(ec, map[string]any{"alg": 256}), "alg is not a string"},
		{"key_ops without verify", "ES256", with(ec, map[string]any{"key_ops": []string{"sign"}}), `key_ops does not have "verify"`},
		{"key_ops empty", "ES256", with(ec, map[string]any{"key_ops": []string{}}), `key_ops does not have "verify"`},
		{"key_ops string", "ES256", with(ec, map[string]any{"key_ops": "verify"}), "key_ops is not an array"},
		{"private", "ES256", with(ec, map[string]any{"d": "AAAA"}), "private members are published"},
		{"private RSA", "RS256", privateRSA(), "private members are published"},
		{"off the curve", "ES256", with(ec, map[string]any{"y": ec["x"]}), "point is not on the curve"},
		{"x short", "ES256", with(ec, map[string]any{"x": "AAAA"}), "x has 3 bytes, not 32"},
		{"x missing", "ES256", with(ec, map[string]any{"x": nil}), "x is missing"},
		{"y number", "ES256", with(ec, map[string]any{"y": 7}), "y is not a string"},
		{"y missing", "ES256", with(ec, map[string]any{"y": nil}), "y is missing"},
		{"y padded", "ES256", with(ec, map[string]any{"y": ec["y"].(string) + "="}), "y is not strict base64url"},
		{"RSA 1024", "RS256", rsaPublic(odd(1024)), "RSA key has 1024 bits, at least 2048"},
		{"RSA 2047", "RS256", rsaPublic(odd(2047)), "RSA key has 2047 bits, at least 2048"},
		{"RSA 8193", "RS256", rsaPublic(odd(8193)), "RSA key has 8193 bits, at most 8192"},
		{"RSA even", "RS256", rsaPublic(new(big.Int).Lsh(odd(2047), 1)), "RSA modulus is even"},
		{"RSA weak modulus", "RS256", rsaPublic(roca()), "ROCA"},
		{"n missing", "RS256", with(r, map[string]any{"n": nil}), "n is missing"},
		{"n empty", "RS256", with(r, map[string]any{"n": ""}), "n is zero"},
		{"n number", "RS256", with(r, map[string]any{"n": 7}), "n is not a string"},
		{"n standard alphabet", "RS256", with(r, map[string]any{"n": "++//" + r["n"].(string)}), "n is not strict base64url"},
		{"e missing", "RS256", with(r, map[string]any{"e": nil}), "e is missing"},
		{"e zero", "RS256", with(r, map[string]any{"e": "AA"}), "e is zero"},
		{"e one", "RS256", with(r, map[string]any{"e": "AQ"}), "exponent e is weak"},
		{"e two", "RS256", with(r, map[string]any{"e": "Ag"}), "exponent e is weak"},
		{"e even", "RS256", with(r, map[string]any{"e": "AQAA"}), "exponent e is weak"},
		{"e large", "RS256", with(r, map[string]any{"e": b64("\x01\x00\x00\x00\x01")}), "e is too large"},
		{"e very large", "RS256", with(r, map[string]any{"e": r["n"]}), "e is too large"},
		{"X25519", "EdDSA", with(ed, map[string]any{"crv": "X25519"}), "crv X25519 does not fit EdDSA"},
		{"Ed448", "EdDSA", with(ed, map[string]any{"crv": "Ed448"}), `crv "Ed448" is not supported`},
		{"OKP curve number", "EdDSA", with(ed, map[string]any{"crv": 1}), "crv is not a string"},
		{"OKP x short", "EdDSA", with(ed, map[string]any{"x": "AAAA"}), "x has 3 bytes, not 32"},
		{"Ed25519 y = 0", "EdDSA", with(ed, map[string]any{"x": little("0")}), "small order"},
		{"Ed25519 y = 1", "EdDSA", with(ed, map[string]any{"x": little("1")}), "small order"},
		{"Ed25519 y = -1", "EdDSA", with(ed, map[string]any{"x": little(p[:63] + "c")}), "small order"},
		{"Ed25519 order 8", "EdDSA", with(ed, map[string]any{"x": little("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7")}), "small order"},
		{"Ed25519 order 8, other sign", "EdDSA", with(ed, map[string]any{"x": little("85fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826")}), "small order"},
		{"Ed25519 not canonical", "EdDSA", with(ed, map[string]any{"x": little(p)}), "not canonical"},
		{"Ed25519 not a point", "EdDSA", with(ed, map[string]any{"x": little("2")}), "not on the curve"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// A good key beside it stays usable.
			list := []any{tt.key}
			if tt.alg == "ES256" {
				list = []any{good, tt.key, ec}
			}
			set, err := keys.ParsePublic(must(json.Marshal(map[string]any{"keys": list})), tt.alg)
			if err != nil {
				t.Fatal(err)
			}
			if got := set.Len(); got != len(list)-1 {
				t.Errorf("Len = %d, want %d", got, len(list)-1)
			}
			skipped := set.Skipped()
			if len(skipped) != 1 || !strings.Contains(skipped[0].Reason, tt.reason) {
				t.Errorf("Skipped = %q, want one with %q", skipped, tt.reason)
			}
		})
	}
}

// One private member is enough: whoever published it has lost the key.
func TestParsePublicSkipsEachPrivateMember(t *testing.T) {
	t.Parallel()
	for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"} {
		entry := with(jwkOf(&es256Key().PublicKey, nil), map[string]any{member: "AAAA"})
		set, err := keys.ParsePublic(must(json.Marshal(map[string]any{"keys": []any{entry}})), "ES256")
		if err != nil || set.Len() != 0 || len(set.Skipped()) != 1 || !strings.Contains(set.Skipped()[0].Reason, "private members") {
			t.Errorf("%s: %d keys, skipped %v, %v", member, set.Len(), set.Skipped(), err)
		}
	}
}

func TestParsePublicTakes(t *testing.T) {
	t.Parallel()
	ec := jwkOf(&es256Key().PublicKey, nil)
	r := rsaPublic(rsaKey().N)
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	point := must(p384.PublicKey.Bytes())
	okp := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": ed25519X}
	null := json.RawMessage("null")
	for _, tt := range []struct {
		name, alg string
		key       map[string]any
	}{
		{"bare EC", "ES256", ec},
		{"as oidc-provider publishes it", "ES256", with(ec, map[string]any{"kid": "k", "alg": "ES256", "use": "sig"})},
		{"key_ops", "ES256", with(ec, map[string]any{"key_ops": []string{"sign", "verify"}})},
		{"nulls", "ES256", with(ec, map[string]any{"kid": null, "alg": null, "use": null, "key_ops": null, "d": null})},
		{"foreign members", "ES256", with(ec, map[string]any{"x5c": []string{"AA"}, "x5t#S256": 1, "D": "AA", "iat": 1})},
		{"P-384", "ES384", map[string]any{"kty": "EC", "crv": "P-384", "x": b64(point[1:49]), "y": b64(point[49:])}},
		{"bare RSA", "RS256", r},
		{"the same for PS", "PS512", r},
		{"RSA 8192", "RS256", rsaPublic(odd(8192))},
		{"n with a leading zero", "RS256", with(r, map[string]any{"n": b64(append([]byte{0}, rsaKey().N.Bytes()...))})},
		{"e = 3", "RS256", with(r, map[string]any{"e": "Aw"})},
		{"largest e", "RS256", with(r, map[string]any{"e": b64("\x7f\xff\xff\xff")})},
		{"Ed25519", "EdDSA", okp},
		{"fresh Ed25519", "EdDSA", with(okp, map[string]any{"x": b64(must2(ed25519.GenerateKey(rand.Reader)).Public().(ed25519.PublicKey))})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := parsePublic(t, jwks(tt.key), tt.alg)
			if set.Len() != 1 || set.Skipped() != nil {
				t.Errorf("Len = %d, Skipped = %v, want one key", set.Len(), set.Skipped())
			}
		})
	}
}

func TestParsePublicRefusesDocument(t *testing.T) {
	t.Parallel()
	key := string(text(jwkOf(&es256Key().PublicKey, nil)))
	for _, tt := range []struct{ name, document, reason string }{
		{"nothing", "", "JSON is invalid"},
		{"HTML", "<html>", "JSON is invalid at byte 0"},
		{"null", "null", "JSON is not an object"},
		{"list", "[" + key + "]", "JSON is not an object"},
		{"one JWK", key, "keys is missing"},
		{"error of a server", `{"error":"server_error"}`, "keys is missing"},
		{"Keys", `{"Keys":[]}`, "keys is missing"},
		{"keys null", `{"keys":null}`, "keys is not an array"},
		{"keys object", `{"keys":{}}`, "keys is not an array"},
		{"keys string", `{"keys":"[]"}`, "keys is not an array"},
		{"keys twice", `{"keys":[],"keys":[` + key + `]}`, "duplicate member"},
		{"duplicate in a key", `{"keys":[{"kty":"EC","kty":"EC"}]}`, "duplicate member"},
		{"data behind", `{"keys":[]}{"keys":[]}`, "JSON is invalid"},
		{"truncated", `{"keys":[` + key, "JSON is invalid"},
		{"invalid UTF-8", "{\"keys\":[],\"x\":\"\xff\"}", "JSON is invalid"},
		{"too deep", `{"keys":[{"x":` + strings.Repeat("[", 14) + strings.Repeat("]", 14) + `}]}`, "deeper than 16"},
		{"too many keys", `{"keys":[` + strings.Repeat(key+",", 100) + key + `]}`, "101 keys, at most 100"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := keys.ParsePublic([]byte(tt.document), "ES256")
			if err == nil || !strings.HasPrefix(err.Error(), "keys: not a JWK Set (") || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("ParsePublic = %v, %v, want an error with %q", set, err, tt.reason)
			}
		})
	}
	for _, alg := range []string{"", "none", "HS256", "es256", "ES256K", "RS1", "RSA-OAEP", "Ed448", "ed25519"} {
		if _, err := keys.ParsePublic([]byte(`{"keys":[]}`), alg); err == nil || !strings.Contains(err.Error(), "no such signature algorithm") {
			t.Errorf("ParsePublic with alg %q: %v, want an error", alg, err)
		}
	}
}

func TestParsePublicCounts(t *testing.T) {
	t.Parallel()
	hundred := make([]map[string]any, 100)
	for i := range hundred {
		hundred[i] = jwkOf(&es256Key().PublicKey, map[string]any{"kid": fmt.Sprint(i)})
	}
	for _, tt := range []struct {
		name     string
		document []byte
		want     int
	}{
		{"none", []byte(`{"keys":[]}`), 0},
		{"foreign members of the set", []byte(`{"x":{},"keys":[]}`), 0},
		{"as many as allowed", jwks(hundred...), 100},
		{"white space", bytes.ReplaceAll(jwks(hundred[:2]...), []byte(","), []byte(",\n ")), 2},
	} {
		if set := parsePublic(t, tt.document, "ES256"); set.Len() != tt.want {
			t.Errorf("%s: Len = %d, want %d", tt.name, set.Len(), tt.want)
		}
	}
	var none *keys.PublicSet
	if none.Len() != 0 || none.Skipped() != nil {
		t.Error("a nil PublicSet has keys")
	}
	set := parsePublic(t, jwks(map[string]any{"kty": "oct", "kid": "a"}, map[string]any{"kty": "RSA", "kid": "b"}), "ES256")
	want := []keys.SkippedKey{{KeyID: "a", Reason: `kty "oct" does not fit ES256`}, {KeyID: "b", Reason: `kty "RSA" does not fit ES256`}}
	if got := set.Skipped(); !reflect.DeepEqual(got, want) {
		t.Errorf("Skipped = %q, want %q", got, want)
	}
	set.Skipped()[0].Reason = "changed"
	if got := set.Skipped(); !reflect.DeepEqual(got, want) {
		t.Errorf("Skipped after a change of its result = %q, want %q", got, want)
	}
}
