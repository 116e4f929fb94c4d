package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
)

// MinSecret is the least length of a secret for HS256, in octets (RFC 7518
// section 3.2).
const MinSecret = 32

// SignHS256 returns payload as a compact JWS with HMAC and SHA-256, for
// client_secret_jwt (OpenID Connect Core section 9): the one place where two
// parties share a secret, and where we are the one that signs. Nothing here
// verifies with a shared secret. The members of header are added to alg, as by
// [Signer.Sign].
func SignHS256(secret, payload []byte, header map[string]any) ([]byte, error) {
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("keys: the secret is too short for HS256 (%d octets, at least %d are needed)", len(secret), MinSecret)
	}
	message, err := encodeHeader(map[string]any{"alg": "HS256"}, header)
	if err != nil {
		return nil, err
	}
	message = append(message, '.')
	message = base64url.AppendEncode(message, payload)
	mac := hmac.New(sha256.New, secret)
	mac.Write(message)
	return base64url.AppendEncode(append(message, '.'), mac.Sum(nil)), nil
}
