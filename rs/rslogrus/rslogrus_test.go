package rslogrus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
)

// newLogger logs to the buffer, one JSON object a line, without the time.
func newLogger(level logrus.Level) (*logrus.Logger, *bytes.Buffer) {
	out := &bytes.Buffer{}
	log := logrus.New()
	log.Out, log.Formatter = out, &logrus.JSONFormatter{DisableTimestamp: true}
	log.SetLevel(level)
	return log, out
}

var credentials = &rs.Error{Reason: rs.ReasonClientCredentials, Err: errors.New("check the client secret")}

func TestLines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		event rs.Event
		want  string
	}{
		{
			"let in", rs.Event{Op: rs.OpAuthenticate, Duration: 1200 * time.Microsecond, Cache: rs.CacheHit},
			`{"cache":"hit","duration":"1.2ms","level":"debug","msg":"request authenticated","op":"authenticate"}`,
		},
		{
			"introspected", rs.Event{Op: rs.OpIntrospect, Duration: time.Second},
			`{"duration":"1s","level":"debug","msg":"introspect done","op":"introspect"}`,
		},
		{
			"keys fetched", rs.Event{Op: rs.OpFetchKeys},
			`{"duration":"0s","level":"debug","msg":"fetch_keys done","op":"fetch_keys"}`,
		},
		{
			"keys skipped", rs.Event{Op: rs.OpFetchKeys, Skipped: []string{`"a": kty "AKP" does not fit ES256`, `"b": x`}},
			`{"duration":"0s","level":"debug","msg":"fetch_keys done","op":"fetch_keys","skipped_keys":"\"a\": kty \"AKP\" does not fit ES256; \"b\": x"}`,
		},
		{
			"of several issuers", rs.Event{Op: rs.OpVerify, Issuer: "https://as.example"},
			`{"duration":"0s","issuer":"https://as.example","level":"debug","msg":"verify done","op":"verify"}`,
		},
		{
			"no token", rs.Event{Op: rs.OpAuthenticate, Err: &rs.Error{Kind: rs.ErrMissingToken, Reason: rs.ReasonNoToken}},
			`{"duration":"0s","kind":"missing token","level":"info","msg":"request without a token","op":"authenticate","reason":"no_token"}`,
		},
		{
			"inactive", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheMiss, Err: &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonInactive}},
			`{"cache":"miss","duration":"0s","kind":"invalid token","level":"info","msg":"request refused","op":"authenticate","reason":"inactive"}`,
		},
		{
			"a setting that refuses every token", rs.Event{Op: rs.OpAuthenticate, Err: &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonIssuer}},
			`{"duration":"0s","error":"the token is of an issuer that is not configured: if it is every token, compare Config.Issuer (OIDC_OP_URL) ` +
				`with its iss, the slash at the end included","kind":"invalid token","level":"info","msg":"request refused","op":"authenticate","reason":"issuer"}`,
		},
		{
			"scope", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheShared, Err: &rs.Error{Kind: rs.ErrInsufficientScope, Reason: rs.ReasonInsufficientScope, Scope: "x"}},
			`{"cache":"shared","duration":"0s","kind":"insufficient scope","level":"info","msg":"request refused","op":"authenticate","reason":"insufficient_scope"}`,
		},
		{
			"refused inside", rs.Event{Op: rs.OpIntrospect, Err: &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonUnsupportedToken}},
			`{"duration":"0s","kind":"invalid token","level":"debug","msg":"introspect failed","op":"introspect","reason":"unsupported_token_type"}`,
		},
		{
			"gone", rs.Event{Op: rs.OpAuthenticate, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonCanceled, Err: context.Canceled}},
			`{"duration":"0s","error":"context canceled","kind":"authorization server unavailable","level":"debug","msg":"request not decided",` +
				`"op":"authenticate","reason":"canceled"}`,
		},
		{
			"outage", rs.Event{Op: rs.OpIntrospect, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonTimeout, Err: errors.New("too late")}},
			`{"duration":"0s","error":"too late","kind":"authorization server unavailable","level":"error","msg":"introspect failed",` +
				`"op":"introspect","reason":"introspection_timeout"}`,
		},
		{
			"outage, of a request", rs.Event{Op: rs.OpAuthenticate, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonTimeout}},
			`{"duration":"0s","kind":"authorization server unavailable","level":"error","msg":"request not decided",` +
				`"op":"authenticate","reason":"introspection_timeout"}`,
		},
		{
			"credentials", rs.Event{Op: rs.OpIntrospect, Err: credentials},
			`{"duration":"0s","error":"check the client secret","kind":"internal error","level":"error",` +
				`"msg":"the authorization server refuses this service","op":"introspect","reason":"client_credentials"}`,
		},
		{
			"refused later", rs.Event{Op: rs.OpAuthorize, Issuer: "https://as.example", Err: &rs.Error{Kind: rs.ErrInsufficientScope, Reason: rs.ReasonInsufficientScope}},
			`{"issuer":"https://as.example","kind":"insufficient scope","level":"info","msg":"request refused","op":"authorize","reason":"insufficient_scope"}`,
		},
		{
			"refused by a rule", rs.Event{Op: rs.OpAuthorize, Err: &rs.Error{Kind: rs.ErrForbidden, Reason: rs.ReasonApplication, Err: errors.New("not in the pilot")}},
			`{"error":"not in the pilot","kind":"forbidden","level":"info","msg":"request refused","op":"authorize","reason":"application"}`,
		},
		{
			"lookup that fails", rs.Event{Op: rs.OpAuthorize, Err: &rs.Error{Reason: rs.ReasonUserLookup, Err: errors.New("alice's password")}},
			`{"error":"error of type *errors.errorString","kind":"internal error","level":"error","msg":"request not decided","op":"authorize","reason":"user_lookup"}`,
		},
		{
			"rule that fails", rs.Event{Op: rs.OpAuthorize, Err: &rs.Error{Reason: rs.ReasonUnexpected, Err: fmt.Errorf("alice: %w", syscall.ECONNREFUSED)}},
			`{"error":"connection refused","kind":"internal error","level":"error","msg":"request not decided","op":"authorize","reason":"unexpected"}`,
		},
		{
			"circuit opened", rs.Event{Op: rs.OpCircuit, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonCircuitOpen, Err: errors.New("too often")}},
			`{"duration":"0s","error":"too often","kind":"authorization server unavailable","level":"error","msg":"circuit opened","op":"circuit","reason":"circuit_open"}`,
		},
		{
			"circuit closed", rs.Event{Op: rs.OpCircuit},
			`{"duration":"0s","level":"info","msg":"circuit closed","op":"circuit"}`,
		},
		{
			"cache", rs.Event{Op: rs.OpCache, Err: errors.New("alice's claims")},
			`{"duration":"0s","error":"error of type *errors.errorString","kind":"internal error","level":"error","msg":"cache failed","op":"cache","reason":"unexpected"}`,
		},
		{
			"cache that cannot be reached", rs.Event{Op: rs.OpCache, Err: fmt.Errorf("alice: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)})},
			`{"duration":"0s","error":"connection refused","kind":"internal error","level":"error","msg":"cache failed","op":"cache","reason":"unexpected"}`,
		},
		{
			"cache that is late", rs.Event{Op: rs.OpCache, Err: fmt.Errorf("alice: %w", context.DeadlineExceeded)},
			`{"duration":"0s","error":"context deadline exceeded","kind":"internal error","level":"error","msg":"cache failed","op":"cache","reason":"unexpected"}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, level := range logrus.AllLevels {
				log, out := newLogger(level)
				observer := rslogrus.New(log)
				observer.End(observer.Begin(t.Context(), test.event.Op), test.event)
				want := test.want + "\n"
				if !strings.Contains(want, `"level":"error"`) && level < logrus.InfoLevel ||
					strings.Contains(want, `"level":"debug"`) && level < logrus.DebugLevel || level < logrus.ErrorLevel {
					want = ""
				}
				if got := out.String(); got != want {
					t.Errorf("at level %v\ngot  %swant %s", level, got, want)
				}
			}
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	log, out := newLogger(logrus.InfoLevel)
	observer := rslogrus.New(log)
	observer.Interval = time.Hour
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				observer.End(t.Context(), rs.Event{Op: rs.OpIntrospect, Err: credentials})
			}
		})
	}
	wg.Wait()
	if got := strings.Count(out.String(), "\n"); got != 1 {
		t.Errorf("got %d lines, want 1", got)
	}
}

// Fields of the application stay, and its hooks find the context of the request.
func TestEntryAndContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	log, out := newLogger(logrus.InfoLevel)
	hook := &contexts{}
	log.AddHook(hook)
	observer := rslogrus.New(log.WithField("service", "documents"))
	ctx := context.WithValue(t.Context(), key{}, "trace")
	observer.End(observer.Begin(ctx, rs.OpIntrospect), rs.Event{Op: rs.OpIntrospect, Err: credentials})
	observer.End(ctx, rs.Event{Op: rs.OpAuthenticate})
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"service":"documents"`) {
		t.Errorf("got %s", got)
	}
	if len(hook.seen) != 1 || hook.seen[0].Value(key{}) != "trace" {
		t.Errorf("the hook saw %v", hook.seen)
	}
}

type contexts struct{ seen []context.Context }

func (c *contexts) Levels() []logrus.Level { return logrus.AllLevels }

func (c *contexts) Fire(e *logrus.Entry) error {
	c.seen = append(c.seen, e.Context)
	return nil
}

// ownLogger is an application's own implementation of the interface.
type ownLogger struct{ logrus.FieldLogger }

func TestOwnLogger(t *testing.T) {
	t.Parallel()
	log, out := newLogger(logrus.DebugLevel)
	rslogrus.New(ownLogger{log}).End(t.Context(), rs.Event{Op: rs.OpAuthenticate})
	if got := strings.Count(out.String(), "\n"); got != 1 {
		t.Errorf("got %d lines, want 1", got)
	}
}

func TestStandardLogger(t *testing.T) { //nolint:paralleltest // it changes the standard logger
	out, formatter := logrus.StandardLogger().Out, logrus.StandardLogger().Formatter
	t.Cleanup(func() { logrus.SetOutput(out); logrus.SetFormatter(formatter) })
	var buffer bytes.Buffer
	logrus.SetOutput(&buffer)
	rslogrus.New(nil).End(t.Context(), rs.Event{Op: rs.OpIntrospect, Err: credentials})
	if got := strings.Count(buffer.String(), "\n"); got != 1 {
		t.Errorf("got %d lines, want 1", got)
	}
}

// A request that is let in is not logged at the usual level, and must cost nothing then.
func TestNoAllocationWithoutALine(t *testing.T) { //nolint:paralleltest // testing.AllocsPerRun forbids it
	log, _ := newLogger(logrus.InfoLevel)
	observer := rslogrus.New(log)
	ctx := t.Context()
	if got := testing.AllocsPerRun(100, func() {
		observer.End(observer.Begin(ctx, rs.OpAuthenticate), rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheHit})
	}); got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

func BenchmarkEnd(b *testing.B) {
	log, _ := newLogger(logrus.InfoLevel)
	log.Out = io.Discard
	observer := rslogrus.New(log)
	for name, ev := range map[string]rs.Event{
		"authenticated": {Op: rs.OpAuthenticate, Cache: rs.CacheHit},
		"refused":       {Op: rs.OpAuthenticate, Err: &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonInactive}},
		"outage":        {Op: rs.OpIntrospect, Err: credentials},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				observer.End(b.Context(), ev)
			}
		})
	}
}
