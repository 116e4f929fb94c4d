package rsenv_test

import (
	"maps"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

func TestUserInfoFormats(t *testing.T) {
	for _, c := range []struct {
		value string
		want  rs.Format
	}{
		{"", rs.JSON},
		{"AUTO", rs.JSON}, // django-lasuite's: the sender does not choose
		{"JSON", rs.JSON},
		{"JWT", rs.JWTSigned},
		{"jwt-encrypted", rs.JWT},
	} {
		t.Run(c.value, func(t *testing.T) {
			all := maps.Clone(minimal)
			all["OIDC_OP_USER_ENDPOINT_FORMAT"] = c.value
			all["OIDC_RS_PRIVATE_KEY_STR"] = rsaKey(t)
			all.set(t)
			got := mustRead(t)
			if got.Config.UserInfoFormat != c.want || len(got.Warnings) > 0 {
				t.Errorf("got %v and %q, want %v", got.Config.UserInfoFormat, got.Warnings, c.want)
			}
		})
	}
}

func TestUserInfoVariablesThatAreWrong(t *testing.T) {
	for name, wrong := range map[string]env{
		"OIDC_OP_USER_ENDPOINT_FORMAT": {"OIDC_OP_USER_ENDPOINT_FORMAT": "jwe"},
		"OIDC_OP_USER_ENDPOINT":        {"OIDC_OP_USER_ENDPOINT": "http://as.example/u"},
		"OIDC_RS_USER_INFO_ALGO":       {"OIDC_RS_USER_INFO_ALGO": "none"},
		"OIDC_RS_PRIVATE_KEY_STR":      {"OIDC_OP_USER_ENDPOINT_FORMAT": "jwt-encrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			all := maps.Clone(minimal)
			maps.Copy(all, wrong)
			all.set(t)
			_, err := rsenv.Read()
			if got := rsenv.VariableErrors(err); len(got) != 1 || got[0].Variable != name {
				t.Errorf("got %v, want it to be about %s alone", err, name)
			}
		})
	}
}
