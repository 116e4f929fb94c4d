package rs_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// A request that is refused after its token was found good is told once more, as what it is.
func TestRefused(t *testing.T) {
	t.Parallel()
	seen := &recorder{}
	cfg := config(newWire().on(endpoint, good()))
	cfg.Observer, cfg.Realm = seen, "test"
	s := newServer(t, cfg)
	ctx := admitted(t, s, "token").Context()

	got := rs.Refused(ctx, rs.RequireAnyScope(ctx, "documents"))
	refusal(t, got, rs.ErrInsufficientScope, rs.ReasonInsufficientScope)
	if got.Realm != "test" || got.Scope != "documents" {
		t.Errorf("got %+v", got)
	}
	refusal(t, rs.Refused(ctx, errors.New("down")), rs.ErrInternal, rs.ReasonUnexpected)
	refusal(t, rs.Refused(ctx, rs.ErrUnknownUser), rs.ErrInvalidToken, rs.ReasonUnknownUser)
	if rs.Refused(ctx, rs.RequireAnyScope(ctx, "groups")) != nil {
		t.Error("what is allowed is refused")
	}

	var reasons []rs.Reason
	for _, ev := range seen.of(rs.OpAuthorize) {
		reasons = append(reasons, rs.AsError(ev.Err).Reason)
		if ev.Issuer != "" || ev.Cache != "" {
			t.Errorf("got %+v", ev)
		}
	}
	if want := []rs.Reason{rs.ReasonInsufficientScope, rs.ReasonUnexpected, rs.ReasonUnknownUser}; !slices.Equal(reasons, want) {
		t.Errorf("told: %q, want %q", reasons, want)
	}
	if accepted := seen.of(rs.OpAuthenticate); len(accepted) != 1 || accepted[0].Err != nil {
		t.Errorf("the decision on the token: %+v, want one, and good", accepted)
	}
	if len(seen.begun) != len(seen.events) {
		t.Errorf("%d operations begun, %d ended", len(seen.begun), len(seen.events))
	}
}

// A Principal of a server carries the way to its observer, one made by hand has none.
func TestRefusedPrincipals(t *testing.T) {
	t.Parallel()
	seen := &recorder{}
	cfg := config(newWire().on(endpoint, good()))
	cfg.Observer, cfg.Realm = seen, "test"
	s := newServer(t, cfg)
	p, err := s.Authenticate(t.Context(), "token")
	if err != nil {
		t.Fatal(err)
	}
	waived := &rs.Error{Kind: rs.ErrMissingToken, Reason: rs.ReasonNoToken}
	forbidden := &rs.Error{Kind: rs.ErrForbidden, Reason: rs.ReasonApplication}
	refusal(t, rs.Refused(rs.NewContext(t.Context(), &rs.Principal{}), forbidden), rs.ErrForbidden, rs.ReasonApplication)
	refusal(t, rs.Refused(t.Context(), forbidden), rs.ErrForbidden, rs.ReasonApplication)
	refusal(t, rs.Refused(rs.NewAnonymousContext(t.Context(), waived), waived), rs.ErrMissingToken, rs.ReasonNoToken)
	if n := seen.count(rs.OpAuthorize); n != 0 {
		t.Errorf("%d refusals told that have nobody to be told to", n)
	}
	refusal(t, rs.Refused(rs.NewContext(t.Context(), p), forbidden), rs.ErrForbidden, rs.ReasonApplication)
	if n := seen.count(rs.OpAuthorize); n != 1 || forbidden.Realm != "" {
		t.Errorf("%d refusals told, want 1; realm %q", n, forbidden.Realm)
	}
}

// Without an observer there is nobody to tell.
func TestRefusedUnobserved(t *testing.T) {
	t.Parallel()
	s := newServer(t, config(newWire().on(endpoint, good())))
	ctx := admitted(t, s, "token").Context()
	refusal(t, rs.Refused(ctx, rs.ErrForbidden), rs.ErrForbidden, rs.ReasonApplication)
	refusal(t, s.Refused(ctx, rs.ErrTooManyFailures), rs.ErrTooManyFailures, rs.ReasonApplication)
}

// A request that is refused before its token is looked at is one decision like the others.
func TestServerRefused(t *testing.T) {
	t.Parallel()
	seen := &recorder{}
	cfg := config(newWire())
	cfg.Observer = seen
	s := newServer(t, cfg)
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{of(newWire(), alpha)}, Observer: seen, Now: cfg.Now})
	tooMany := &rs.Error{Kind: rs.ErrTooManyFailures, Reason: rs.ReasonTooManyFailures, RetryAfter: time.Second}
	for _, server := range []interface {
		Refused(ctx context.Context, err error) *rs.Error
	}{s, all} {
		if got := server.Refused(t.Context(), tooMany); got != tooMany {
			t.Errorf("got %+v", got)
		}
		if got := server.Refused(t.Context(), nil); got != nil {
			t.Errorf("no error becomes %+v", got)
		}
	}
	if events := seen.of(rs.OpAuthenticate); len(events) != 2 || events[0].Err != error(tooMany) || events[1].Err != error(tooMany) {
		t.Errorf("told: %+v", events)
	}
}

// Of several issuers, a refusal names the one that vouches for the principal, and is told to the observer of them all.
func TestRefusedOfIssuers(t *testing.T) {
	t.Parallel()
	ofAll, ofBeta := &recorder{}, &recorder{}
	w := newWire().on(alpha+"/introspection", says(t, alpha, "alice", "a")).on(beta+"/introspection", says(t, beta, "bob", "b"))
	second := of(w, beta)
	second.Observer = ofBeta
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{of(w, alpha), second}, Observer: ofAll, Now: func() time.Time { return epoch }})
	for _, token := range []string{"a", "b"} {
		r, err := all.Admit(request("Bearer " + token))
		if err != nil {
			t.Fatal(err)
		}
		rs.Refused(r.Context(), rs.RequireAllScopes(r.Context(), "admin"))
	}
	var issuers []string
	for _, ev := range ofAll.of(rs.OpAuthorize) {
		issuers = append(issuers, ev.Issuer)
	}
	if !slices.Equal(issuers, []string{alpha, beta}) || ofBeta.count(rs.OpAuthorize) != 0 {
		t.Errorf("told to all: %q; to the second alone: %d", issuers, ofBeta.count(rs.OpAuthorize))
	}
}
