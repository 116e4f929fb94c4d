package rs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// IssuersConfig tells [NewIssuers] everything.
type IssuersConfig struct {
	// Issuers has one Config for each authorization server, each with its own Issuer. The order is that in which they are
	// asked about a token that does not say whose it is.
	Issuers []Config
	// Choose names the issuer for a request, by its host or route, so that tokens of others are refused there. ok is false
	// where the token may decide; an issuer that is not configured refuses the request. Nil: the token decides. See [ByHost].
	Choose func(r *http.Request) (issuer string, ok bool)

	Realm    string           // realm of the challenge, where the one of the issuer's Config is empty
	Observer Observer         // told about every request, and about the rest for each Config without an Observer
	Now      func() time.Time // for durations that Observer is told; default time.Now
}

// Issuers is several authorization servers behind one authenticator. Each is a [Server] of its own, with its own keys,
// caches, circuit breaker and credentials, and decides alone: no verdict of one is ever used for another, not even from a
// Cache that they share. Principal.Issuer says who vouches for a user; a Subject is unique within its issuer only.
//
// Which of them decides on a token:
//
//   - the one that IssuersConfig.Choose names for the request;
//   - else, for a JWT, the one that its iss claim names. The claim is not verified yet and only picks one of those configured,
//     which then verifies it; a JWT of any other issuer is refused without a call;
//   - else each in turn, until one of them accepts the token or finds that it lacks a scope. The order is that of the
//     configuration, except that those that remember the token as good come first, and those that hung when last asked come
//     last. If none accepts it, and one could not be asked, the answer is 503: the token could be good there.
//
// In that last case a token is shown to authorization servers that did not issue it. Where they must not see each other's
// tokens, use Choose, or JWTs.
//
// Issuers is immutable and safe for concurrent use.
type Issuers struct {
	cfg     IssuersConfig
	servers []*Server
	byName  map[string]*Server
	longest int  // token, in bytes
	unwraps bool // one of them takes tokens wrapped in base64
}

// NewIssuers makes one authenticator of several issuers. Like [New] it does no I/O, and its error joins one *[FieldError] for
// every field that is wrong, with names like Issuers[1].ClientID.
func NewIssuers(cfg IssuersConfig) (*Issuers, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now //nolint:forbidigo // the default of the clock
	}
	all := &Issuers{cfg: cfg, byName: map[string]*Server{}}
	for _, each := range cfg.Issuers {
		if each.Observer == nil {
			each.Observer = cfg.Observer
		}
		s, err := New(each)
		if err != nil {
			return nil, err
		}
		s.oneOfSeveral = true
		s.settings.refused = s.teller(cfg.Observer, cfg.Now)
		all.servers, all.byName[each.Issuer] = append(all.servers, s), s
		all.longest, all.unwraps = max(all.longest, s.cfg.MaxTokenLength), all.unwraps || s.cfg.LenientBase64Token
	}
	return all, nil
}

// Validate reports every problem of every Config at once, as joined *FieldErrors. [NewIssuers] calls it.
func (cfg IssuersConfig) Validate() error {
	if len(cfg.Issuers) == 0 {
		return &FieldError{"Issuers", "is empty: configure at least one authorization server"}
	}
	var problems []error
	first := map[string]int{}
	for i, each := range cfg.Issuers {
		in := fmt.Sprintf("Issuers[%d].", i)
		for _, e := range FieldErrors(each.Validate()) {
			problems = append(problems, &FieldError{in + e.Field, e.Problem})
		}
		if j, twice := first[each.Issuer]; twice && each.Issuer != "" {
			problems = append(problems, &FieldError{in + "Issuer", fmt.Sprintf("is the same as Issuers[%d].Issuer: an issuer has one configuration", j)})
			continue
		}
		first[each.Issuer] = i
	}
	return errors.Join(problems...)
}

// Server is the one for an issuer, or nil: for a route that is for its tokens only, and for its readiness.
func (i *Issuers) Server(issuer string) *Server { return i.byName[issuer] }

// AuthenticateRequest decides on r's bearer token. The error is always an *[Error], ready for [WriteError].
func (i *Issuers) AuthenticateRequest(r *http.Request) (*Principal, error) {
	a, failure := i.admit(r)
	if failure != nil {
		return nil, failure
	}
	return a.principal(), nil
}

// Admit authenticates r and returns a copy of it whose context carries the principal, as [Server.Admit] does.
func (i *Issuers) Admit(r *http.Request) (*http.Request, error) {
	a, failure := i.admit(r)
	if failure != nil {
		return nil, failure
	}
	return a.request(r), nil
}

// Authenticate decides on a token that did not come in an HTTP request, so that IssuersConfig.Choose is not asked: where it
// keeps issuers apart, use the [Issuers.Server] of the right one. The error is always an *[Error].
func (i *Issuers) Authenticate(ctx context.Context, token string) (*Principal, error) {
	a, failure := i.conclude(ctx, token, nil, wellFormed(token))
	if failure != nil {
		return nil, failure
	}
	return a.principal(), nil
}

// Wrap is net/http middleware, as [Server.Wrap] is.
func (i *Issuers) Wrap(h http.Handler) http.Handler { return wrap(i.Admit, h) }

// Ready is nil while at least one of the issuers is ready, else the error of the first: an outage of one must not take
// the others out of service. [Server.Ready] tells about each.
func (i *Issuers) Ready() error {
	for _, s := range i.servers {
		if s.Ready() == nil {
			return nil
		}
	}
	return i.servers[0].Ready()
}

// Close closes every [Server], all at once, and joins their errors.
func (i *Issuers) Close(ctx context.Context) error {
	var all sync.WaitGroup
	failures := make([]error, len(i.servers))
	for n, s := range i.servers {
		all.Go(func() { failures[n] = s.Close(ctx) })
	}
	all.Wait()
	return errors.Join(failures...)
}

func (i *Issuers) admit(r *http.Request) (admitted, *Error) {
	began := newTracer(r.Context(), i.cfg.Now)
	token, failure := bearerToken(r, true)
	began.step(StepExtract, failure)
	return i.conclude(r.Context(), token, r, failure)
}

// conclude is one decision and the event that reports it. r is nil if there is no request.
func (i *Issuers) conclude(ctx context.Context, token string, r *http.Request, failure *Error) (admitted, *Error) {
	ctx, end := observe(ctx, i.cfg.Observer, i.cfg.Now, OpAuthenticate)
	a, ev, failure := i.verdict(ctx, token, r, failure)
	if failure == nil {
		end(ev)
		return a, nil
	}
	failure.Realm = cmp.Or(failure.Realm, i.cfg.Realm)
	if failure.Kind == ErrMissingToken {
		failure.Scope = strings.Join(i.scopes(r), " ")
	}
	ev.Err = failure
	end(ev)
	return admitted{}, failure
}

// verdict of those who may give one; refused is why nobody is asked, if it is not nil.
func (i *Issuers) verdict(ctx context.Context, token string, r *http.Request, refused *Error) (admitted, Event, *Error) {
	trace := newTracer(ctx, i.cfg.Now)
	if refused != nil {
		trace.decision("", refused)
		return admitted{}, Event{}, refused
	}
	candidates, failure := i.candidates(ctx, token, r)
	if failure != nil {
		trace.choice("", "", failure)
		trace.decision("", failure)
		return admitted{}, Event{}, failure
	}
	return decide(ctx, candidates, token)
}

// decide asks one after the other. A refusal by one says nothing about the next; a failure is no refusal.
func decide(ctx context.Context, candidates []candidate, token string) (admitted, Event, *Error) {
	var refused, failed *Error
	var ev Event
	for _, each := range candidates {
		s := each.server
		trace := s.tracer(ctx)
		trace.choice(s.cfg.Issuer, each.why, nil)
		in, status, failure := s.verdict(ctx, trace, token)
		trace.decision(status, failure)
		ev = Event{Cache: status, Issuer: s.cfg.Issuer}
		if failure == nil {
			return admitted{in, &s.settings}, ev, nil
		}
		failure.Realm = s.cfg.Realm
		switch failure.Kind {
		case ErrUnavailable, ErrInternal:
			failed = cmp.Or(failed, failure)
		case ErrInvalidToken, ErrInvalidRequest: // too long or malformed by the settings of this one
			if refused == nil || knowledge(failure) > knowledge(refused) {
				refused = failure
			}
		default: // it is good, but not for this
			return admitted{}, ev, failure
		}
	}
	if len(candidates) > 1 {
		ev = Event{}
	}
	return admitted{}, ev, cmp.Or(failed, refused)
}

// knowledge of a token that a refusal shows: of several, operators want to see the one that shows most.
func knowledge(refusal *Error) int {
	switch {
	case refusal.Kind == ErrInvalidRequest:
		return 0
	case refusal.Reason == ReasonTokenFormat:
		return 1
	case refusal.Reason == ReasonInactive:
		return 2
	}
	return 3
}

// scopes are all that a token may need for r, each once.
func (i *Issuers) scopes(r *http.Request) []string {
	servers := i.servers
	if s, ok, _ := i.chosen(r); ok && s != nil {
		servers = []*Server{s}
	}
	var all []string
	for _, s := range servers {
		for _, scope := range s.cfg.AcceptedScopes {
			if !slices.Contains(all, scope) {
				all = append(all, scope)
			}
		}
	}
	return all
}
