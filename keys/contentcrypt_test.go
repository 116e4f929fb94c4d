package keys_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// sealedCBC is a JWE with RSA-OAEP and A128CBC-HS256 whose blocks are exactly padded: authentic, whatever they end with.
func sealedCBC(padded []byte) string {
	header := b64(`{"alg":"RSA-OAEP","enc":"A128CBC-HS256"}`)
	cek, iv := make([]byte, 32), make([]byte, 16)
	rand.Read(cek)
	rand.Read(iv)
	key := must(rsa.EncryptOAEP(sha1.New(), rand.Reader, &rsaKey().PublicKey, cek, nil))
	ciphertext := make([]byte, len(padded))
	cipher.NewCBCEncrypter(must(aes.NewCipher(cek[16:])), iv).CryptBlocks(ciphertext, padded)
	mac := hmac.New(sha256.New, cek[:16])
	mac.Write(bytes.Join([][]byte{[]byte(header), iv, ciphertext, binary.BigEndian.AppendUint64(nil, uint64(8*len(header)))}, nil))
	return strings.Join([]string{header, b64(key), b64(iv), b64(ciphertext), b64(mac.Sum(nil)[:16])}, ".")
}

func TestPaddingOfCBC(t *testing.T) {
	t.Parallel()
	set := parseSet(t, rsaPEM(), "RSA-OAEP", "A128CBC-HS256")
	block := strings.Repeat("x", 16)
	for _, tt := range []struct {
		name, padded, want string
	}{
		{"one octet", block[:15] + "\x01", block[:15]},
		{"fifteen octets", "x" + strings.Repeat("\x0f", 15), "x"},
		{"a whole block", block + strings.Repeat("\x10", 16), block},
		{"nothing else", strings.Repeat("\x10", 16), ""},
		{"zero", block[:15] + "\x00", ""},
		{"more than a block", block + block[:15] + "\x11", ""},
		{"more than there is", block[:15] + "\x11", ""},
		{"the first octet differs", block[:13] + "\x02\x03\x03", ""},
		{"an octet between differs", block[:12] + "\x04\x04\x05\x04", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := set.Decrypt([]byte(sealedCBC([]byte(tt.padded))))
			if tt.want == "" {
				wantError(t, err, keys.ErrDecrypt, "")
			}
			if string(got) != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("Decrypt = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// agreed is a JWE with ECDH-ES and GCM whose content key is known.
func agreed(header string, cek []byte) []byte {
	iv := make([]byte, 12)
	box := must(cipher.NewGCM(must(aes.NewCipher(cek)))).Seal(nil, iv, []byte("plaintext"), []byte(header))
	border := len(box) - 16
	return []byte(strings.Join([]string{header, "", b64(iv), b64(box[:border]), b64(box[border:])}, "."))
}

// The keys and the derived key of RFC 7518 appendix C; the content is our own, as the RFC has none.
func TestKeyAgreementOfRFC7518(t *testing.T) {
	t.Parallel()
	const (
		bob = `{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}`
		epk = `{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0","y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}`
		key = "VqqN6vgjbSBcIijNcacQGg"
	)
	header := b64(`{"alg":"ECDH-ES","enc":"A128GCM","apu":"QWxpY2U","apv":"Qm9i","epk":` + epk + `}`)
	got, err := parseSet(t, []byte(bob), "ECDH-ES", "A128GCM").Decrypt(agreed(header, unb64(key)))
	if err != nil || string(got) != "plaintext" {
		t.Errorf("Decrypt = %q, %v", got, err)
	}
}

// A point of small order makes a secret of zeros, with which anybody could encrypt and be taken for the holder of epk (RFC
// 7748 section 6.1).
func TestPointOfSmallOrder(t *testing.T) {
	t.Parallel()
	header := b64(`{"alg":"ECDH-ES","enc":"A256GCM","epk":{"kty":"OKP","crv":"X25519","x":"` + b64(make([]byte, 32)) + `"}}`)
	secret := make([]byte, 32)
	cek := sha256.Sum256([]byte("\x00\x00\x00\x01" + string(secret) + "\x00\x00\x00\x07A256GCM" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x01\x00"))
	_, err := parseSet(t, okpPEM(), "ECDH-ES", "A256GCM").Decrypt(agreed(header, cek[:]))
	wantError(t, err, keys.ErrDecrypt, "")
}

// What stands in for a content key that cannot be found must be no key that a sender could guess.
func TestAContentKeyThatCannotBeFound(t *testing.T) {
	t.Parallel()
	header := b64(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)
	for _, tt := range []struct {
		name         string
		encryptedKey []byte
	}{
		{"no OAEP", make([]byte, 256)},
		{"not below the modulus", bytes.Repeat([]byte{0xff}, 256)},
		{"too short", must(rsa.EncryptOAEP(sha1.New(), rand.Reader, &rsaKey().PublicKey, make([]byte, 31), nil))},
		{"empty", must(rsa.EncryptOAEP(sha1.New(), rand.Reader, &rsaKey().PublicKey, nil, nil))},
	} {
		message := segment(string(agreed(header, make([]byte, 32))), 1, b64(tt.encryptedKey))
		if _, err := rsaSet(t).Decrypt([]byte(message)); err != keys.ErrDecrypt { //nolint:errorlint // the very same value
			t.Errorf("%s: Decrypt: %v, want ErrDecrypt itself", tt.name, err)
		}
	}
}
