package devas

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

var jwtIncidents = map[Fault]incident{
	WrongSignature: {name: "wrong-signature", about: "a stranger's signature under the right kid", needs: signed, jwt: forge},
	Tampered:       {name: "tampered", about: "changed after it was signed", needs: signed, jwt: tamper},
	UnknownKID:     {name: "unknown-kid", about: "signed with a key that is not published", needs: signed, jwt: unknownKey},
	Unsigned:       {name: "unsigned", about: "alg none", needs: signed, jwt: signWith(unsecured)},
	HMACSigned:     {name: "hmac-signed", about: "alg HS256, keyed with the public key", needs: signed, jwt: signWith(hmacSign)},
	OtherAlgorithm: {name: "other-algorithm", about: "signed with an algorithm that was not registered", needs: signed, jwt: otherAlgorithm},
	CriticalHeader: {name: "critical-header", about: "a header with crit", needs: signed, jwt: jwsHeader("crit", []string{"exp"})},

	WrongIssuer:   {name: "wrong-issuer", about: "iss is a stranger", needs: signed, jwt: claim("iss", "https://stranger.example")},
	IssuerSlash:   {name: "issuer-slash", about: "iss has a slash more or less", needs: signed, jwt: slashIssuer},
	WrongAudience: {name: "wrong-audience", about: "aud is another client", needs: signed, jwt: claim("aud", "another-client")},
	NoAudience:    {name: "no-audience", about: "no aud", needs: signed, jwt: claim("aud", nil)},
	WrongType:     {name: "wrong-type", about: "typ at+jwt", needs: signed, jwt: jwsHeader("typ", "at+jwt")},
	NoType:        {name: "no-type", about: "no typ", needs: signed, jwt: jwsHeader("typ", nil)},
	OldIAT:        {name: "old-iat", about: "made an hour ago", needs: signed, jwt: dated("iat", -time.Hour)},
	FutureIAT:     {name: "future-iat", about: "made in an hour", needs: signed, jwt: dated("iat", time.Hour)},
	NoIAT:         {name: "no-iat", about: "no iat", needs: signed, jwt: claim("iat", nil)},
	PastExp:       {name: "past-exp", about: "the answer itself has expired", needs: signed, jwt: dated("exp", -time.Hour)},
	FutureNBF:     {name: "future-nbf", about: "the answer itself is not valid yet", needs: signed, jwt: dated("nbf", time.Hour)},

	NoIntrospection: {name: "no-introspection", about: "no token_introspection", needs: signed, jwt: func(rep *reply) error { rep.facts = nil; return nil }},
	TopLevelClaims:  {name: "top-level-claims", about: "the response is not in token_introspection", needs: signed, jwt: func(rep *reply) error { rep.topLevel = true; return nil }},
	PlainJSON:       {name: "plain-json", about: "plain JSON: a downgrade", needs: signed, jwt: downgrade(func(endpoint) string { return typeJSON })},
	MislabeledJSON:  {name: "mislabeled-json", about: "plain JSON under the media type of the JWT", needs: signed, jwt: downgrade(endpoint.mediaType)},

	NoKID:        {name: "no-kid", about: "no kid: unusual, but right", needs: signed, jwt: jwsHeader("kid", nil)},
	TypePrefix:   {name: "type-prefix", about: "typ in other letters: unusual, but right", needs: signed, jwt: jwsHeader("typ", "application/Token-Introspection+JWT")},
	AudienceList: {name: "audience-list", about: "aud is a list: unusual, but right", needs: signed, jwt: listAudience},
}

func forge(rep *reply) (err error) {
	rep.jws["kid"] = rep.signer.KeyID()
	rep.signer, err = rep.server.strangers.signer(rep.client.SigningAlg)
	return err
}

func unknownKey(rep *reply) (err error) {
	rep.signer, err = rep.server.strangers.signer(rep.client.SigningAlg)
	return err
}

func otherAlgorithm(rep *reply) (err error) {
	alg := "EdDSA"
	if rep.client.SigningAlg == alg {
		alg = "ES256"
	}
	rep.signer, err = rep.server.ring.signer(alg)
	return err
}

// signWith replaces the signature by another.
func signWith(other layer) func(*reply) error {
	return func(rep *reply) error {
		rep.layers[0] = other
		return nil
	}
}

// tamper leaves the signature as it is and makes every token active.
func tamper(rep *reply) error {
	return signWith(func(rep *reply, inside []byte) ([]byte, error) {
		jws, err := sign(rep, inside)
		if err != nil {
			return nil, err
		}
		parts := bytes.Split(jws, []byte("."))
		changed := bytes.ReplaceAll(inside, []byte(inactive), []byte(`{"active":true}`))
		changed = append(bytes.TrimSuffix(changed, []byte("}")), `,"tampered":true}`...)
		parts[1] = base64.RawURLEncoding.AppendEncode(nil, changed)
		return bytes.Join(parts, []byte(".")), nil
	})(rep)
}

// unsecured is RFC 7515 appendix A.5.
func unsecured(rep *reply, inside []byte) ([]byte, error) {
	input, err := signingInput("none", rep, inside)
	return append(input, '.'), err
}

// hmacSign is the confusion of RFC 8725 section 2.1: the public key, which everybody knows, taken for a secret.
func hmacSign(rep *reply, inside []byte) ([]byte, error) {
	input, err := signingInput("HS256", rep, inside)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, rep.signer.PublicJWKS())
	mac.Write(input)
	return base64.RawURLEncoding.AppendEncode(append(input, '.'), mac.Sum(nil)), nil
}

func signingInput(alg string, rep *reply, inside []byte) ([]byte, error) {
	header, err := json.Marshal(map[string]any{"alg": alg, "typ": rep.jws["typ"], "kid": rep.signer.KeyID()})
	if err != nil {
		return nil, err
	}
	input := base64.RawURLEncoding.AppendEncode(nil, header)
	return base64.RawURLEncoding.AppendEncode(append(input, '.'), inside), nil
}

// jwsHeader sets a header of the JWS; nil removes it.
func jwsHeader(name string, value any) func(*reply) error {
	return func(rep *reply) error {
		rep.jws[name] = value
		return nil
	}
}

// claim sets a claim of the JWT; nil removes it.
func claim(name string, value any) func(*reply) error {
	return func(rep *reply) error {
		rep.claims[name] = value
		if value == nil {
			delete(rep.claims, name)
		}
		return nil
	}
}

func dated(name string, from time.Duration) func(*reply) error {
	return func(rep *reply) error { return claim(name, rep.now.Add(from).Unix())(rep) }
}

func slashIssuer(rep *reply) error {
	issuer := rep.server.cfg.Issuer
	if without, slash := strings.CutSuffix(issuer, "/"); slash {
		return claim("iss", without)(rep)
	}
	return claim("iss", issuer+"/")(rep)
}

func listAudience(rep *reply) error {
	return claim("aud", []string{"another-client", rep.client.ID})(rep)
}

// downgrade answers with the response alone.
func downgrade(mediaType func(endpoint) string) func(*reply) error {
	return func(rep *reply) error {
		rep.form, rep.header = plain, http.Header{"Content-Type": {mediaType(rep.endpoint)}, "Cache-Control": {"no-store"}}
		return nil
	}
}
