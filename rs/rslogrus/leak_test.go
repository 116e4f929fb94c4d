package rslogrus_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/leaktest"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// Whatever goes wrong, at whatever level, in whatever format: no token, no secret and no claim.
func TestNoLineTellsASecret(t *testing.T) {
	t.Parallel()
	leaktest.Run(t, func(_ *testing.T, cfg *rs.Config) func() string {
		var text, json leaktest.Output
		var observers []rs.Observer
		for _, level := range []logrus.Level{logrus.ErrorLevel, logrus.InfoLevel, logrus.TraceLevel} {
			observers = append(observers,
				rslogrus.New(formatted(&text, level, &logrus.TextFormatter{})),
				rslogrus.New(formatted(&json, level, &logrus.JSONFormatter{})))
		}
		cfg.Observer = rs.Observers(observers...)
		return func() string { return text.String() + json.String() }
	})
}

func formatted(out io.Writer, level logrus.Level, formatter logrus.Formatter) *logrus.Logger {
	log := logrus.New()
	log.Out, log.Formatter = out, formatter
	log.SetLevel(level)
	return log
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
