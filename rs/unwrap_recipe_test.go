package rs_test

import (
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	p256 "crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// What FuzzUnwrap needs of both sides, made with the standard library alone: a mistake of package keys must not hide itself.

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// forge holds every key that a message can be made with.
type forge struct {
	ours, ephemeral, foreign *p256.PrivateKey // P-256
	decrypter                *keys.Set        // ours
	signer, stranger         *ecdsa.PrivateKey
	kid, ourKid              string
}

var forging = sync.OnceValue(func() *forge {
	ecPEM := must(keys.Generate("EC"))
	signPEM := must(keys.GenerateSigning("ES256"))
	f := &forge{
		ours:      must(parsePKCS8(ecPEM).(*ecdsa.PrivateKey).ECDH()),
		ephemeral: must(p256.P256().GenerateKey(rand.Reader)),
		foreign:   must(p256.P256().GenerateKey(rand.Reader)),
		decrypter: must(keys.Parse(ecPEM, "ECDH-ES", "A256GCM")),
		signer:    parsePKCS8(signPEM).(*ecdsa.PrivateKey),
		stranger:  must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		kid:       must(keys.ParseSigner(signPEM, "ES256")).KeyID(),
	}
	f.ourKid = f.decrypter.KeyIDs()[0]
	return f
})

func parsePKCS8(text []byte) any {
	block, _ := pem.Decode(text)
	return must(x509.ParsePKCS8PrivateKey(block.Bytes))
}

// jwks is the authorization server's set.
func (f *forge) jwks() string {
	point := must(f.signer.PublicKey.Bytes())
	return `{"keys":[{"kty":"EC","crv":"P-256","kid":"` + f.kid + `","use":"sig","alg":"ES256","x":"` + b64(point[1:33]) + `","y":"` + b64(point[33:]) + `"}]}`
}

// pair is a member of a JSON object, both halves as JSON text; an object of pairs may have duplicates and any order.
type pair struct{ name, value string }

func text(pairs []pair) string {
	var b strings.Builder
	for i, p := range pairs {
		b.WriteString([]string{"{", ","}[min(i, 1)])
		b.WriteString(p.name + ":" + p.value)
	}
	if len(pairs) == 0 {
		b.WriteByte('{')
	}
	return b.String() + "}"
}

// recipe is an answer in the making: a good one, until it is changed.
type recipe struct {
	jwe, jws, claims, inner []pair
	around                  [3]string // what replaces %s is the text of claims, JWS header and JWE header
	signature               byte      // who signs, and how
	layers                  string    // from the inside: s signs, e encrypts
	recipient, enc          byte
	compressed              bool
	jwsEdits, jweEdits      []edit
	tail                    string
}

// edit changes a segment of a compact message.
type edit struct{ segment, what, at, with byte }

func newRecipe(signedOnly bool) *recipe {
	f := forging()
	r := &recipe{
		jwe:    []pair{{`"alg"`, `"ECDH-ES"`}, {`"enc"`, `"A256GCM"`}, {`"cty"`, `"JWT"`}, {`"kid"`, quote(f.ourKid)}, {`"iss"`, quote(issuer)}, {`"aud"`, quote(clientID)}},
		jws:    []pair{{`"alg"`, `"ES256"`}, {`"typ"`, `"token-introspection+jwt"`}, {`"kid"`, quote(f.kid)}},
		claims: []pair{{`"iss"`, quote(issuer)}, {`"aud"`, quote(clientID)}, {`"iat"`, strconv.FormatInt(epoch.Unix(), 10)}, {`"token_introspection"`, "INNER"}},
		inner: []pair{{`"active"`, "true"}, {`"sub"`, `"alice"`}, {`"client_id"`, `"docs"`}, {`"scope"`, `"groups profile"`}, {`"token_type"`, `"Bearer"`},
			{`"iss"`, quote(issuer)}, {`"exp"`, strconv.FormatInt(epoch.Unix()+3600, 10)}},
		layers: "se",
	}
	if signedOnly {
		r.layers = "s"
	}
	return r
}

func quote(s string) string { return strconv.Quote(s) }

// wrapped puts what an edit wants around a JSON text.
func wrapped(around, body string) string {
	if around == "" {
		return body
	}
	return strings.Replace(around, "%s", body, 1)
}

// cook makes the message.
func (r *recipe) cook() []byte {
	claims := strings.Replace(text(r.claims), "INNER", text(r.inner), 1)
	message := wrapped(r.around[0], claims)
	for _, layer := range r.layers {
		if layer == 's' {
			message = applyAll(r.jwsEdits, r.sign(message))
		} else {
			message = applyAll(r.jweEdits, r.encrypt(message))
		}
	}
	return []byte(message + r.tail)
}

func (r *recipe) sign(payload string) string {
	f := forging()
	input := b64([]byte(wrapped(r.around[1], text(r.jws)))) + "." + b64([]byte(payload))
	digest := sha256.Sum256([]byte(input))
	public := must(f.signer.PublicKey.Bytes())
	switch r.signature % 6 {
	case 1: // a stranger
		return input + "." + b64(raw(f.stranger, digest[:]))
	case 2: // HMAC keyed with the public key (RFC 8725 section 2.1)
		mac := hmac.New(sha256.New, public)
		mac.Write([]byte(input))
		return input + "." + b64(mac.Sum(nil))
	case 3: // none
		return input + "."
	case 4: // ASN.1 instead of the form of RFC 7518 section 3.4
		return input + "." + b64(must(ecdsa.SignASN1(rand.Reader, f.signer, digest[:])))
	case 5: // r and s zero: CVE-2022-21449
		return input + "." + b64(make([]byte, 64))
	}
	return input + "." + b64(raw(f.signer, digest[:]))
}

func raw(key *ecdsa.PrivateKey, digest []byte) []byte {
	r, s, err := ecdsa.Sign(rand.Reader, key, digest)
	if err != nil {
		panic(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

// encrypt seals with AES-GCM under a key agreed with ECDH-ES (RFC 7518 section 4.6), whatever the header says.
func (r *recipe) encrypt(plaintext string) string {
	f := forging()
	to := f.ours
	if r.recipient%4 == 1 {
		to = f.foreign
	}
	point := f.ephemeral.PublicKey().Bytes()
	header := append(slices.Clip(r.jwe), pair{`"epk"`, `{"kty":"EC","crv":"P-256","x":"` + b64(point[1:33]) + `","y":"` + b64(point[33:]) + `"}`})
	if r.compressed {
		var b bytes.Buffer
		w := must(flate.NewWriter(&b, flate.BestSpeed))
		_, _ = w.Write([]byte(plaintext))
		_ = w.Close()
		plaintext, header = b.String(), append(header, pair{`"zip"`, `"DEF"`})
	}
	enc, size := "A256GCM", 32
	if r.enc%4 == 1 {
		enc, size = "A128GCM", 16
	}
	aad := b64([]byte(wrapped(r.around[2], text(header))))
	gcm := must(cipher.NewGCM(must(aes.NewCipher(agreedKey(must(f.ephemeral.ECDH(to.PublicKey())), enc, size)))))
	iv := make([]byte, 12)
	rand.Read(iv)
	box := gcm.Seal(nil, iv, []byte(plaintext), []byte(aad))
	border := len(box) - 16
	return strings.Join([]string{aad, "", b64(iv), b64(box[:border]), b64(box[border:])}, ".")
}

// agreedKey is the Concat KDF of RFC 7518 section 4.6.2 without party information: one round of SHA-256.
func agreedKey(z []byte, enc string, size int) []byte {
	h := sha256.New()
	number := func(n int) { h.Write(binary.BigEndian.AppendUint32(nil, uint32(n))) }
	number(1)
	h.Write(z)
	number(len(enc))
	h.Write([]byte(enc))
	number(0)
	number(0)
	number(size * 8)
	return h.Sum(nil)[:size]
}
