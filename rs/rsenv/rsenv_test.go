package rsenv_test

import (
	"bytes"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// The defaults of docs/reference/environment.md, in full.
func TestDefaults(t *testing.T) {
	minimal.set(t)
	got := mustRead(t)
	want := &rsenv.Environment{
		Config: rs.Config{
			Issuer:                "https://auth.example/api/v2",
			IntrospectionEndpoint: "https://auth.example/api/v2/introspection",
			ClientID:              "documents",
			ClientSecret:          "s3cr3t",
			ClientAuth:            rs.ClientSecretPost,
			AcceptedScopes:        []string{"documents"},
			AudienceClaim:         "client_id",
			ClockSkew:             10 * time.Second,
			LenientBase64Token:    true,
			MaxTokenLength:        8192,
			AccessTokenAlg:        "RS256",
			UserInfoAlg:           "RS256",
			IntrospectEvery:       5 * time.Minute,
			ResponseMaxAge:        2 * time.Minute,
			JWKSTTL:               10 * time.Minute,
			JWKSCooldown:          30 * time.Second,
			Timeout:               5 * time.Second,
			MaxResponseSize:       1 << 20,
			JWKSMaxStale:          24 * time.Hour,
			MaxConcurrent:         64,
			MaxWait:               2 * time.Second,
			CircuitOpen:           5 * time.Second,
			CredentialsPause:      10 * time.Second,
			CacheSize:             10000,
			CacheTTL:              30 * time.Second,
			NegativeCacheTTL:      5 * time.Second,
			NegativeCacheSize:     1000,
		},
		Listen:    "127.0.0.1:8080",
		LogLevel:  "info",
		LogFormat: "text",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got.Config, want.Config)
	}
}

// Zero means none, where rs.Config has a negative number for it.
func TestZeroIsNone(t *testing.T) {
	minimal.with(env{
		"OIDC_RS_CACHE_SIZE": "0", "OIDC_RS_CACHE_TTL": "0", "OIDC_RS_NEGATIVE_CACHE_TTL": "0s", "OIDC_RS_NEGATIVE_CACHE_SIZE": "0",
		"OIDC_RS_JWKS_COOLDOWN": "0.0", "OIDC_RS_JWKS_MAX_STALE": "0", "OIDC_RS_MAX_CONCURRENT": "0", "OIDC_RS_MAX_WAIT": "0",
		"OIDC_RS_CIRCUIT_OPEN": "0", "OIDC_RS_CREDENTIALS_PAUSE": "0", "OIDC_RS_CLOCK_SKEW": "0", "OIDC_RS_STALE_IF_ERROR": "0",
	}).set(t)
	cfg := mustRead(t).Config
	if _, err := rs.New(cfg); err != nil {
		t.Error(err)
	}
	for field, got := range map[string]int64{
		"CacheSize": int64(cfg.CacheSize), "CacheTTL": int64(cfg.CacheTTL), "NegativeCacheTTL": int64(cfg.NegativeCacheTTL),
		"NegativeCacheSize": int64(cfg.NegativeCacheSize), "JWKSCooldown": int64(cfg.JWKSCooldown), "JWKSMaxStale": int64(cfg.JWKSMaxStale),
		"MaxConcurrent": int64(cfg.MaxConcurrent), "MaxWait": int64(cfg.MaxWait), "CircuitOpen": int64(cfg.CircuitOpen),
		"CredentialsPause": int64(cfg.CredentialsPause),
	} {
		if got != -1 {
			t.Errorf("%s is %d, want -1: none", field, got)
		}
	}
	if cfg.ClockSkew != 0 || cfg.StaleIfError != 0 { // of these, zero is none and negative is wrong
		t.Errorf("ClockSkew is %v and StaleIfError %v, want 0", cfg.ClockSkew, cfg.StaleIfError)
	}
}

func TestBackendClass(t *testing.T) {
	for value, want := range map[string]rs.Format{
		"":           rs.JSON,
		"json":       rs.JSON,
		"Json":       rs.JSON,
		"jwt":        rs.JWT,
		"jwt-signed": rs.JWTSigned,
		"lasuite.oidc_resource_server.backend.ResourceServerBackend":      rs.JSON,
		"lasuite.oidc_resource_server.backend.JWTResourceServerBackend":   rs.JWT,
		`"lasuite.oidc_resource_server.backend.JWTResourceServerBackend"`: rs.JWT,
		"core.external_api.authentication.ResourceServerBackend":          rs.JSON,
		"JWTResourceServerBackend":                                        rs.JWT,
	} {
		t.Run(value, func(t *testing.T) {
			minimal.jwt(t).with(env{"OIDC_RS_BACKEND_CLASS": value}).set(t)
			if got := mustRead(t).Config.Format; got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestLocalModeNeedsNoKeyOfOurs: nothing is encrypted to us, and nobody is asked. What a lenient mode costs is said at the start.
func TestLocalModeNeedsNoKeyOfOurs(t *testing.T) {
	minimal.with(env{
		"OIDC_RS_BACKEND_CLASS": "jwt", "OIDC_RS_ACCESS_TOKEN_MODE": "local", "OIDC_RS_TOKEN_AUDIENCES": "us",
		"OIDC_OP_JWKS_ENDPOINT": "https://auth.example/api/v2/jwks", "OIDC_RS_LENIENT_KEYCLOAK": "true",
	}).set(t)
	got := mustRead(t)
	if got.Keys != nil || len(got.Warnings) != 1 || !strings.HasPrefix(got.Warnings[0], "OIDC_RS_LENIENT_KEYCLOAK is true") {
		t.Errorf("keys %v, warnings %q", got.Keys, got.Warnings)
	}
}

func TestTokenType(t *testing.T) {
	for value, want := range map[string]rs.TokenTypeRule{"": rs.TokenTypeByFormat, "true": rs.TokenTypeRequired, "false": rs.TokenTypeOptional} {
		minimal.with(env{"OIDC_RS_REQUIRE_TOKEN_TYPE": value}).set(t)
		if got := mustRead(t).Config.TokenType; got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

// A .env file of a Django service often names a JWK Set that plain JSON has no use for.
func TestJSONIgnoresWhatIsForJWT(t *testing.T) {
	minimal.with(env{
		"OIDC_OP_JWKS_ENDPOINT":       "http://nginx:8083/certs",
		"OIDC_RS_SIGNING_ALGO":        "HS256",
		"OIDC_RS_ENCRYPTION_ALGO":     "RSA1_5",
		"OIDC_RS_ENCRYPTION_ENCODING": "none",
		"OIDC_RS_ENCRYPTION_KEY_TYPE": "oct",
	}).set(t)
	got := mustRead(t)
	if got.Config.JWKSEndpoint != "" || got.Keys != nil || got.Config.Decrypter != nil {
		t.Errorf("got %q, %v, %v", got.Config.JWKSEndpoint, got.Keys, got.Config.Decrypter)
	}
}

func TestLoadLogsWarnings(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })

	minimal.with(env{"OIDC_RS_ALLOW_HTTP": "true"}).set(t)
	cfg, err := rsenv.Load()
	if err != nil || cfg.ClientID != "documents" {
		t.Fatalf("got %v, %v", cfg.ClientID, err)
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `level=WARN msg="rsenv: OIDC_RS_ALLOW_HTTP is true: `) {
		t.Errorf("logged %q", got)
	}

	log.Reset()
	env{}.set(t)
	if cfg, err := rsenv.Load(); err == nil || !reflect.DeepEqual(cfg, rs.Config{}) || log.Len() > 0 {
		t.Errorf("nothing set: got %+v, %v and the log %q", cfg, err, log.String())
	}
}

// The issuer alone is enough: all else is discovered. What is known without metadata is settled here.
func TestDiscovery(t *testing.T) {
	for _, test := range []struct {
		name    string
		changes env
		auth    rs.ClientAuth
		alg     string
	}{
		{"issuer alone", env{"OIDC_OP_INTROSPECTION_ENDPOINT": ""}, rs.ClientSecretByMetadata, ""},
		{"a method", env{"OIDC_OP_INTROSPECTION_ENDPOINT": "", "OIDC_RS_CLIENT_AUTH_METHOD": "client_secret_basic"}, rs.ClientSecretBasic, ""},
		{"an algorithm", env{"OIDC_OP_INTROSPECTION_ENDPOINT": "", "OIDC_RS_SIGNING_ALGO": "RS256"}, rs.ClientSecretByMetadata, "RS256"},
		{"keys alone", env{"OIDC_RS_BACKEND_CLASS": "jwt-signed"}, rs.ClientSecretPost, ""},
		{"nothing", env{"OIDC_OP_JWKS_ENDPOINT": "https://auth.example/jwks", "OIDC_RS_BACKEND_CLASS": "jwt-signed"}, rs.ClientSecretPost, "ES256"},
	} {
		t.Run(test.name, func(t *testing.T) {
			minimal.with(test.changes).set(t)
			got := mustRead(t).Config
			if got.ClientAuth != test.auth || got.SigningAlg != test.alg {
				t.Errorf("got %v, %q; want %v, %q", got.ClientAuth, got.SigningAlg, test.auth, test.alg)
			}
		})
	}
}
