package devas

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// Claims are the members of an introspection response (RFC 7662 section 2.2), of any shape: what a test wants to send, the
// server sends. A nil value removes a default.
type Claims map[string]any

// inactive is all that is said about a token that is unknown, revoked or expired.
const inactive = `{"active":false}`

// token is what the server knows about one.
type token struct {
	response []byte    // the introspection response, verbatim
	expires  time.Time // when the server forgets it; zero: never
}

// Issue makes an opaque token of 43 characters. Its introspection response has these members, unless claims (or
// Config.Claims) say otherwise:
//
//	{"active":true, "iss":<issuer>, "sub":"alice", "client_id":"service-provider", "scope":"openid",
//	 "token_type":"Bearer", "iat":<now>, "exp":<now and Config.Lifetime>}
//
// Nothing in claims is judged: a token with an exp of yesterday is stated to be active, with that exp. Without an exp in
// claims it is forgotten when its lifetime ends. Claims that cannot be written as JSON make the introspection a 500.
func (s *Server) Issue(claims Claims) string {
	_, t := s.draft(nil, claims)
	return s.store(opaque(), t)
}

// draft is a token with the claims of Issue, and more defaults, before it has a name.
func (s *Server) draft(more, claims Claims) (Claims, token) {
	now := s.cfg.Now()
	all := Claims{
		"active": true, "iss": s.cfg.Issuer, "sub": "alice", "client_id": "service-provider", "scope": "openid",
		"token_type": "Bearer", "iat": now.Unix(), "exp": now.Add(s.cfg.Lifetime).Unix(),
	}
	maps.Copy(all, more)
	maps.Copy(all, s.cfg.Claims)
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	t := token{response: all.encode()}
	if !has(s.cfg.Claims, "exp") && !has(claims, "exp") {
		t.expires = now.Add(s.cfg.Lifetime)
	}
	return all, t
}

// IssueRaw makes a token whose introspection response is the text given, verbatim: also what no JSON encoder would write.
func (s *Server) IssueRaw(response string) string {
	return s.store(opaque(), token{response: []byte(response)})
}

func has(claims Claims, name string) bool {
	_, found := claims[name]
	return found
}

// encode is the JSON text, or nil if there is none.
func (c Claims) encode() []byte {
	text, err := json.Marshal(c)
	if err != nil {
		return nil
	}
	return text
}

// opaque is the text of a token that says nothing.
func opaque() string {
	var random [32]byte
	rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

func (s *Server) store(name string, t token) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[name] = t
	return name
}

// Revoke makes a token inactive. Resource servers may go on to accept it for as long as they cache.
func (s *Server) Revoke(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
}

// response is the introspection response for a token, as JSON text.
func (s *Server) response(name string) ([]byte, error) {
	s.mu.Lock()
	t, found := s.tokens[name]
	s.mu.Unlock()
	if !found || !t.expires.IsZero() && !s.cfg.Now().Before(t.expires) {
		return []byte(inactive), nil
	}
	if t.response == nil {
		return nil, fmt.Errorf("devas: the claims of this token cannot be written as JSON")
	}
	return t.response, nil
}

// TokenDigest is how a token is named in an [Exchange]: the first 16 hexadecimal digits of its SHA-256.
func TokenDigest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:8])
}
