package wycheproof_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// Vectors of a primitive say what it must compute. A message is made with that result, by the standard library, and package
// keys must be able to read it, or must not.

const plaintext = "plaintext"

// judgeAgreement is ECDH: the vector's public key is the epk of a message, its private key is ours.
func judgeAgreement(t *testing.T, _ group, v vector) verdict {
	var test struct {
		Public, Private json.RawMessage
		Shared          string
	}
	v.decode(t, &test)
	set, err := keys.Parse(test.Private, "ECDH-ES", "A256GCM")
	if err != nil {
		return verdict{why: "our key: " + err.Error()}
	}
	z := fromHex(t, test.Shared)
	message := seal(`{"alg":"ECDH-ES","enc":"A256GCM","epk":`+string(test.Public)+`}`, "", agreedKey(z))
	return judgeOpened(set, message)
}

// judgeOAEP is RSA-OAEP: the vector's ciphertext is the encrypted key of a message, what is encrypted its content key.
func judgeOAEP(alg string) func(*testing.T, group, vector) verdict {
	return func(t *testing.T, g group, v vector) verdict {
		var test struct{ Msg, Ct, Label string }
		v.decode(t, &test)
		var of struct{ PrivateKeyPem, Sha, MgfSha string }
		if err := json.Unmarshal(g.whole, &of); err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{"RSA-OAEP": "SHA-1", "RSA-OAEP-256": "SHA-256"}[alg]; of.Sha != want || of.MgfSha != want {
			return verdict{foreign: true, why: "other hashes than those of " + alg}
		}
		cek := fromHex(t, test.Msg)
		enc, fits := map[int]string{16: "A128GCM", 24: "A192GCM", 32: "A256GCM"}[len(cek)]
		if v.Result == "invalid" {
			cek, enc, fits = make([]byte, 32), "A256GCM", true
		}
		if !fits && v.Result != "invalid" {
			return verdict{foreign: true, why: "what is encrypted has not the size of a key"}
		}
		if test.Label != "" && v.Result != "invalid" {
			return verdict{foreign: true, why: "a label, which JWA never uses (RFC 7518 section 4.3)"}
		}
		set, err := keys.Parse([]byte(of.PrivateKeyPem), alg, enc)
		if err != nil {
			return verdict{why: "our key: " + err.Error()}
		}
		return judgeOpened(set, seal(`{"alg":"`+alg+`","enc":"`+enc+`"}`, string(fromHex(t, test.Ct)), cek))
	}
}

func judgeOpened(set *keys.Set, message string) verdict {
	got, err := set.Decrypt([]byte(message))
	if err != nil {
		return verdict{why: kindOf(err)}
	}
	return verdict{accepted: string(got) == plaintext, why: "another plaintext"}
}

// seal makes a compact JWE with AES-GCM (RFC 7516 section 5.1).
func seal(header, encryptedKey string, cek []byte) string {
	block, err := aes.NewCipher(cek)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	aad, iv := b64([]byte(header)), make([]byte, 12)
	box := gcm.Seal(nil, iv, []byte(plaintext), []byte(aad))
	return strings.Join([]string{aad, b64([]byte(encryptedKey)), b64(iv), b64(box[:len(plaintext)]), b64(box[len(plaintext):])}, ".")
}

// agreedKey is the Concat KDF of RFC 7518 section 4.6.2 for A256GCM without party information.
func agreedKey(z []byte) []byte {
	h := sha256.New()
	for _, part := range [][]byte{number(1), z, number(7), []byte("A256GCM"), number(0), number(0), number(256)} {
		h.Write(part)
	}
	return h.Sum(nil)
}

func number(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
