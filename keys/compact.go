package keys

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

// maxHeader bounds the decoded header of a message, in octets.
const maxHeader = 8 << 10

// base64url is the encoding of RFC 7515 section 2: URL alphabet, no padding,
// and no stray bits at the end, so that a message has one spelling only.
var base64url = base64.RawURLEncoding.Strict()

// decode64 decodes strictly. encoding/base64 skips line breaks even when
// strict, so they are refused first.
func decode64(text []byte) ([]byte, bool) {
	if bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 {
		return nil, false
	}
	b, err := base64url.AppendDecode(nil, text)
	return b, err == nil
}

// split cuts a compact serialization into exactly n segments (RFC 7515 section
// 7.1, RFC 7516 section 7.1). Nothing is trimmed, and the JSON serializations
// cannot pass: they have other characters.
func split(message []byte, n int) ([][]byte, error) {
	if dots := bytes.Count(message, []byte{'.'}); dots != n-1 {
		return nil, malformed(fmt.Sprintf("%d segments wanted, not %d%s", n, dots+1, mistaken[[2]int{n, dots + 1}]))
	}
	return bytes.Split(message, []byte{'.'}), nil
}

// mistaken says what was sent in the place of what is configured, by the
// numbers of segments wanted and found.
var mistaken = map[[2]int]string{
	{5, 3}: ": it is signed and not encrypted",
	{3, 5}: ": it is encrypted",
}

// decodeSegments decodes segments strictly; names are for the error.
func decodeSegments(segments [][]byte, names ...string) ([][]byte, error) {
	decoded := make([][]byte, len(segments))
	for i, segment := range segments {
		b, ok := decode64(segment)
		if !ok {
			return nil, malformed(names[i] + " is not strict base64url")
		}
		decoded[i] = b
	}
	return decoded, nil
}

// A jweMessage is a strictly parsed compact JWE. Nothing of it is
// authenticated.
type jweMessage struct {
	Header
	members      object
	aad          []byte // the encoded header as it came (RFC 7516 section 5.2, step 15)
	encryptedKey []byte
	iv           []byte
	ciphertext   []byte
	tag          []byte
	agreement    agreement // of a message with ECDH-ES, once it is read
}

func parseJWE(message []byte) (jweMessage, error) {
	segments, err := split(message, 5)
	if err != nil {
		return jweMessage{}, err
	}
	m := jweMessage{aad: segments[0]}
	if m.Header, m.members, err = parseJWEHeader(segments[0]); err != nil {
		return jweMessage{}, err
	}
	parts, err := decodeSegments(segments[1:], "encrypted key", "initialization vector", "ciphertext", "authentication tag")
	if err != nil {
		return jweMessage{}, err
	}
	m.encryptedKey, m.iv, m.ciphertext, m.tag = parts[0], parts[1], parts[2], parts[3]
	return m, nil
}

// A jwsMessage is a strictly parsed compact JWS. Nothing of it is
// authenticated.
type jwsMessage struct {
	Header
	signingInput []byte // RFC 7515 section 5.1: header and payload as they came
	payload      []byte
	signature    []byte
}

func parseJWS(message []byte) (jwsMessage, error) {
	segments, err := split(message, 3)
	if err != nil {
		return jwsMessage{}, err
	}
	var m jwsMessage
	if m.Header, err = parseJWSHeader(segments[0]); err != nil {
		return jwsMessage{}, err
	}
	parts, err := decodeSegments(segments[1:], "payload", "signature")
	if err != nil {
		return jwsMessage{}, err
	}
	m.signingInput = message[:len(segments[0])+1+len(segments[1])]
	m.payload, m.signature = parts[0], parts[1]
	return m, nil
}
