// Package value reads the values that environment variables hold. No error quotes a value: it could be a secret that
// ended up in the wrong variable.
package value

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Duration reads seconds (5, 2.5) or a Go duration (5s, 1m30s). It is never negative.
func Duration(s string) (time.Duration, error) {
	if strings.Trim(s, "0123456789.") == "" {
		s += "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, errors.New("is no duration: write seconds (5 or 2.5) or a Go duration (5s or 1m30s)")
	}
	return d, nil
}

// Bool reads what django-configurations and django-environ take for a truth value.
func Bool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "1", "yes", "y", "on":
		return true, nil
	case "false", "0", "no", "n", "off":
		return false, nil
	}
	return false, errors.New("is no truth value: write true or false")
}

// List reads words that are separated by commas, white space or both. Nothing makes an empty list.
func List(s string) ([]string, error) {
	if strings.HasPrefix(s, "[") {
		return nil, errors.New("is written with brackets: write the words alone, with commas between them")
	}
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || '\t' <= r && r <= '\r' }), nil
}

// Int reads a whole number that is not negative.
func Int(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, strconv.IntSize-1)
	if err != nil {
		return 0, errors.New("is no whole number: write digits alone")
	}
	return int(n), nil
}
