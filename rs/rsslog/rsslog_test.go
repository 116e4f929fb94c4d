package rsslog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/leaktest"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
	"github.com/gin-lasuite/gin-lasuite/rs/rsslog"
)

// newLogger logs to out as JSON, without the time.
func newLogger(out io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

var (
	credentials = &rs.Error{Reason: rs.ReasonClientCredentials, Err: errors.New("check the client secret")}
	inactive    = &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonInactive}
	timeout     = &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonTimeout, Err: errors.New("too late")}
)

var events = []struct {
	name  string
	event rs.Event
	want  string
}{
	{
		"let in", rs.Event{Op: rs.OpAuthenticate, Duration: 1200 * time.Microsecond, Cache: rs.CacheHit},
		`{"level":"DEBUG","msg":"request authenticated","op":"authenticate","duration":"1.2ms","cache":"hit"}`,
	},
	{
		"keys skipped, of several issuers", rs.Event{Op: rs.OpFetchKeys, Issuer: "https://as.example", Skipped: []string{"a", "b"}},
		`{"level":"DEBUG","msg":"fetch_keys done","op":"fetch_keys","duration":"0s","issuer":"https://as.example","skipped_keys":"a; b"}`,
	},
	{
		"inactive", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheMiss, Err: inactive},
		`{"level":"INFO","msg":"request refused","op":"authenticate","duration":"0s","cache":"miss","kind":"invalid token","reason":"inactive"}`,
	},
	{
		"outage", rs.Event{Op: rs.OpIntrospect, Err: timeout},
		`{"level":"ERROR","msg":"introspect failed","op":"introspect","duration":"0s",` +
			`"kind":"authorization server unavailable","reason":"introspection_timeout","error":"too late"}`,
	},
	{
		"outage, of a request", rs.Event{Op: rs.OpAuthenticate, Err: timeout},
		`{"level":"ERROR","msg":"request not decided","op":"authenticate","duration":"0s",` +
			`"kind":"authorization server unavailable","reason":"introspection_timeout","error":"too late"}`,
	},
	{
		"refused inside", rs.Event{Op: rs.OpIntrospect, Err: &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonUnsupportedToken}},
		`{"level":"DEBUG","msg":"introspect failed","op":"introspect","duration":"0s","kind":"invalid token","reason":"unsupported_token_type"}`,
	},
	{
		"gone", rs.Event{Op: rs.OpAuthenticate, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonCanceled}},
		`{"level":"DEBUG","msg":"request not decided","op":"authenticate","duration":"0s","kind":"authorization server unavailable","reason":"canceled"}`,
	},
	{
		"credentials", rs.Event{Op: rs.OpIntrospect, Err: credentials},
		`{"level":"ERROR","msg":"the authorization server refuses this service","op":"introspect","duration":"0s",` +
			`"kind":"internal error","reason":"client_credentials","error":"check the client secret"}`,
	},
	{
		"circuit opened", rs.Event{Op: rs.OpCircuit, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonCircuitOpen}},
		`{"level":"ERROR","msg":"circuit opened","op":"circuit","duration":"0s","kind":"authorization server unavailable","reason":"circuit_open"}`,
	},
	{
		"circuit closed", rs.Event{Op: rs.OpCircuit},
		`{"level":"INFO","msg":"circuit closed","op":"circuit","duration":"0s"}`,
	},
	{
		"keys fetched", rs.Event{Op: rs.OpFetchKeys},
		`{"level":"DEBUG","msg":"fetch_keys done","op":"fetch_keys","duration":"0s"}`,
	},
	{
		"cache", rs.Event{Op: rs.OpCache, Err: errors.New("alice's claims")},
		`{"level":"ERROR","msg":"cache failed","op":"cache","duration":"0s","kind":"internal error","reason":"unexpected","error":"error of type *errors.errorString"}`,
	},
}

func TestRecords(t *testing.T) {
	t.Parallel()
	ranks := map[string]slog.Level{"DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo, "ERROR": slog.LevelError}
	for _, test := range events {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var record struct{ Level string }
			if err := json.Unmarshal([]byte(test.want), &record); err != nil {
				t.Fatal(err)
			}
			for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, slog.LevelError + 4} {
				want := ""
				if ranks[record.Level] >= level {
					want = test.want + "\n"
				}
				var out bytes.Buffer
				observer := rsslog.New(newLogger(&out, level))
				observer.End(observer.Begin(t.Context(), test.event.Op), test.event)
				if got := out.String(); got != want {
					t.Errorf("at level %v\ngot  %swant %s", level, got, want)
				}
			}
		})
	}
}

// A service that moves from logrus to slog finds the same lines, suppressed ones included.
func TestAsRslogrus(t *testing.T) {
	t.Parallel()
	var ours, theirs bytes.Buffer
	log := logrus.New()
	log.Out, log.Formatter = &theirs, &logrus.JSONFormatter{DisableTimestamp: true}
	log.SetLevel(logrus.DebugLevel)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(4 * time.Second); return now }
	was, is := rslogrus.New(log), rsslog.New(newLogger(&ours, slog.LevelDebug))
	was.Now, is.Now = clock, clock
	was.Interval, is.Interval = time.Minute, time.Minute
	for range 5 {
		for _, test := range events {
			was.End(t.Context(), test.event)
			is.End(t.Context(), test.event)
		}
	}
	got, want := decode(t, ours.String()), decode(t, theirs.String())
	if len(got) != len(want) || !strings.Contains(ours.String(), `"suppressed":`) {
		t.Fatalf("got %d records and want %d, some of which suppressed others:\n%s", len(got), len(want), ours.String())
	}
	for i := range got {
		if !maps.Equal(got[i], want[i]) {
			t.Errorf("record %d: got %v, want %v", i, got[i], want[i])
		}
	}
}

func decode(t *testing.T, log string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(log) {
		record := map[string]any{}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		record["level"] = strings.ToLower(record["level"].(string))
		all = append(all, record)
	}
	return all
}

// Whatever goes wrong, at whatever level, in whatever format: no token, no secret and no claim.
func TestNoRecordTellsASecret(t *testing.T) {
	t.Parallel()
	leaktest.Run(t, func(_ *testing.T, cfg *rs.Config) func() string {
		var text, json leaktest.Output
		observers := []rs.Observer{rsslog.New(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug - 4})))}
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelError} {
			observers = append(observers, rsslog.New(newLogger(&json, level)))
		}
		cfg.Observer = rs.Observers(observers...)
		return func() string { return text.String() + json.String() }
	})
}

// Attributes and groups of the application stay, and its handler finds the context of the request.
func TestLoggerAndContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	var out bytes.Buffer
	handler := &contexts{Handler: newLogger(&out, slog.LevelInfo).Handler()}
	observer := rsslog.New(slog.New(handler))
	ctx := context.WithValue(t.Context(), key{}, "trace")
	observer.End(observer.Begin(ctx, rs.OpIntrospect), rs.Event{Op: rs.OpIntrospect, Err: credentials})
	if len(handler.seen) != 1 || handler.seen[0].Value(key{}) != "trace" {
		t.Errorf("the handler saw %v", handler.seen)
	}
	out.Reset()
	rsslog.New(newLogger(&out, slog.LevelInfo).With("service", "documents").WithGroup("rs")).End(t.Context(), rs.Event{Op: rs.OpAuthenticate, Err: inactive})
	want := `{"level":"INFO","msg":"request refused","service":"documents","rs":{"op":"authenticate","duration":"0s","kind":"invalid token","reason":"inactive"}}` + "\n"
	if got := out.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

type contexts struct {
	slog.Handler

	seen []context.Context
}

func (c *contexts) Handle(ctx context.Context, record slog.Record) error {
	c.seen = append(c.seen, ctx)
	return c.Handler.Handle(ctx, record)
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	observer := rsslog.New(newLogger(&out, slog.LevelInfo))
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
		t.Errorf("got %d records, want 1", got)
	}
}

func TestDefaultLogger(t *testing.T) { //nolint:paralleltest // it changes the default logger
	var out bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(newLogger(&out, slog.LevelInfo))
	rsslog.New(nil).End(t.Context(), rs.Event{Op: rs.OpIntrospect, Err: credentials})
	if got := strings.Count(out.String(), "\n"); got != 1 {
		t.Errorf("got %d records, want 1", got)
	}
}

// A request that is let in is not logged at the usual level, and must cost nothing then.
func TestNoAllocationWithoutARecord(t *testing.T) { //nolint:paralleltest // testing.AllocsPerRun forbids it
	observer := rsslog.New(newLogger(io.Discard, slog.LevelInfo))
	ctx := t.Context()
	if got := testing.AllocsPerRun(100, func() {
		observer.End(observer.Begin(ctx, rs.OpAuthenticate), rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheHit})
	}); got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}
