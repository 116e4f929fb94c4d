package spec_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	var names []string
	for _, v := range spec.Table().All() {
		if !regexp.MustCompile(`^OIDC_[A-Z0-9_]+$`).MatchString(v.Name) || slices.Contains(names, v.Name) {
			t.Errorf("name %q: malformed or not the only one", v.Name)
		}
		names = append(names, v.Name)
		if v.Description == "" || v.Example == "" || (v.Default == "") == (v.Unset == "") {
			t.Errorf("%s: description, example, and either a default or what unset means are needed", v.Name)
		}
		if _, err := time.ParseDuration(v.Unusual); v.Unusual != "" && err != nil {
			t.Errorf("%s: unusual: %v", v.Name, err)
		}
	}
}

func TestRead(t *testing.T) {
	for _, test := range []struct{ name, set, secret, plain string }{
		{"nothing", "", "", "5s"},
		{"white space", " \t\r\n", "", "5s"},
		{"plain", "7s", "7s", "7s"},
		{"spaces around", " 7s\r\n", " 7s\r\n", "7s"},
		{"double quotes", `"7s"`, `"7s"`, "7s"},
		{"single quotes", `' 7s '`, `' 7s '`, "7s"},
		{"nothing in quotes", `""`, "", "5s"},
		{"two pairs", `"'7s'"`, `"'7s'"`, "'7s'"},
		{"one quote", `"`, `"`, `"`},
		{"quotes that do not match", `"7s'`, `"7s'`, `"7s'`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("OIDC_TIMEOUT", test.set)
			t.Setenv("OIDC_RS_CLIENT_SECRET", test.set)
			vars, err := spec.Read()
			if err != nil {
				t.Fatal(err)
			}
			if got := vars.Timeout.Value; got != test.plain {
				t.Errorf("OIDC_TIMEOUT is %q, want %q", got, test.plain)
			}
			if got := vars.ClientSecret.Value; got != test.secret {
				t.Errorf("OIDC_RS_CLIENT_SECRET is %q, want %q", got, test.secret)
			}
		})
	}
}

func TestFormattingHidesValues(t *testing.T) {
	t.Setenv("OIDC_RS_CLIENT_SECRET", "c0ffee-secret")
	vars, err := spec.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, v := range []any{vars, *vars, vars.ClientSecret, &vars.ClientSecret} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "c0ffee") {
				t.Errorf("%s shows the secret: %s", format, got)
			}
		}
	}
}
