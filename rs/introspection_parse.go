package rs

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// parseIntrospection reads an RFC 7662 section 2.2 response strictly: what two parsers could read in two ways (duplicate
// members, other letter case, trailing data, invalid UTF-8, active as a string) is no answer at all. Unknown members stay
// in the text; null counts as absent. Errors name members, never their values.
func parseIntrospection(data []byte, s *settings, lenientScope bool) (*Introspection, error) {
	if len(data) > longestText {
		return nil, fmt.Errorf("longer than %d bytes", longestText)
	}
	r := reading{facts: facts{reader: s.id, expiry: never, notBefore: always}, text: string(data), settings: s, lenientScope: lenientScope}
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
	return newIntrospection(r.facts, r.text, r.decoded), nil
}

// longestText is what a span can reach, and far more than any setting allows.
const longestText = math.MaxUint32 / 8

// reading is an introspection response that is being read.
type reading struct {
	facts

	text         string
	decoded      []byte // what is nowhere in the text, and will follow it
	settings     *settings
	lenientScope bool

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
		r.notBefore, err = value.date()
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
	joined, err := value.scope(r.lenientScope)
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

// member is the value of one object member, and the string of which it is a part: strings without escapes are cut out of
// it instead of being copied.
type member struct {
	value jsontext.Value
	text  string
	at    int // where text begins in the whole
}

// eachMember walks the members of the one JSON object that text must be. Null members are left out.
func eachMember(text string, visit func(name string, value member) error) error {
	dec, done := newDecoder(text)
	defer done()
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return errors.New("not a JSON object")
	}
	next := func() (member, error) {
		value, err := dec.ReadValue()
		end := int(dec.InputOffset())
		return member{value, text[end-len(value) : end], end - len(value)}, err
	}
	for dec.PeekKind() != '}' {
		quoted, err := next()
		if err != nil {
			return errNotStrictJSON
		}
		name, err := quoted.string()
		if err != nil {
			return errNotStrictJSON
		}
		value, err := next()
		if err != nil {
			return errNotStrictJSON
		}
		if value.kind() == 'n' {
			continue
		}
		if err := visit(name, value); err != nil {
			return fmt.Errorf("member %q %w", name, err) // only names that we asked for have errors
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return errNotStrictJSON
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return errors.New("data after the JSON object")
	}
	return nil
}

// decoders are used again: making one costs as much as reading a whole answer with it.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

type decoder struct {
	jsontext.Decoder
	text strings.Reader
}

// maxPooled: longer texts are rare, and would leave large buffers behind.
const maxPooled = 64 << 10

// newDecoder refuses duplicate names and invalid UTF-8, as jsontext does by default. What it gives is good until done.
func newDecoder(text string) (dec *jsontext.Decoder, done func()) {
	if len(text) > maxPooled {
		return jsontext.NewDecoder(bytes.NewBufferString(text)), func() {}
	}
	d, _ := decoders.Get().(*decoder)
	d.text.Reset(text)
	d.Reset(&d.text)
	return &d.Decoder, func() {
		d.text.Reset("")
		decoders.Put(d)
	}
}

var errNotStrictJSON = errors.New("not strict JSON (syntax, invalid UTF-8 or a duplicate member)")

func (m member) kind() jsontext.Kind { return m.value.Kind() }

var typeNames = map[jsontext.Kind]string{'"': "a string", '{': "an object", '0': "a number"}

func (m member) want(k jsontext.Kind) error {
	if m.kind() != k {
		return errors.New("is not " + typeNames[k])
	}
	return nil
}

func (m member) bool() (bool, error) {
	switch m.kind() {
	case 't':
		return true, nil
	case 'f':
		return false, nil
	}
	return false, errors.New("is not a boolean")
}

func (m member) string() (string, error) {
	if err := m.want('"'); err != nil {
		return "", err
	}
	if !strings.Contains(m.text, `\`) {
		return m.text[1 : len(m.text)-1], nil
	}
	s, err := jsontext.AppendUnquote(nil, m.value)
	return string(s), err
}

// strings is a string or an array of strings, as aud is (RFC 7519 section 4.1.3).
func (m member) strings() ([]string, error) {
	if m.kind() == '"' {
		s, err := m.string()
		return []string{s}, err
	}
	if m.kind() != '[' {
		return nil, errors.New("is neither a string nor an array of strings")
	}
	values := make([]string, 0, 1+strings.Count(m.text, ",")) // at once: growing would cost three times as much
	dec, done := newDecoder(m.text)
	defer done()
	if _, err := dec.ReadToken(); err != nil {
		return nil, errNotStrictJSON
	}
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		if err != nil {
			return nil, errNotStrictJSON
		}
		end := int(dec.InputOffset())
		s, err := member{value: value, text: m.text[end-len(value) : end]}.string()
		if err != nil {
			return nil, errors.New("is an array with something else than strings")
		}
		values = append(values, s)
	}
	return values, nil
}

// service is the calling service that a claim names, a string or an array of strings: of several, the first that is
// allowed, else the first. A claim of any other type names none.
func (m member) service(allowed []string) string {
	names, err := m.strings()
	if err != nil {
		return ""
	}
	first := ""
	for _, name := range names {
		if contains(allowed, name) {
			return name
		}
		first = cmp.Or(first, name)
	}
	return first
}

// scope is a string (RFC 7662 section 2.2). An array, as old servers send it, is joined only if no element could become
// two scopes.
func (m member) scope(lenient bool) (string, error) {
	if m.kind() != '[' || !lenient {
		return m.string()
	}
	values, err := m.strings()
	for _, v := range values {
		if !isScopeToken(v) {
			return "", errors.New("is an array with something else than scopes")
		}
	}
	return strings.Join(values, " "), err
}

// maxDate is the end of the year 9999: far beyond any token, and safe to calculate with.
const maxDate = 253402300799

// date is a NumericDate, which may have a fraction (RFC 7519 section 2).
func (m member) date() (int64, error) {
	if err := m.want('0'); err != nil {
		return 0, err
	}
	if n, err := strconv.ParseInt(m.text, 10, 64); err == nil {
		return min(max(n, -maxDate), maxDate), nil
	}
	f, err := strconv.ParseFloat(m.text, 64)
	if err != nil {
		return 0, errors.New("is not a finite number")
	}
	return int64(math.Floor(min(max(f, -maxDate), maxDate))), nil
}
