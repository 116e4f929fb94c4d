package rsenv_test

import (
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"OIDC_RS_SCOPE", "OIDC_RS_SCOPE is not known: did you mean OIDC_RS_SCOPES?"},
		{"OIDC_RS_SIGN_ALGO", "OIDC_RS_SIGN_ALGO is not known: did you mean OIDC_RS_SIGNING_ALGO?"},
		{"OIDC_RS_CLIENTID", "OIDC_RS_CLIENTID is not known: did you mean OIDC_RS_CLIENT_ID?"},
		{"OIDC_RS_CACHE_TTLS", "OIDC_RS_CACHE_TTLS is not known: did you mean OIDC_RS_CACHE_TTL?"},
		{"oidc_rs_scopes", "oidc_rs_scopes is not known: did you mean OIDC_RS_SCOPES?"},
		{"OIDC_OP_INSTROSPECTION_ENDPOINT", "OIDC_OP_INSTROSPECTION_ENDPOINT is not known: did you mean OIDC_OP_INTROSPECTION_ENDPOINT?"},
		{"OIDC_VERIFY_SLS", "OIDC_VERIFY_SLS is not known: did you mean OIDC_VERIFY_SSL?"},
		{"OIDC_RS_SCOPES_PREFIX", "OIDC_RS_SCOPES_PREFIX is not known and has no effect"},
		{"OIDC_RS_CLIENT_ID_FILE", "OIDC_RS_CLIENT_ID_FILE is not known: did you mean OIDC_RS_CLIENT_KEY_FILE?"},
		{"OIDC_OP_INTROSPECTION_URL", "OIDC_OP_INTROSPECTION_URL is not known: did you mean OIDC_OP_INTROSPECTION_ENDPOINT?"},
		{"OIDC_OP_ISSUER", "OIDC_OP_ISSUER is not known: did you mean OIDC_OP_URL?"},
		{"OIDC_CLIENT_ID", ""}, // another program's: ours is set
		{"OIDC_VERIFY_KID", ""},
		{"OIDC_RP_CLIENT_ID", ""},
		{"OIDC_OP_TOKEN_ENDPOINT", ""},
		{"OIDC_FRESH_START", ""},
		{"DJANGO_OIDC_RS_SCOPE", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			minimal.with(env{test.name: "SECRET"}).set(t)
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			if got := mustRead(t).Warnings; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	for _, test := range []struct {
		name    string
		changes env
		want    []string // how each begins
	}{
		{"none", nil, nil},
		{"certificates", env{"OIDC_VERIFY_SSL": "false"}, []string{"OIDC_VERIFY_SSL is false: certificates are not checked"}},
		{"http", env{"OIDC_RS_ALLOW_HTTP": "true"}, []string{"OIDC_RS_ALLOW_HTTP is true: with an http endpoint"}},
		{"milliseconds", env{"OIDC_TIMEOUT": "5000", "OIDC_RS_CLOCK_SKEW": "10000"}, []string{
			"OIDC_RS_CLOCK_SKEW is above 5m, which is unusual: a number without a unit means seconds",
			"OIDC_TIMEOUT is above 1m, which is unusual: a number without a unit means seconds",
		}},
		{"at the limit", env{"OIDC_TIMEOUT": "60", "OIDC_RS_CLOCK_SKEW": "5m", "OIDC_RS_CACHE_TTL": "15m"}, nil},
		{"a long revocation delay", env{"OIDC_RS_CACHE_TTL": "16m"}, []string{"OIDC_RS_CACHE_TTL is above 15m, which is unusual"}},
		{"a secret twice", env{"OIDC_RS_CLIENT_SECRET_FILE": file(t, "s", "a")}, []string{
			"OIDC_RS_CLIENT_SECRET and OIDC_RS_CLIENT_SECRET_FILE are both set, and the file wins: remove one of the two",
		}},
		{"in order", env{"OIDC_RS_Z": "", "OIDC_RS_Y": "1"}, []string{"OIDC_RS_Y is not known", "OIDC_RS_Z is not known"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			minimal.with(test.changes).set(t)
			got := mustRead(t).Warnings
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
