package rs

import (
	"context"
	"encoding/base64"
	"strings"
	"time"
)

// AccessTokenMode says who judges a token. Tokens come in two forms: opaque ones, of which only the authorization server
// knows anything, and JWTs (RFC 9068), which carry their claims with the authorization server's signature.
//
// Local validation asks nobody, so it does not notice a revocation: a token is good until its exp. It takes a JWS in
// compact serialization, or one inside a JWE to our key (Config.Decrypter), and of those only access tokens of
// Config.Issuer, signed with Config.AccessTokenAlg by a key of its JWK Set, whose header says typ at+jwt, whose aud has
// one of Config.TokenAudiences, and which have all claims of RFC 9068 section 2.2 (iss, exp, aud, sub, client_id, iat,
// jti). Everything else is refused without a call: an ID token, a logout token, an introspection response, a token of
// another issuer. Facts are then judged as those of an introspection response are.
//
// # Lenient modes
//
// Some servers do not say in typ what a JWT is. Whoever accepts that loses the protection of RFC 8725 section 3.11: what
// tells an access token from other JWTs with the same signature is then a claim, which a mapper or an attribute of a user
// may be able to set. Other JWTs of that server must not be obtainable with our audience. Use a mode only for the server
// that it names, and switch it off once the server sends at+jwt.
//
//   - LenientKeycloak takes a header typ of JWT if the claim typ is Bearer, and azp where client_id is missing. (Keycloak
//     has a switch "Use at+jwt as access token header type" for each client: prefer it.)
//   - LenientEntra takes a header typ of JWT if there is azp or appid, which Entra's ID tokens do not have, and none of
//     nonce, at_hash, c_hash. It reads azp or appid where client_id is missing, scp (a string or an array) where scope is
//     missing, and does without jti. Roles are no scopes: an app-only token has none and gets 403.
type AccessTokenMode uint8

// The modes. The zero AccessTokenMode is Introspect.
const (
	// Introspect asks the authorization server about every token, whatever its form.
	Introspect AccessTokenMode = iota
	// Local judges JWTs with the authorization server's keys and refuses all other tokens. It needs neither a client id nor
	// a secret. CacheTTL is how long a verified token is not verified again.
	Local
	// LocalThenIntrospect verifies a JWT like Local, and asks the authorization server about it when it was issued, or last
	// asked about, IntrospectEvery ago: that is the revocation delay. What it then says is added to the claims; it cannot
	// extend them. Opaque tokens are introspected as with Introspect, by CacheTTL.
	LocalThenIntrospect
)

// String names the mode as the environment does.
func (m AccessTokenMode) String() string {
	switch m {
	case Introspect:
		return "introspect"
	case Local:
		return "local"
	case LocalThenIntrospect:
		return "local-then-introspect"
	}
	return "unknown"
}

// introspects says whether the authorization server is ever asked about a token.
func (cfg Config) introspects() bool { return cfg.AccessTokenMode != Local }

// isJWT tells a JWT from an opaque token, which may have dots too: the parts of a JWS or JWE, and a header that begins
// like a JSON object. It decides about the way only: what looks like a JWT must then be a good one.
func isJWT(token string) bool {
	dots := strings.Count(token, ".")
	return (dots == 2 || dots == 4) && hasJSONHeader(token)
}

// isEncrypted: a JWE has four dots (RFC 7516 section 7.1).
func isEncrypted(token string) bool { return strings.Count(token, ".") == 4 }

func hasJSONHeader(token string) bool {
	header, _, _ := strings.Cut(token, ".")
	header = header[:min(len(header), 32)/4*4] // enough to see how it begins, and short enough to stay off the heap
	var buf [24]byte
	n, err := base64.RawURLEncoding.Decode(buf[:], []byte(header))
	return err == nil && strings.HasPrefix(strings.TrimLeft(string(buf[:n]), " \t\r\n"), "{")
}

// find learns the facts about a token that is not remembered, where the configuration says that they come from.
func (s *Server) find(ctx context.Context, token string, why purpose) (*Introspection, *Error) {
	if !s.judgesLocally(token) {
		return s.consult(ctx, token, why)
	}
	in, failure := s.verify(ctx, token)
	if failure != nil || s.cfg.AccessTokenMode == Local || why == asNeeded && s.fresh(in, s.cfg.Now()) {
		return in, failure
	}
	answer, failure := s.consult(ctx, token, why)
	if failure != nil {
		return nil, failure
	}
	if !answer.active {
		answer.local = s.fresh(in, s.cfg.Now())
		return answer, nil
	}
	trace := s.tracer(ctx)
	joined, failure := s.confirm(in, answer)
	trace.step(StepConfirm, failure)
	return joined, failure
}

// judgesLocally: a JWE without a key of ours may be a token that the authorization server encrypts to itself: opaque, to us.
func (s *Server) judgesLocally(token string) bool {
	if s.cfg.AccessTokenMode == Introspect || !isJWT(token) {
		return false
	}
	return s.cfg.AccessTokenMode == Local || s.cfg.Decrypter != nil || !isEncrypted(token)
}

// verify is one local verification, observed. The facts are as old as they could be wrong: in Local nobody would ever
// say so; otherwise the token cannot have been revoked before it was issued.
func (s *Server) verify(ctx context.Context, token string) (in *Introspection, failure *Error) {
	ctx, end := s.observe(ctx, OpVerify)
	defer func() {
		failure = recovered(recover(), failure)
		end(Event{Err: asError(failure)})
	}()
	opened, failure := s.openAccessToken(ctx, []byte(token))
	if failure != nil {
		return nil, failure
	}
	in, received := opened.facts, s.cfg.Now()
	if s.cfg.AccessTokenMode == LocalThenIntrospect && opened.issuedAt.Before(received) {
		received = opened.issuedAt
	}
	if received.Before(time.Unix(0, 0)) { // nanoseconds do not reach the years that an iat may name
		received = time.Unix(0, 0)
	}
	in.received = received.UnixNano()
	return in, nil
}

// confirm joins what a JWT states with what the authorization server says about it now. The newer word counts, but for
// whom the token is good stays as it was signed, it is not good for longer, and an answer about something else confirms
// nothing.
func (s *Server) confirm(in, answer *Introspection) (*Introspection, *Error) {
	now := s.cfg.Now()
	for _, rule := range []rule{checkIssuer, checkTime} { // of what was signed; the rest is judged when it is joined
		if failure := rule(&s.cfg, answer, now); failure != nil {
			return nil, failure
		}
	}
	if answer.statesAudience() && !answer.isForAny(s.cfg.TokenAudiences) {
		return nil, invalidToken(ReasonTokenAudience)
	}
	if answer.subject() != "" && answer.subject() != in.subject() {
		return nil, unavailable(ReasonBody, "the answer is about another subject than the token")
	}
	joined, err := joinFacts(in, answer, &s.settings)
	if err != nil {
		return nil, unusable(ReasonBody, err)
	}
	joined.received, joined.local = answer.received, true
	return joined, nil
}
