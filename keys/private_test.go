package keys_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// privateEC is the private JWK of a fresh P-256 key.
func privateEC() map[string]any {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return jwkOf(&key.PublicKey, map[string]any{"d": b64(must(key.Bytes()))})
}

// privateX25519 is the private JWK of a fresh X25519 key.
func privateX25519() map[string]any {
	key := must(ecdh.X25519().GenerateKey(rand.Reader))
	return map[string]any{"kty": "OKP", "crv": "X25519", "x": b64(key.PublicKey().Bytes()), "d": b64(key.Bytes())}
}

func text(jwk map[string]any) []byte { return must(json.Marshal(jwk)) }

func sec1(key *ecdsa.PrivateKey) []byte {
	return encodePEM("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(key)))
}

func TestParseForms(t *testing.T) {
	t.Parallel()
	pkcs1 := encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey()))
	ec := rawKey(ecPEM()).(*ecdsa.PrivateKey)
	thumbprint := rsaSet(t).KeyIDs()[0]
	oldThumbprint := parseSet(t, oldRSAPEM(), "RSA-OAEP", "A256GCM").KeyIDs()[0]
	ecThumbprint := parseSet(t, ecPEM(), "ECDH-ES", "A256GCM").KeyIDs()[0]
	onlyRequired := with(privateRSA(), map[string]any{"dp": nil, "dq": nil, "qi": nil})
	for _, tt := range []struct {
		name, alg string
		data      []byte
		ids       []string
	}{
		{"PKCS#8", "RSA-OAEP", rsaPEM(), []string{thumbprint}},
		{"PKCS#1", "RSA-OAEP", pkcs1, []string{thumbprint}},
		{"SEC 1", "ECDH-ES", sec1(ec), []string{ecThumbprint}},
		{"SEC 1 with parameters in front", "ECDH-ES", join(encodePEM("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}), sec1(ec)), []string{ecThumbprint}},
		{"two PEM blocks", "RSA-OAEP", join(pkcs1, oldRSAPEM()), []string{thumbprint, oldThumbprint}},
		{"two PEM blocks, other order", "RSA-OAEP", join(oldRSAPEM(), pkcs1), []string{oldThumbprint, thumbprint}},
		{"white space around PEM", "RSA-OAEP", []byte("\r\n \t" + string(rsaPEM()) + "\n\n "), []string{thumbprint}},
		{"Windows line ends", "RSA-OAEP", bytes.ReplaceAll(rsaPEM(), []byte("\n"), []byte("\r\n")), []string{thumbprint}},
		{"no line end", "RSA-OAEP", bytes.TrimSpace(rsaPEM()), []string{thumbprint}},
		{"one line with \\n", "RSA-OAEP", bytes.ReplaceAll(rsaPEM(), []byte("\n"), []byte(`\n`)), []string{thumbprint}},
		{"two keys in one line with \\n", "RSA-OAEP", bytes.ReplaceAll(join(rsaPEM(), oldRSAPEM()), []byte("\n"), []byte(`\n`)), []string{thumbprint, oldThumbprint}},
		{"JWK", "RSA-OAEP", text(privateRSA()), []string{thumbprint}},
		{"JWK with a kid", "RSA-OAEP", text(with(privateRSA(), map[string]any{"kid": "mine"})), []string{"mine"}},
		{"JWK with an empty kid", "RSA-OAEP", text(with(privateRSA(), map[string]any{"kid": ""})), []string{thumbprint}},
		{"JWK with nulls", "RSA-OAEP", text(with(privateRSA(), map[string]any{"kid": json.RawMessage("null"), "oth": json.RawMessage("null"), "use": json.RawMessage("null")})), []string{thumbprint}},
		{"JWK without CRT members", "RSA-OAEP", text(onlyRequired), []string{thumbprint}},
		{"JWK with foreign members", "RSA-OAEP", text(with(privateRSA(), map[string]any{"x5c": []string{"AA"}, "iat": 1, "N": "x"})), []string{thumbprint}},
		{"JWK with leading zeros", "RSA-OAEP", text(with(privateRSA(), map[string]any{"n": b64(append([]byte{0}, rsaKey().N.Bytes()...)), "e": b64("\x00\x01\x00\x01")})), []string{thumbprint}},
		{"JWK that says what it is for", "RSA-OAEP", text(with(privateRSA(), map[string]any{"use": "enc", "alg": "RSA-OAEP", "key_ops": []string{"unwrapKey"}})), []string{thumbprint}},
		{"JWK Set", "RSA-OAEP", jwks(with(privateRSA(), map[string]any{"kid": "a"}), with(privateRSA(), map[string]any{"kid": "b"})), []string{"a", "b"}},
		{"EC JWK", "ECDH-ES", text(with(privateEC(), map[string]any{"kid": "a", "key_ops": []string{"deriveKey", "deriveBits"}})), []string{"a"}},
		{"EC JWK to derive a key", "ECDH-ES", text(with(privateEC(), map[string]any{"kid": "a", "key_ops": []string{"deriveKey"}})), []string{"a"}},
		{"EC JWK to derive bits", "ECDH-ES", text(with(privateEC(), map[string]any{"kid": "a", "key_ops": []string{"deriveBits"}})), []string{"a"}},
		{"OKP JWK", "ECDH-ES", text(with(privateX25519(), map[string]any{"kid": "a"})), []string{"a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := keys.Parse(tt.data, tt.alg, "A256GCM")
			if err != nil {
				t.Fatal(err)
			}
			if got := set.KeyIDs(); !reflect.DeepEqual(got, tt.ids) {
				t.Errorf("KeyIDs = %q, want %q", got, tt.ids)
			}
			message := encrypt(t, encrypter(t, set, tt.alg, "A256GCM"), "x", nil)
			if got, err := set.Decrypt([]byte(message)); err != nil || string(got) != "x" {
				t.Errorf("Decrypt = %q, %v", got, err)
			}
		})
	}
}

// threePrimes is an RSA key with one prime too many.
func threePrimes() *rsa.PrivateKey {
	//nolint:staticcheck // deprecated, and refused: that is the test
	return must(rsa.GenerateMultiPrimeKey(rand.Reader, 3, 2048))
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	smallJWK := map[string]any{"kty": "RSA", "n": b64(small.N.Bytes()), "e": "AQAB", "d": b64(small.D.Bytes()), "p": b64(small.Primes[0].Bytes()), "q": b64(small.Primes[1].Bytes())}
	publicDER := must(x509.MarshalPKIXPublicKey(&rsaKey().PublicKey))
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	ed := must2(ed25519.GenerateKey(rand.Reader))
	rsaDER, _ := pem.Decode(rsaPEM())
	dekInfo := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}, Bytes: []byte("x")})
	damaged := bytes.Replace(rsaPEM(), []byte("MII"), []byte("M!I"), 1)
	publicRSA := map[string]any{"kty": "RSA", "n": privateRSA()["n"], "e": "AQAB"}
	ec, okp := privateEC(), privateX25519()
	other := privateEC()
	many := make([]map[string]any, 17)
	for i := range many {
		many[i] = with(ec, map[string]any{"kid": fmt.Sprint(i)})
	}
	set := func(members map[string]any) []byte { return text(with(privateRSA(), members)) }
	for _, tt := range []struct {
		name, alg string
		data      []byte
		reason    string
	}{
		{"nothing", "RSA-OAEP", nil, "the input is empty"},
		{"white space", "RSA-OAEP", []byte(" \r\n\t"), "the input is empty"},
		{"garbage", "RSA-OAEP", []byte("hello"), "neither PEM nor a JWK nor a JWK Set"},
		{"DER", "RSA-OAEP", rsaDER.Bytes, "looks like DER"},
		{"trailing garbage", "RSA-OAEP", append(bytes.Clone(rsaPEM()), "x"...), "text outside of the PEM blocks"},
		{"leading garbage", "RSA-OAEP", append([]byte("x\n"), rsaPEM()...), "text outside of the PEM blocks"},
		{"garbage between", "RSA-OAEP", join(rsaPEM(), []byte("x"), oldRSAPEM()), "text outside of the PEM blocks"},
		{"byte order mark", "RSA-OAEP", append([]byte("\ufeff"), rsaPEM()...), "text outside of the PEM blocks"},
		{"truncated PEM", "RSA-OAEP", rsaPEM()[:len(rsaPEM())/2], "PEM block 1 is damaged"},
		{"damaged PEM", "RSA-OAEP", damaged, "PEM block 1 is damaged"},
		{"damaged PEM before a good one", "RSA-OAEP", join(damaged, rsaPEM()), "PEM block 1 is damaged"},
		{"damaged PEM after a good one", "RSA-OAEP", join(rsaPEM(), damaged), "PEM block 2 is damaged"},
		{"only parameters", "ECDH-ES", encodePEM("EC PARAMETERS", []byte{5, 0}), "the input holds none"},
		{"encrypted PKCS#8", "RSA-OAEP", encodePEM("ENCRYPTED PRIVATE KEY", rsaDER.Bytes), "encrypted PEM: decrypt it first"},
		{"encrypted PKCS#1", "RSA-OAEP", dekInfo, "encrypted PEM: decrypt it first"},
		{"public key", "RSA-OAEP", encodePEM("PUBLIC KEY", publicDER), "this is a public key"},
		{"public key PKCS#1", "RSA-OAEP", encodePEM("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey)), "this is a public key"},
		{"certificate", "RSA-OAEP", encodePEM("CERTIFICATE", publicDER), "this is a certificate"},
		{"key with its certificate", "RSA-OAEP", join(rsaPEM(), encodePEM("CERTIFICATE", publicDER)), "private key 2 is unusable (this is a certificate"},
		{"OpenSSH key", "RSA-OAEP", encodePEM("OPENSSH PRIVATE KEY", []byte("x")), `PEM type "OPENSSH PRIVATE KEY" is not supported: convert it to PKCS#8`},
		{"not DER", "RSA-OAEP", encodePEM("PRIVATE KEY", []byte("hello")), "PRIVATE KEY is not one DER value"},
		{"data after DER", "RSA-OAEP", encodePEM("PRIVATE KEY", append(bytes.Clone(rsaDER.Bytes), 5, 0)), "PRIVATE KEY is not one DER value"},
		{"wrong label", "RSA-OAEP", encodePEM("RSA PRIVATE KEY", rsaDER.Bytes), "RSA PRIVATE KEY holds no RSA"},
		{"wrong label EC", "ECDH-ES", encodePEM("EC PRIVATE KEY", rsaDER.Bytes), "EC PRIVATE KEY holds no RSA"},
		{"RSA 1024", "RSA-OAEP", pkcs8(small), "RSA key has 1024 bits, at least 2048 are needed"},
		{"RSA 1024 PKCS#1", "RSA-OAEP", encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)), "RSA key has 1024 bits, at least 2048 are needed"},
		{"RSA 1024 JWK", "RSA-OAEP", text(smallJWK), "RSA key has 1024 bits, at least 2048 are needed"},
		{"RSA with three primes", "RSA-OAEP", encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(threePrimes())), "more than two primes"},
		{"P-224", "ECDH-ES", pkcs8(p224), "curve P-224 is not supported"},
		{"Ed25519 to decrypt", "ECDH-ES", pkcs8(ed), "an Ed25519 key only signs"},
		{"Ed25519 for RSA-OAEP", "RSA-OAEP", pkcs8(ed), "an Ed25519 key only signs"},
		{"EC for RSA-OAEP", "RSA-OAEP", ecPEM(), "RSA-OAEP needs an RSA key, this one is EC"},
		{"X25519 for RSA-OAEP-256", "RSA-OAEP-256", okpPEM(), "RSA-OAEP-256 needs an RSA key, this one is OKP"},
		{"RSA for ECDH-ES", "ECDH-ES", rsaPEM(), "ECDH-ES needs an EC or OKP key, this one is RSA"},
		{"mixed types", "ECDH-ES", join(ecPEM(), okpPEM()), "private key 2 is unusable (type is OKP, but that of key 1 is EC)"},
		{"same key twice", "RSA-OAEP", join(rsaPEM(), rsaPEM()), "private key 2 is unusable (same kid as key 1)"},
		{"same kid twice", "ECDH-ES", jwks(with(ec, map[string]any{"kid": "a"}), with(other, map[string]any{"kid": "b"}), with(other, map[string]any{"kid": "a"})), "private key 3 is unusable (same kid as key 1)"},
		{"too many", "ECDH-ES", jwks(many...), "17 private keys, at most 16 are accepted"},
		{"empty object", "RSA-OAEP", []byte("{}"), "neither a JWK nor a JWK Set: keys is missing"},
		{"empty set", "RSA-OAEP", []byte(`{"keys":[]}`), "the input holds none"},
		{"keys is no list", "RSA-OAEP", []byte(`{"keys":{}}`), "keys is not an array"},
		{"key is no object", "RSA-OAEP", []byte(`{"keys":["x"]}`), "private key 1 is unusable (JSON is not an object)"},
		{"truncated JSON", "RSA-OAEP", text(privateRSA())[:100], "JSON is invalid at byte 100"},
		{"data after JSON", "RSA-OAEP", append(text(privateRSA()), "{}"...), "JSON is invalid"},
		{"duplicate member", "RSA-OAEP", bytes.Replace(text(privateRSA()), []byte("{"), []byte(`{"e":"AQAB",`), 1), "JSON has a duplicate member"},
		{"kty number", "RSA-OAEP", set(map[string]any{"kty": 1}), "kty is not a string"},
		{"kty missing", "RSA-OAEP", jwks(with(privateRSA(), map[string]any{"kty": nil})), "kty is missing"},
		{"kty unknown", "RSA-OAEP", set(map[string]any{"kty": "AKP"}), `kty "AKP" is not supported`},
		{"oct", "RSA-OAEP", []byte(`{"kty":"oct","k":"AAAA"}`), "kty is oct"},
		{"public JWK", "RSA-OAEP", text(publicRSA), "this is a public key"},
		{"public JWK in a set", "RSA-OAEP", jwks(privateRSA(), publicRSA), "private key 2 is unusable (this is a public key"},
		{"use sig", "RSA-OAEP", set(map[string]any{"use": "sig"}), `use is "sig", not "enc"`},
		{"other alg", "RSA-OAEP", set(map[string]any{"alg": "RSA-OAEP-256"}), `alg is "RSA-OAEP-256", not "RSA-OAEP"`},
		{"key_ops", "RSA-OAEP", set(map[string]any{"key_ops": []string{"sign"}}), `key_ops does not have "decrypt"`},
		{"key_ops no list", "RSA-OAEP", set(map[string]any{"key_ops": "decrypt"}), "key_ops is not an array"},
		{"key_ops mixed", "RSA-OAEP", set(map[string]any{"key_ops": []any{"decrypt", 1}}), "an element of key_ops is not a string"},
		{"oth", "RSA-OAEP", set(map[string]any{"oth": []any{}}), "more than two primes (oth)"},
		{"no p", "RSA-OAEP", set(map[string]any{"p": nil}), "p is missing"},
		{"no q", "RSA-OAEP", set(map[string]any{"q": nil}), "q is missing"},
		{"no d", "RSA-OAEP", set(map[string]any{"d": nil}), "d is missing"},
		{"p is q", "RSA-OAEP", set(map[string]any{"p": privateRSA()["q"]}), "do not belong together"},
		{"d of another key", "RSA-OAEP", set(map[string]any{"d": b64(big.NewInt(65537).Bytes())}), "do not belong together"},
		{"n of another key", "RSA-OAEP", set(map[string]any{"n": b64(rawKey(oldRSAPEM()).(*rsa.PrivateKey).N.Bytes())}), "do not belong together"},
		{"e of another key", "RSA-OAEP", set(map[string]any{"e": "Aw"}), "do not belong together"},
		{"dp wrong", "RSA-OAEP", set(map[string]any{"dp": privateRSA()["dq"]}), "dp does not fit"},
		{"dq wrong", "RSA-OAEP", set(map[string]any{"dq": "AQAB"}), "dq does not fit"},
		{"qi wrong", "RSA-OAEP", set(map[string]any{"qi": "AQAB"}), "qi does not fit"},
		{"qi not base64url", "RSA-OAEP", set(map[string]any{"qi": "AQ=="}), "qi is not strict base64url"},
		{"n zero", "RSA-OAEP", set(map[string]any{"n": "AA"}), "n is zero"},
		{"EC d of another key", "ECDH-ES", text(with(ec, map[string]any{"d": other["d"]})), "do not belong together"},
		{"EC d short", "ECDH-ES", text(with(ec, map[string]any{"d": b64(make([]byte, 31))})), "d has 31 bytes, not 32"},
		{"EC d zero", "ECDH-ES", text(with(ec, map[string]any{"d": b64(make([]byte, 32))})), "d is out of range"},
		{"EC d too large", "ECDH-ES", text(with(ec, map[string]any{"d": b64(bytes.Repeat([]byte{255}, 32))})), "d is out of range"},
		{"EC public", "ECDH-ES", text(with(ec, map[string]any{"d": nil})), "this is a public key"},
		{"X25519 d of another key", "ECDH-ES", text(with(okp, map[string]any{"d": privateX25519()["d"]})), "do not belong together"},
		{"X25519 d long", "ECDH-ES", text(with(okp, map[string]any{"d": b64(make([]byte, 33))})), "d has 33 bytes, not 32"},
		{"no such alg", "RSA1_5", rsaPEM(), `no such encryption algorithm "RSA1_5" (use one of RSA-OAEP, RSA-OAEP-256, ECDH-ES)`},
		{"key wrapping", "ECDH-ES+A128KW", ecPEM(), "no such encryption algorithm"},
		{"no alg", "", rsaPEM(), `no such encryption algorithm ""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := keys.Parse(tt.data, tt.alg, "A256GCM")
			if err == nil || !strings.HasPrefix(err.Error(), "keys: ") || !strings.Contains(err.Error(), tt.reason) || set != nil {
				t.Errorf("Parse = %v, %v, want an error with %q", set, err, tt.reason)
			}
		})
	}
}

func must2[A, B any](_ A, v B, err error) B { return must(v, err) }
