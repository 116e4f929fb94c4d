package rsdoctor_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// setenv is a complete environment, changed; an empty value removes.
func setenv(t *testing.T, changes map[string]string) {
	t.Helper()
	w := admit(t, rs.JSON)
	for name, value := range map[string]string{
		"OIDC_OP_URL": w.cfg.Issuer, "OIDC_OP_INTROSPECTION_ENDPOINT": w.cfg.IntrospectionEndpoint, "OIDC_OP_JWKS_ENDPOINT": w.as.JWKSEndpoint(),
		"OIDC_RS_CLIENT_ID": clientID, "OIDC_RS_CLIENT_SECRET": secret, "OIDC_RS_SCOPES": "documents",
	} {
		t.Setenv(name, value)
	}
	for name, value := range changes {
		t.Setenv(name, value)
	}
}

func writeFile(t *testing.T, mode os.FileMode, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "private-file")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEnvironment(t *testing.T) {
	pem, err := keys.Generate("EC")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		changes  map[string]string
		result   rsdoctor.Result
		problems []rsdoctor.Code
		warnings []rsdoctor.Code
	}{
		{"healthy", nil, rsdoctor.Good, nil, nil},
		{"missing, for a misspelling", map[string]string{"OIDC_RS_SCOPES": "", "OIDC_RS_SCOPE": "documents"}, rsdoctor.WrongConfig, []rsdoctor.Code{rsdoctor.SettingMissing}, []rsdoctor.Code{rsdoctor.SettingUnknown}},
		{"misspelt", map[string]string{"OIDC_RS_SIGN_ALGO": "RS256"}, rsdoctor.Good, nil, []rsdoctor.Code{rsdoctor.SettingUnknown}},
		{"of nobody", map[string]string{"OIDC_RS_SOMETHING_ELSE": "1"}, rsdoctor.Good, nil, []rsdoctor.Code{rsdoctor.SettingUnknown}},
		{"wrong", map[string]string{"OIDC_TIMEOUT": "soon", "OIDC_RS_BACKEND_CLASS": "xml"}, rsdoctor.WrongConfig, []rsdoctor.Code{rsdoctor.SettingWrong}, nil},
		{"a unit is missing", map[string]string{"OIDC_TIMEOUT": "5000"}, rsdoctor.Good, nil, []rsdoctor.Code{rsdoctor.SettingUnusual}},
		{"certificates unchecked, http allowed", map[string]string{"OIDC_VERIFY_SSL": "false", "OIDC_RS_ALLOW_HTTP": "1"}, rsdoctor.Good, nil, []rsdoctor.Code{rsdoctor.TLSUnchecked, rsdoctor.HTTPAllowed}},
		{"jwt without a key", map[string]string{"OIDC_RS_BACKEND_CLASS": "jwt"}, rsdoctor.WrongConfig, []rsdoctor.Code{rsdoctor.SettingMissing}, nil},
		{"a key of another type", map[string]string{"OIDC_RS_BACKEND_CLASS": "jwt", "OIDC_RS_PRIVATE_KEY_STR": string(pem), "OIDC_RS_ENCRYPTION_ALGO": "ECDH-ES"}, rsdoctor.WrongConfig, []rsdoctor.Code{rsdoctor.KeyType}, nil},
		{"no key", map[string]string{"OIDC_RS_BACKEND_CLASS": "jwt", "OIDC_RS_PRIVATE_KEY_STR": "private-nonsense"}, rsdoctor.WrongConfig, []rsdoctor.Code{rsdoctor.KeyUnusable}, nil},
		{"a file of nobody", map[string]string{"OIDC_RS_CLIENT_SECRET": "", "OIDC_RS_CLIENT_SECRET_FILE": "/nowhere"}, rsdoctor.WrongConfig, []rsdoctor.Code{rsdoctor.SettingWrong}, nil},
		{"a secret for all, twice", map[string]string{"OIDC_RS_CLIENT_SECRET_FILE": writeFile(t, 0o644, secret)}, rsdoctor.Good, nil, []rsdoctor.Code{rsdoctor.SettingTwice, rsdoctor.FileReadable}},
		{"a secret for few", map[string]string{"OIDC_RS_CLIENT_SECRET": "", "OIDC_RS_CLIENT_SECRET_FILE": writeFile(t, 0o640, secret)}, rsdoctor.Good, nil, nil},
		{"basic", map[string]string{"OIDC_RS_CLIENT_AUTH_METHOD": "client_secret_basic"}, rsdoctor.Good, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			setenv(t, tt.changes)
			report := rsdoctor.Environment(t.Context(), rsdoctor.Options{})
			if report.Result != tt.result {
				t.Errorf("result %s, want %s", report.Result, tt.result)
			}
			if got := report.Codes(rsdoctor.Problem); !slices.Equal(got, tt.problems) {
				t.Errorf("problems %q, want %q", got, tt.problems)
			}
			if got := report.Codes(rsdoctor.Warning); !slices.Equal(got, tt.warnings) {
				t.Errorf("warnings %q, want %q", got, tt.warnings)
			}
			for _, f := range report.Findings {
				if strings.Contains(f.Text+f.Fix, secret) || strings.Contains(f.Text+f.Fix, "private-nonsense") {
					t.Errorf("told a secret: %+v", f)
				}
				if (f.Status == rsdoctor.Problem || f.Status == rsdoctor.Warning) && f.Fix == "" {
					t.Errorf("no fix: %+v", f)
				}
			}
			if t.Failed() {
				t.Logf("%+v", report.Findings)
			}
		})
	}
}

func TestOfflineMakesNoCall(t *testing.T) {
	setenv(t, map[string]string{"OIDC_OP_INTROSPECTION_ENDPOINT": "http://" + freeAddress(t)})
	report := rsdoctor.Environment(t.Context(), rsdoctor.Options{Offline: true})
	if report.Result != rsdoctor.Good {
		t.Errorf("%+v", report)
	}
}

func TestAtStart(t *testing.T) {
	setenv(t, map[string]string{"OIDC_RS_CLIENT_SECRET_FILE": writeFile(t, 0o644, secret+" "), "OIDC_RS_SCOPES": "openid"})
	env, err := rsenv.Read()
	if err != nil {
		t.Fatal(err)
	}
	found := rsdoctor.AtStart(context.Background(), env)
	var codes []rsdoctor.Code
	for _, f := range found {
		codes = append(codes, f.Code)
	}
	if want := []rsdoctor.Code{rsdoctor.FileReadable, rsdoctor.ScopeDoubtful}; !slices.Equal(codes, want) {
		t.Errorf("found %q, want %q", codes, want)
	}
}

func TestExamineOfAnInvalidConfig(t *testing.T) {
	t.Parallel()
	report := rsdoctor.Examine(t.Context(), rs.Config{}, rsdoctor.Options{})
	if report.Result != rsdoctor.WrongConfig || !slices.Equal(report.Codes(rsdoctor.Problem), []rsdoctor.Code{rsdoctor.SettingWrong}) {
		t.Errorf("%+v", report)
	}
}

func TestSeveralIssuers(t *testing.T) {
	good, slash := admit(t, rs.JSON), admit(t, rs.JSON)
	token := good.as.Issue(devas.Claims{"scope": "documents"})
	path := writeFile(t, 0o600, `{"defaults":{"OIDC_RS_CLIENT_ID":"`+clientID+`","OIDC_RS_CLIENT_SECRET_ENV":"OUR_SECRET","OIDC_RS_SCOPES":"documents"},
		"issuers":[{"OIDC_OP_URL":"`+good.cfg.Issuer+`"},{"OIDC_OP_URL":"`+slash.cfg.Issuer+`/"}]}`)
	t.Setenv("OUR_SECRET", secret)
	t.Setenv("OIDC_RS_CONFIG_FILE", path)
	t.Setenv("OIDC_RS_SCOPES", "ignored")
	for _, tt := range []struct {
		name     string
		options  rsdoctor.Options
		result   rsdoctor.Result
		problems map[string]rsdoctor.Code
	}{
		{"each", rsdoctor.Options{}, rsdoctor.Failed, map[string]rsdoctor.Code{slash.cfg.Issuer + "/": rsdoctor.IssuerSlash}},
		{"one", rsdoctor.Options{Issuer: good.cfg.Issuer, Token: rs.Secret(token)}, rsdoctor.Good, nil},
		{"the other", rsdoctor.Options{Issuer: slash.cfg.Issuer + "/"}, rsdoctor.Failed, map[string]rsdoctor.Code{slash.cfg.Issuer + "/": rsdoctor.IssuerSlash}},
		{"none", rsdoctor.Options{Issuer: "https://nobody.example"}, rsdoctor.WrongConfig, map[string]rsdoctor.Code{"": rsdoctor.SettingWrong}},
		{"offline", rsdoctor.Options{Offline: true}, rsdoctor.Good, nil},
		{"a token", rsdoctor.Options{Token: rs.Secret(token)}, rsdoctor.Failed, map[string]rsdoctor.Code{slash.cfg.Issuer + "/": rsdoctor.IssuerSlash}},
		{"a token of nobody", rsdoctor.Options{Token: "unknown"}, rsdoctor.Failed, map[string]rsdoctor.Code{slash.cfg.Issuer + "/": rsdoctor.IssuerSlash, "": rsdoctor.TokenRefused}},
	} {
		report := rsdoctor.Environment(t.Context(), tt.options)
		problems := map[string]rsdoctor.Code{}
		for _, f := range report.Findings {
			if f.Status == rsdoctor.Problem {
				problems[f.Issuer] = f.Code
			}
		}
		if report.Result != tt.result || !maps.Equal(problems, tt.problems) {
			t.Errorf("%s: %s, %v; want %s, %v: %+v", tt.name, report.Result, problems, tt.result, tt.problems, report.Findings)
		}
		if !slices.Contains(report.Codes(rsdoctor.Warning), rsdoctor.SettingWithoutEffect) && report.Result != rsdoctor.WrongConfig {
			t.Errorf("%s: nothing about the variable without effect", tt.name)
		}
	}
	t.Setenv("OUR_SECRET", "")
	report := rsdoctor.Environment(t.Context(), rsdoctor.Options{})
	if got := report.Codes(rsdoctor.Problem); report.Result != rsdoctor.WrongConfig || !slices.Equal(got, []rsdoctor.Code{rsdoctor.SettingMissing}) {
		t.Errorf("a file that cannot be used: %+v", report)
	}
}

func TestOneIssuerIsNotAnother(t *testing.T) {
	setenv(t, nil)
	report := rsdoctor.Environment(t.Context(), rsdoctor.Options{Issuer: "https://nobody.example", Offline: true})
	if report.Result != rsdoctor.WrongConfig {
		t.Errorf("%+v", report)
	}
}

func TestSecretFilesAreLookedAt(t *testing.T) {
	pem, err := keys.Generate("EC")
	if err != nil {
		t.Fatal(err)
	}
	setenv(t, map[string]string{
		"OIDC_RS_CLIENT_SECRET": "", "OIDC_RS_CLIENT_AUTH_METHOD": "private_key_jwt",
		"OIDC_RS_CLIENT_PRIVATE_KEY_STR": string(pem), "OIDC_RS_CLIENT_PRIVATE_KEY_STR_FILE": writeFile(t, 0o644, string(pem)),
	})
	report := rsdoctor.Environment(t.Context(), rsdoctor.Options{Offline: true})
	if got, want := report.Codes(rsdoctor.Warning), []rsdoctor.Code{rsdoctor.SettingTwice, rsdoctor.FileReadable}; !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
}
