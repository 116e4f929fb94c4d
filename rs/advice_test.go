package rs_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestTheLogSaysWhatToDo: the mistakes that are made most are told in the error, which is what stands in the log, with the
// setting that is to be looked at.
func TestTheLogSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cfg  rs.Config
		want string
	}{
		"the endpoint is another path": {
			config(newWire().on(endpoint, answers(404, "text/html", "no"))),
			"status 404: is Config.IntrospectionEndpoint (OIDC_OP_INTROSPECTION_ENDPOINT) the introspection endpoint?",
		},
		"the endpoint moved": {
			config(newWire().on(endpoint, answers(301, "text/html", "no"))),
			"status 301: is Config.IntrospectionEndpoint (OIDC_OP_INTROSPECTION_ENDPOINT) the introspection endpoint?",
		},
		"the server is broken": {config(newWire().on(endpoint, answers(500, "text/html", "no"))), "status 500"},
		"there is no metadata": {
			discovering(publishes(endpoint, "")),
			"answered with status 404: is Config.Issuer (OIDC_OP_URL) the issuer? A server without metadata needs its endpoints configured",
		},
		"the metadata is down": {
			discovering(publishes(endpoint, "").on(oidcInserted, answers(503, "text/html", "no"))), "answered with status 503",
		},
		"keys of another algorithm": {
			func() rs.Config {
				header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"PS512","typ":"token-introspection+jwt"}`))
				cfg := signedConfig(newWire().on(endpoint, answers(200, responseType, header+".e30.AAAA")))
				cfg.SigningAlg = "PS512"
				return cfg
			}(),
			"the JWK Set has no key for PS512: is that what the authorization server signs with?",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newServer(t, c.cfg).Authenticate(t.Context(), "token")
			if err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got %v, want %q at its end", err, c.want)
			}
		})
	}
}
