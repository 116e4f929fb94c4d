package rs

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// openAccessToken decrypts, reads and verifies a JWT access token (RFC 9068 section 4). What can be refused without a key
// is refused first: it costs nothing, and whoever makes us fetch keys has to know at least what our tokens look like. All of
// that is read again from what was verified.
func (s *Server) openAccessToken(ctx context.Context, token []byte) (*accessToken, *Error) {
	trace := s.tracer(ctx)
	if isEncrypted(string(token)) {
		var failure *Error
		token, failure = s.decryptToken(ctx, token)
		trace.step(StepOpen, failure)
		if failure != nil {
			return nil, failure
		}
	}
	header, failure := s.readHeader(token)
	trace.step(StepHeader, failure)
	if failure != nil {
		return nil, failure
	}
	stated, failure := s.readAccessToken(payloadOf(token), header)
	trace.step(StepClaims, failure)
	if failure != nil {
		return nil, failure
	}
	latest := stated.issuedAt.Add(time.Second + s.cfg.ClockSkew) // that it can have been issued, by our clock: an iat is rounded down
	payload, header, failure := s.tokenKeys.verifyToken(ctx, token, latest)
	trace.step(StepSignature, failure)
	if failure != nil {
		return nil, failure
	}
	return s.readAccessToken(payload, header)
}

// readHeader takes only the algorithm that is configured.
func (s *Server) readHeader(token []byte) (keys.Header, *Error) {
	header, err := keys.ParseJWSHeader(token)
	if err != nil {
		return header, refusedToken(ReasonTokenFormat, err)
	}
	if header.Algorithm != s.cfg.AccessTokenAlg {
		return header, refusedToken(ReasonTokenSignature, keys.ErrAlgorithm)
	}
	return header, nil
}

// decryptToken opens a JWE. As nothing signs its header, what that repeats of the claims can only refuse (RFC 7519
// section 5.3). That it was encrypted to our key proves nothing: the key is public. So anybody can make us decrypt, and
// whoever waits for a turn waits no longer than for a call.
func (s *Server) decryptToken(ctx context.Context, jwe []byte) ([]byte, *Error) {
	header, err := keys.ParseJWEHeader(jwe)
	switch {
	case err != nil:
		return nil, refusedToken(ReasonTokenFormat, err)
	case s.cfg.Decrypter == nil:
		return nil, invalidToken(ReasonTokenEncryption)
	case header.Issuer != nil && *header.Issuer != s.cfg.Issuer:
		return nil, invalidToken(ReasonIssuer)
	case header.HasAudience && !containsAny(s.cfg.TokenAudiences, header.Audience):
		return nil, invalidToken(ReasonTokenAudience)
	}
	leave, failure := s.openings.take(ctx)
	if failure != nil {
		return nil, failure
	}
	defer leave()
	jws, err := s.openJWE(ctx, jwe)
	switch {
	case err != nil && !isAboutMessage(err):
		return nil, decryptionUnavailable(err)
	case err != nil:
		return nil, refusedToken(ReasonTokenEncryption, err)
	}
	return jws, nil
}

// payloadOf is the payload of a JWS whose form was checked, not verified.
func payloadOf(jws []byte) []byte {
	_, rest, _ := bytes.Cut(jws, []byte("."))
	segment, _, _ := bytes.Cut(rest, []byte("."))
	payload, _ := base64.RawURLEncoding.AppendDecode(nil, segment)
	return payload
}

// readAccessToken reads the claims and judges all that does not depend on the route: what is wrong here is wrong whoever
// signed it. The judgement of scopes waits for a signature, because a 403 would call the token good.
func (s *Server) readAccessToken(payload []byte, header keys.Header) (*accessToken, *Error) {
	token, err := parseAccessToken(payload, s.profile(header), &s.settings)
	if err != nil {
		return nil, refusedToken(ReasonTokenClaims, err)
	}
	if !token.isAccess {
		return nil, invalidToken(ReasonTokenType)
	}
	now := s.cfg.Now()
	for _, rule := range []rule{checkTokenType, checkSenderConstraint, checkIssuer, checkTime, checkTokenAudience} {
		if failure := rule(&s.cfg, token.facts, now); failure != nil {
			return nil, failure
		}
	}
	if token.issuedAt.After(now.Add(s.cfg.ClockSkew)) {
		return nil, invalidToken(ReasonNotYetValid)
	}
	return token, nil
}

// refusedToken is [invalidToken] with a cause for operators.
func refusedToken(reason Reason, err error) *Error {
	failure := invalidToken(reason)
	failure.Err = err
	return failure
}

// isMediaType compares typ as RFC 7515 section 4.1.9 says: without regard to case, "application/" optional. Letters beyond ASCII, two of which
// have one of ASCII as their lower case, are in no media type.
func isMediaType(typ, want string) bool {
	lower := strings.ToLower(typ)
	return len(lower) == len(typ) && strings.TrimPrefix(lower, "application/") == want
}
