package rs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// judged is a server in a bubble, whose authorization server answers to tokens that begin with "evil" in one way and to all
// others, our own questions among them, in another.
type judged struct {
	t     *testing.T
	s     *rs.Server
	seen  *recorder
	n     int
	own   atomic.Int32 // calls about other tokens
	evil  http.HandlerFunc
	other http.HandlerFunc
}

func newJudged(t *testing.T, adjust func(*rs.Config)) *judged {
	j := &judged{t: t, seen: &recorder{}, evil: answers(500, "", ""), other: jsonAnswer(`{"active":false}`)}
	w := newWire().on(endpoint, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(form(t, r).Get("token"), "evil") {
			j.evil(w, r)
			return
		}
		j.own.Add(1)
		j.other(w, r)
	})
	cfg := live(w)
	cfg.Observer, cfg.NoRetry, cfg.CircuitOpen = j.seen, true, 10*time.Second
	if adjust != nil {
		adjust(&cfg)
	}
	j.s = newServer(t, cfg)
	return j
}

// send sends n new tokens, one after the other, and waits for what they cause.
func (j *judged) send(n int) (last rs.Reason) {
	for range n {
		j.n++
		last = outcome(j.s, fmt.Sprint("evil", j.n))
		synctest.Wait()
	}
	return last
}

// leave sends n new tokens at once, whose callers give up after d.
func (j *judged) leave(n int, d time.Duration) {
	ctx, cancel := context.WithTimeout(j.t.Context(), d)
	defer cancel()
	var all sync.WaitGroup
	for range n {
		j.n++
		token := fmt.Sprint("evil", j.n)
		all.Go(func() { _, _ = j.s.Authenticate(ctx, token) })
	}
	all.Wait()
	synctest.Wait()
}

// circuit checks how often the circuit changed.
func (j *judged) circuit(when string, want int) {
	j.t.Helper()
	if got := j.seen.count(rs.OpCircuit); got != want {
		j.t.Errorf("%s: the circuit changed %d times, want %d", when, got, want)
	}
}

// TestWhatOpensTheCircuit: twenty calls within ten seconds, and a bad opinion that is not older than ten seconds.
func TestWhatOpensTheCircuit(t *testing.T) {
	t.Parallel()
	in := func(name string, f func(*judged)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(newJudged(t, nil)) }) })
	}
	down := answers(503, "", "")
	in("the twentieth failure asks, the next one opens", func(j *judged) {
		j.other = down
		j.send(19)
		if n := j.own.Load(); n != 0 {
			j.t.Errorf("after 19 failures: %d questions of our own", n)
		}
		j.send(1)
		if n := j.own.Load(); n != 1 {
			j.t.Errorf("after 20 failures: %d questions of our own, want 1", n)
		}
		j.circuit("after 20 failures", 0)
		j.send(1)
		j.circuit("after 21 failures", 1)
	})
	in("failures of longer ago do not count", func(j *judged) {
		j.other = down
		for range 5 {
			j.send(15)
			time.Sleep(11 * time.Second)
		}
		j.circuit("fifteen every eleven seconds", 0)
	})
	in("fewer than half are not enough", func(j *judged) {
		j.other, j.evil = down, good()
		j.send(20)
		j.evil = down
		j.send(19)
		if n := j.own.Load(); n != 0 {
			j.t.Errorf("after 19 failures of 39: %d questions of our own", n)
		}
		j.send(2)
		j.circuit("after 21 failures of 41", 1)
	})
	in("a token that is refused is an answer", func(j *judged) {
		j.other, j.evil = down, answers(400, "application/json", `{"error":"unsupported_token_type"}`)
		j.send(60)
		if n := j.own.Load(); n != 0 {
			j.t.Errorf("%d questions of our own", n)
		}
		j.circuit("sixty refused tokens", 0)
	})
	in("callers that leave say nothing", func(j *judged) {
		j.evil, j.other = after(time.Hour, down), down
		for i := range 40 {
			ctx, leave := context.WithCancel(j.t.Context())
			go func() { _, _ = j.s.Authenticate(ctx, fmt.Sprint("evil-and-left", i)) }()
			synctest.Wait()
			leave()
			synctest.Wait()
		}
		if n := j.own.Load(); n != 0 {
			j.t.Errorf("%d questions of our own", n)
		}
		j.circuit("forty callers left", 0)
	})
	in("callers that leave after a second do, where nobody gets an answer", func(j *judged) {
		j.evil, j.other = after(time.Hour, down), after(time.Hour, down)
		j.leave(20, time.Second-time.Millisecond)
		time.Sleep(5 * time.Second)
		if n := j.own.Load(); n != 0 {
			j.t.Errorf("twenty callers left in less than a second: %d questions of our own", n)
		}
		j.circuit("twenty callers left in less than a second", 0)
		j.leave(20, time.Second)
		time.Sleep(5 * time.Second) // until the question of our own is over
		j.leave(1, time.Second)
		j.circuit("twenty-one callers left after a second", 1)
	})
	in("an answer that takes its time is one", func(j *judged) {
		j.evil, j.other = after(2*time.Second, answers(400, "application/json", `{"error":"invalid_request"}`)), down
		j.leave(60, time.Minute)
		if n := j.own.Load(); n != 0 {
			j.t.Errorf("%d questions of our own", n)
		}
		j.circuit("sixty slow answers", 0)
	})
	in("but not where others get one", func(j *judged) {
		j.evil = after(time.Hour, down)
		j.leave(60, 2*time.Second)
		j.leave(1, 2*time.Second)
		j.circuit("callers of a slow token", 0)
	})
	in("an opinion holds for a while", func(j *judged) {
		j.other = down
		j.send(20)
		time.Sleep(5 * time.Second)
		j.send(1)
		j.circuit("five seconds after the opinion", 1)
	})
	in("and no longer", func(j *judged) {
		j.other = down
		j.send(20)
		j.other = jsonAnswer(`{"active":false}`)
		time.Sleep(10 * time.Second)
		j.send(60)
		j.circuit("a bad opinion of long ago, a good one of now", 0)
	})
}

// TestOpinionsAreRare: tokens that break the authorization server must not make us break it with questions of our own.
func TestOpinionsAreRare(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		other http.HandlerFunc
		want  int32
	}{
		"at once":           {jsonAnswer(`{"active":false}`), 4}, // at 0, 1, 2 and 3 seconds
		"as good":           {good(), 4},
		"each takes longer": {after(4*time.Second, jsonAnswer(`{"active":false}`)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := newJudged(t, func(cfg *rs.Config) { cfg.Timeout = 20 * time.Second })
				j.other = c.other
				j.send(20)
				for range 31 {
					j.send(20)
					time.Sleep(100 * time.Millisecond)
				}
				if got := j.own.Load(); got != c.want {
					t.Errorf("%d questions of our own in three seconds, want %d", got, c.want)
				}
				j.circuit("good opinions", 0)
			})
		})
	}
}

// TestWhatIsOurOwnFaultOpensNoCircuit: the authorization server works, for all that is known.
func TestWhatIsOurOwnFaultOpensNoCircuit(t *testing.T) {
	t.Parallel()
	for want, c := range map[rs.Reason]struct {
		answer http.HandlerFunc
		adjust func(*rs.Config)
	}{
		rs.ReasonClientCredentials: {answers(401, "", ""), func(cfg *rs.Config) { cfg.CredentialsPause = -1 }},
		rs.ReasonCredentialsUnavailable: {good(), func(cfg *rs.Config) {
			cfg.ClientSecret, cfg.ClientSecretFrom = "", func(context.Context) (rs.Secret, error) { return "", errors.New("the vault is sealed") }
		}},
		rs.ReasonDecryptionUnavailable: {answers(200, responseType, encrypt(t, nil, "x")), func(cfg *rs.Config) {
			cfg.Format, cfg.JWKSEndpoint, cfg.Decrypter = rs.JWT, jwksURL, hsm{errors.New("no session")}
		}},
	} {
		synctest.Test(t, func(t *testing.T) {
			j := newJudged(t, c.adjust)
			j.evil, j.other = c.answer, c.answer
			if got := j.send(60); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			j.circuit(string(want), 0)
		})
	}
}

// TestWithoutGuards: each of them can be switched off, and then decides nothing.
func TestWithoutGuards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newJudged(t, func(cfg *rs.Config) { cfg.CircuitOpen, cfg.MaxConcurrent, cfg.CredentialsPause = -1, -1, -1 })
		j.other = answers(503, "", "")
		if got := j.send(100); got != rs.ReasonStatus {
			t.Errorf("got %q", got)
		}
		j.evil = answers(401, "", "")
		if got := j.send(2); got != rs.ReasonClientCredentials {
			t.Errorf("got %q", got)
		}
		if n := j.own.Load(); n != 0 {
			t.Errorf("%d questions of our own", n)
		}
		j.circuit("switched off", 0)
	})
}

// TestTokensPauseNobody: what the authorization server says to one token alone, others need not wait for; only 429 is about us.
func TestTokensPauseNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newJudged(t, nil)
		j.evil = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(503)
		}
		_, err := j.s.Authenticate(t.Context(), "evil")
		if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonStatus); e.RetryAfter != time.Minute {
			t.Errorf("its own Retry-After is %v", e.RetryAfter)
		}
		if got := outcome(j.s, "other"); got != rs.ReasonInactive {
			t.Errorf("after a 503 with Retry-After: got %q", got)
		}
	})
	synctest.Test(t, func(t *testing.T) { // who does not say when to come back takes nothing back
		j := newJudged(t, nil)
		var n atomic.Int32
		j.evil = func(w http.ResponseWriter, _ *http.Request) {
			calls := n.Add(1)
			time.Sleep(time.Duration(calls) * time.Second) // both are under way, and the second ends last
			if calls == 1 {
				w.Header().Set("Retry-After", "60")
			}
			w.WriteHeader(429)
		}
		j.leave(2, time.Minute)
		if got := j.send(1); got != rs.ReasonTooManyRequests || n.Load() != 2 {
			t.Errorf("got %q after %d calls", got, n.Load())
		}
	})
	for _, code := range []string{"invalid_request", "unsupported_token_type"} {
		synctest.Test(t, func(t *testing.T) {
			j := newJudged(t, nil)
			j.other = answers(400, "application/json", `{"error":"`+code+`"}`)
			j.send(60)
			j.circuit("our own token is answered, with "+code, 0)
		})
	}
}

// TestUnknownTokensInAnotherForm: Authelia's provider signs what it says about tokens that it knows, and answers about all others,
// which anybody can send, with this JSON. There is no verdict in it for who wants it signed, but the server works.
func TestUnknownTokensInAnotherForm(t *testing.T) {
	t.Parallel()
	for _, format := range []rs.Format{rs.JWT, rs.JWTSigned} {
		synctest.Test(t, func(t *testing.T) {
			j := newJudged(t, func(cfg *rs.Config) { cfg.Format, cfg.JWKSEndpoint, cfg.Decrypter = format, jwksURL, ecdh() })
			j.evil = answers(200, "application/json; charset=utf-8", `{"active":false}`+"\n")
			j.other = j.evil
			if got := j.send(60); got != rs.ReasonContentType {
				t.Errorf("%v: got %q", format, got)
			}
			j.circuit(format.String(), 0)
		})
	}
	synctest.Test(t, func(t *testing.T) { // what stands in front of the server may answer in its place
		j := newJudged(t, nil)
		j.evil = answers(200, "text/html", "<html>")
		j.other = j.evil
		j.send(60)
		j.circuit("a web page", 1)
	})
}
