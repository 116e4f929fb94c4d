package rsgin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// outcomes is an observer that keeps how the operations on requests ended.
type outcomes struct {
	mu   sync.Mutex
	told []string // op and reason
}

func (o *outcomes) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }

func (o *outcomes) End(_ context.Context, ev rs.Event) {
	if ev.Op != rs.OpAuthenticate && ev.Op != rs.OpAuthorize {
		return
	}
	word := "ok"
	if e := rs.AsError(ev.Err); e != nil {
		word = string(e.Reason)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told = append(o.told, string(ev.Op)+" "+word)
}

// TestRefusalsAreObserved: each request is one authenticate, and one that is refused after it is one authorize too. A refused request
// is one line of the log, at info or, if it is ours to repair, at error.
func TestRefusalsAreObserved(t *testing.T) {
	t.Parallel()
	unknownUser := rsgin.ResolveUser(func(context.Context, *rs.Principal) (string, error) { return "", rs.ErrUnknownUser })
	brokenLookup := rsgin.ResolveUser(func(context.Context, *rs.Principal) (string, error) { return "", errors.New("alice's password") })
	forbidden := rsgin.Policy(func(*http.Request, *rs.Principal) error { return fmt.Errorf("not in the pilot: %w", rs.ErrForbidden) })
	broken := rsgin.Policy(func(*http.Request, *rs.Principal) error { return errors.New("alice's password") })
	for _, c := range []struct {
		name, authorization string
		optional            bool
		guards              []gin.HandlerFunc
		want                string // what was told
		lines               int
	}{
		{"good", "Bearer a", false, []gin.HandlerFunc{rsgin.RequireAnyScope("a"), rsgin.RequireTokenAudience("https://a.example")}, "authenticate ok", 0},
		{"inactive", "Bearer bad", false, []gin.HandlerFunc{forbidden}, "authenticate inactive", 1},
		{"no such scope", "Bearer a", false, []gin.HandlerFunc{rsgin.RequireAnyScope("b")}, "authenticate ok, authorize insufficient_scope", 1},
		{"not all scopes", "Bearer a", false, []gin.HandlerFunc{rsgin.RequireAllScopes("a", "b")}, "authenticate ok, authorize insufficient_scope", 1},
		{"another audience", "Bearer a", false, []gin.HandlerFunc{rsgin.RequireTokenAudience("https://b.example")}, "authenticate ok, authorize audience_not_for_route", 1},
		{"policy", "Bearer a", false, []gin.HandlerFunc{forbidden}, "authenticate ok, authorize application", 1},
		{"broken policy", "Bearer a", false, []gin.HandlerFunc{broken}, "authenticate ok, authorize unexpected", 1},
		{"no such user", "Bearer a", false, []gin.HandlerFunc{unknownUser}, "authenticate ok, authorize unknown_user", 1},
		{"no user's token", "Bearer service", false, []gin.HandlerFunc{brokenLookup}, "authenticate ok, authorize unknown_user", 1},
		{"broken lookup", "Bearer a", false, []gin.HandlerFunc{brokenLookup}, "authenticate ok, authorize user_lookup", 1},
		{"the first guard decides", "Bearer a", false, []gin.HandlerFunc{forbidden, unknownUser}, "authenticate ok, authorize application", 1},
		{"nothing to require", "Bearer a", false, []gin.HandlerFunc{rsgin.RequireAnyScope()}, "authenticate ok, authorize missing_requirements", 1},
		{"optional, then a scope", "", true, []gin.HandlerFunc{rsgin.RequireAnyScope("a")}, "authenticate no_token", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			logger := logrus.New()
			logger.Out = &log
			seen := &outcomes{}
			server := newServer(t, seen, rslogrus.New(logger))
			call(c.authorization, append([]gin.HandlerFunc{rsgin.Authenticate(server, &rsgin.Options{Optional: c.optional})}, c.guards...)...)
			if got := strings.Join(seen.told, ", "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			reason := c.want[strings.LastIndexByte(c.want, ' ')+1:]
			if got := log.String(); strings.Count(got, "\n") != c.lines || c.lines > 0 && !strings.Contains(got, "reason="+reason) {
				t.Errorf("got the lines\n%swant %d with the reason %s", got, c.lines, reason)
			}
			if strings.Contains(log.String(), "alice") {
				t.Errorf("the log tells what an error of the application quotes: %s", &log)
			}
		})
	}
}

// A source that is over its limit is one more request that is refused.
func TestTooManyFailuresAreObserved(t *testing.T) {
	t.Parallel()
	seen := &outcomes{}
	auth := rsgin.Authenticate(newServer(t, seen), &rsgin.Options{Failures: &rsgin.FailureLimit{PerMinute: 1}})
	for range 2 {
		call("Bearer bad", auth)
	}
	if got, want := strings.Join(seen.told, ", "), "authenticate inactive, authenticate too_many_failures"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A handler refuses as the middleware does: recorded, aborted, told and answered once.
func TestRefuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		told   string
	}{
		{fmt.Errorf("somebody else's: %w", rs.ErrForbidden), 403, "authenticate ok, authorize application"},
		{&rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonUnknownUser}, 401, "authenticate ok, authorize unknown_user"},
		{errors.New("down"), 500, "authenticate ok, authorize unexpected"},
		{nil, 500, "authenticate ok, authorize unexpected"}, // a handler that says no without a reason has said no
	} {
		seen := &outcomes{}
		rec, recorded := call("Bearer a", rsgin.Authenticate(newServer(t, seen), nil), func(gc *gin.Context) { rsgin.Refuse(gc, c.err) })
		if rec.Code != c.status || len(recorded) != 1 || strings.Contains(rec.Body.String(), "alice") {
			t.Errorf("%v: status %d, want %d; %d errors recorded; body %s", c.err, rec.Code, c.status, len(recorded), rec.Body)
		}
		if got := strings.Join(seen.told, ", "); got != c.told {
			t.Errorf("%v: told %s, want %s", c.err, got, c.told)
		}
	}
}
