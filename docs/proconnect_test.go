package docs_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// TestProConnectTroubles makes each trouble of the table in docs/how-to/proconnect.md.
func TestProConnectTroubles(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t)
	fail := func(f rstest.Fault) func(*rs.Config) string {
		return func(*rs.Config) string {
			as.FailNext(f)
			return as.Issue(nil)
		}
	}
	troubles := map[string]func(*rs.Config) string{ // each changes the configuration, and returns the token that is sent
		"client_credentials":         fail(rstest.InvalidClient),
		"introspection_content_type": fail(rstest.PlainJSON),
		"response_signature":         fail(rstest.OtherAlgorithm),
		"keys_unavailable": func(cfg *rs.Config) string { // a set without a key for it
			cfg.SigningAlg = "RS256"
			return as.Issue(nil)
		},
		"inactive": func(*rs.Config) string { return "of-the-other-environment" },
		"audience_not_allowed": func(cfg *rs.Config) string {
			cfg.AllowedAudiences = []string{"visio"}
			return as.Issue(rstest.Claims{"client_id": "chat"})
		},
	}
	page := read(t, "docs/how-to/proconnect.md")
	for reason, cause := range troubles {
		if !strings.Contains(page, "`reason="+reason+"`") {
			t.Errorf("the page does not know %s", reason)
		}
		cfg := as.Config(rstest.JWTSigned)
		token := cause(&cfg)
		server, err := rs.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, err = server.Authenticate(t.Context(), token)
		if got, _ := errors.AsType[*rs.Error](err); got == nil || string(got.Reason) != reason {
			t.Errorf("got %v, want %s", err, reason)
		}
	}
	if named := strings.Count(page, "`reason="); named != len(troubles) {
		t.Errorf("the page names %d reasons, and %d are tried", named, len(troubles))
	}
	if _, err := rs.New(rs.Config{SigningAlg: "HS256", Format: rs.JWTSigned}); !slices.ContainsFunc(rs.FieldErrors(err), func(e *rs.FieldError) bool {
		return e.Field == "SigningAlg"
	}) {
		t.Errorf("HS256 is possible, and the page says that it is not: %v", err)
	}
}
