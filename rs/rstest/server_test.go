package rstest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

func TestConfigIsReady(t *testing.T) {
	t.Parallel()
	for _, format := range []rs.Format{rstest.JSON, rstest.JWT, rstest.JWTSigned} {
		for _, auth := range []rs.ClientAuth{rs.ClientSecretBasic, rs.ClientSecretPost} {
			as := rstest.NewServer(t)
			cfg := as.Config(format)
			cfg.ClientAuth = auth
			if cfg.Format != format || cfg.Issuer != rstest.Issuer {
				t.Errorf("%v: config for %v of %s", format, cfg.Format, cfg.Issuer)
			}
			p, err := newServer(t, cfg).Authenticate(t.Context(), as.Issue(rstest.Claims{"sub": "bob"}))
			if err != nil || p.Subject != "bob" || p.Audience != "service-provider" || !p.HasScope(rstest.Scope) {
				t.Errorf("%v: %+v, %v", format, p, err)
			}
			got := as.Introspections()
			want := map[rs.ClientAuth]string{rs.ClientSecretBasic: "client_secret_basic", rs.ClientSecretPost: "client_secret_post"}[auth]
			if len(got) != 1 || got[0].Client != cfg.ClientID || got[0].AuthMethod != want || got[0].Encrypted != (format == rs.JWT) {
				t.Errorf("%v: %+v", format, got)
			}
		}
	}
}

func TestConfigForEveryAlgorithm(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t)
	check := func(name string, c devas.Client) {
		c.ID = name
		cfg := as.ConfigFor(c)
		if _, err := newServer(t, cfg).Authenticate(t.Context(), as.Issue(nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, alg := range []string{"ES256", "ES384", "ES512", "RS256", "PS512", "EdDSA"} {
		check(alg, devas.Client{SigningAlg: alg})
	}
	for _, alg := range []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"} {
		for _, enc := range []string{"A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"} {
			check(alg+" "+enc, devas.Client{SigningAlg: "ES256", EncryptionAlg: alg, EncryptionEnc: enc})
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t, func(cfg *devas.Config) {
		cfg.Issuer = "https://hydra.example/"
		cfg.SigningAlg = "EdDSA"
		cfg.Claims["sub"] = "carol"
	})
	cfg := as.Config(rstest.JWTSigned)
	if cfg.Issuer != "https://hydra.example/" || cfg.SigningAlg != "EdDSA" || cfg.IntrospectionEndpoint != "https://hydra.example/introspect" {
		t.Errorf("config %+v", cfg)
	}
	p, err := newServer(t, cfg).Authenticate(t.Context(), as.Issue(nil))
	if err != nil || p.Subject != "carol" {
		t.Errorf("%+v, %v", p, err)
	}
}

// A service that publishes its own keys is tested as a whole: the authorization server fetches them from it.
func TestServeClientKeys(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t)
	pem, err := keys.Generate("EC")
	if err != nil {
		t.Fatal(err)
	}
	set, err := keys.Parse(pem, "ECDH-ES", "A256GCM")
	if err != nil {
		t.Fatal(err)
	}
	as.Serve("app.example", jwksendpoint.Handler(set))
	cfg := as.ConfigFor(devas.Client{ID: "app", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", JWKSURI: "https://app.example/jwks"})
	if cfg.Decrypter != nil {
		t.Fatal("a decrypter was made up for keys that are not ours")
	}
	cfg.Decrypter = set
	if _, err := newServer(t, cfg).Authenticate(t.Context(), as.Issue(nil)); err != nil {
		t.Error(err)
	}
	if _, err := as.Client().Get("https://elsewhere.example/"); err == nil || !strings.Contains(err.Error(), "elsewhere.example") {
		t.Errorf("another host: %v", err)
	}
}

func TestMisuseFailsTheTest(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		want string
		run  func(*fakeTB)
	}{
		"no issuer":      {"Config.Issuer", func(tb *fakeTB) { rstest.NewServer(tb, func(c *devas.Config) { c.Issuer = "" }) }},
		"claims":         {"Issue", func(tb *fakeTB) { rstest.NewServer(tb).Issue(rstest.Claims{"sub": func() {}}) }},
		"fault":          {"no fault 3", func(tb *fakeTB) { rstest.NewServer(tb).FailNext(rstest.WrongSignature, 3) }},
		"standing fault": {"no fault 99", func(tb *fakeTB) { rstest.NewServer(tb).Fail(99) }},
		"UserInfo fault": {"no fault userinfo-invalid-client", func(tb *fakeTB) {
			rstest.NewServer(tb).FailNext(rstest.AtUserInfo(rstest.InvalidClient))
		}},
		"UserInfo fault of the keys": {"no fault userinfo-keys-down", func(tb *fakeTB) {
			rstest.NewServer(tb).Fail(rstest.AtUserInfo(rstest.KeysDown))
		}},
		"user": {"SetUser", func(tb *fakeTB) { rstest.NewServer(tb).SetUser("alice", rstest.Claims{"f": func() {}}) }},
		"two encryptions": {"one private key", func(tb *fakeTB) {
			rstest.NewServer(tb).ConfigFor(devas.Client{
				ID: "x", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "RSA-OAEP",
			})
		}},
		"two content encryptions": {"one private key", func(tb *fakeTB) {
			rstest.NewServer(tb).ConfigFor(devas.Client{
				ID: "x", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES",
				UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "ECDH-ES", UserInfoEncryptionEnc: "A128GCM",
			})
		}},
		"client": {"no ID", func(tb *fakeTB) { rstest.NewServer(tb).ConfigFor(devas.Client{}) }},
		"encryption": {"RSA1_5", func(tb *fakeTB) {
			rstest.NewServer(tb).ConfigFor(devas.Client{ID: "x", SigningAlg: "ES256", EncryptionAlg: "RSA1_5"})
		}},
		"encryption content": {"A512", func(tb *fakeTB) {
			rstest.NewServer(tb).ConfigFor(devas.Client{ID: "x", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", EncryptionEnc: "A512"})
		}},
	} {
		if got := caught(func() { tt.run(&fakeTB{}) }); !strings.Contains(got, tt.want) {
			t.Errorf("%s: the test fails with %q, want %q", name, got, tt.want)
		}
	}
}

// One fault is one refusal: no retry hides it, and nothing remembers it.
func TestFailNextIsOneRefusal(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t)
	cfg := as.Config()
	cfg.CacheSize = -1
	server, token := newServer(t, cfg), as.Issue(nil)
	as.FailNext(503, 0, rstest.Reset, rstest.Truncated)
	for _, want := range []outcome{status, accepted, transport, transport, accepted} {
		principal, err := server.Authenticate(t.Context(), token)
		checkOutcome(t, principal, err, want)
	}
	for range 50 {
		as.FailNext(503)
		principal, err := server.Authenticate(t.Context(), token)
		checkOutcome(t, principal, err, status)
	}
	principal, err := server.Authenticate(t.Context(), token)
	checkOutcome(t, principal, err, accepted)
}

func TestRequest(t *testing.T) {
	t.Parallel()
	r := rstest.Request(http.MethodPost, "/path?q=1", "token")
	if r.Method != http.MethodPost || r.URL.String() != "/path?q=1" || r.Header.Get("Authorization") != "Bearer token" {
		t.Errorf("%+v", r)
	}
	if _, sent := rstest.Request(http.MethodGet, "/", "").Header["Authorization"]; sent {
		t.Error("an empty token is sent")
	}
}

// The answers that hang when a test ends are given, so that nothing leaks from it.
func TestCleanupHeals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tb := &fakeTB{}
		as := rstest.NewServer(tb)
		server := newServer(t, as.Config())
		as.Fail(rstest.Hang)
		done := make(chan error)
		go func() {
			_, err := server.Authenticate(t.Context(), as.Issue(nil))
			done <- err
		}()
		time.Sleep(time.Second)
		for _, cleanup := range tb.cleanups {
			cleanup()
		}
		if err := <-done; err != nil {
			t.Errorf("after the cleanup: %v", err)
		}
	})
}
