package rs

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// tokenProfile is how the claims of one token are read.
type tokenProfile struct {
	typed    bool // the header says at+jwt
	plain    bool // the header says JWT: a lenient mode looks further
	keycloak bool // LenientKeycloak
	entra    bool // LenientEntra
}

func (s *Server) profile(header keys.Header) tokenProfile {
	return tokenProfile{
		typed: isMediaType(header.Type, "at+jwt"), plain: isMediaType(header.Type, "jwt"),
		keycloak: s.cfg.LenientKeycloak, entra: s.cfg.LenientEntra,
	}
}

// accessToken is what a JWT access token states.
type accessToken struct {
	facts    *Introspection
	issuedAt time.Time
	isAccess bool // it is an access token, as far as its profile can tell
}

// claimsReader goes through the claims once and writes them down as an introspection response would state them.
type claimsReader struct {
	profile  tokenProfile
	members  []byte   // the response, so far
	written  []string // names of members
	stated   []string // those of them that are not empty
	issuedAt int64    // Unix seconds

	typ, azp, appid, scp string
}

// parseAccessToken reads a claims set as strictly as an introspection response (see parseIntrospection) and requires what
// RFC 9068 section 2.2 requires. Errors name claims, never their values.
func parseAccessToken(payload []byte, p tokenProfile, s *settings) (*accessToken, error) {
	r := &claimsReader{profile: p, members: []byte(`{"active":true`)}
	if err := eachMember(string(payload), r.visit); err != nil {
		return nil, err
	}
	r.translate()
	for _, name := range [...]string{"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} {
		if !r.has(name) && (name != "jti" || !p.entra) {
			return nil, fmt.Errorf("claim %q is missing or empty (RFC 9068 section 2.2)", name)
		}
	}
	r.fill("token_type", "Bearer")
	facts, err := parseIntrospection(append(r.members, '}'), s)
	if err != nil {
		return nil, err
	}
	facts.local = true
	return &accessToken{facts, time.Unix(r.issuedAt, 0), r.isAccess()}, nil
}

func (r *claimsReader) has(name string) bool { return slices.Contains(r.stated, name) }

// add writes one more member.
func (r *claimsReader) add(name string, value jsontext.Value) {
	if string(value) != `""` && string(value) != "[]" {
		r.stated = append(r.stated, name)
	}
	r.written = append(r.written, name)
	r.members = append(appendName(append(r.members, ','), name), value...)
}

func appendName(members []byte, name string) []byte {
	members, _ = jsontext.AppendQuote(members, name) // it was read as valid UTF-8
	return append(members, ':')
}

func (r *claimsReader) visit(name string, value member) (err error) {
	switch name {
	case "active": // means nothing in a JWT, and everything in a response
		return nil
	case "jti":
		err = value.want('"')
	case "iat":
		r.issuedAt, err = value.date()
	// Claims that only a lenient mode reads: of another type, they say nothing.
	case "typ":
		r.typ, _ = value.string()
	case "azp":
		r.azp, _ = value.string()
	case "appid":
		r.appid, _ = value.string()
	case "scp":
		if r.profile.entra {
			r.scp, err = value.scope(true)
		}
	}
	r.add(name, value.value)
	return err
}

// translate gives claims the names of RFC 9068, in the lenient modes.
func (r *claimsReader) translate() {
	client := ""
	if r.profile.keycloak || r.profile.entra {
		client = r.azp
	}
	if client == "" && r.profile.entra {
		client = r.appid
	}
	r.fill("client_id", client)
	r.fill("scope", r.scp)
}

// fill adds a claim that is missing.
func (r *claimsReader) fill(name, value string) {
	if value == "" || slices.Contains(r.written, name) {
		return
	}
	quoted, _ := jsontext.AppendQuote(nil, value)
	r.add(name, quoted)
}

// isAccess: the header says so (RFC 9068 section 2.1), or in a lenient mode the claims that only access tokens of that
// server have.
func (r *claimsReader) isAccess() bool {
	switch {
	case r.profile.typed:
		return true
	case !r.profile.plain, r.has("events"), r.has("token_introspection"), r.has("at_hash"), r.has("c_hash"):
		return false
	case r.profile.keycloak && r.typ == "Bearer":
		return true
	}
	return r.profile.entra && (r.azp != "" || r.appid != "") && r.typ == "" && !r.has("nonce")
}

// signed are the claims in which a token cannot be changed by what is said about it later, but that an earlier exp counts: an
// answer must not be used beyond its own (RFC 7662 section 4).
var signed = []string{"iss", "aud", "exp", "nbf", "cnf"}

// joinFacts is the answer of the authorization server with the claims of the token that it leaves out.
func joinFacts(token, answer *Introspection, s *settings) (*Introspection, error) {
	members, names := []byte(`{"active":true`), []string{"active"}
	keep := func(text string, wanted func(name string) bool) {
		_ = eachMember(text, func(name string, value member) error { // it has been read before
			if wanted(name) && !slices.Contains(names, name) {
				names = append(names, name)
				members = append(appendName(append(members, ','), name), value.value...)
			}
			return nil
		})
	}
	isSigned := func(name string) bool {
		return slices.Contains(signed, name) && (name != "exp" || token.expiry <= answer.expiry)
	}
	anything := func(string) bool { return true }
	keep(token.response(), isSigned)
	keep(answer.response(), anything)
	keep(token.response(), anything)
	return parseIntrospection(append(members, '}'), s)
}
