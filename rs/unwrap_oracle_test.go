package rs_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	p256 "crypto/ecdh"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
)

// The oracle reads an answer a second time, with the standard library alone and in another way than package rs: step by step,
// by the text of the RFCs. What it does not find right must never be accepted.

// rightAnswer opens a whole answer, whose envelope must be right, and returns the introspection response in it.
func rightAnswer(body []byte, signedOnly bool) (members, error) {
	message := string(bytes.TrimSuffix(body, []byte("\n")))
	if !signedOnly {
		plaintext, err := openJWE(message)
		if err != nil {
			return nil, err
		}
		message = plaintext
	}
	claims, err := openJWS(message)
	if err != nil {
		return nil, err
	}
	now := float64(epoch.Unix())
	issuedAt, hasIAT := claims.number("iat")
	exp, hasExp := claims.number("exp")
	nbf, hasNBF := claims.number("nbf")
	switch {
	case claims.string("iss") != issuer:
		return nil, errors.New("iss")
	case !slices.Contains(claims.strings("aud"), clientID):
		return nil, errors.New("aud")
	case !hasIAT || math.Floor(issuedAt) > now || math.Floor(issuedAt) < now-120:
		return nil, errors.New("iat")
	case hasExp && math.Floor(exp) <= now, claims.has("exp") && !hasExp:
		return nil, errors.New("exp")
	case hasNBF && nbf > now, claims.has("nbf") && !hasNBF:
		return nil, errors.New("nbf")
	}
	return readObject(claims["token_introspection"])
}

// rightToken is RFC 7662 section 2.2 and what the configuration of FuzzUnwrap wants of a token.
func rightToken(in members) error {
	now := float64(epoch.Unix())
	exp, hasExp := in.number("exp")
	nbf, hasNBF := in.number("nbf")
	switch {
	case string(in["active"]) != "true":
		return errors.New("active")
	case !strings.EqualFold(in.string("token_type"), "Bearer"), in.has("token_use") && in.string("token_use") != "access_token" && in.string("token_use") != "", in.has("cnf"):
		return errors.New("kind of token")
	case in.has("iss") && in.string("iss") != issuer:
		return errors.New("iss")
	case in.has("exp") && !hasExp, hasExp && math.Floor(exp) <= now, in.has("nbf") && !hasNBF, hasNBF && nbf > now:
		return errors.New("time")
	case in.string("client_id") == "":
		return errors.New("client_id")
	case !slices.ContainsFunc(strings.Split(in.string("scope"), " "), func(s string) bool { return s == "groups" || s == "documents" }):
		return errors.New("scope")
	}
	return nil
}

func openJWE(message string) (string, error) {
	f := forging()
	parts, header, err := readCompact(message, 5)
	if err != nil {
		return "", err
	}
	cty := strings.TrimPrefix(strings.ToUpper(header.string("cty")), "APPLICATION/")
	switch {
	case header.string("alg") != "ECDH-ES", header.string("enc") != "A256GCM", len(parts[1]) != 0:
		return "", errors.New("algorithm")
	case header.has("cty") && cty != "JWT" && (len(cty) < 5 || !strings.HasSuffix(cty, "+JWT") || strings.Contains(cty, "/")), header.has("kid") && header.string("kid") != f.ourKid:
		return "", errors.New("cty or kid")
	case header.has("iss") && header.string("iss") != issuer, header.has("aud") && !slices.Contains(header.strings("aud"), clientID):
		return "", errors.New("replicated claims")
	case len(parts[2]) != 12, len(parts[4]) != 16:
		return "", errors.New("sizes")
	case header.string("apu") != "", header.string("apv") != "":
		return "", errors.New("party information, which recipe never uses")
	}
	epk, err := readObject(header["epk"])
	if err != nil {
		return "", err
	}
	x, errX := base64.RawURLEncoding.DecodeString(epk.string("x"))
	y, errY := base64.RawURLEncoding.DecodeString(epk.string("y"))
	public, errPoint := p256.P256().NewPublicKey(slices.Concat([]byte{4}, x, y))
	if err := errors.Join(errX, errY, errPoint); err != nil {
		return "", err
	}
	gcm := must(cipher.NewGCM(must(aes.NewCipher(agreedKey(must(f.ours.ECDH(public)), "A256GCM", 32)))))
	plaintext, err := gcm.Open(nil, parts[2], slices.Concat(parts[3], parts[4]), []byte(message[:strings.IndexByte(message, '.')]))
	return string(plaintext), err
}

func openJWS(message string) (members, error) {
	f := forging()
	parts, header, err := readCompact(message, 3)
	if err != nil {
		return nil, err
	}
	typ := strings.TrimPrefix(strings.ToLower(header.string("typ")), "application/")
	switch {
	case header.string("alg") != "ES256", header.has("enc"):
		return nil, errors.New("algorithm")
	case header.has("kid") && header.string("kid") != f.kid:
		return nil, errors.New("kid")
	case typ != "token-introspection+jwt":
		return nil, errors.New("typ")
	case len(parts[2]) != 64:
		return nil, errors.New("size of the signature")
	}
	digest := sha256.Sum256([]byte(message[:strings.LastIndexByte(message, '.')]))
	r, s := new(big.Int).SetBytes(parts[2][:32]), new(big.Int).SetBytes(parts[2][32:])
	if !ecdsa.Verify(&f.signer.PublicKey, digest[:], r, s) {
		return nil, errors.New("signature")
	}
	return readObject(parts[1])
}

// readCompact decodes a compact message whose every segment has its one spelling, and the header of it.
func readCompact(message string, segments int) ([][]byte, members, error) {
	var parts [][]byte
	for segment := range strings.SplitSeq(message, ".") {
		data, err := base64.RawURLEncoding.DecodeString(segment)
		if err != nil || b64(data) != segment {
			return nil, nil, errors.New("base64url")
		}
		parts = append(parts, data)
	}
	if len(parts) != segments {
		return nil, nil, errors.New("segments")
	}
	header, err := readObject(parts[0])
	if err != nil {
		return nil, nil, err
	}
	for _, name := range []string{"crit", "b64", "zip"} {
		if _, found := header[name]; found {
			return nil, nil, errors.New(name)
		}
	}
	return parts, header, nil
}

// members of one JSON object. Those that are null count as absent.
type members map[string]json.RawMessage

// readObject wants one object, all of data, in UTF-8, whose own members are unique.
func readObject(data []byte) (members, error) {
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, errors.New("JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("no object")
	}
	all := members{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		name := t.(string)
		if _, twice := all[name]; twice {
			return nil, errors.New("duplicate " + name)
		}
		all[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("trailing data")
	}
	return all, nil
}

func (m members) has(name string) bool { return m[name] != nil && string(m[name]) != "null" }

func (m members) string(name string) string {
	var s string
	if json.Unmarshal(m[name], &s) != nil {
		return ""
	}
	return s
}

func (m members) strings(name string) (list []string) {
	if s := m.string(name); s != "" {
		return []string{s}
	}
	if json.Unmarshal(m[name], &list) != nil {
		return nil
	}
	return list
}

func (m members) number(name string) (float64, bool) {
	var n *float64
	if json.Unmarshal(m[name], &n) != nil || n == nil {
		return 0, false
	}
	return *n, true
}
