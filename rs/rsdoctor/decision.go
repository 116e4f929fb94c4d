package rsdoctor

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// checkDecision lets the resource server itself decide about a token that nobody issued: inactive is the only right end.
func checkDecision(ctx context.Context, p *patient) []Finding {
	if p.wrong {
		return notChecked("something above is wrong already")
	}
	e, _ := p.decide(ctx, rand.Text())
	switch {
	case e == nil:
		p.wrong = true
		return problem(AnswerActive, "a token that nobody issued is accepted", "do not use this endpoint: it would let everybody in")
	case e.Reason == rs.ReasonInactive:
		return ok("refused as inactive, as it should be")
	case e.Reason == rs.ReasonTokenFormat && !p.introspects():
		return ok("refused: it is no JWT, and only those are taken")
	}
	p.wrong = true
	if p.cfg.Timeout < shortTimeout {
		return problem(Timeout, "the resource server gets no answer within "+p.cfg.Timeout.String()+", which is very short", "raise OIDC_TIMEOUT: a number is seconds")
	}
	found := problem(AnswerUnusable, "the resource server cannot use the answer ("+string(e.Reason)+")", Hint(e.Reason))
	found[0].Reason = e.Reason
	return found
}

// decide is the decision of a resource server of its own, with the step at which a token was refused.
func (p *patient) decide(ctx context.Context, token string) (refusal *rs.Error, at rs.StepName) {
	cfg := p.configured
	cfg.Observer, cfg.Cache, cfg.CacheSize, cfg.NoRetry = nil, nil, -1, true
	server, err := rs.New(cfg)
	if err != nil {
		return rs.AsError(err), ""
	}
	defer func() { _ = server.Close(context.WithoutCancel(ctx)) }() // nothing that still runs is of interest
	var mu sync.Mutex
	traced := rs.WithTrace(ctx, func(s rs.Step) {
		mu.Lock()
		defer mu.Unlock()
		if s.Reason != "" && at == "" {
			at = s.Name
		}
	})
	_, err = server.Authenticate(traced, token)
	mu.Lock()
	defer mu.Unlock()
	return rs.AsError(err), at
}

// checkToken decides on the operator's own token. What the token says about itself explains more than "active": false.
func checkToken(ctx context.Context, p *patient) []Finding {
	token := string(p.options.Token)
	switch {
	case token == "":
		return notChecked("pipe one in with --token-stdin")
	case p.wrong:
		return notChecked("something above is wrong already")
	}
	e, at := p.decide(ctx, token)
	if e == nil {
		return ok("accepted by every check")
	}
	found := problem(TokenRefused, "refused by the check "+string(at)+" ("+string(e.Reason)+"): clients see "+e.Kind.String(), Hint(e.Reason))
	if e.Reason == rs.ReasonInactive || e.Reason == rs.ReasonMalformedAuthorization || e.Reason == rs.ReasonTokenTypeMissing {
		if better := p.lookInto(token); better != nil {
			found = better
		}
	}
	found[0].Reason = e.Reason
	return found
}

// lookInto reads a token that happens to be a JWT. Nothing of it is verified, or shown.
func (p *patient) lookInto(token string) []Finding {
	if len(token) > 7 && strings.EqualFold(token[:7], "Bearer ") {
		return problem(TokenWrapped, "the word Bearer stands before the token", "give the token alone")
	}
	if len(token) > 14 && strings.EqualFold(token[:14], "Authorization:") {
		return problem(TokenWrapped, "the whole Authorization header was given", "give the token alone, as it stands behind the word Bearer")
	}
	if json.Valid([]byte(token)) && strings.HasPrefix(strings.TrimSpace(token), "{") {
		return problem(TokenWrapped, "a JSON object was given, the answer of a token endpoint perhaps", "give the value of its member access_token alone")
	}
	if bare, is := wrapped(rs.Secret(token)); is && bare != token {
		return problem(TokenWrapped, "white space or quotes stand around the token", "give the token alone")
	}
	inner, err := base64.StdEncoding.Strict().DecodeString(token)
	isWrapped := err == nil && len(inner) > 0 && utf8.Valid(inner)
	if isWrapped && !p.cfg.LenientBase64Token {
		return problem(TokenWrapped, "the token is base64-wrapped, as services of La Suite send it, and OIDC_RS_BASE64_TOKENS is false",
			"set OIDC_RS_BASE64_TOKENS=true, or send the token as it was issued")
	}
	if isWrapped {
		token = string(inner)
	}
	c, isJWT := readUnverified(token)
	switch {
	case !isJWT:
		return nil
	case c.Issuer != nil && *c.Issuer != p.cfg.Issuer:
		return problem(TokenOtherIssuer, "the token says that it was issued by another server than that of OIDC_OP_URL", "get a token from the server of OIDC_OP_URL, or correct OIDC_OP_URL and the endpoints")
	case c.Expiry != nil && p.now().After(time.Unix(int64(*c.Expiry), 0)):
		return problem(TokenExpired, "the token says that it has expired", "get a new one")
	case c.Audience != nil && !slices.Contains(stringsOf(c.Audience), p.cfg.ClientID):
		return problem(TokenOtherAudience, "the token is not known as active, and says that it is meant for others than "+printable(p.cfg.ClientID)+
			": many servers answer active: false to those", "have the token issued for this service (audience or resource), or this client allowed to introspect it")
	}
	return nil
}

// readUnverified reads the payload of a JWS.
func readUnverified(token string) (c claims, isJWT bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return c, false
	}
	return c, json.Unmarshal(payload, &c) == nil
}
