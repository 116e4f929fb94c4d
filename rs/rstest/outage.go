package rstest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestOutage checks what a service does while its authorization server is in trouble, fault by fault in subtests, in
// each form of answer that a fault is possible in:
//
//   - a good token is 503 without a challenge, never 401: nobody may throw it away (500 if our own credentials are refused);
//   - a revoked token is never accepted;
//   - a token that was accepted a moment ago still is;
//   - no answer takes longer than the budget of a decision;
//   - when the fault is over, everything is as before.
//
// While UserInfo alone is in trouble (userinfo-hang and so on), a good token may also have the service's own answer:
// who does not ask, or can do without, is right to go on.
//
// newService makes the service under test from a configuration, which may be changed, but for its cache and its times, and
// returns the handler. A GET of target must need a token, and nothing else, to be answered with a status below 400: one of alice with the
// scope [Scope], or with the claims given. Of those, scope is also what the configuration accepts. What the service leaves running it must end
// with t.Cleanup.
//
//	rstest.TestOutage(t, "/api/teams", func(t *testing.T, cfg rs.Config) http.Handler {
//		server, err := rs.New(cfg)
//		…
//		return routes(server)
//	}, rstest.Claims{"scope": "teams"})
//
// Each check runs in a testing/synctest bubble: newService is called inside, and nothing in it may use sockets.
func TestOutage(t *testing.T, target string, newService func(t *testing.T, cfg rs.Config) http.Handler, claims ...Claims) {
	t.Helper()
	newOutage := func(t *testing.T, format rs.Format) *outage { return newOutage(t, target, format, newService, claims) }
	if !t.Run("without-a-fault", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { newOutage(t, rs.JSON).checkTarget() })
	}) {
		return // every other check would fail for the same reason
	}
	for _, format := range []rs.Format{rs.JSON, rs.JWTSigned, rs.JWT} {
		for _, fault := range outageFaults {
			if fault.needs(format) {
				t.Run(format.String()+"/"+fault.String(), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { newOutage(t, format).check(fault) })
				})
			}
		}
		t.Run(format.String()+"/flapping", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newOutage(t, format).checkFlapping() })
		})
	}
	for _, fault := range userInfoOutages {
		t.Run(fault.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newOutage(t, rs.JSON).checkUserInfo(fault) })
		})
	}
}

// outage is one service and its authorization server.
type outage struct {
	testing.TB

	as      *Server
	service http.Handler
	target  string
	claims  Claims
	format  rs.Format
	budget  time.Duration
}

func newOutage(t *testing.T, target string, format rs.Format, newService func(*testing.T, rs.Config) http.Handler, claims []Claims) *outage {
	as := NewServer(t)
	cfg := as.Config(format)
	cfg.NoRetry, cfg.CircuitOpen, cfg.CredentialsPause = false, 0, 0 // as in production
	o := &outage{TB: t, as: as, target: target, claims: Claims{}, format: format, budget: 5 * time.Second}
	for _, each := range claims {
		maps.Copy(o.claims, each)
	}
	if scope, ok := o.claims["scope"].(string); ok {
		cfg.AcceptedScopes = strings.Fields(scope)
	}
	o.service = newService(t, cfg)
	return o
}

// issue is a good token.
func (o *outage) issue() string {
	o.Helper()
	return o.as.Issue(o.claims)
}

// ask sends a request, and wants an answer within the budget.
func (o *outage) ask(token string) *http.Response {
	o.Helper()
	start, recorder := time.Now(), httptest.NewRecorder()
	o.service.ServeHTTP(recorder, Request(http.MethodGet, o.target, token))
	if took := time.Since(start); took > o.budget+time.Second {
		o.Errorf("an answer took %v, want at most the budget of %v", took, o.budget)
	}
	return recorder.Result()
}

func (o *outage) wantAccepted(token, when string) {
	o.Helper()
	resp := o.ask(token)
	_ = resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		o.Errorf("%s: status %d, want the service's own answer", when, resp.StatusCode)
	}
}

func (o *outage) wantRefused(token, when string, kind rs.Kind) {
	o.Helper()
	resp := o.ask(token)
	if resp.StatusCode < http.StatusBadRequest {
		_ = resp.Body.Close()
		o.Errorf("%s: status %d, want a refusal (%v)", when, resp.StatusCode, kind)
		return
	}
	if resp.StatusCode != (&rs.Error{Kind: kind}).Status() {
		o.Errorf("%s: status %d, want that of %v", when, resp.StatusCode, kind)
	}
	CheckRefusal(o, resp, kind)
}

// wantAcceptedOrUnavailable says which of the two it was.
func (o *outage) wantAcceptedOrUnavailable(token string) (accepted bool) {
	o.Helper()
	resp := o.ask(token)
	if resp.StatusCode < http.StatusBadRequest {
		_ = resp.Body.Close()
		return true
	}
	CheckRefusal(o, resp, rs.ErrUnavailable)
	return false
}

func (o *outage) wantNotAccepted(token, when string) {
	o.Helper()
	resp := o.ask(token)
	_ = resp.Body.Close()
	if resp.StatusCode < http.StatusBadRequest {
		o.Errorf("%s: status %d, want a refusal", when, resp.StatusCode)
	}
}

// revoked is a token that was good once.
func (o *outage) revoked() string {
	token := o.issue()
	o.as.Revoke(token)
	return token
}

// checkTarget: the target is one that can be tested.
func (o *outage) checkTarget() {
	o.Helper()
	resp := o.ask(o.issue())
	_ = resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest && resp.StatusCode < http.StatusInternalServerError {
		o.Errorf("GET %s: status %d for a good token: take a target for which a token of alice with the scope %q (rstest.Scope) is enough, or give TestOutage "+
			"the claims that it needs", o.target, resp.StatusCode, Scope)
	}
}

// recovery is longer than any pause that a service makes before it asks again.
const recovery = 2 * time.Minute

func (o *outage) check(f outageFault) {
	o.Helper()
	o.wantAccepted(o.issue(), "before the fault")
	o.wantRefused(o.revoked(), "before the fault, a revoked token", rs.ErrInvalidToken)
	o.wantRefused("", "before the fault, no token", rs.ErrMissingToken)
	time.Sleep(recovery) // beyond the cool-down of the keys

	known, fresh, revoked := o.issue(), o.issue(), o.revoked()
	o.wantAccepted(known, "before the fault")
	if f.onKeys() {
		o.as.RotateKeys(false) // or nobody would fetch them
	}
	o.as.Fail(f.Fault)
	o.wantAccepted(known, "a token accepted a moment ago")
	if f.harmless {
		o.wantAccepted(fresh, "a good token, an unusual but right answer")
		o.wantRefused(revoked, "a revoked token", rs.ErrInvalidToken)
	} else {
		o.wantRefused(fresh, "a good token", f.kind)
		o.wantNotAccepted(revoked, "a revoked token")
	}

	o.as.Heal()
	time.Sleep(recovery)
	o.wantAccepted(fresh, "after the fault")
	o.wantRefused(revoked, "after the fault, a revoked token", rs.ErrInvalidToken)
}

// checkUserInfo: introspection works all the time, so a revoked token is refused as ever.
func (o *outage) checkUserInfo(f Fault) {
	o.Helper()
	known, fresh, revoked := o.issue(), o.issue(), o.revoked()
	o.wantAccepted(known, "before the fault")
	o.as.Fail(f)
	o.wantAccepted(known, "a token accepted a moment ago")
	o.wantAcceptedOrUnavailable(fresh)
	o.wantRefused(revoked, "a revoked token", rs.ErrInvalidToken)

	o.as.Heal()
	time.Sleep(recovery)
	o.wantAccepted(fresh, "after the fault")
	o.wantRefused(revoked, "after the fault, a revoked token", rs.ErrInvalidToken)
}

// checkFlapping: while one of three answers is a fault, a good token is accepted or 503, and the service never gives up
// for good.
func (o *outage) checkFlapping() {
	o.Helper()
	o.as.Flap(ServerError, 1, 3)
	accepted := 0
	for range 40 {
		if o.wantAcceptedOrUnavailable(o.issue()) {
			accepted++
		}
		o.wantNotAccepted(o.revoked(), "while one of three answers fails, a revoked token")
		time.Sleep(time.Second)
	}
	if accepted == 0 {
		o.Error("while two of three answers are right, no token was accepted at all")
	}
	o.as.Heal()
	time.Sleep(recovery)
	o.wantAccepted(o.issue(), "after the flapping")
}
