package rs

import "time"

// jwtClaims are what a JWT says of whose it is, for whom and when (RFC 7519 section 4.1). What is said is honoured;
// what has to be said, and what iat means, differs from one kind of JWT to the next.
type jwtClaims struct {
	issuer    *string  // nil: not stated
	audience  []string // nil: not stated
	expires   int64    // Unix seconds
	notBefore int64    // Unix milliseconds
}

func newJWTClaims() jwtClaims { return jwtClaims{expires: never, notBefore: always} }

// read takes a member, if it is one of these.
func (c *jwtClaims) read(name string, value member) (err error) {
	switch name {
	case "iss":
		var issuer string
		issuer, err = value.string()
		c.issuer = &issuer
	case "aud":
		c.audience, err = value.strings()
	case "exp":
		c.expires, err = value.date()
	case "nbf":
		c.notBefore, err = value.begin()
	}
	return err
}

// judgeJWT is for an answer that may be meant for any of these audiences.
func (s *Server) judgeJWT(c *jwtClaims, audiences []string, now time.Time) *Error {
	skew := s.cfg.ClockSkew
	switch {
	case c.issuer != nil && *c.issuer != s.cfg.Issuer:
		return unavailable(ReasonResponseIssuer, "iss of the answer is not the configured issuer")
	case c.audience != nil && !containsAny(audiences, c.audience):
		return unavailable(ReasonResponseAudience, "aud of the answer names none of those that it may be for: see Config.ResponseAudiences")
	case now.Add(-skew).Unix() >= c.expires:
		return unavailable(ReasonResponseTime, "the answer is past its own exp")
	case now.Add(skew).UnixMilli() < c.notBefore:
		return unavailable(ReasonResponseTime, "the answer is before its own nbf")
	}
	return nil
}
