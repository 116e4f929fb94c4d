// Package leaktest is for tests: whatever goes wrong, an observer must not tell a token, a secret or a claim.
package leaktest

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// Run sends tokens of every kind to servers of every format whose authorization servers have every fault. Before each, observe
// puts an observer into the configuration and returns a function that tells all that it has told. That must be something,
// and hold nothing that it should not. Each server lives in a synctest bubble of its own.
func Run(t *testing.T, observe func(t *testing.T, cfg *rs.Config) (told func() string)) {
	t.Helper()
	for _, format := range []rs.Format{rstest.JSON, rstest.JWT, rstest.JWTSigned} {
		for _, fault := range append(devas.Faults(), 0, 400, 401, 403, 404, 429, 500, 503) {
			t.Run(fmt.Sprintf("%v/%v", format, fault), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					as := rstest.NewServer(t)
					cfg := as.Config(format)
					cfg.LenientBase64Token = true
					told := observe(t, &cfg)
					canaries := provoke(t, as, &cfg, fault)
					check(t, told(), canaries)
				})
			})
		}
	}
}

func check(t *testing.T, told string, canaries map[string]string) {
	t.Helper()
	if told == "" {
		t.Error("nothing was told")
	}
	for what, canary := range canaries {
		if strings.Contains(told, canary) {
			t.Errorf("the %s is told: %s", what, told)
		}
	}
}

// refuse is what an application does after the decision: its rules and its lookup of the user fail, and quote what they like.
func refuse(ctx context.Context) {
	quoting := errors.New("canary-user has canary-password")
	for _, err := range []error{quoting, &rs.Error{Reason: rs.ReasonUserLookup, Err: quoting}, rs.ErrForbidden, rs.ErrUnknownUser} {
		_ = rs.Refused(ctx, err)
	}
}

// provoke returns what must not have been told.
func provoke(t *testing.T, as *rstest.Server, cfg *rs.Config, fault devas.Fault) map[string]string {
	t.Helper()
	server, err := rs.New(*cfg)
	if err != nil {
		t.Fatal(err)
	}
	claims := rstest.Claims{"sub": "canary-subject", "username": "canary-user", "client_id": "canary-client", "jti": "canary-jti"}
	good, revoked := as.Issue(claims), as.Issue(claims)
	as.Revoke(revoked)
	if fault != 0 {
		as.Fail(fault)
	}
	for _, token := range []string{good, good, revoked, "canary-unknown", base64.StdEncoding.EncodeToString([]byte(good)), "canary malformed"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?q=canary-query", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		if p, err := server.AuthenticateRequest(r); err == nil { // what it decides is not the question here
			refuse(rs.NewContext(r.Context(), p))
		}
	}
	as.Heal()
	synctest.Wait()
	if err := server.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return map[string]string{"good token": good, "revoked token": revoked, "client secret": string(cfg.ClientSecret), "input": "canary"}
}
