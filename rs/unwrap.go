package rs

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// unwrap turns the body of an answer into the introspection response it carries. JSON is taken as it is; an answer of
// RFC 9701 is decrypted (JWT), verified and checked: it must be the authorization server's, made for us, and made now.
func (s *Server) unwrap(ctx context.Context, body []byte) ([]byte, *Error) {
	switch s.cfg.Format {
	case JSON:
		return body, nil
	case JWT:
		trace := s.tracer(ctx)
		jws, failure := s.decrypt(ctx, bytes.TrimSuffix(body, []byte("\n")), s.cfg.ResponseAudiences)
		trace.step(StepDecrypt, failure)
		if failure != nil {
			return nil, failure
		}
		return s.openSigned(ctx, jws)
	}
	return s.openSigned(ctx, bytes.TrimSuffix(body, []byte("\n")))
}

// decrypt opens the JWE. What its header repeats of the claims must agree with the claims (RFC 7519 section 5.3), and so
// with our configuration; as nothing signs the header, it can only refuse.
func (s *Server) decrypt(ctx context.Context, jwe []byte, audiences []string) ([]byte, *Error) {
	var failure *Error
	plaintext, err := s.decryptIf(ctx, jwe, func(header keys.Header) error {
		failure = s.judgeHeader(header, audiences)
		return asError(failure)
	})
	switch {
	case failure != nil:
		return nil, failure
	case err != nil && !isAboutMessage(err):
		return nil, decryptionUnavailable(err)
	case err != nil:
		return nil, unusable(ReasonResponseEncryption, err)
	}
	return plaintext, nil
}

// isAboutMessage: any other error of a Decrypter is about itself.
func isAboutMessage(err error) bool {
	return errors.Is(err, keys.ErrDecrypt) || errors.Is(err, keys.ErrMalformed) || errors.Is(err, keys.ErrAlgorithm) || errors.Is(err, keys.ErrUnknownKey)
}

// decryptionUnavailable: neither the authorization server nor a token is to blame.
func decryptionUnavailable(err error) *Error {
	return &Error{Kind: ErrUnavailable, Reason: ReasonDecryptionUnavailable, Err: err, innocent: true}
}

// decryptIf lets accept look at the header first. The keys of our own package do so as they go, and save the second parsing:
// 5 µs, a fortieth of an answer with ECDH-ES.
func (s *Server) decryptIf(ctx context.Context, jwe []byte, accept func(keys.Header) error) ([]byte, error) {
	if d, ok := s.cfg.Decrypter.(interface {
		DecryptIf(jwe []byte, accept func(keys.Header) error) ([]byte, error)
	}); ok {
		return d.DecryptIf(jwe, accept)
	}
	header, err := keys.ParseJWEHeader(jwe)
	if err == nil {
		err = accept(header)
	}
	if err != nil {
		return nil, err
	}
	return s.openJWE(ctx, jwe)
}

// openJWE lets a Decrypter that makes a call know how long we wait. What comes later has come too late for all the rest.
func (s *Server) openJWE(ctx context.Context, jwe []byte) (plaintext []byte, err error) {
	if d, ok := s.cfg.Decrypter.(interface {
		DecryptContext(ctx context.Context, jwe []byte) ([]byte, error)
	}); ok {
		plaintext, err = d.DecryptContext(ctx, jwe)
	} else {
		plaintext, err = s.cfg.Decrypter.Decrypt(jwe)
	}
	if err == nil {
		err = ctx.Err()
	}
	return plaintext, err
}

func (s *Server) judgeHeader(header keys.Header, audiences []string) *Error {
	if header.Issuer != nil && *header.Issuer != s.cfg.Issuer {
		return unavailable(ReasonResponseIssuer, "iss in the JWE header is not the configured issuer")
	}
	if header.HasAudience && !containsAny(audiences, header.Audience) {
		return unavailable(ReasonResponseAudience, "aud in the JWE header is not for us")
	}
	return nil
}

// openSigned verifies the JWS and the envelope around the introspection response (RFC 9701 section 5).
func (s *Server) openSigned(ctx context.Context, jws []byte) ([]byte, *Error) {
	trace := s.tracer(ctx)
	payload, header, failure := s.keys.verify(ctx, jws)
	trace.step(StepVerify, failure)
	if failure != nil {
		return nil, failure
	}
	response, failure := s.openEnvelope(payload, header)
	trace.step(StepEnvelope, failure)
	return response, failure
}

func (s *Server) openEnvelope(payload []byte, header keys.Header) ([]byte, *Error) {
	if !s.isResponseType(header.Type) {
		return nil, unavailable(ReasonResponseType, "typ is not token-introspection+jwt: some other JWT of the same issuer")
	}
	env, err := parseEnvelope(payload)
	if err != nil {
		return nil, unusable(ReasonResponseClaims, err)
	}
	if failure := s.judgeEnvelope(env); failure != nil {
		return nil, failure
	}
	return env.response, nil
}

// isResponseType: RFC 9701 section 5 and RFC 8725 section 3.11 keep other kinds of JWT out by typ, which is compared as
// a media type: without regard to case, "application/" optional (RFC 7515 section 4.1.9).
func (s *Server) isResponseType(typ string) bool {
	if typ == "" {
		return s.cfg.LenientResponseType
	}
	return isMediaType(typ, "token-introspection+jwt")
}

// envelope is the claims set of an introspection response JWT.
type envelope struct {
	jwtClaims

	issuedAt int64 // Unix seconds
	response []byte
}

func parseEnvelope(payload []byte) (*envelope, error) {
	env := &envelope{jwtClaims: newJWTClaims(), issuedAt: never}
	err := eachMember(string(payload), func(name string, value member) (err error) {
		switch name {
		case "iat":
			env.issuedAt, err = value.date()
		case "token_introspection":
			env.response = slices.Clone(value.value) // the decoder may use its buffer again
			err = value.want('{')
		default:
			err = env.read(name, value)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case env.issuer == nil || env.audience == nil || env.issuedAt == never || env.response == nil:
		return nil, errors.New("one of iss, aud, iat, token_introspection is missing (RFC 9701 section 5)")
	}
	return env, nil
}

// judgeEnvelope: whose answer, for whom, and how old. exp and nbf are honoured but never required: RFC 9701 section 5
// advises servers to leave exp out.
func (s *Server) judgeEnvelope(env *envelope) *Error {
	now, issuedAt := s.cfg.Now(), time.Unix(env.issuedAt, 0)
	switch failure := s.judgeJWT(&env.jwtClaims, s.cfg.ResponseAudiences, now); {
	case failure != nil:
		return failure
	case issuedAt.After(now.Add(s.cfg.ClockSkew)):
		return unavailable(ReasonResponseTime, "iat of the answer is in the future: compare the clocks")
	case now.Sub(issuedAt) > s.cfg.ResponseMaxAge:
		return unavailable(ReasonResponseTime, "the answer is too old: a replay, or the clocks differ")
	}
	return nil
}
