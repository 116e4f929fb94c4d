package rslogrus_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
)

// An outage is one line at level error for each interval, whatever fails because of it.
func TestRepeatedFailures(t *testing.T) {
	t.Parallel()
	log, out := newLogger(logrus.InfoLevel)
	observer := rslogrus.New(log)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	observer.Now = func() time.Time { return now }
	timeout := &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonTimeout}
	status := &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonStatus}
	bug := &rs.Error{Reason: rs.ReasonUnexpected}
	for _, step := range []struct {
		after time.Duration
		op    rs.Op
		err   error
		want  string // op, reason and suppressed of the line; "": none
	}{
		{0, rs.OpIntrospect, timeout, "introspect introspection_timeout -"},
		{0, rs.OpAuthenticate, timeout, ""},
		{0, rs.OpAuthenticate, timeout, ""},
		{time.Second, rs.OpIntrospect, status, "introspect introspection_status -"},
		{time.Second, rs.OpIntrospect, timeout, ""},
		{8*time.Second - 1, rs.OpIntrospect, timeout, ""},
		{1, rs.OpIntrospect, timeout, "introspect introspection_timeout 4"},
		{0, rs.OpAuthenticate, timeout, ""},
		{time.Second, rs.OpIntrospect, status, "introspect introspection_status -"},
		{time.Minute, rs.OpIntrospect, timeout, "introspect introspection_timeout 1"},
		{-time.Hour, rs.OpIntrospect, timeout, "introspect introspection_timeout -"}, // the clock was set back
		{0, rs.OpIntrospect, timeout, ""},
		{0, rs.OpCache, errors.New("down"), "cache unexpected -"},
		{0, rs.OpCache, errors.New("down"), ""},
		{0, rs.OpAuthenticate, bug, "authenticate unexpected -"},
		{0, rs.OpAuthenticate, bug, ""},
		{0, rs.OpAuthorize, errors.New("a policy fails"), "authorize unexpected -"}, // and hides behind none of the others
		{0, rs.OpAuthorize, errors.New("a policy fails"), ""},
		{0, rs.OpUserInfo, &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonUserInfoAnswer}, "userinfo userinfo_answer -"},
		{0, rs.OpAuthorize, &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonUserInfoAnswer}, ""}, // the same failure
		{0, rs.OpAuthorize, &rs.Error{Kind: rs.ErrUnavailable, Reason: "ours"}, "authorize ours -"},  // its own words
		{0, rs.OpAuthorize, &rs.Error{Kind: rs.ErrUnavailable, Reason: "too"}, ""},                   // share one limit
	} {
		out.Reset()
		now = now.Add(step.after)
		observer.End(t.Context(), rs.Event{Op: step.op, Err: step.err})
		want := ""
		if step.want != "" {
			var op, reason, suppressed string
			_, _ = fmt.Sscan(step.want, &op, &reason, &suppressed)
			want = `"op":"` + op + `","reason":"` + reason + `"`
			if suppressed != "-" {
				want += `,"suppressed":` + suppressed
			}
			want += "}\n"
		}
		if got := out.String(); !strings.HasSuffix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s %v at %v: got %s, want %s", step.op, step.err, now, got, want)
		}
	}
}

// Requests without a token are nobody's, and a busy public route may have nothing else: one line for each interval.
func TestRequestsWithoutATokenAreOneLine(t *testing.T) {
	t.Parallel()
	log, out := newLogger(logrus.InfoLevel)
	observer := rslogrus.New(log)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	observer.Now = func() time.Time { return now }
	anonymous := rs.Event{Op: rs.OpAuthenticate, Err: &rs.Error{Kind: rs.ErrMissingToken, Reason: rs.ReasonNoToken}}
	line := `{"duration":"0s","kind":"missing token","level":"info","msg":"request without a token","op":"authenticate","reason":"no_token"}` + "\n"
	for i, want := range []string{line, "", "", strings.Replace(line, "}", `,"suppressed":2}`, 1)} {
		out.Reset()
		observer.End(t.Context(), anonymous)
		if got := out.String(); got != want {
			t.Errorf("%d: got %q, want %q", i, got, want)
		}
		now = now.Add(4 * time.Second)
	}
}

// Refusals of a token are not limited: each is somebody's.
func TestRefusalsAreNotSuppressed(t *testing.T) {
	t.Parallel()
	log, out := newLogger(logrus.InfoLevel)
	observer := rslogrus.New(log)
	for range 3 {
		observer.End(t.Context(), rs.Event{Op: rs.OpAuthenticate, Err: &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonInactive}})
	}
	if got := strings.Count(out.String(), "\n"); got != 3 {
		t.Errorf("got %d lines, want 3", got)
	}
}

func TestSuppressedLinesAreAtDebug(t *testing.T) {
	t.Parallel()
	log, out := newLogger(logrus.DebugLevel)
	observer := rslogrus.New(log)
	for range 3 {
		observer.End(t.Context(), rs.Event{Op: rs.OpIntrospect, Err: credentials})
	}
	if errors, debugs := strings.Count(out.String(), `"error","msg"`), strings.Count(out.String(), `"debug","msg"`); errors != 1 || debugs != 2 {
		t.Errorf("got %d lines at error and %d at debug, want 1 and 2", errors, debugs)
	}
}

func TestInterval(t *testing.T) {
	t.Parallel()
	for interval, want := range map[time.Duration]int{0: 2, -1: 16, time.Second: 16, 5 * time.Second: 4, time.Minute: 1} {
		log, out := newLogger(logrus.InfoLevel)
		observer := rslogrus.New(log)
		now := time.Now()
		observer.Interval, observer.Now = interval, func() time.Time { return now }
		for range 16 {
			observer.End(t.Context(), rs.Event{Op: rs.OpIntrospect, Err: credentials})
			now = now.Add(time.Second)
		}
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("%v: got %d lines, want %d", interval, got, want)
		}
	}
}
