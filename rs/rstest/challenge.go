package rstest

import (
	"errors"
	"strings"
)

// parseChallenge reads one Bearer challenge, strictly in the form that RFC 6750 section 3 shows: quoted strings,
// separated by commas, no parameter twice.
func parseChallenge(line string) (map[string]string, error) {
	rest, ok := strings.CutPrefix(line, "Bearer")
	if !ok {
		return nil, errors.New("not a Bearer challenge")
	}
	params := map[string]string{}
	if rest == "" {
		return params, nil
	}
	if rest, ok = strings.CutPrefix(rest, " "); !ok {
		return nil, errors.New("no space behind the scheme")
	}
	for {
		name, tail, ok := strings.Cut(rest, `="`)
		if !ok || name == "" || strings.ContainsAny(name, ` ",=`) {
			return nil, errors.New("not a list of name=\"value\"")
		}
		value, tail, err := unquote(tail)
		if err != nil {
			return nil, err
		}
		if _, twice := params[name]; twice {
			return nil, errors.New("parameter " + name + " twice")
		}
		params[name] = value
		if tail == "" {
			return params, nil
		}
		if rest, ok = strings.CutPrefix(tail, ", "); !ok {
			return nil, errors.New("parameters not separated by a comma")
		}
	}
}

// unquote reads up to the closing quote of a quoted-string (RFC 9110 section 5.6.4).
func unquote(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], nil
		case c < 0x20 || c > 0x7e:
			return "", "", errors.New("a character that is not printable ASCII")
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errors.New("a quoted string without end")
}
