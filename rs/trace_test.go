package rs_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// steps collects what a trace is told.
type steps struct {
	mu  sync.Mutex
	all []rs.Step
}

func (s *steps) trace(ctx context.Context) context.Context {
	return rs.WithTrace(ctx, func(step rs.Step) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all = append(s.all, step)
	})
}

// take is the steps so far in short: the name, and = with the cache status or ! with the reason.
func (s *steps) take() (short []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range s.all {
		text := string(step.Name)
		if step.Cache != "" {
			text += "=" + string(step.Cache)
		}
		if step.Reason != "" {
			text += "!" + string(step.Reason)
		}
		short = append(short, text)
	}
	s.all = nil
	return short
}

func wantSteps(t *testing.T, s *steps, want ...string) {
	t.Helper()
	if got := s.take(); !slices.Equal(got, want) {
		t.Errorf("steps\n%q, want\n%q", got, want)
	}
}

func TestTraceOfADecision(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, answersToToken(t, "good"))
	s := newServer(t, config(w))
	var seen steps
	send := func(lines ...string) {
		_, _ = s.AuthenticateRequest(request(lines...).WithContext(seen.trace(t.Context())))
	}
	checks := []string{"active", "token_type", "sender_constraint", "issuer", "time", "calling_service", "token_audience", "scope"}
	send("Bearer good")
	wantSteps(t, &seen, slices.Concat([]string{"extract", "token", "cache=miss", "call", "response"}, checks, []string{"decision=miss"})...)
	send("Bearer good")
	wantSteps(t, &seen, slices.Concat([]string{"extract", "token", "cache=hit"}, checks, []string{"decision=hit"})...)
	send("Bearer bad")
	wantSteps(t, &seen, "extract", "token", "cache=miss", "call", "response", "active!inactive", "decision=miss!inactive")
	send()
	wantSteps(t, &seen, "extract!no_token", "decision!no_token")
	send("Bearer " + string(make([]byte, 9000)))
	wantSteps(t, &seen, "extract!malformed_authorization", "decision!malformed_authorization")
	_, _ = s.Authenticate(seen.trace(t.Context()), "a b")
	wantSteps(t, &seen, "token!malformed_authorization", "decision!malformed_authorization")
	w.on(endpoint, answers(404, "", ""))
	_, _ = s.Authenticate(seen.trace(t.Context()), "other")
	wantSteps(t, &seen, "token", "cache=miss", "call!introspection_status", "decision=miss!introspection_status")
	w.on(endpoint, jsonAnswer(`[]`))
	_, _ = s.Authenticate(seen.trace(t.Context()), "other")
	wantSteps(t, &seen, "token", "cache=miss", "call", "response!introspection_body", "decision=miss!introspection_body")
}

func TestTraceOfAnEncryptedAnswer(t *testing.T) {
	t.Parallel()
	sealed := encrypt(t, nil, sign(t, signer(), goodHeader, mustJSON(goodEnvelope())))
	w := newWire().on(endpoint, answers(200, responseType, sealed))
	cfg := signedConfig(w)
	cfg.Format, cfg.Decrypter = rs.JWT, ecdh()
	s := newServer(t, cfg)
	var seen steps
	_, _ = s.Authenticate(seen.trace(t.Context()), "token")
	got := seen.take()
	if want := []string{"token", "cache=miss", "call", "decrypt", "verify", "envelope", "response", "active"}; len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("steps %q, want %q first", got, want)
	}
	w.on(endpoint, answers(200, responseType, "a.b.c.d.e"))
	_, _ = s.Authenticate(seen.trace(t.Context()), "other")
	wantSteps(t, &seen, "token", "cache=miss", "call", "decrypt!response_encryption", "decision=miss!response_encryption")
}

func TestTraceMeasuresDurations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, after(300*time.Millisecond, good()))
		s := newServer(t, live(w))
		var seen steps
		_, _ = s.Authenticate(seen.trace(t.Context()), "token")
		for _, step := range seen.all {
			slow := step.Name == rs.StepCall || step.Name == rs.StepDecision
			if want := map[bool]time.Duration{true: 300 * time.Millisecond}[slow]; step.Duration != want {
				t.Errorf("%s took %v, want %v", step.Name, step.Duration, want)
			}
		}
	})
}

// TestTraceLeavesOthersAlone: a refresh ahead of time is nobody's request, though it is the traced one that begins it.
func TestTraceLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		s := newServer(t, live(w))
		outcome(s, "token")
		time.Sleep(25 * time.Second)
		var seen steps
		_, _ = s.Authenticate(seen.trace(t.Context()), "token")
		synctest.Wait()
		if got := seen.take(); len(got) != 11 || got[1] != "cache=hit" || w.count(endpoint) != 2 {
			t.Errorf("steps %q, %d calls; want those of a hit alone, and 2 calls", got, w.count(endpoint))
		}
	})
}

func TestNoTraceFromAHeader(t *testing.T) {
	t.Parallel()
	s := newServer(t, config(newWire().on(endpoint, good())))
	r := request("Bearer good")
	r.Header.Set("X-Trace", "1")
	if _, err := s.AuthenticateRequest(r.WithContext(rs.WithTrace(r.Context(), nil))); err != nil {
		t.Errorf("a nil function: %v", err)
	}
}
