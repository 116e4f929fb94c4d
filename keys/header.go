package keys

import (
	"errors"
	"fmt"
	"strings"
)

// A Header holds the members of a JOSE header that matter to a resource server.
// jku, jwk, x5u, x5c and the like never lead to a key (RFC 8725 section 3.10);
// they are only checked for their type. Other members have no effect.
//
// A Header that comes from [ParseJWEHeader] or [ParseJWSHeader] is not
// authenticated: it is what the message says about itself.
type Header struct {
	Algorithm   string // alg; never empty
	Encryption  string // enc; never empty in a JWE, always in a JWS
	Type        string // typ as it was sent; empty if absent
	ContentType string // cty as it was sent; empty if absent
	KeyID       string // kid; empty if absent

	// Issuer is the iss that a JWE header may repeat from the claims inside
	// (RFC 7519 section 5.3); nil if absent. Always nil for a JWS.
	Issuer *string
	// Audience is the aud that a JWE header may repeat, a string counting as a
	// list of one; HasAudience tells an empty list from an absent one.
	Audience    []string
	HasAudience bool
}

// ParseJWEHeader parses a compact JWE (RFC 7516 section 7.1) and returns its
// header. Nothing is decrypted.
//
// The whole message must be well-formed: exactly five segments of strict
// base64url (no padding, no white space, no stray bits), a header of at most 8
// KiB that is one JSON object without duplicate members, alg and enc present,
// known members of the right type, and none of zip, crit and b64. cty, if
// present, must be "JWT", in any case and with or without "application/" in
// front (RFC 7515 section 4.1.10 makes these the same), or the media type of a
// kind of JWT ("token-introspection+jwt"): RFC 7519 section 5.2 knows "JWT"
// alone, and lets it be absent only if nothing is nested, but servers send the
// one and the other.
//
// Errors match [ErrMalformed].
func ParseJWEHeader(jwe []byte) (Header, error) {
	m, err := parseJWE(jwe)
	return m.Header, err
}

// ParseJWSHeader parses a compact JWS (RFC 7515 section 7.1) and returns its
// header. Nothing is verified.
//
// It is as strict as [ParseJWEHeader], with three segments; enc is refused
// since it belongs to a JWE (RFC 7516 section 9).
//
// Errors match [ErrMalformed].
func ParseJWSHeader(jws []byte) (Header, error) {
	m, err := parseJWS(jws)
	return m.Header, err
}

func parseJWEHeader(segment []byte) (Header, object, error) {
	members, err := headerObject(segment)
	if err != nil {
		return Header{}, nil, err
	}
	h, err := commonHeader(members)
	if err != nil {
		return Header{}, nil, err
	}
	if err := h.addEncryption(members); err != nil {
		return Header{}, nil, malformed("header: " + err.Error())
	}
	return h, members, nil
}

func parseJWSHeader(segment []byte) (Header, error) {
	members, err := headerObject(segment)
	if err != nil {
		return Header{}, err
	}
	if _, ok := members["enc"]; ok {
		return Header{}, malformed("header: enc in a signed message")
	}
	return commonHeader(members)
}

func headerObject(segment []byte) (object, error) {
	if base64url.DecodedLen(len(segment)) > maxHeader {
		return nil, malformed(fmt.Sprintf("header: more than %d bytes", maxHeader))
	}
	data, ok := decode64(segment)
	if !ok {
		return nil, malformed("header is not strict base64url")
	}
	members, err := parseObject(data)
	if err != nil {
		return nil, malformed("header: " + err.Error())
	}
	return members, nil
}

// commonHeader reads what JWS and JWE headers share.
func commonHeader(members object) (Header, error) {
	// An extension that we must understand (crit, RFC 7515 section 4.1.11), an
	// unencoded payload (b64, RFC 7797) and compression (zip, RFC 7516 section
	// 4.1.3) would each change what the message means.
	for _, name := range [...]string{"crit", "b64", "zip"} {
		if _, ok := members[name]; ok {
			return Header{}, malformed("header: " + name + " is not supported")
		}
	}
	var h Header
	for _, member := range [...]struct {
		name string
		dst  *string
	}{{"alg", &h.Algorithm}, {"typ", &h.Type}, {"cty", &h.ContentType}, {"kid", &h.KeyID}} {
		s, ok, err := members.text(member.name)
		if err != nil {
			return Header{}, malformed("header: " + err.Error())
		}
		if ok && s == "" {
			return Header{}, malformed("header: " + member.name + " is empty")
		}
		*member.dst = s
	}
	if h.Algorithm == "" {
		return Header{}, malformed("header: alg is missing")
	}
	if err := checkKeyMembers(members); err != nil {
		return Header{}, malformed("header: " + err.Error())
	}
	return h, nil
}

// checkKeyMembers checks the types of the members that describe the sender's
// key (RFC 7515 sections 4.1.2 to 4.1.8). They are never used.
func checkKeyMembers(members object) error {
	for _, name := range [...]string{"jku", "x5u", "x5t", "x5t#S256"} {
		if _, _, err := members.text(name); err != nil {
			return err
		}
	}
	if _, _, err := members.texts("x5c"); err != nil {
		return err
	}
	if key, ok := members["jwk"]; ok && key.Kind() != '{' {
		return errors.New("jwk is not an object")
	}
	return nil
}

// addEncryption reads what only a JWE header has.
func (h *Header) addEncryption(members object) error {
	var err error
	if h.Encryption, _, err = members.text("enc"); err != nil {
		return err
	}
	if h.Encryption == "" {
		return errors.New("enc is missing")
	}
	if h.ContentType != "" && !isJWT(h.ContentType) {
		return errors.New("cty is not JWT")
	}
	iss, ok, err := members.text("iss")
	if err != nil {
		return err
	}
	if ok {
		h.Issuer = &iss
	}
	return h.addAudience(members)
}

// addAudience reads aud: a string, or an array of strings (RFC 7519 section
// 4.1.3).
func (h *Header) addAudience(members object) error {
	if one, ok, err := members.text("aud"); ok && err == nil {
		h.Audience, h.HasAudience = []string{one}, true
		return nil
	}
	var err error
	if h.Audience, h.HasAudience, err = members.texts("aud"); err != nil {
		return errors.New("aud is neither a string nor an array of strings")
	}
	return nil
}

// isJWT: "JWT", or the media type of a kind of JWT, which is what some servers put there. What kind it is says the typ
// inside, which is signed.
func isJWT(cty string) bool {
	const prefix, suffix = "application/", "+jwt"
	if len(cty) > len(prefix) && strings.EqualFold(cty[:len(prefix)], prefix) {
		cty = cty[len(prefix):]
	}
	kind := len(cty) - len(suffix)
	return strings.EqualFold(cty, "JWT") || kind > 0 && strings.EqualFold(cty[kind:], suffix) && !strings.Contains(cty, "/")
}
