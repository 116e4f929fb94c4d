package rsdoctor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// claims are those of an introspection response JWT (RFC 9701 section 5).
type claims struct {
	Issuer    *string         `json:"iss"`
	Audience  json.RawMessage `json:"aud"`
	IssuedAt  *float64        `json:"iat"`
	Expiry    *float64        `json:"exp"`
	NotBefore *float64        `json:"nbf"`
	Response  *response       `json:"token_introspection"`
}

// stringsOf are those of a member that is one string or an array of them.
func stringsOf(raw json.RawMessage) (list []string) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	_ = json.Unmarshal(raw, &list) // nil for anything else
	return list
}

// judgeClaims looks at what was signed: whose answer, for whom, made when.
func (p *patient) judgeClaims(payload []byte, header keys.Header) []Finding {
	typ := strings.TrimPrefix(strings.ToLower(header.Type), "application/")
	if typ != "token-introspection+jwt" && (typ != "" || !p.cfg.LenientResponseType) {
		return problem(AnswerType, "the JWT does not call itself an introspection response: its typ is not token-introspection+jwt",
			"let the authorization server follow RFC 9701 section 5")
	}
	var c claims
	err := json.Unmarshal(payload, &c)
	if err != nil || c.Issuer == nil || c.Audience == nil || c.IssuedAt == nil || c.Response == nil {
		return problem(AnswerClaims, "one of iss, aud, iat and token_introspection is missing in the JWT, or of a wrong type", "let the authorization server follow RFC 9701 section 5")
	}
	if found := judgeIssuer(p.cfg.Issuer, *c.Issuer, "the answer names as its issuer"); found != nil {
		return found
	}
	if !slices.ContainsFunc(stringsOf(c.Audience), func(s string) bool { return slices.Contains(p.cfg.ResponseAudiences, s) }) {
		return problem(AnswerAudience, "the answer is made for "+printable(strings.Join(stringsOf(c.Audience), ", "))+", which is none of our identifiers",
			"add the name by which the server knows this service to OIDC_RS_RESPONSE_AUDIENCES")
	}
	if found := p.judgeTimes(c); found != nil {
		return found
	}
	if c.Response.Active == nil {
		return problem(AnswerClaims, "token_introspection in the JWT has no member active", "let the authorization server follow RFC 9701 section 5")
	}
	return judgeActive(*c.Response)
}

// judgeTimes: an answer was made a moment ago, so an iat that says otherwise is a clock, or a replay.
func (p *patient) judgeTimes(c claims) []Finding {
	now := p.now()
	at := func(seconds float64) time.Time { return time.Unix(int64(seconds), 0) }
	maxAge := p.cfg.ResponseMaxAge
	if maxAge == 0 {
		maxAge = 2 * time.Minute
	}
	off := at(*c.IssuedAt).Sub(now)
	bad := off > p.cfg.ClockSkew+time.Second || -off > maxAge
	switch {
	case bad && p.clockOff != nil && (off-*p.clockOff).Abs() < 30*time.Second:
		return problem(Clock, fmt.Sprintf("by the iat of its answer, the authorization server is %s off", off.Abs().Round(time.Second)),
			"set both clocks by NTP: answers are judged by them")
	case bad:
		return problem(AnswerTime, fmt.Sprintf("the iat of an answer made just now is %s off, though its Date is not: an old answer, from a cache on the way or of an attacker", off.Abs().Round(time.Second)),
			"let nothing between here and the authorization server cache its answers")
	case c.Expiry != nil && !now.Before(at(*c.Expiry).Add(p.cfg.ClockSkew)), c.NotBefore != nil && now.Add(p.cfg.ClockSkew).Before(at(*c.NotBefore)):
		return problem(AnswerTime, "the answer is outside its own exp or nbf", "let the authorization server leave them out of the JWT (RFC 9701 section 5)")
	}
	return nil
}
