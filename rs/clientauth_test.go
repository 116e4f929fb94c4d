package rs_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// longSecret is long enough for HS256.
const longSecret = "a secret of 32 bytes, as HS256 wants it"

// asked is an introspection endpoint that keeps what it was asked.
type asked struct {
	*wire
	mu      sync.Mutex
	forms   []url.Values
	headers []http.Header
}

func newAsked(t *testing.T, answer http.HandlerFunc) *asked {
	a := &asked{wire: newWire()}
	a.on(endpoint, func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.forms, a.headers = append(a.forms, form(t, r)), append(a.headers, r.Header)
		a.mu.Unlock()
		answer(w, r)
	})
	return a
}

func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		header string
		form   []string // beside token and its hint
	}{
		{"basic", func(*rs.Config) {}, "Basic cnMtY2xpZW50OnMzY3IlM0F0KyUyQiUyNSVDMyVBOQ==", nil},
		{"post", func(c *rs.Config) { c.ClientAuth = rs.ClientSecretPost }, "", []string{"client_id=" + clientID, "client_secret=" + secret}},
		{"TLS", func(c *rs.Config) { c.ClientAuth, c.ClientSecret = rs.TLSClientAuth, "" }, "", []string{"client_id=" + clientID}},
		{"self-signed TLS, and a secret that nobody needs", func(c *rs.Config) { c.ClientAuth = rs.SelfSignedTLSClientAuth }, "", []string{"client_id=" + clientID}},
		{"bearer", func(c *rs.Config) { c.ClientAuth, c.ClientSecret = rs.ClientBearerToken, "abc.d-e==" }, "Bearer abc.d-e==", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newAsked(t, good())
			cfg := config(a.wire)
			c.adjust(&cfg)
			if got := outcome(newServer(t, cfg), "token"); got != "" {
				t.Fatal(got)
			}
			var got []string
			for name, values := range a.forms[0] {
				if name != "token" && name != "token_type_hint" {
					got = append(got, name+"="+strings.Join(values, ","))
				}
			}
			slices.Sort(got)
			if header := a.headers[0].Get("Authorization"); header != c.header || !slices.Equal(got, c.form) {
				t.Errorf("header %q, form %q; want %q, %q", header, got, c.header, c.form)
			}
		})
	}
}

// TestBasicOfAnOddClientID: a colon in the id would otherwise end it (RFC 6749 section 2.3.1).
func TestBasicOfAnOddClientID(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, func(w http.ResponseWriter, r *http.Request) {
		if id, password, ok := r.BasicAuth(); !ok || id != "https%3A%2F%2Fdocs.example+%C3%A9" || password != "s%3A%2B" {
			t.Errorf("got %q and %q", id, password)
		}
		good()(w, r)
	})
	cfg := config(w)
	cfg.ClientID, cfg.ClientSecret = "https://docs.example é", "s:+"
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Error(got)
	}
}

// claimsOf takes a compact JWS apart.
func claimsOf(t *testing.T, jws string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWS", jws)
	}
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

func checkAssertion(t *testing.T, f url.Values, alg string) (jws, jti string) {
	t.Helper()
	if f.Get("client_id") != clientID || f.Has("client_secret") || f.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		t.Errorf("form %v", f)
	}
	jws = f.Get("client_assertion")
	header, claims := claimsOf(t, jws)
	if header["alg"] != alg || header["typ"] != "client-authentication+jwt" {
		t.Errorf("header %v", header)
	}
	iat, exp := float64(epoch.Unix()), float64(epoch.Add(time.Minute).Unix())
	if claims["iss"] != clientID || claims["sub"] != clientID || claims["aud"] != issuer || claims["iat"] != iat || claims["exp"] != exp || len(claims) != 6 {
		t.Errorf("claims %v", claims)
	}
	jti, _ = claims["jti"].(string)
	if len(jti) < 20 {
		t.Errorf("jti %q", jti)
	}
	return jws, jti
}

func TestPrivateKeyJWT(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA", "Ed25519"} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			ours := newSigner(alg)
			a := newAsked(t, good())
			cfg := config(a.wire)
			cfg.ClientAuth, cfg.ClientSecret, cfg.ClientSigner = rs.PrivateKeyJWT, "", ours
			s := newServer(t, cfg)
			public, err := keys.ParsePublic(ours.PublicJWKS(), alg)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, token := range []string{"one", "two"} {
				if got := outcome(s, token); got != "" {
					t.Fatal(got)
				}
				jws, jti := checkAssertion(t, a.forms[len(a.forms)-1], alg)
				if _, header, err := public.Verify([]byte(jws)); err != nil || header.KeyID != ours.KeyID() {
					t.Errorf("%v, kid %q", err, header.KeyID)
				}
				seen[jti] = true
			}
			if len(seen) != 2 {
				t.Error("the same jti twice")
			}
		})
	}
}

func TestClientSecretJWT(t *testing.T) {
	t.Parallel()
	a := newAsked(t, good())
	cfg := config(a.wire)
	cfg.ClientAuth, cfg.ClientSecret = rs.ClientSecretJWT, longSecret
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Fatal(got)
	}
	jws, _ := checkAssertion(t, a.forms[0], "HS256")
	end := strings.LastIndexByte(jws, '.')
	mac := hmac.New(sha256.New, []byte(longSecret))
	mac.Write([]byte(jws[:end]))
	if want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)); jws[end+1:] != want {
		t.Errorf("MAC %s, want %s", jws[end+1:], want)
	}
	if a.headers[0].Get("Authorization") != "" {
		t.Error("credentials in the header too")
	}
}

// A repeated call has an assertion of its own: the first may have been used up.
func TestARetryHasAFreshAssertion(t *testing.T) {
	t.Parallel()
	first := true
	a := newAsked(t, func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		good()(w, r)
	})
	cfg := config(a.wire)
	cfg.ClientAuth, cfg.ClientSigner = rs.PrivateKeyJWT, signer()
	if got := outcome(newServer(t, cfg), "token"); got != "" || len(a.forms) != 2 {
		t.Fatalf("%q after %d calls", got, len(a.forms))
	}
	_, one := checkAssertion(t, a.forms[0], "ES256")
	_, two := checkAssertion(t, a.forms[1], "ES256")
	if one == two {
		t.Error("the same jti twice")
	}
}

// TestNoAssertionIsSentTwice: net/http repeats a request on its own where it may, and that would repeat the assertion.
func TestNoAssertionIsSentTwice(t *testing.T) {
	t.Parallel()
	for method, may := range map[rs.ClientAuth]bool{
		rs.ClientSecretBasic: true, rs.ClientSecretPost: true, rs.ClientSecretJWT: false, rs.PrivateKeyJWT: false,
	} {
		cfg := config(newWire().on(endpoint, func(w http.ResponseWriter, r *http.Request) {
			if _, marked := r.Header["Idempotency-Key"]; marked != may {
				t.Errorf("%v: marked as repeatable: %v, want %v", method, marked, may)
			}
			good()(w, r)
		}))
		cfg.ClientAuth, cfg.ClientSigner, cfg.ClientSecret = method, signer(), rs.Secret(strings.Repeat("s", 32))
		if got := outcome(newServer(t, cfg), "token"); got != "" {
			t.Errorf("%v: %q", method, got)
		}
	}
}

// patientSigner is a key management service that hangs, and a client of it that gives up in time.
type patientSigner struct{ brokenSigner }

func (patientSigner) SignContext(ctx context.Context, _ []byte, _ map[string]any) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestASignerThatTakesLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := config(newWire())
		cfg.ClientAuth, cfg.ClientSecret, cfg.ClientSigner, cfg.Budget = rs.PrivateKeyJWT, "", patientSigner{}, time.Second
		begin := time.Now()
		if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonCredentialsUnavailable || time.Since(begin) != time.Second {
			t.Errorf("%q after %s", got, time.Since(begin))
		}
	})
}

// brokenSigner is a key management service that is out of reach.
type brokenSigner struct{}

func (brokenSigner) Algorithm() string { return "ES256" }
func (brokenSigner) Sign([]byte, map[string]any) ([]byte, error) {
	return nil, errors.New("out of reach")
}

func TestCredentialsThatCannotBeHad(t *testing.T) {
	t.Parallel()
	fixed := func(s rs.Secret, err error) rs.SecretSource {
		return func(context.Context) (rs.Secret, error) { return s, err }
	}
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		kind   rs.Kind
		want   rs.Reason
	}{
		{"error", func(c *rs.Config) { c.ClientSecretFrom = fixed("", errors.New("no vault")) }, rs.ErrUnavailable, rs.ReasonCredentialsUnavailable},
		{"empty", func(c *rs.Config) { c.ClientSecretFrom = fixed("", nil) }, rs.ErrUnavailable, rs.ReasonCredentialsUnavailable},
		{"panic", func(c *rs.Config) {
			c.ClientSecretFrom = func(context.Context) (rs.Secret, error) { panic("at the vault") }
		}, rs.ErrInternal, rs.ReasonUnexpected},
		{"too short for HS256", func(c *rs.Config) {
			c.ClientAuth, c.ClientSecretFrom = rs.ClientSecretJWT, fixed("short", nil)
		}, rs.ErrUnavailable, rs.ReasonCredentialsUnavailable},
		{"a token with a line break", func(c *rs.Config) {
			c.ClientAuth, c.ClientSecretFrom = rs.ClientBearerToken, fixed("a\r\nX-Evil: 1", nil)
		}, rs.ErrUnavailable, rs.ReasonCredentialsUnavailable},
		{"signer", func(c *rs.Config) { c.ClientAuth, c.ClientSigner = rs.PrivateKeyJWT, brokenSigner{} }, rs.ErrUnavailable, rs.ReasonCredentialsUnavailable},
		{"client id that is no text", func(c *rs.Config) {
			c.ClientAuth, c.ClientSigner, c.ClientID = rs.PrivateKeyJWT, signer(), "\xff"
		}, rs.ErrUnavailable, rs.ReasonCredentialsUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newAsked(t, good())
			cfg := config(a.wire)
			c.adjust(&cfg)
			s := newServer(t, cfg)
			_, err := s.Authenticate(t.Context(), "token")
			refusal(t, err, c.kind, c.want)
			if len(a.forms) != 0 {
				t.Error("it was asked all the same")
			}
			if err := s.Ready(); err != nil {
				t.Errorf("nobody was asked, so nothing is known: %v", err)
			}
		})
	}
}

// A secret that is replaced while the server runs is used from the next call on.
func TestSecretsThatChange(t *testing.T) {
	t.Parallel()
	for method, where := range map[rs.ClientAuth]func(int, *asked) string{
		rs.ClientSecretPost:  func(i int, a *asked) string { return a.forms[i].Get("client_secret") },
		rs.ClientBearerToken: func(i int, a *asked) string { return strings.TrimPrefix(a.headers[i].Get("Authorization"), "Bearer ") },
	} {
		t.Run(method.String(), func(t *testing.T) {
			t.Parallel()
			a := newAsked(t, good())
			secrets := []rs.Secret{"first", "second"}
			cfg := config(a.wire)
			cfg.ClientAuth, cfg.ClientSecret = method, "never"
			cfg.ClientSecretFrom = func(context.Context) (s rs.Secret, _ error) {
				s, secrets = secrets[0], secrets[1:]
				return s, nil
			}
			s := newServer(t, cfg)
			for i, want := range []string{"first", "second"} {
				if got := outcome(s, want); got != "" {
					t.Fatal(got)
				}
				if got := where(i, a); got != want {
					t.Errorf("sent %q, want %q", got, want)
				}
			}
		})
	}
}

func TestAssertionAlgorithmOfMetadata(t *testing.T) {
	t.Parallel()
	const algs = "introspection_endpoint_auth_signing_alg_values_supported"
	for _, c := range []struct {
		method rs.ClientAuth
		listed any
		want   rs.Reason
	}{
		{rs.PrivateKeyJWT, []string{"RS256", "ES256"}, ""},
		{rs.PrivateKeyJWT, nil, ""},
		{rs.PrivateKeyJWT, []string{"RS256", "HS256"}, rs.ReasonMetadataMismatch},
		{rs.ClientSecretJWT, []string{"RS256", "HS256"}, ""},
		{rs.ClientSecretJWT, []string{"RS256"}, rs.ReasonMetadataMismatch},
		{rs.ClientSecretBasic, []string{"RS256"}, ""},
	} {
		cfg := discovering(publishes(oauthInserted, document(object{algs: c.listed})))
		cfg.ClientAuth, cfg.ClientSecret, cfg.ClientSigner = c.method, longSecret, signer()
		if got := outcome(newServer(t, cfg), "token"); got != c.want {
			t.Errorf("%v, %v: got %q, want %q", c.method, c.listed, got, c.want)
		}
	}
}

func TestClientAuthNames(t *testing.T) {
	t.Parallel()
	for method, want := range map[rs.ClientAuth]string{
		rs.ClientSecretBasic: "client_secret_basic", rs.ClientSecretPost: "client_secret_post", rs.ClientSecretJWT: "client_secret_jwt",
		rs.PrivateKeyJWT: "private_key_jwt", rs.TLSClientAuth: "tls_client_auth", rs.SelfSignedTLSClientAuth: "self_signed_tls_client_auth",
		rs.ClientBearerToken: "bearer", 99: "unknown",
	} {
		if method.String() != want {
			t.Errorf("got %q, want %q", method, want)
		}
	}
}
