package keys_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

func TestDecryptKeyAgreement(t *testing.T) {
	t.Parallel()
	set := parseSet(t, ecPEM(), "ECDH-ES", "A256GCM")
	e := encrypter(t, set, "ECDH-ES", "A256GCM")
	for _, header := range []map[string]any{
		{"apu": b64("Alice"), "apv": b64("Bob")}, {"apu": b64("Alice")}, {"apv": b64("Bob")}, {"apu": "", "apv": ""},
	} {
		if got, err := set.Decrypt([]byte(encrypt(t, e, "x", header))); err != nil || string(got) != "x" {
			t.Errorf("Decrypt with %v = %q, %v", header, got, err)
		}
	}

	public := newP256()
	epk := jwkOf(public, nil)
	offCurve := append([]byte{}, unb64(epk["y"].(string))...)
	offCurve[31] ^= 1
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	point := must(p384.PublicKey.Bytes())
	onP384 := map[string]any{"kty": "EC", "crv": "P-384", "x": b64(point[1:49]), "y": b64(point[49:])}
	x25519 := map[string]any{"kty": "OKP", "crv": "X25519", "x": b64(must(ecdh.X25519().GenerateKey(rand.Reader)).PublicKey().Bytes())}
	for _, tt := range []struct {
		name   string
		header map[string]any
		reason string
	}{
		{"no epk", map[string]any{"epk": nil}, "epk is missing"},
		{"epk is a string", map[string]any{"epk": "x"}, "epk: JSON is not an object"},
		{"epk is a list", map[string]any{"epk": []any{epk}}, "epk: JSON is not an object"},
		{"epk is empty", map[string]any{"epk": map[string]any{}}, "epk: kty is missing"},
		{"kty", map[string]any{"epk": with(epk, map[string]any{"kty": "OKP"})}, "epk: crv is not supported"},
		{"kty unknown", map[string]any{"epk": with(epk, map[string]any{"kty": "AKP"})}, "epk: kty is not supported"},
		{"kty number", map[string]any{"epk": with(epk, map[string]any{"kty": 1})}, `epk: kty is not a string`},
		{"crv lies", map[string]any{"epk": with(epk, map[string]any{"crv": "P-384"})}, "epk: x has 32 bytes, not 48"},
		{"crv unknown", map[string]any{"epk": with(epk, map[string]any{"crv": "secp256k1"})}, "epk: crv is not supported"},
		{"other curve", map[string]any{"epk": onP384}, "epk is not on the curve of our key"},
		{"other type", map[string]any{"epk": x25519}, "epk is not on the curve of our key"},
		{"Ed25519", map[string]any{"epk": with(x25519, map[string]any{"crv": "Ed25519", "x": ed25519X})}, "epk is not on the curve of our key"},
		{"off the curve", map[string]any{"epk": with(epk, map[string]any{"y": b64(offCurve)})}, "epk: point is not on the curve"},
		{"zero", map[string]any{"epk": with(epk, map[string]any{"x": b64(make([]byte, 32)), "y": b64(make([]byte, 32))})}, "epk: point is not on the curve"},
		{"x short", map[string]any{"epk": with(epk, map[string]any{"x": b64(unb64(epk["x"].(string))[1:])})}, "epk: x has 31 bytes"},
		{"x long", map[string]any{"epk": with(epk, map[string]any{"x": b64(append([]byte{0}, unb64(epk["x"].(string))...))})}, "epk: x has 33 bytes"},
		{"y missing", map[string]any{"epk": with(epk, map[string]any{"y": nil})}, "epk: y is missing"},
		{"x padded", map[string]any{"epk": with(epk, map[string]any{"x": epk["x"].(string) + "="})}, "epk: x is not strict base64url"},
		{"x number", map[string]any{"epk": with(epk, map[string]any{"x": 1})}, "epk: x is not a string"},
		{"private", map[string]any{"epk": with(epk, map[string]any{"d": b64(make([]byte, 32))})}, "epk holds private members"},
		{"apu number", map[string]any{"apu": 1}, "apu is not a string"},
		{"apv null", map[string]any{"apv": json.RawMessage("null")}, "apv is not a string"},
		{"apu not base64url", map[string]any{"apu": "a+b/"}, "apu is not strict base64url"},
		{"apv padded", map[string]any{"apv": "QQ=="}, "apv is not strict base64url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := set.Decrypt([]byte(encrypt(t, e, "x", tt.header)))
			wantError(t, err, keys.ErrMalformed, tt.reason)
		})
	}
	t.Run("encrypted key", func(t *testing.T) {
		t.Parallel()
		_, err := set.Decrypt([]byte(segment(encrypt(t, e, "x", nil), 1, "AAAA")))
		wantError(t, err, keys.ErrMalformed, "encrypted key is not empty")
	})
	t.Run("other point", func(t *testing.T) {
		t.Parallel()
		if _, err := set.Decrypt([]byte(encrypt(t, e, "x", map[string]any{"epk": epk}))); !errors.Is(err, keys.ErrDecrypt) {
			t.Errorf("Decrypt with another epk: %v, want ErrDecrypt", err)
		}
	})
	t.Run("X25519 of small order", func(t *testing.T) {
		t.Parallel()
		set := parseSet(t, okpPEM(), "ECDH-ES", "A256GCM")
		zero := with(x25519, map[string]any{"x": b64(make([]byte, 32))})
		message := encrypt(t, encrypter(t, set, "ECDH-ES", "A256GCM"), "x", map[string]any{"epk": zero})
		if _, err := set.Decrypt([]byte(message)); !errors.Is(err, keys.ErrDecrypt) {
			t.Errorf("Decrypt with an epk of small order: %v, want ErrDecrypt", err)
		}
	})
}
