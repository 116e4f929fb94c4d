package keys

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds the nesting of any JSON that we read. A JWK Set needs 3
// levels (set, array, key) and a certificate chain a fourth; recursive parsers
// must not be asked for more than a little on top.
const maxDepth = 16

// An object is a JSON object with its members still in raw form.
//
// encoding/json would match names without regard to case, take the last of two
// equal names, and replace invalid UTF-8. What is read here decides about keys,
// so it must mean the same to everybody: names are unique (at every level) and
// case-sensitive, text is UTF-8, and nothing follows the object (RFC 7493
// section 2, RFC 7515 section 4).
type object map[string]jsontext.Value

// strictly are jsontext's defaults, spelled out: they are what we rely on.
var strictly = json.JoinOptions(
	jsontext.AllowDuplicateNames(false),
	jsontext.AllowInvalidUTF8(false),
	json.MatchCaseInsensitiveNames(false),
)

// parseObject reads data as one JSON object. Its errors say where, but quote
// nothing: data may be a private key.
func parseObject(data []byte) (object, error) {
	if tooDeep(data) {
		return nil, fmt.Errorf("JSON is nested deeper than %d levels", maxDepth)
	}
	var members object
	if err := json.Unmarshal(data, &members, strictly); err != nil {
		return nil, jsonError(err)
	}
	if members == nil { // null
		return nil, errors.New("JSON is not an object")
	}
	return members, nil
}

// jsonError says what is wrong with a JSON text without repeating any of it.
func jsonError(err error) error {
	if _, ok := errors.AsType[*json.SemanticError](err); ok {
		return errors.New("JSON is not an object")
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return errors.New("JSON has a duplicate member")
	}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("JSON is invalid at byte %d", syntax.ByteOffset)
	}
	return errors.New("JSON is invalid")
}

// tooDeep scans for nesting beyond maxDepth before any recursive parser runs.
func tooDeep(data []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++ // whatever is escaped does not end the string
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// text returns a string member; ok says whether there is one.
func (o object) text(name string) (s string, ok bool, err error) {
	v, ok := o[name]
	if !ok {
		return "", false, nil
	}
	s, err = unquote(v)
	if err != nil {
		return "", true, fmt.Errorf("%s %w", name, err)
	}
	return s, true, nil
}

// texts returns a member that is an array of strings; ok says whether there is
// one.
func (o object) texts(name string) (list []string, ok bool, err error) {
	v, ok := o[name]
	if !ok {
		return nil, false, nil
	}
	values, err := elements(v)
	if err != nil {
		return nil, true, fmt.Errorf("%s %w", name, err)
	}
	list = make([]string, len(values))
	for i, v := range values {
		if list[i], err = unquote(v); err != nil {
			return nil, true, fmt.Errorf("an element of %s %w", name, err)
		}
	}
	return list, true, nil
}

// elements splits a JSON array.
func elements(v jsontext.Value) ([]jsontext.Value, error) {
	var values []jsontext.Value
	if v.Kind() != '[' || json.Unmarshal(v, &values, strictly) != nil {
		return nil, errors.New("is not an array")
	}
	return values, nil
}

func unquote(v jsontext.Value) (string, error) {
	if v.Kind() != '"' {
		return "", errors.New("is not a string")
	}
	b, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return "", errors.New("is not a valid string")
	}
	return string(b), nil
}
