package devas

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
)

// IssueJWT makes an access token that is a JWT (RFC 9068), signed with the key of Config.SigningAlg. Its claims are
// what Issue states of a token, and an "aud", which is Config.Audience, and a "jti", unless claims (or Config.Claims)
// say otherwise:
//
//	{"iss":<issuer>, "aud":"resource-server", "sub":"alice", "client_id":"service-provider", "scope":"openid",
//	 "iat":<now>, "exp":<now and Config.Lifetime>, "jti":<random>}
//
// The header says typ at+jwt. To introspection, revocation and UserInfo it is a token like any other: the response has
// all these members, and "active" and "token_type", which are not in the JWT. Nothing in claims is judged. It fails if
// they cannot be written as JSON.
func (s *Server) IssueJWT(claims Claims) (string, error) {
	all, t := s.draft(Claims{"aud": s.cfg.Audience, "jti": rand.Text()}, claims)
	if t.response == nil {
		return "", errors.New("devas: the claims of this token cannot be written as JSON")
	}
	signer, err := s.ring.signer(s.cfg.SigningAlg)
	if err != nil {
		return "", fmt.Errorf("devas: a JWT cannot be signed: %w", err)
	}
	maps.DeleteFunc(all, func(name string, _ any) bool { return name == "active" || name == "token_type" })
	jws, err := signer.Sign(all.encode(), map[string]any{"typ": "at+jwt"}) // RFC 9068 section 2.1
	if err != nil {
		return "", fmt.Errorf("devas: a JWT cannot be signed: %w", err)
	}
	return s.store(string(jws), t), nil
}
