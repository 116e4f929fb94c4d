package rs

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// userClaims is an answer that was believed. It is immutable once it is remembered.
type userClaims struct {
	jwtClaims

	raw             string // the claims, as received
	subject         string
	isSomethingElse bool      // a claim that other kinds of JWT are known by
	from, until     time.Time // when it may be used again
}

// expiry is the answer's own; zero: none.
func (c *userClaims) expiry() time.Time {
	if c.expires == never {
		return time.Time{}
	}
	return time.Unix(c.expires, 0)
}

// parseUserInfo reads the claims strictly, as all that we read. Of plain JSON only sub matters; the claims around it are
// those of a JWT. Errors name members, never their values.
func parseUserInfo(data []byte, isJWT bool) (*userClaims, error) {
	c := &userClaims{jwtClaims: newJWTClaims(), raw: string(data)}
	err := eachMember(c.raw, func(name string, value member) (err error) {
		switch name {
		case "sub":
			c.subject, err = value.string()
		case "events", "token_introspection", "nonce", "at_hash", "c_hash", "s_hash":
			c.isSomethingElse = isJWT
		default:
			if isJWT {
				err = c.read(name, value)
			}
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case c.subject == "":
		return nil, errors.New(`member "sub" is missing or empty (OpenID Connect Core section 5.3.2)`)
	case isJWT && (c.issuer == nil || c.audience == nil): // RFC 8725 section 3.9: what does not say for whom it is has to be refused
		return nil, errors.New("one of iss, aud is missing in a signed answer (OpenID Connect Core section 5.3.2)")
	}
	return c, nil
}

// openUserInfoAnswer turns the body of an answer into claims about the one who was asked about.
func (s *Server) openUserInfoAnswer(ctx context.Context, body []byte, about asked) (*userClaims, *Error) {
	isJWT := s.cfg.UserInfoFormat != JSON
	if isJWT {
		var failure *Error
		if body, failure = s.verifyUserInfo(ctx, bytes.TrimSuffix(body, []byte("\n")), about); failure != nil {
			return nil, userInfoFailure(failure, ReasonUserInfoAnswer)
		}
	}
	claims, err := parseUserInfo(body, isJWT)
	if err != nil {
		return nil, unusable(ReasonUserInfoAnswer, err)
	}
	if failure := s.judgeUserClaims(claims, about); failure != nil {
		return nil, failure
	}
	return claims, nil
}

// verifyUserInfo is the claims set of a JWS, or of one inside a JWE (OpenID Connect Core section 5.3.2: signed, then
// encrypted).
func (s *Server) verifyUserInfo(ctx context.Context, jwt []byte, about asked) ([]byte, *Error) {
	var failure *Error
	if s.cfg.UserInfoFormat == JWT {
		if jwt, failure = s.decrypt(ctx, jwt, s.userInfoAudiences(about)); failure != nil {
			return nil, failure
		}
	}
	payload, header, failure := s.users.keys.verify(ctx, jwt)
	if failure != nil {
		return nil, failure
	}
	if !isPlainJWT(header) {
		return nil, unavailable(ReasonUserInfoAnswer, "typ of the UserInfo answer says that it is some other JWT of the same issuer")
	}
	return payload, nil
}

// isPlainJWT: OpenID Connect gives this kind of JWT no typ of its own; those that have one are something else (RFC 8725
// section 3.11): an access token, an introspection response, a logout token.
func isPlainJWT(header keys.Header) bool {
	return header.Type == "" || isMediaType(header.Type, "jwt")
}

// judgeUserClaims: whose answer, for whom, when, and about whom. OpenID Connect Core section 5.3.2 forbids to use an answer
// about another subject: that is how one user's data gets into another's session.
func (s *Server) judgeUserClaims(c *userClaims, about asked) *Error {
	switch failure := s.judgeJWT(&c.jwtClaims, s.userInfoAudiences(about), s.cfg.Now()); {
	case c.isSomethingElse:
		return unavailable(ReasonUserInfoAnswer, "the UserInfo answer has a claim of another kind of JWT: an ID token, a logout token or an introspection response")
	case failure != nil:
		return userInfoFailure(failure, ReasonUserInfoAnswer)
	case c.subject != about.Subject:
		return unavailable(ReasonUserInfoSubject, "the UserInfo answer is about another subject than the token")
	}
	return nil
}

// userInfoAudiences are those for whom the answer may be made: the client that got the token, to whom OpenID Connect
// addresses it, and ourselves.
func (s *Server) userInfoAudiences(about asked) []string {
	if about.ClientID == "" {
		return s.cfg.ResponseAudiences
	}
	return append(slices.Clip(s.cfg.ResponseAudiences), about.ClientID)
}
