package rs_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// recorder keeps what an Observer is told.
type recorder struct {
	mu     sync.Mutex
	events []rs.Event
	begun  []rs.Op
}

func (r *recorder) Begin(ctx context.Context, op rs.Op) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = append(r.begun, op)
	return ctx
}

func (r *recorder) End(_ context.Context, ev rs.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, ev)
}

func (r *recorder) of(op rs.Op) (events []rs.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ev := range r.events {
		if ev.Op == op {
			events = append(events, ev)
		}
	}
	return events
}

func (r *recorder) count(op rs.Op) int { return len(r.of(op)) }

func TestEvents(t *testing.T) {
	t.Parallel()
	seen := &recorder{}
	cfg := config(newWire().on(endpoint, answersToToken(t, "good")))
	cfg.Observer = rs.Observers(nil, seen)
	s := newServer(t, cfg)
	outcome(s, "good")
	outcome(s, "good")
	outcome(s, "bad")
	_, _ = s.AuthenticateRequest(request())
	_, _ = s.AuthenticateRequest(request("Bearer a b"))
	if len(seen.begun) != len(seen.events) {
		t.Errorf("%d operations begun, %d ended", len(seen.begun), len(seen.events))
	}
	var got []rs.CacheStatus
	var reasons []rs.Reason
	for _, ev := range seen.of(rs.OpAuthenticate) {
		got = append(got, ev.Cache)
		reason := rs.Reason("")
		if ev.Err != nil {
			reason = ev.Err.(*rs.Error).Reason
		}
		reasons = append(reasons, reason)
	}
	if want := []rs.CacheStatus{rs.CacheMiss, rs.CacheHit, rs.CacheMiss, "", ""}; !slices.Equal(got, want) {
		t.Errorf("cache: got %q, want %q", got, want)
	}
	if want := []rs.Reason{"", "", rs.ReasonInactive, rs.ReasonNoToken, rs.ReasonMalformedAuthorization}; !slices.Equal(reasons, want) {
		t.Errorf("reasons: got %q, want %q", reasons, want)
	}
	if n := seen.count(rs.OpIntrospect); n != 2 {
		t.Errorf("%d introspections reported, want 2", n)
	}
}

type ordered struct {
	name string
	log  *[]string
}

type orderedKey string

func (o ordered) Begin(ctx context.Context, _ rs.Op) context.Context {
	*o.log = append(*o.log, "begin "+o.name)
	return context.WithValue(ctx, orderedKey(o.name), true)
}

func (o ordered) End(ctx context.Context, _ rs.Event) {
	if ctx.Value(orderedKey(o.name)) == nil {
		*o.log = append(*o.log, "lost context of "+o.name)
	}
	*o.log = append(*o.log, "end "+o.name)
}

func TestObservers(t *testing.T) {
	t.Parallel()
	if rs.Observers() != nil || rs.Observers(nil, nil) != nil {
		t.Error("no observers are not no observer")
	}
	var log []string
	all := rs.Observers(ordered{"a", &log}, nil, ordered{"b", &log})
	all.End(all.Begin(t.Context(), rs.OpCache), rs.Event{})
	if want := []string{"begin a", "begin b", "end b", "end a"}; !slices.Equal(log, want) {
		t.Errorf("got %q, want %q", log, want)
	}
}
