package rs

import (
	"bytes"
	"cmp"
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
		if slices.Contains(allowed, name) {
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

// date is a NumericDate, which may have a fraction (RFC 7519 section 2), in Unix seconds: what ends then ends no later.
func (m member) date() (int64, error) { return m.instant(1, math.Floor) }

// begin is a NumericDate in Unix milliseconds: what begins then begins no earlier, and not a second later.
func (m member) begin() (int64, error) { return m.instant(1000, math.Ceil) }

func (m member) instant(perSecond int64, round func(float64) float64) (int64, error) {
	if err := m.want('0'); err != nil {
		return 0, err
	}
	if n, err := strconv.ParseInt(m.text, 10, 64); err == nil {
		return min(max(n, -maxDate), maxDate) * perSecond, nil
	}
	f, err := strconv.ParseFloat(m.text, 64)
	if err != nil {
		return 0, errors.New("is not a finite number")
	}
	return int64(round(min(max(f, -maxDate), maxDate) * float64(perSecond))), nil
}
