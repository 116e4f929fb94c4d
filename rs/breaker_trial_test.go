package rs_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestOneCallTriesAClosedDoor: whoever comes while it is under way is told to come back, and is not let through.
func TestOneCallTriesAClosedDoor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newJudged(t, nil)
		j.other = answers(503, "", "")
		j.send(21)
		j.circuit("down", 1)
		if got := j.send(1); got != rs.ReasonCircuitOpen {
			t.Errorf("open: got %q", got)
		}
		time.Sleep(10*time.Second + time.Millisecond)
		j.evil = after(time.Second, good())
		first := make(chan rs.Reason)
		go func() { first <- outcome(j.s, "evil-but-good") }()
		synctest.Wait()
		_, err := j.s.Authenticate(t.Context(), "evil-other")
		if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonCircuitOpen); e.RetryAfter != time.Second {
			t.Errorf("while one tries: Retry-After %v", e.RetryAfter)
		}
		if got := <-first; got != "" {
			t.Errorf("the one that tries: %q", got)
		}
		j.circuit("up again", 2)
	})
}

// TestWhatTheCallThatTriesDecides: an answer of any kind closes the circuit; a failure opens it again where the server is known to be
// down, and decides nothing where the token may be the cause.
func TestWhatTheCallThatTriesDecides(t *testing.T) {
	t.Parallel()
	down := answers(503, "", "")
	for name, c := range map[string]struct {
		open    time.Duration
		evil    http.HandlerFunc // what the token of the call that tries gets
		want    rs.Reason        // of that call
		changes int              // of the circuit, with the first
		next    rs.Reason        // of the call after it
	}{
		"a good token":                 {5 * time.Second, good(), "", 2, ""},
		"a refused token":              {5 * time.Second, answers(400, "application/json", `{"error":"unsupported_token_type"}`), rs.ReasonUnsupportedToken, 2, rs.ReasonUnsupportedToken},
		"a refused token, long after":  {20 * time.Second, answers(400, "application/json", `{"error":"unsupported_token_type"}`), rs.ReasonUnsupportedToken, 2, rs.ReasonUnsupportedToken},
		"a failure, the server down":   {5 * time.Second, down, rs.ReasonStatus, 2, rs.ReasonCircuitOpen},
		"a failure, nobody knows more": {20 * time.Second, down, rs.ReasonStatus, 1, rs.ReasonStatus},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := newJudged(t, func(cfg *rs.Config) { cfg.CircuitOpen = c.open })
				j.other = down
				j.send(21)
				j.other = jsonAnswer(`{"active":false}`)
				time.Sleep(c.open - 3*time.Second)
				_, err := j.s.Authenticate(t.Context(), "evil-too-early")
				if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonCircuitOpen); e.RetryAfter != 3*time.Second {
					t.Errorf("three seconds before the end: Retry-After %v", e.RetryAfter)
				}
				time.Sleep(3*time.Second + time.Millisecond)
				j.evil = c.evil
				if got := j.send(1); got != c.want {
					t.Errorf("the one that tries: got %q, want %q", got, c.want)
				}
				j.circuit("then", c.changes)
				if got := j.send(1); got != c.next {
					t.Errorf("the next: got %q, want %q", got, c.next)
				}
			})
		})
	}
}

// While the one call that tries the closed door is under way, nobody else may: so the Server is not ready.
func TestNotReadyDuringTheTrial(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, answers(500, "", ""))
		cfg := live(w)
		cfg.NoRetry = true
		s := newServer(t, cfg)
		for i := range 50 {
			outcome(s, fmt.Sprint("t", i))
			time.Sleep(time.Millisecond)
		}
		refusal(t, s.Ready(), rs.ErrUnavailable, rs.ReasonCircuitOpen)
		w.on(endpoint, after(3*time.Second, good()))
		time.Sleep(6 * time.Second)
		if err := s.Ready(); err != nil {
			t.Errorf("before the trial, which only a request can begin: %v", err)
		}
		var trial sync.WaitGroup
		trial.Go(func() { outcome(s, "trial") })
		synctest.Wait()
		_, err := s.Authenticate(t.Context(), "another")
		refusal(t, err, rs.ErrUnavailable, rs.ReasonCircuitOpen)
		refusal(t, s.Ready(), rs.ErrUnavailable, rs.ReasonCircuitOpen)
		trial.Wait()
		if err := s.Ready(); err != nil {
			t.Errorf("after the trial: %v", err)
		}
	})
}
