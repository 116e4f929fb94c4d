package rsenv_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// The .env file of a Django service, as its own settings read it.
func TestDjangoEnvironmentWorksUnchanged(t *testing.T) {
	text, err := os.ReadFile("testdata/django.env")
	if err != nil {
		t.Fatal(err)
	}
	django := env{}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(line, "#") {
			django[name] = value
		}
	}
	django["OIDC_RS_PRIVATE_KEY_STR"] = strings.ReplaceAll(rsaKey(t), "\n", `\n`)
	django.set(t)
	got := mustRead(t)
	if len(got.Warnings) > 0 {
		t.Errorf("warnings: %q", got.Warnings)
	}
	if got.Config.Format != rs.JWT || got.Keys.Type() != "RSA" || !slices.Equal(got.Config.AcceptedScopes, []string{"openid", "lasuite_docs"}) {
		t.Errorf("got %v, %v, %q", got.Config.Format, got.Keys.Type(), got.Config.AcceptedScopes)
	}
	if _, err := rs.New(got.Config); err != nil {
		t.Error(err)
	}
}
