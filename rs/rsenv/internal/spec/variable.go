package spec

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// Variable is one environment variable: what its struct tags say about it, and its value.
//
//nolint:recvcheck // envconfig calls Decode on a pointer, and fmt must find String on a value
type Variable struct {
	Name        string // envconfig
	Group       string // group: heading of the section that starts here; empty: same section as the one before
	Default     string // default
	Unset       string // unset: what having no value means, where there is no default
	Example     string // example
	Description string // desc: one line; words between ' ' are code
	More        string // more: what only the reference tells; same notation
	Unusual     string // unusual: a duration above this is probably a mistake in the unit
	Exact       bool   // exact: white space and quotes are part of the value

	Value string // what is set, else the default
}

// Decode keeps the value as it is. It is envconfig's hook: its own conversions would quote values in their errors, and
// stop at the first.
func (v *Variable) Decode(raw string) error {
	v.Value = raw
	return nil
}

// String names the variable and hides its value, which may be a secret.
func (v Variable) String() string { return v.Name }

// GoString is String: %#v would show the value.
func (v Variable) GoString() string { return v.Name }

// Read is the table with the values of this process's environment.
func Read() (*Variables, error) {
	vars := Table()
	if err := envconfig.Process("", vars); err != nil {
		return nil, fmt.Errorf("rsenv: reading the environment: %w", err)
	}
	for _, v := range vars.All() {
		v.settle()
	}
	return vars, nil
}

// From is the table with values by name, from elsewhere than the environment.
func From(values map[string]string) *Variables {
	vars := Table()
	for _, v := range vars.All() {
		v.Value = values[v.Name]
		v.settle()
	}
	return vars
}

// Table is the table without values.
func Table() *Variables {
	vars := &Variables{}
	for field, value := range reflect.ValueOf(vars).Elem().Fields() {
		tag := field.Tag.Get
		*variableIn(value) = Variable{
			Name: tag("envconfig"), Group: tag("group"), Default: tag("default"), Unset: tag("unset"), Example: tag("example"),
			Description: tag("desc"), More: tag("more"), Unusual: tag("unusual"), Exact: tag("exact") == "true",
		}
	}
	return vars
}

// All lists the variables in the order of the table.
func (vars *Variables) All() []*Variable {
	var all []*Variable
	for _, value := range reflect.ValueOf(vars).Elem().Fields() {
		all = append(all, variableIn(value))
	}
	return all
}

func variableIn(field reflect.Value) *Variable { return field.Addr().Interface().(*Variable) }

// settle cleans the value. Nothing but white space is the same as not set, which envconfig does not think.
func (v *Variable) settle() {
	clean := unquote(strings.TrimSpace(v.Value))
	switch {
	case v.Exact && clean != "":
	case v.Exact:
		v.Value = ""
	default:
		v.Value = cmp.Or(clean, v.Default)
	}
}

// unquote drops one pair of quotes, which some readers of .env files leave in place.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}
