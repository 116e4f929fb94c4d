package rstest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// A service that judges JWT access tokens itself: nobody is asked about a token, and so nobody tells of a revocation.
func ExampleServer_IssueJWT() {
	as := rstest.NewServer(t)
	server, err := rs.New(as.ConfigLocal())
	if err != nil {
		t.Fatal(err)
	}
	teams := server.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		principal, _ := rs.FromContext(r.Context())
		fmt.Fprint(w, "the teams of ", principal.Subject)
	}))
	get := func(token string) *http.Response {
		return rstest.Do(teams, rstest.Request("GET", "/api/teams", token))
	}

	token := as.IssueJWT(rstest.Claims{"sub": "bob"})
	fmt.Println(text(get(token)))
	as.Revoke(token)
	fmt.Println(text(get(token)), "after", len(as.Introspections()), "introspections")

	elsewhere := as.IssueJWT(rstest.Claims{"aud": "https://drive.example"})
	rstest.CheckRefusal(t, get(elsewhere), rs.ErrInvalidToken)
	rstest.CheckRefusal(t, get(as.Issue(nil)), rs.ErrInvalidToken) // opaque
	// Output:
	// the teams of bob
	// the teams of bob after 0 introspections
}

// The outcomes of local validation.
var (
	tokenKey      = outcome{rs.ErrInvalidToken, rs.ReasonTokenKey}
	tokenFormat   = outcome{rs.ErrInvalidToken, rs.ReasonTokenFormat}
	tokenAudience = outcome{rs.ErrInvalidToken, rs.ReasonTokenAudience}
	expired       = outcome{rs.ErrInvalidToken, rs.ReasonExpired}
	inactive      = outcome{rs.ErrInvalidToken, rs.ReasonInactive}
)

func TestLocal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		claims rstest.Claims
		want   outcome
	}{
		"good":                 {nil, accepted},
		"for us too":           {rstest.Claims{"aud": []string{"https://drive.example", rstest.Audience}}, accepted},
		"for another":          {rstest.Claims{"aud": "https://drive.example"}, tokenAudience},
		"for nobody":           {rstest.Claims{"aud": nil}, outcome{rs.ErrInvalidToken, rs.ReasonTokenClaims}},
		"expired":              {rstest.Claims{"exp": time.Now().Add(-time.Hour).Unix()}, expired},
		"of another issuer":    {rstest.Claims{"iss": rstest.Issuer + "/"}, outcome{rs.ErrInvalidToken, rs.ReasonIssuer}},
		"without a scope":      {rstest.Claims{"scope": "email"}, outcome{rs.ErrInsufficientScope, rs.ReasonInsufficientScope}},
		"inactive, unnoticed":  {rstest.Claims{"active": false}, accepted},
		"with its own jti":     {rstest.Claims{"jti": "1"}, accepted},
		"without a jti":        {rstest.Claims{"jti": nil}, outcome{rs.ErrInvalidToken, rs.ReasonTokenClaims}},
		"bound to another key": {rstest.Claims{"cnf": map[string]string{"jkt": "x"}}, outcome{rs.ErrInvalidToken, rs.ReasonSenderConstrained}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			as := rstest.NewServer(t)
			principal, err := newServer(t, as.ConfigLocal()).Authenticate(t.Context(), as.IssueJWT(tt.claims))
			checkOutcome(t, principal, err, tt.want)
			if asked := as.Introspections(); len(asked) != 0 {
				t.Errorf("asked %+v", asked)
			}
		})
	}
}

// TestLocalRefusesOthers: what is no JWT, or not ours.
func TestLocalRefusesOthers(t *testing.T) {
	t.Parallel()
	as, other := rstest.NewServer(t), rstest.NewServer(t) // of the same name, with other keys
	server := newServer(t, as.ConfigLocal())
	for token, want := range map[string]outcome{as.Issue(nil): tokenFormat, other.IssueJWT(nil): tokenKey} {
		principal, err := server.Authenticate(t.Context(), token)
		checkOutcome(t, principal, err, want)
	}
}

// TestLocalForEveryAlgorithm: the configuration follows the options of the server, on a real connection too.
func TestLocalForEveryAlgorithm(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"ES256", "RS256", "EdDSA", "Ed25519"} {
		option := func(cfg *devas.Config) { cfg.SigningAlg, cfg.Audience = alg, "documents" }
		for _, as := range []*rstest.Server{rstest.NewServer(t, option), rstest.NewListeningServer(t, option)} {
			cfg := as.ConfigLocal()
			if cfg.AccessTokenMode != rs.Local || cfg.AccessTokenAlg != alg || fmt.Sprint(cfg.TokenAudiences) != "[documents]" {
				t.Errorf("%s: mode %v, algorithm %s, audiences %v", alg, cfg.AccessTokenMode, cfg.AccessTokenAlg, cfg.TokenAudiences)
			}
			server := newServer(t, cfg)
			t.Cleanup(func() { _ = server.Close(context.Background()) })
			principal, err := server.Authenticate(t.Context(), as.IssueJWT(nil))
			checkOutcome(t, principal, err, accepted)
		}
	}
}

// TestLocalExpires lets the time pass.
func TestLocalExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		as := rstest.NewServer(t)
		server, token := newServer(t, as.ConfigLocal()), as.IssueJWT(nil)
		defer server.Close(t.Context())
		for _, want := range []outcome{accepted, expired} {
			principal, err := server.Authenticate(t.Context(), token)
			checkOutcome(t, principal, err, want)
			time.Sleep(time.Hour)
		}
	})
}

// TestLocalRotation: what becomes of a token, and of a new one, when the authorization server changes its keys.
func TestLocalRotation(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		disturb          func(*rstest.Server)
		wantOld, wantNew outcome // of a token of before, and of one made then
	}{
		"overlap":                 {func(as *rstest.Server) { as.RotateKeys(true) }, accepted, accepted},
		"at once":                 {func(as *rstest.Server) { as.RotateKeys(false) }, tokenKey, accepted},
		"rotation and keys down":  {func(as *rstest.Server) { as.RotateKeys(true); as.Fail(rstest.KeysDown) }, accepted, noKeys},
		"rotation and keys empty": {func(as *rstest.Server) { as.RotateKeys(false); as.Fail(rstest.KeysEmpty) }, accepted, noKeys},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				as := rstest.NewServer(t)
				cfg := as.ConfigLocal()
				cfg.CacheSize = -1 // or a token would not be verified again
				server, old := newServer(t, cfg), as.IssueJWT(nil)
				defer server.Close(t.Context())
				if _, err := server.Authenticate(t.Context(), old); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute) // beyond the cool-down, within the time for which keys are kept
				tt.disturb(as)
				principal, err := server.Authenticate(t.Context(), as.IssueJWT(nil)) // which has the keys fetched
				checkOutcome(t, principal, err, tt.wantNew)
				principal, err = server.Authenticate(t.Context(), old)
				checkOutcome(t, principal, err, tt.wantOld)
			})
		})
	}
}

// TestLocalKeyFaults: without keys nothing can be said about a token, so the answer is 503, and all is well when they are back.
func TestLocalKeyFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range rstestFaults() {
		if fault < rstest.KeysDown {
			continue // the constants come in groups: these are of answers
		}
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				as := rstest.NewServer(t)
				server := newServer(t, as.ConfigLocal())
				defer server.Close(t.Context())
				as.Fail(fault)
				want := noKeys
				if fault == rstest.KeysForeign { // unusual, but right
					want = accepted
				}
				token := as.IssueJWT(nil)
				principal, err := server.Authenticate(t.Context(), token)
				checkOutcome(t, principal, err, want)
				as.Heal()
				skipPause()
				principal, err = server.Authenticate(t.Context(), token)
				checkOutcome(t, principal, err, accepted)
			})
		})
	}
}

// TestLocalThenIntrospect: the authorization server knows its JWTs, and what it was told of them, once it is asked.
func TestLocalThenIntrospect(t *testing.T) {
	t.Parallel()
	for _, format := range []rs.Format{rstest.JSON, rstest.JWTSigned, rstest.JWT} {
		t.Run(format.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				as := rstest.NewServer(t)
				cfg := as.ConfigLocal(format)
				cfg.AccessTokenMode, cfg.IntrospectEvery = rs.LocalThenIntrospect, time.Minute
				server := newServer(t, cfg)
				defer server.Close(t.Context())
				kept, revoked := as.IssueJWT(nil), as.IssueJWT(nil)
				as.Revoke(revoked)
				for asked, wantRevoked := range []outcome{accepted, inactive} {
					principal, err := server.Authenticate(t.Context(), revoked)
					checkOutcome(t, principal, err, wantRevoked)
					principal, err = server.Authenticate(t.Context(), kept)
					checkOutcome(t, principal, err, accepted)
					if got := len(as.Introspections()); got != 2*asked {
						t.Errorf("%d introspections, want %d", got, 2*asked)
					}
					time.Sleep(time.Minute)
				}
				principal, err := server.Authenticate(t.Context(), as.Issue(rstest.Claims{"aud": rstest.Audience})) // opaque
				checkOutcome(t, principal, err, accepted)
			})
		})
	}
}

func TestIssueJWTFailsTheTest(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(&fakeTB{})
	if got := caught(func() { as.IssueJWT(rstest.Claims{"sub": func() {}}) }); !strings.HasPrefix(got, "rstest: IssueJWT: ") {
		t.Errorf("failed with %q", got)
	}
}
