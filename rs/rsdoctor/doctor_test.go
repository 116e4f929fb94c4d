package rsdoctor_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// illness is a misconfiguration: how it comes about, and the problem and the warnings that must be found, exactly.
type illness struct {
	name     string
	format   rs.Format
	cause    func(w *ward)
	problem  rsdoctor.Code // empty: none
	warnings []rsdoctor.Code
}

var illnesses = []illness{
	{"none, json", rs.JSON, func(*ward) {}, "", nil},
	{"none, jwt-signed", rs.JWTSigned, func(*ward) {}, "", nil},
	{"none, jwt", rs.JWT, func(*ward) {}, "", nil},

	// The settings.
	{"a secret with a line break, which is not part of it", rs.JSON, func(w *ward) { w.cfg.ClientSecret = secret + "\n" }, rsdoctor.SecretWrapped, nil},
	{"a secret in quotes", rs.JSON, func(w *ward) { w.cfg.ClientSecret = `"` + secret + `"` }, rsdoctor.SecretWrapped, nil},
	{"the issuer is the metadata's address", rs.JSON, func(w *ward) { w.cfg.Issuer += "/.well-known/openid-configuration" }, rsdoctor.IssuerIsDocument, nil},
	{"both endpoints the same", rs.JWTSigned, func(w *ward) { w.cfg.JWKSEndpoint = w.cfg.IntrospectionEndpoint }, rsdoctor.EndpointsShuffled, []rsdoctor.Code{rsdoctor.JWKSEndpointDiffers}},
	{"json with a private key", rs.JSON, func(w *ward) { w.cfg.Decrypter, _ = ourKeys() }, "", []rsdoctor.Code{rsdoctor.FormatDoubtful}},
	{"openid alone", rs.JSON, func(w *ward) { w.cfg.AcceptedScopes = []string{"openid"} }, "", []rsdoctor.Code{rsdoctor.ScopeDoubtful}},
	{"ourselves as the calling service", rs.JSON, func(w *ward) { w.cfg.AllowedAudiences = []string{clientID} }, "", []rsdoctor.Code{rsdoctor.AudienceDoubtful}},
	{"another key than the one that decrypts", rs.JWT, func(w *ward) { w.cfg.Decrypter = mixed(w.t) }, rsdoctor.KeyRoundTrip, nil},

	// What is left to the metadata.
	{"all discovered", rs.JWT, func(w *ward) {
		w.cfg.IntrospectionEndpoint, w.cfg.JWKSEndpoint, w.cfg.ClientAuth = "", "", rs.ClientSecretByMetadata
	}, "", nil},
	{"nothing discovered", rs.JSON, func(w *ward) {
		w.cfg.IntrospectionEndpoint = ""
		w.front = without("/.well-known/")
	}, rsdoctor.MetadataMissing, nil},
	{"a slash keeps from discovering", rs.JSON, func(w *ward) { w.cfg.IntrospectionEndpoint = ""; w.cfg.Issuer += "/" }, rsdoctor.IssuerSlash, nil},

	// The way.
	{"nobody listens", rs.JSON, func(w *ward) { w.move("http://" + freeAddress(w.t)) }, rsdoctor.Unreachable, []rsdoctor.Code{rsdoctor.EndpointDiffers}},
	{"no such host", rs.JSON, func(w *ward) { w.move("http://" + nowhere); w.cfg.InsecureAllowHTTP = true }, rsdoctor.DNS, []rsdoctor.Code{rsdoctor.HTTPAllowed, rsdoctor.EndpointDiffers}},
	{"https for http", rs.JSON, func(w *ward) { w.move(strings.Replace(w.base, "http:", "https:", 1)) }, rsdoctor.NotTLS, []rsdoctor.Code{rsdoctor.EndpointDiffers}},
	{"a proxy that is down", rs.JSON, func(w *ward) { w.cfg.Proxy = &url.URL{Scheme: "http", Host: freeAddress(w.t)} }, rsdoctor.ProxyFails, []rsdoctor.Code{rsdoctor.MetadataMissing}},
	{"too slow", rs.JSON, func(w *ward) {
		w.cfg.Timeout = 4 * time.Second // in which metadata arrives on a machine that is busy
		w.as.Fail(devas.Hang)
	}, rsdoctor.Timeout, nil},
	{"cut off", rs.JSON, func(w *ward) { w.as.Fail(devas.Reset) }, rsdoctor.NotHTTP, nil},
	{"our clock is behind", rs.JSON, func(w *ward) { w.cfg.Now = off(-time.Hour) }, rsdoctor.Clock, nil},
	{"our clock is a little ahead", rs.JSON, func(w *ward) { w.cfg.Now = off(30 * time.Second) }, "", []rsdoctor.Code{rsdoctor.Clock}},
	{"our clock is behind, signed", rs.JWTSigned, func(w *ward) { w.cfg.Now = off(-time.Hour) }, rsdoctor.Clock, nil},

	// The issuer.
	{"a slash too many", rs.JSON, func(w *ward) { w.cfg.Issuer += "/" }, rsdoctor.IssuerSlash, nil},
	{"a slash too few", rs.JWT, func(w *ward) { w.open(w.base + "/api/"); w.cfg.Issuer = w.base + "/api" }, rsdoctor.IssuerSlash, nil},
	{"https for http in the issuer", rs.JWTSigned, func(w *ward) { w.cfg.Issuer = strings.Replace(w.cfg.Issuer, "http:", "https:", 1) }, rsdoctor.IssuerScheme, nil},
	{"capital letters", rs.JWT, func(w *ward) { w.cfg.Issuer = strings.Replace(w.cfg.Issuer, "/api", "/API", 1) }, rsdoctor.IssuerCase, nil},
	{"internal for external", rs.JWT, func(w *ward) { w.cfg.Issuer = "https://auth.invalid/api" }, rsdoctor.IssuerHost, nil},
	{"another issuer", rs.JSON, func(w *ward) { w.cfg.Issuer = "https://auth.invalid/realms/x" }, rsdoctor.IssuerOther, nil},
	{"an issuer of the answers alone", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.IssuerSlash) }, rsdoctor.IssuerSlash, nil},
	{"no metadata", rs.JSON, func(w *ward) { w.front = without("/.well-known/") }, "", []rsdoctor.Code{rsdoctor.MetadataMissing}},

	// The endpoint.
	{"a path that does not exist", rs.JSON, func(w *ward) { w.cfg.IntrospectionEndpoint += "ion" }, rsdoctor.EndpointNotFound, []rsdoctor.Code{rsdoctor.EndpointDiffers}},
	{"the JWKS path", rs.JSON, func(w *ward) { w.cfg.IntrospectionEndpoint = w.as.JWKSEndpoint() }, rsdoctor.EndpointMethod, []rsdoctor.Code{rsdoctor.EndpointDiffers}},
	{"a redirect", rs.JSON, func(w *ward) { w.as.Fail(devas.Redirect) }, rsdoctor.EndpointRedirect, nil},
	{"a login page", rs.JSON, func(w *ward) { w.as.Fail(devas.HTML) }, rsdoctor.EndpointHTML, nil},
	{"a userinfo endpoint", rs.JSON, func(w *ward) {
		w.cfg.IntrospectionEndpoint = w.base + "/userinfo"
		w.front = other("/userinfo", status(401, "application/json", `{"error":"invalid_token"}`))
	}, rsdoctor.EndpointOther, []rsdoctor.Code{rsdoctor.EndpointDiffers}},
	{"a revocation endpoint", rs.JSON, func(w *ward) { w.cfg.IntrospectionEndpoint = w.as.RevocationEndpoint() }, rsdoctor.EndpointOther, []rsdoctor.Code{rsdoctor.EndpointDiffers}},
	{"in trouble", rs.JSON, func(w *ward) { w.as.Fail(devas.ServerError) }, rsdoctor.ServerError, nil},
	{"too many questions", rs.JSON, func(w *ward) { w.as.Fail(devas.RateLimited) }, rsdoctor.RateLimited, nil},
	{"a question that is not understood", rs.JSON, func(w *ward) { w.as.Fail(devas.InvalidRequest) }, rsdoctor.EndpointOther, nil},

	// The credentials.
	{"wrong secret", rs.JSON, func(w *ward) { w.cfg.ClientSecret = "another" }, rsdoctor.Credentials, nil},
	{"wrong client", rs.JWT, func(w *ward) { w.cfg.ClientID = "another" }, rsdoctor.Credentials, nil},
	{"basic alone is accepted", rs.JSON, func(w *ward) { w.guard(isBasic(true)) }, rsdoctor.AuthMethod, nil},
	{"post alone is accepted", rs.JSON, func(w *ward) { w.cfg.ClientAuth = rs.ClientSecretBasic; w.guard(isPost) }, rsdoctor.AuthMethod, nil},
	{"basic without encoding", rs.JSON, func(w *ward) {
		w.cfg.ClientAuth = rs.ClientSecretBasic
		w.guard(func(r *http.Request) bool { return isPost(r) || isBasic(false)(r) })
	}, rsdoctor.BasicEncoding, nil},
	{"basic without encoding, post configured", rs.JSON, func(w *ward) { w.guard(isBasic(false)) }, rsdoctor.BasicEncoding, nil},
	{"may not introspect", rs.JSON, func(w *ward) { w.instead(status(403, "application/json", `{"error":"access_denied"}`)) }, rsdoctor.NotAllowed, nil},
	{"our keys cannot be fetched", rs.JWT, func(w *ward) {
		w.register(func(c *devas.Client) { c.JWKS, c.JWKSURI = nil, "http://"+freeAddress(w.t) })
	}, rsdoctor.ClientKeys, nil},

	// The form of the answers.
	{"json for jwt", rs.JWT, func(w *ward) { w.register(func(c *devas.Client) { *c = devas.Client{ID: c.ID, Secret: c.Secret} }) }, rsdoctor.AnswerJSON, nil},
	{"json for jwt-signed", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.MislabeledJSON) }, rsdoctor.AnswerJSON, nil},
	{"jwt for json", rs.JSON, func(w *ward) {
		w.register(func(c *devas.Client) {
			ours, _ := ourKeys()
			c.SigningAlg, c.EncryptionAlg, c.JWKS = "ES256", "ECDH-ES", ours.PublicJWKS()
		})
	}, rsdoctor.AnswerJWT, nil},
	{"jwt for json, unasked", rs.JSON, func(w *ward) {
		w.instead(registered(status(200, "application/token-introspection+jwt", "e30.e30.e30")))
	}, rsdoctor.AnswerJWT, nil},
	{"signed only", rs.JWT, func(w *ward) { w.register(func(c *devas.Client) { c.EncryptionAlg = "" }) }, rsdoctor.AnswerSignedOnly, nil},
	{"encrypted for jwt-signed", rs.JWTSigned, func(w *ward) {
		w.register(func(c *devas.Client) { ours, _ := ourKeys(); c.EncryptionAlg, c.JWKS = "ECDH-ES", ours.PublicJWKS() })
	}, rsdoctor.AnswerEncrypted, nil},
	{"encrypted only", rs.JWT, func(w *ward) { w.as.Fail(devas.EncryptedOnly) }, rsdoctor.AnswerUnsigned, nil},
	{"another algorithm of encryption", rs.JWT, func(w *ward) {
		rsa, err := newKeys("RSA-OAEP-256", "A256GCM")
		if err != nil {
			w.t.Fatal(err)
		}
		w.register(func(c *devas.Client) { c.EncryptionAlg, c.JWKS = "RSA-OAEP-256", rsa.PublicJWKS() })
	}, rsdoctor.AnswerEncryptionAlg, nil},
	{"another content encryption", rs.JWT, func(w *ward) { w.register(func(c *devas.Client) { c.EncryptionEnc = "A128GCM" }) }, rsdoctor.AnswerEncryptionEnc, nil},
	{"an old key of ours", rs.JWT, func(w *ward) {
		old, err := newKeys("ECDH-ES", "A256GCM")
		if err != nil {
			w.t.Fatal(err)
		}
		w.register(func(c *devas.Client) { c.JWKS = old.PublicJWKS() })
	}, rsdoctor.AnswerEncryptionKey, nil},
	{"compressed", rs.JWT, func(w *ward) { w.as.Fail(devas.Zipped) }, rsdoctor.AnswerMalformed, nil},
	{"another signature", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.OtherAlgorithm) }, rsdoctor.AnswerSigningAlg, nil},
	{"another signature, with no key of ours", rs.JWTSigned, func(w *ward) { w.cfg.SigningAlg = "RS256" }, rsdoctor.AnswerSigningAlg, nil},
	{"a stranger's signature", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.WrongSignature) }, rsdoctor.AnswerSigningKey, nil},
	{"an unpublished key", rs.JWT, func(w *ward) { w.as.Fail(devas.UnknownKID) }, rsdoctor.AnswerSigningKey, nil},
	{"crit", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.CriticalHeader) }, rsdoctor.AnswerMalformed, nil},
	{"another typ", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.WrongType) }, rsdoctor.AnswerType, nil},
	{"another aud", rs.JWT, func(w *ward) { w.cfg.ResponseAudiences = []string{"https://documents.example"} }, rsdoctor.AnswerAudience, nil},
	{"no iat", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.NoIAT) }, rsdoctor.AnswerClaims, nil},
	{"claims at the top", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.TopLevelClaims) }, rsdoctor.AnswerClaims, nil},
	{"an old answer", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.OldIAT) }, rsdoctor.AnswerTime, nil},
	{"past its exp", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.PastExp) }, rsdoctor.AnswerTime, nil},
	{"application/jwt", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.WrongContentType) }, rsdoctor.AnswerContentType, nil},
	{"JSON as text", rs.JSON, func(w *ward) { w.as.Fail(devas.WrongContentType) }, rsdoctor.AnswerContentType, nil},
	{"no active", rs.JSON, func(w *ward) { w.as.Fail(devas.NoActive) }, rsdoctor.EndpointOther, nil},
	{"active twice", rs.JSON, func(w *ward) { w.as.Fail(devas.DuplicateMember) }, rsdoctor.AnswerUnusable, nil},
	{"always active", rs.JSON, func(w *ward) { w.instead(registered(status(200, "application/json", `{"active":true}`))) }, rsdoctor.AnswerActive, nil},
	{"random bytes", rs.JWT, func(w *ward) { w.as.Fail(devas.EmptyBody) }, rsdoctor.EndpointOther, nil},

	// The server's keys.
	{"keys down", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.KeysDown) }, rsdoctor.JWKSUnreachable, nil},
	{"no set of keys", rs.JWT, func(w *ward) { w.cfg.JWKSEndpoint = w.base + "/api/.well-known/openid-configuration" }, rsdoctor.JWKSNotASet, []rsdoctor.Code{rsdoctor.JWKSEndpointDiffers}},
	{"no keys", rs.JWTSigned, func(w *ward) { w.as.Fail(devas.KeysEmpty) }, rsdoctor.JWKSNoKey, nil},
	{"another server's keys", rs.JWT, func(w *ward) { w.cfg.JWKSEndpoint = stranger(w.t) }, rsdoctor.AnswerSigningKey, []rsdoctor.Code{rsdoctor.JWKSEndpointDiffers}},

	// What we publish.
	{"our keys nowhere", rs.JWT, func(w *ward) { w.options.JWKSURL = "http://" + freeAddress(w.t) }, rsdoctor.PublishedUnreachable, nil},
	{"our keys at a wrong path", rs.JWT, func(w *ward) { w.options.JWKSURL = w.base + "/nothing" }, rsdoctor.PublishedUnreachable, nil},
	{"no keys of ours", rs.JWT, func(w *ward) { w.options.JWKSURL = w.base + "/api/.well-known/openid-configuration" }, rsdoctor.PublishedNotASet, nil},
	{"other keys of ours", rs.JWT, func(w *ward) { w.options.JWKSURL = w.as.JWKSEndpoint() }, rsdoctor.PublishedOtherKey, nil},
	{"private keys of ours", rs.JWT, func(w *ward) {
		w.front = other("/leak", status(200, "application/json", `{"keys":[{"kty":"EC","d":"AQAB"}]}`))
		w.options.JWKSURL = w.base + "/leak"
	}, rsdoctor.PublishedPrivate, nil},
	{"our keys, published well", rs.JWT, func(w *ward) {
		ours, _ := ourKeys()
		w.front = other("/ours", status(200, "application/json", string(ours.PublicJWKS())))
		w.options.JWKSURL = w.base + "/ours"
	}, "", nil},

	// A token.
	{"a good token", rs.JWT, ofClaims(devas.Claims{"scope": "documents"}), "", nil},
	{"a token without our scope", rs.JWTSigned, ofClaims(devas.Claims{"scope": "other"}), rsdoctor.TokenRefused, nil},
	{"an unknown token", rs.JSON, func(w *ward) { w.options.Token = "unknown" }, rsdoctor.TokenRefused, nil},
	{"a token of another server", rs.JSON, jwt(`{"iss":"https://other.example"}`), rsdoctor.TokenOtherIssuer, nil},
	{"an expired token", rs.JSON, jwt(`{"exp":1}`), rsdoctor.TokenExpired, nil},
	{"a token for others", rs.JSON, jwt(`{"aud":["a","b"]}`), rsdoctor.TokenOtherAudience, nil},
	{"a wrapped token", rs.JSON, func(w *ward) { w.options.Token = "dG9rZW4=" }, rsdoctor.TokenWrapped, nil},
	{"a token with its scheme", rs.JSON, func(w *ward) { w.options.Token = "Bearer token" }, rsdoctor.TokenWrapped, nil},
	{"a token in quotes", rs.JSON, func(w *ward) { w.options.Token = `"quoted"` }, rsdoctor.TokenWrapped, nil},
}

func TestIllnesses(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(illnesses, undiscovered, authenticating, servers) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := admit(t, tt.format)
			tt.cause(w)
			report := rsdoctor.Examine(t.Context(), w.cfg, w.options)
			w.as.Heal()
			var want []rsdoctor.Code
			if tt.problem != "" {
				want = append(want, tt.problem)
			}
			if got := report.Codes(rsdoctor.Problem); !slices.Equal(got, want) {
				t.Errorf("problems %q, want %q", got, want)
			}
			if got := report.Codes(rsdoctor.Warning); !slices.Equal(got, tt.warnings) {
				t.Errorf("warnings %q, want %q", got, tt.warnings)
			}
			if want := map[bool]rsdoctor.Result{true: rsdoctor.Good, false: rsdoctor.Failed}[tt.problem == ""]; report.Result != want {
				t.Errorf("result %s, want %s", report.Result, want)
			}
			text, err := json.MarshalIndent(report, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			for _, private := range []string{secret, url.QueryEscape(secret), string(w.options.Token), "other.example"} {
				if private != "" && private != "unknown" && strings.Contains(string(text), private) {
					t.Errorf("told: %q", private)
				}
			}
			for _, f := range report.Findings {
				if (f.Status == rsdoctor.Problem || f.Status == rsdoctor.Warning) != (f.Code != "" && f.Fix != "") || f.Check == "" || f.Title == "" || f.Text == "" {
					t.Errorf("incomplete: %+v", f)
				}
			}
			if t.Failed() {
				t.Logf("%s", text)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		adjust   func(cfg *rs.Config, server *httptest.Server)
		problem  []rsdoctor.Code
		warnings []rsdoctor.Code
	}{
		{"trusted", trust, nil, []rsdoctor.Code{rsdoctor.MetadataMissing}},
		{"untrusted", func(*rs.Config, *httptest.Server) {}, []rsdoctor.Code{rsdoctor.TLSUntrusted}, []rsdoctor.Code{rsdoctor.MetadataMissing}},
		{"unchecked", func(cfg *rs.Config, _ *httptest.Server) { cfg.InsecureSkipVerify = true }, nil, []rsdoctor.Code{rsdoctor.TLSUnchecked, rsdoctor.MetadataMissing}},
		{"another host", func(cfg *rs.Config, s *httptest.Server) {
			trust(cfg, s)
			cfg.IntrospectionEndpoint = strings.Replace(cfg.IntrospectionEndpoint, "127.0.0.1", "localhost", 1)
		}, []rsdoctor.Code{rsdoctor.TLSHost}, []rsdoctor.Code{rsdoctor.MetadataMissing}},
		{"http for https", func(cfg *rs.Config, _ *httptest.Server) {
			cfg.IntrospectionEndpoint = strings.Replace(cfg.IntrospectionEndpoint, "https:", "http:", 1)
		}, []rsdoctor.Code{rsdoctor.TLSNeeded}, []rsdoctor.Code{rsdoctor.MetadataMissing}},
		{"expires soon", func(cfg *rs.Config, s *httptest.Server) {
			cfg.InsecureSkipVerify = true
			cfg.Now = func() time.Time { return s.Certificate().NotAfter.Add(-100 * time.Hour) }
		}, []rsdoctor.Code{rsdoctor.Clock}, []rsdoctor.Code{rsdoctor.TLSUnchecked, rsdoctor.TLSExpiresSoon, rsdoctor.MetadataMissing}},
		{"expired", func(cfg *rs.Config, s *httptest.Server) {
			cfg.InsecureSkipVerify = true
			cfg.Now = func() time.Time { return s.Certificate().NotAfter.Add(100 * time.Hour) }
		}, []rsdoctor.Code{rsdoctor.TLSExpired, rsdoctor.Clock}, []rsdoctor.Code{rsdoctor.TLSUnchecked, rsdoctor.MetadataMissing}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost {
					http.NotFound(w, r)
					return
				}
				registered(status(200, "application/json", `{"active":false}`))(w, r)
			}))
			server.Config.ErrorLog = nil
			t.Cleanup(server.Close)
			cfg := rs.Config{
				Issuer: server.URL, IntrospectionEndpoint: server.URL + "/introspect", ClientID: clientID, ClientSecret: secret, AcceptedScopes: []string{"documents"},
			}
			tt.adjust(&cfg, server)
			report := rsdoctor.Examine(t.Context(), cfg, rsdoctor.Options{})
			if got := report.Codes(rsdoctor.Problem); !slices.Equal(got, tt.problem) {
				t.Errorf("problems %q, want %q: %+v", got, tt.problem, report.Findings)
			}
			if got := report.Codes(rsdoctor.Warning); !slices.Equal(got, tt.warnings) {
				t.Errorf("warnings %q, want %q", got, tt.warnings)
			}
		})
	}
}
