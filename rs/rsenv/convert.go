package rsenv

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/value"
)

// convert reads a value that may be empty; a wrong one is reported and becomes the zero value.
func convert[T any](r *reader, v *spec.Variable, parse func(string) (T, error)) (result T) {
	if v.Value == "" {
		return result
	}
	result, err := parse(v.Value)
	if err != nil {
		r.wrong(v, err.Error())
	}
	return result
}

func (r *reader) boolean(v *spec.Variable) bool { return convert(r, v, value.Bool) }

func (r *reader) number(v *spec.Variable) int { return convert(r, v, value.Int) }

func (r *reader) list(v *spec.Variable) []string { return convert(r, v, value.List) }

// audiences is a list that restricts something: one that is set and holds nothing would silently restrict nothing.
func (r *reader) audiences(v *spec.Variable) []string {
	list := r.list(v)
	if v.Value != "" && len(list) == 0 {
		r.wrong(v, "names nothing: name at least one audience, or unset it")
	}
	return list
}

// choice is one of a few words, in any case.
func (r *reader) choice(v *spec.Variable, words ...string) string {
	chosen := strings.ToLower(v.Value)
	if !slices.Contains(words, chosen) {
		r.wrong(v, "is not one of "+strings.Join(words, ", "))
	}
	return chosen
}

// choose is the value whose name the variable has; the first, if it is none of them, which is reported.
func choose[T fmt.Stringer](r *reader, v *spec.Variable, values ...T) T {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = value.String()
	}
	return values[max(slices.Index(names, r.choice(v, names...)), 0)]
}

// limit is a duration that cannot be switched off.
func (r *reader) limit(v *spec.Variable) time.Duration {
	d := r.duration(v)
	if d == 0 {
		r.wrong(v, mustBePositive)
	}
	return d
}

// orNone is a duration or size for a field of rs.Config in which zero is the default and negative is none.
func orNone[T time.Duration | int](d T) T {
	if d == 0 {
		return -1
	}
	return d
}

func (r *reader) duration(v *spec.Variable) time.Duration {
	d := convert(r, v, value.Duration)
	if usual, err := time.ParseDuration(v.Unusual); err == nil && d > usual {
		r.warnings = append(r.warnings, v.Name+" is above "+v.Unusual+", which is unusual: a number without a unit means seconds")
	}
	return d
}

// size is a number of bytes that cannot be zero.
func (r *reader) size(v *spec.Variable) int {
	n := convert(r, v, value.Int)
	if n == 0 {
		r.wrong(v, mustBePositive)
	}
	return n
}

const mustBePositive = "is zero: this limit cannot be switched off"

// listen is host:port, where the host may be missing.
func (r *reader) listen(v *spec.Variable) string {
	_, port, err := net.SplitHostPort(v.Value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		r.wrong(v, "is no address: write host:port")
	}
	return v.Value
}
