package rsenv_test

import (
	"encoding/pem"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// full sets every variable to something else than the default.
func full(t *testing.T) env {
	t.Helper()
	as := httptest.NewUnstartedServer(nil)
	as.StartTLS()
	defer as.Close()
	certificate, key := newCertificate(t)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: as.Certificate().Raw})
	return env{
		"OIDC_OP_URL":                         "https://as.example/",
		"OIDC_OP_INTROSPECTION_ENDPOINT":      "http://as.example/i",
		"OIDC_OP_JWKS_ENDPOINT":               "http://as.example/j",
		"OIDC_OP_INTERNAL_URL":                "http://as",
		"OIDC_RS_FAIL_FAST":                   "true",
		"OIDC_RS_CLIENT_ID":                   "us",
		"OIDC_RS_CLIENT_SECRET":               "them",
		"OIDC_RS_CLIENT_SECRET_FILE":          file(t, "secret", "from file\n"),
		"OIDC_RS_CLIENT_AUTH_METHOD":          "client_secret_basic",
		"OIDC_RS_CLIENT_PRIVATE_KEY_STR":      "nonsense, but the file wins",
		"OIDC_RS_CLIENT_PRIVATE_KEY_STR_FILE": file(t, "client.pem", rsaKey(t)),
		"OIDC_RS_CLIENT_SIGNING_ALGO":         "PS256",
		"OIDC_RS_CLIENT_CERT_FILE":            file(t, "client.crt", certificate),
		"OIDC_RS_CLIENT_KEY_FILE":             file(t, "client.key", key),
		"OIDC_RS_CLIENT_BEARER_TOKEN":         "not with this method",
		"OIDC_RS_CLIENT_BEARER_TOKEN_FILE":    file(t, "token", "not with this method"),
		"OIDC_RS_SCOPES":                      "a, b",
		"OIDC_RS_AUDIENCE_CLAIM":              "aud",
		"OIDC_RS_ALLOWED_AUDIENCES":           "visio drive",
		"OIDC_RS_TOKEN_AUDIENCES":             "https://us.example",
		"OIDC_RS_REQUIRE_TOKEN_TYPE":          "no",
		"OIDC_RS_CLOCK_SKEW":                  "1.5",
		"OIDC_RS_BASE64_TOKENS":               "off",
		"OIDC_RS_MAX_TOKEN_LENGTH":            "100",
		"OIDC_RS_REALM":                       "the realm",
		"OIDC_RS_BACKEND_CLASS":               "JWT",
		"OIDC_RS_SIGNING_ALGO":                "PS256",
		"OIDC_RS_ENCRYPTION_ALGO":             "ECDH-ES",
		"OIDC_RS_ENCRYPTION_ENCODING":         "A128CBC-HS256",
		"OIDC_RS_ENCRYPTION_KEY_TYPE":         "EC",
		"OIDC_RS_PRIVATE_KEY_STR":             "nonsense, but the file wins",
		"OIDC_RS_PRIVATE_KEY_STR_FILE":        file(t, "key.pem", ecKey(t)),
		"OIDC_RS_RESPONSE_AUDIENCES":          "us,https://us.example",
		"OIDC_RS_RESPONSE_MAX_AGE":            "60",
		"OIDC_RS_JWKS_TTL":                    "1h",
		"OIDC_RS_JWKS_COOLDOWN":               "1m",
		"OIDC_VERIFY_SSL":                     "False",
		"OIDC_RS_CA_FILE":                     file(t, "ca.pem", string(ca)),
		"OIDC_TIMEOUT":                        "2.5",
		"OIDC_PROXY":                          "http://proxy.example:3128",
		"OIDC_RS_ALLOW_HTTP":                  "1",
		"OIDC_RS_MAX_RESPONSE_SIZE":           "2000",
		"OIDC_RS_JWKS_MAX_STALE":              "2h",
		"OIDC_RS_BUDGET":                      "4",
		"OIDC_RS_MAX_CONCURRENT":              "3",
		"OIDC_RS_MAX_WAIT":                    "1",
		"OIDC_RS_RETRY":                       "no",
		"OIDC_RS_CIRCUIT_OPEN":                "20",
		"OIDC_RS_CREDENTIALS_PAUSE":           "30",
		"OIDC_RS_STALE_IF_ERROR":              "5m",
		"OIDC_RS_STALE_HEADER":                "X-Stale",
		"OIDC_RS_NEGATIVE_CACHE_SIZE":         "70",
		"OIDC_RS_REFRESH_AHEAD":               "0",
		"OIDC_RS_CACHE_SIZE":                  "7",
		"OIDC_RS_CACHE_TTL":                   "1m",
		"OIDC_RS_NEGATIVE_CACHE_TTL":          "1s",
		"OIDC_RS_LISTEN":                      ":0",
		"OIDC_RS_METRICS_LISTEN":              "127.0.0.1:0",
		"OIDC_RS_LOG_LEVEL":                   "DEBUG",
		"OIDC_RS_LOG_FORMAT":                  "json",
		"OIDC_RS_ACCESS_TOKEN_MODE":           "Local-Then-Introspect",
		"OIDC_RS_ACCESS_TOKEN_ALGO":           "EdDSA",
		"OIDC_RS_INTROSPECT_EVERY":            "90",
		"OIDC_RS_LENIENT_KEYCLOAK":            "on",
		"OIDC_RS_LENIENT_ENTRA":               "1",
		"OIDC_OP_USER_ENDPOINT":               "http://as.example/u",
		"OIDC_OP_USER_ENDPOINT_FORMAT":        "JWT",
		"OIDC_RS_USER_INFO_ALGO":              "ES512",
	}
}

func TestEveryVariable(t *testing.T) {
	full(t).set(t)
	got := mustRead(t)
	if got.Keys.Type() != "EC" || got.Config.Decrypter != rs.Decrypter(got.Keys) {
		t.Errorf("the key is %v, and the decrypter %v", got.Keys, got.Config.Decrypter)
	}
	if got.Config.RootCAs == nil {
		t.Error("no certificate authorities")
	}
	if got.Signer.Algorithm() != "PS256" || got.Config.ClientSigner != rs.Signer(got.Signer) {
		t.Errorf("the signing key is %v, and the signer %v", got.Signer, got.Config.ClientSigner)
	}
	if got.Config.ClientSecretFrom == nil || got.Config.ClientCertificate == nil {
		t.Error("what is in files is not looked up again")
	}
	rsenv.Forget(got)
	got.Config.ClientSigner, got.Config.ClientSecretFrom, got.Config.ClientCertificate = nil, nil, nil
	got.Keys, got.Signer, got.Config.Decrypter, got.Config.RootCAs, got.Warnings = nil, nil, nil, nil, nil
	want := &rsenv.Environment{
		Config: rs.Config{
			Issuer:                "https://as.example/",
			IntrospectionEndpoint: "http://as.example/i",
			JWKSEndpoint:          "http://as.example/j",
			InternalURL:           "http://as",
			ClientID:              "us",
			ClientSecret:          "from file",
			ClientAuth:            rs.ClientSecretBasic,
			Format:                rs.JWT,
			AccessTokenMode:       rs.LocalThenIntrospect,
			AccessTokenAlg:        "EdDSA",
			IntrospectEvery:       90 * time.Second,
			LenientKeycloak:       true,
			LenientEntra:          true,
			UserInfoEndpoint:      "http://as.example/u",
			UserInfoFormat:        rs.JWTSigned,
			UserInfoAlg:           "ES512",
			SigningAlg:            "PS256",
			AcceptedScopes:        []string{"a", "b"},
			AudienceClaim:         "aud",
			AllowedAudiences:      []string{"visio", "drive"},
			TokenAudiences:        []string{"https://us.example"},
			TokenType:             rs.TokenTypeOptional,
			ClockSkew:             1500 * time.Millisecond,
			MaxTokenLength:        100,
			Realm:                 "the realm",
			ResponseAudiences:     []string{"us", "https://us.example"},
			ResponseMaxAge:        time.Minute,
			JWKSTTL:               time.Hour,
			JWKSCooldown:          time.Minute,
			InsecureSkipVerify:    true,
			InsecureAllowHTTP:     true,
			Timeout:               2500 * time.Millisecond,
			Proxy:                 &url.URL{Scheme: "http", Host: "proxy.example:3128"},
			MaxResponseSize:       2000,
			JWKSMaxStale:          2 * time.Hour,
			Budget:                4 * time.Second,
			MaxConcurrent:         3,
			MaxWait:               time.Second,
			NoRetry:               true,
			CircuitOpen:           20 * time.Second,
			CredentialsPause:      30 * time.Second,
			StaleIfError:          5 * time.Minute,
			StaleHeader:           "X-Stale",
			CacheSize:             7,
			CacheTTL:              time.Minute,
			NegativeCacheTTL:      time.Second,
			NegativeCacheSize:     70,
			NoRefreshAhead:        true,
		},
		FailFast:      true,
		Listen:        ":0",
		MetricsListen: "127.0.0.1:0",
		LogLevel:      "debug",
		LogFormat:     "json",
	}
	if files := got.SecretFiles(); len(files) == 0 || files[len(files)-1].Variable != "OIDC_RS_PRIVATE_KEY_STR_FILE" {
		t.Errorf("secret files: %q", files)
	}
	rsenv.ForgetFiles(got)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got.Config, want.Config)
	}
}

func TestEveryFieldHasAVariable(t *testing.T) {
	elsewhere := []string{"HTTPClient", "WrapTransport", "Cache", "Observer", "Now", "LenientResponseType", "LenientScopeArray"}
	minimal.set(t)
	byDefault := reflect.ValueOf(mustRead(t).Config)
	full(t).set(t)
	for field, value := range reflect.ValueOf(mustRead(t).Config).Fields() {
		if value.IsZero() && byDefault.FieldByIndex(field.Index).IsZero() && !slices.Contains(elsewhere, field.Name) {
			t.Errorf("Config.%s comes from no variable: give it one, or say here that it has none", field.Name)
		}
	}
}
