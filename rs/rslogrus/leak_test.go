package rslogrus_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// Whatever goes wrong, at whatever level, in whatever format: no token, no secret and no claim.
func TestNoLineTellsASecret(t *testing.T) {
	t.Parallel()
	for _, format := range []rs.Format{rstest.JSON, rstest.JWT, rstest.JWTSigned} {
		for _, fault := range append(devas.Faults(), 0, 400, 401, 403, 404, 429, 500, 503) {
			t.Run(fmt.Sprintf("%v/%v", format, fault), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var text, json bytes.Buffer
					canaries := provoke(t, rs.Observers(
						rslogrus.New(traceLogger(&text, &logrus.TextFormatter{})),
						rslogrus.New(traceLogger(&json, &logrus.JSONFormatter{}))), format, fault)
					if text.Len() == 0 || json.Len() == 0 {
						t.Error("nothing was logged at level trace")
					}
					for what, canary := range canaries {
						if log := text.String() + json.String(); strings.Contains(log, canary) {
							t.Errorf("the log tells the %s: %s", what, log)
						}
					}
				})
			})
		}
	}
}

func traceLogger(out *bytes.Buffer, formatter logrus.Formatter) *logrus.Logger {
	log := logrus.New()
	log.Out, log.Formatter = out, formatter
	log.SetLevel(logrus.TraceLevel)
	return log
}

// provoke sends tokens of every kind to a server whose authorization server has a fault, and returns what must not have
// been logged.
func provoke(t *testing.T, observer rs.Observer, format rs.Format, fault devas.Fault) map[string]string {
	t.Helper()
	as := rstest.NewServer(t)
	cfg := as.Config(format)
	cfg.Observer = observer
	cfg.LenientBase64Token = true
	server, err := rs.New(cfg)
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
		r := httptest.NewRequest("GET", "/?q=canary-query", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		_, _ = server.AuthenticateRequest(r)
	}
	as.Heal()
	synctest.Wait()
	return map[string]string{"good token": good, "revoked token": revoked, "client secret": string(cfg.ClientSecret), "input": "canary"}
}

// One outage and a hundred requests are one line, and it says what to do.
func TestOneLineForAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for fault, want := range map[devas.Fault]string{
			rstest.InvalidClient: `level=error msg="the authorization server refuses this service"`,
			rstest.Reset:         `level=error msg="introspect failed"`,
			rstest.KeysDown:      `level=error msg="fetch_keys failed"`,
			503:                  `level=error msg="introspect failed"`,
		} {
			var out bytes.Buffer
			log := logrus.New()
			log.Out, log.Formatter = &out, &logrus.TextFormatter{DisableTimestamp: true}
			as := rstest.NewServer(t)
			cfg := as.Config(rstest.JWTSigned)
			cfg.Observer = rslogrus.New(log)
			server, err := rs.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			as.Fail(fault)
			token := as.Issue(nil)
			reasons := map[rs.Reason]bool{}
			for range 100 {
				_, err := server.Authenticate(t.Context(), token)
				reasons[rs.AsError(err).Reason] = true
			}
			if got := out.String(); strings.Count(got, "\n") != len(reasons) || !strings.HasPrefix(got, want) {
				t.Errorf("%v: got %q for %v, want a line for each reason, the first %q", fault, got, reasons, want)
			}
		}
	})
}
