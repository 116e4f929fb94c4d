package rsenv

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// parseMembers reads one JSON object, in which no name may stand twice. Errors quote nothing: somebody may have put a
// secret where none belongs.
func parseMembers(data []byte) (map[string]jsontext.Value, error) {
	var members map[string]jsontext.Value
	err := json.Unmarshal(data, &members)
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return nil, errors.New("has a member twice")
	}
	if _, isSyntax := errors.AsType[*jsontext.SyntacticError](err); isSyntax {
		return nil, errors.New("is not JSON (" + position(data, err) + "): correct the file there")
	}
	if err != nil || members == nil {
		return nil, errors.New("is not a JSON object")
	}
	return members, nil
}

// position is the line of a syntax error.
func position(data []byte, err error) string {
	syntax, _ := errors.AsType[*jsontext.SyntacticError](err)
	line := 1 + strings.Count(string(data[:min(int(syntax.ByteOffset), len(data))]), "\n")
	return "see line " + strconv.Itoa(line)
}

// elements splits a JSON array.
func elements(value jsontext.Value) ([]jsontext.Value, bool) {
	var list []jsontext.Value
	if value.Kind() != '[' || json.Unmarshal(value, &list) != nil {
		return nil, false
	}
	return list, true
}

func stringsOf(value jsontext.Value) ([]string, error) {
	var list []string
	if value.Kind() != '[' || json.Unmarshal(value, &list) != nil {
		return nil, errors.New("is not a list of strings")
	}
	return list, nil
}

// textOf is a value as the environment would have it.
func textOf(value jsontext.Value) (string, error) {
	switch value.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, value)
		return string(text), err
	case 't', 'f', '0':
		return string(value), nil
	case '[':
		list, err := stringsOf(value)
		for _, each := range list {
			if each == "" || strings.ContainsAny(each, ", \t\r\n") {
				return "", errors.New("is a list with an element that is empty, or has a comma or white space")
			}
		}
		return strings.Join(list, ","), err
	}
	return "", errors.New("is neither a string, a number, a truth value nor a list of strings")
}
