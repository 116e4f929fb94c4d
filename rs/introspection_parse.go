package rs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// parseIntrospection reads an RFC 7662 section 2.2 response strictly: what two parsers could read in two ways (duplicate
// members, other letter case, trailing data, invalid UTF-8, active as a string) is no answer at all. Unknown members stay
// in the text; null counts as absent. Errors name members, never their values.
func parseIntrospection(data []byte, s *settings) (*Introspection, error) {
	if len(data) > longestText {
		return nil, fmt.Errorf("longer than %d bytes", longestText)
	}
	r := reading{facts: facts{reader: s.id, expiry: never, notBefore: always}, text: string(data), settings: s}
	if err := eachMember(r.text, r.member); err != nil {
		return nil, err
	}
	if !r.hasActive {
		return nil, errors.New(`member "active" is missing`)
	}
	if !r.active { // nothing else of it may matter, so nothing else is kept
		return newIntrospection(facts{reader: s.id, expiry: never, notBefore: always}, `{"active":false}`, nil), nil
	}
	if s.audienceClaim == "client_id" {
		r.spans.service = r.spans.clientID
	}
	r.senderConstrained = r.senderConstrained || strings.EqualFold(r.tokenType, "DPoP")
	r.kind = kindOf(r.tokenType, r.tokenUse)
	in := newIntrospection(r.facts, r.text, r.decoded)
	in.compare(s)
	return in, nil
}

// compare reads what the settings say about scope, calling service and audience. A request then compares no text, which
// is a tenth of a hit among 1,000 tokens and among 100,000: there it is a wait for memory.
func (in *Introspection) compare(s *settings) {
	in.accepted = slices.ContainsFunc(s.acceptedScopes, in.hasScope)
	in.named = in.service() != ""
	in.allowed = len(s.allowed) == 0 || slices.Contains(s.allowed, in.service())
	in.meant = len(s.audiences) == 0 || slices.ContainsFunc(s.audiences, in.isFor)
}

// longestText is what a span can reach, and far more than any setting allows.
const longestText = math.MaxUint32 / 8

// reading is an introspection response that is being read.
type reading struct {
	facts

	text     string
	decoded  []byte // what is nowhere in the text, and will follow it
	settings *settings

	hasActive           bool
	tokenType, tokenUse string
}

func (r *reading) member(name string, value member) (err error) {
	spans := &r.spans
	switch name {
	case "active":
		r.hasActive = true
		r.active, err = value.bool()
	case "sub":
		spans.subject, err = r.place(value)
	case "client_id":
		spans.clientID, err = r.place(value)
	case "username":
		if value.kind() == '"' { // for display only: a wrong type is no reason to refuse
			spans.username, err = r.place(value)
		}
	case "iss":
		var issuer string
		issuer, err = value.string()
		r.foreign = issuer != r.settings.issuer // RFC 8414 section 2: compared as strings, a slash makes another issuer
	case "token_type":
		r.tokenType, err = value.string()
	case "token_use":
		r.tokenUse, err = value.string()
	case "scope":
		spans.scope, err = r.scope(value)
	case "aud":
		spans.audience, err = r.list(value)
	case "exp":
		r.expiry, err = value.date()
	case "nbf":
		r.notBefore, err = value.begin()
	case "iat":
		_, err = value.date()
	case "cnf":
		r.senderConstrained = true
		err = value.want('{')
	}
	if name == r.settings.audienceClaim && name != "client_id" {
		spans.service = r.add(value.service(r.settings.allowed))
	}
	return err
}

// place is where a string is: in the text, if it has no escapes.
func (r *reading) place(value member) (span, error) {
	s, err := value.string()
	if err != nil || strings.Contains(value.text, `\`) {
		return r.add(s), err
	}
	from := uint32(value.at + len(`"`))           //nolint:gosec // G115: bounded by longestText
	return span{from, from + uint32(len(s))}, nil //nolint:gosec // G115: as above
}

// add writes s behind the text.
func (r *reading) add(s string) span {
	from := uint32(len(r.text) + len(r.decoded)) //nolint:gosec // G115: bounded by longestText
	r.decoded = append(r.decoded, s...)
	return span{from, from + uint32(len(s))} //nolint:gosec // G115: as above
}

func (r *reading) scope(value member) (span, error) {
	if value.kind() == '"' {
		return r.place(value)
	}
	joined, err := value.scope(r.settings.lenientScope)
	return r.add(joined), err
}

// list writes names with their lengths behind the text: a name can hold any character, so that none could part them.
func (r *reading) list(value member) (span, error) {
	names, err := value.strings()
	size := 0
	for _, name := range names {
		size += 4 + len(name)
	}
	from := len(r.text) + len(r.decoded)
	r.decoded = slices.Grow(r.decoded, size)
	for _, name := range names {
		r.decoded = append(binary.LittleEndian.AppendUint32(r.decoded, uint32(len(name))), name...) //nolint:gosec // G115: bounded by longestText
	}
	return span{uint32(from), uint32(from + size)}, err //nolint:gosec // G115: as above
}

// kindOf: an authorization server calls refresh and ID tokens active too. Hydra says what they are in token_use, others in
// token_type, and node oidc-provider leaves token_type out.
func kindOf(tokenType, tokenUse string) tokenKind {
	switch {
	case tokenUse != "" && tokenUse != "access_token":
		return kindOther
	case tokenType == "":
		return kindUnstated
	case strings.EqualFold(tokenType, "Bearer"):
		return kindBearer
	}
	return kindOther
}
