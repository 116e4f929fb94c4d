package explain_test

import (
	"maps"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/explain"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

const secret = "private-secret"

// server is an authorization server, and the configuration of a resource server that it answers in the given form.
func server(t *testing.T, format rs.Format) (*devas.Server, rs.Config) {
	t.Helper()
	client := devas.Client{ID: "documents", Secret: secret}
	cfg := rs.Config{ClientID: client.ID, ClientSecret: secret, AcceptedScopes: []string{"documents"}, Format: format, AudienceClaim: "azp"}
	if format != rs.JSON {
		client.SigningAlg = "ES256"
	}
	if format == rs.JWT {
		pem, err := keys.Generate("EC")
		if err != nil {
			t.Fatal(err)
		}
		ours, err := keys.Parse(pem, "ECDH-ES", "A256GCM")
		if err != nil {
			t.Fatal(err)
		}
		client.EncryptionAlg, client.JWKS, cfg.Decrypter = "ECDH-ES", ours.PublicJWKS(), ours
	}
	listener := httptest.NewUnstartedServer(nil)
	as, err := devas.New(devas.Config{Issuer: "http://" + listener.Listener.Addr().String(), Clients: []devas.Client{client}})
	if err != nil {
		t.Fatal(err)
	}
	listener.Config.Handler = as
	listener.Start()
	t.Cleanup(listener.Close)
	cfg.Issuer, cfg.IntrospectionEndpoint = as.Issuer(), as.IntrospectionEndpoint()
	if format != rs.JSON {
		cfg.JWKSEndpoint = as.JWKSEndpoint()
	}
	return as, cfg
}

func TestToken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		format rs.Format
		claims devas.Claims
		fault  devas.Fault
		reason rs.Reason // empty: accepted
		want   []string  // patterns of lines
	}{
		{"accepted", rs.JSON, nil, 0, "", []string{
			"with client_secret_basic, for an answer in the form json$", "^answer +200 after .*: plain JSON", "^steps +token +ok +[0-9.]+[nµm]?s", "^ +call +ok +[0-9.]+[mµ]?s", "^ +scope +ok ", "present: .*, azp$",
			"^ +not looked at: private_claim$", "^decision  accepted: a token with a subject, scopes: 1$",
		}},
		{"accepted, signed", rs.JWTSigned, nil, 0, "", []string{"^keys +GET .*/jwks: a JWK Set with keys for ES256", "^answer +200 after .*: signature right"}},
		{"accepted, encrypted", rs.JWT, nil, 0, "", []string{"^answer +200 after .*: decrypted with our key, signature right"}},
		{"null is absent", rs.JSON, devas.Claims{"azp": "x", "nbf": (*int)(nil)}, 0, "", []string{"absent: .*nbf"}},
		{"a member with an odd name", rs.JSON, devas.Claims{"a\x1b[31m\nb": 1}, 0, "", []string{`not looked at: a\\x1b\[31m\\nb, private_claim$`}},
		{"no calling service", rs.JSON, devas.Claims{"azp": nil}, 0, rs.ReasonAudienceMissing, []string{"absent: .*, azp$", "^client +sees 401 Unauthorized$"}},
		{"expired", rs.JSON, devas.Claims{"exp": 1}, 0, rs.ReasonExpired, []string{"^facts +not shown: the token is not active, or its exp is past$"}},
		{"too weak", rs.JSON, devas.Claims{"scope": "openid"}, 0, rs.ReasonInsufficientScope, []string{"^client +sees 403 Forbidden$", "^ +scope +insufficient_scope +[0-9.]+[nµm]?s$", `scope="documents"`}},
		{"down", rs.JSON, nil, devas.Status(502), rs.ReasonStatus, []string{"^answer +no answer that could be used .introspection_status.", "^ +Retry-After: "}},
		{"our credentials", rs.JSON, nil, devas.InvalidClient, rs.ReasonClientCredentials, []string{"^client +sees 500 Internal Server Error$", "^do +check OIDC_RS_CLIENT_ID"}},
		{"a stranger's signature", rs.JWT, nil, devas.WrongSignature, rs.ReasonResponseSignature, []string{"^do +compare OIDC_RS_SIGNING_ALGO"}},
		{"no keys", rs.JWTSigned, nil, devas.KeysDown, rs.ReasonKeysUnavailable, []string{"^keys +GET .*: no usable JWK Set .keys_unavailable."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			as, cfg := server(t, tt.format)
			claims := devas.Claims{"sub": "private-subject", "private_claim": "private-value", "azp": "private-caller", "scope": "documents"}
			maps.Copy(claims, tt.claims)
			token := as.Issue(claims)
			as.Fail(tt.fault)
			var out strings.Builder
			err := explain.Token(t.Context(), cfg, token, show.New(&out))
			if e := rs.AsError(err); (e == nil) != (tt.reason == "") || e != nil && e.Reason != tt.reason {
				t.Errorf("the error is %v, want the reason %q", err, tt.reason)
			}
			for _, pattern := range tt.want {
				if !regexp.MustCompile("(?m)" + pattern).MatchString(out.String()) {
					t.Errorf("no line is like %s", pattern)
				}
			}
			for _, private := range []string{token, secret, "private-", "\x1b"} {
				if strings.Contains(out.String(), private) {
					t.Errorf("told: %q", private)
				}
			}
			if t.Failed() {
				t.Log("\n" + out.String())
			}
		})
	}
}

func TestTokenDescribesWhatItIsGiven(t *testing.T) {
	t.Parallel()
	_, cfg := server(t, rs.JSON)
	for _, tt := range []struct {
		token   string
		lenient bool
		want    string
	}{
		{"abc", true, "token     3 characters, not base64-wrapped: asked about as it is\n"},
		{"Bearer abc", true, "token     10 characters, starting with the word Bearer: give the token alone\n"},
		{"dG9rZW4=", true, "token     8 characters, base64-wrapped: asked about are the 5 characters inside\n"},
		{"dG9rZW4=", false, "token     8 characters, perhaps base64-wrapped, but OIDC_RS_BASE64_TOKENS is false: asked about as\n          it is\n"},
		{"/////w==", true, "token     8 characters, not base64-wrapped: asked about as it is\n"},
	} {
		cfg.LenientBase64Token = tt.lenient
		var out strings.Builder
		_ = explain.Token(t.Context(), cfg, tt.token, show.New(&out))
		if !strings.HasPrefix(out.String(), tt.want) {
			t.Errorf("%q: wrote\n%s, want first\n%s", tt.token, &out, tt.want)
		}
	}
}
