package rs

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Server is the resource server of OAuth 2.0 (RFC 6749 section 1.1): it decides whether a request's access token is
// good here, by asking the authorization server (RFC 7662, RFC 9701) or with its keys (RFC 9068). Make one with [New]
// for each authorization server. It is immutable and safe for concurrent use, and must not be copied.
type Server struct {
	cfg         Config
	settings    settings
	cacheKeys   cacheKeys
	client      *http.Client
	connections *connections // of client; nil: it is not ours
	inside      *inside
	metadata    *remote[metadata] // nil: nothing is discovered
	keys        *keySet           // for answers of the authorization server
	tokenKeys   *keySet           // for JWT access tokens; the same where the algorithm is the same

	oneOfSeveral bool // Issuers made it: events name the issuer

	cache    Cache    // nil: none
	beyond   Cache    // the same, if it is a cache of others, or what it has behind an LRU; else nil
	own      ownCache // the same, if this Server made it; else nil
	negative ownCache // "active": false; nil: none
	flights  flights[Introspection]
	storing  sync.Map // by CacheKey, the chan struct{} that is closed when a flight has stored its facts
	users    userInfos

	pause      pause
	breaker    *breaker
	places     *places
	openings   *places // decryptions of access tokens
	opinion    opinion
	hung       atomic.Bool         // the last call took longer than patience, and brought nothing
	staying    sync.Map            // the CacheKeys for which somebody waits beside the requests
	ahead      *semaphore.Weighted // refreshes ahead of time
	begun      *refreshes          // nil: the facts have a mark
	background *background
}

// New makes a Server. It does no I/O: an authorization server that is down does not keep an application from starting.
// The error joins one *[FieldError] for every field that is wrong. Later changes to cfg have no effect.
func New(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	s := &Server{
		cfg:        cfg,
		settings:   newSettings(&cfg),
		cacheKeys:  newCacheKeys(&cfg),
		inside:     newInside(&cfg),
		places:     newPlaces(cfg.MaxConcurrent, cfg.MaxWait),
		openings:   newPlaces(cfg.MaxConcurrent, cfg.MaxWait),
		ahead:      semaphore.NewWeighted(placesAhead(cfg.MaxConcurrent)),
		background: newBackground(),
	}
	s.client, s.connections = newHTTPClient(&cfg)
	if s.client.Transport == nil && cfg.WrapTransport != nil {
		return nil, &FieldError{"WrapTransport", "returned nil: let it return the transport that it is given, or one around it"}
	}
	s.settings.refused = s.teller(cfg.Observer, cfg.Now)
	s.breaker = newBreaker(&cfg, &s.opinion,
		unavailable(ReasonCircuitOpen, "the authorization server failed too often and is given a rest"), s.reportCircuit)
	if cfg.discovers() {
		s.metadata = newMetadata(s)
	}
	s.keys = newKeySet(s, "")
	s.tokenKeys = s.keys
	if cfg.AccessTokenAlg != cfg.SigningAlg {
		s.tokenKeys = newKeySet(s, cfg.AccessTokenAlg)
	}
	s.setUpUserInfo()
	s.setUpCaches()
	return s, nil
}

// AuthenticateRequest decides on r's bearer token. The error is always an *[Error], ready for [WriteError].
func (s *Server) AuthenticateRequest(r *http.Request) (*Principal, error) {
	in, failure := s.admit(r)
	if failure != nil {
		return nil, failure
	}
	return admitted{in, &s.settings}.principal(), nil
}

// Admit authenticates r and returns a copy of it whose context carries the principal, for [FromContext] and the Require
// functions. It costs less than AuthenticateRequest and [NewContext], because the Principal is made only when it is
// asked for. The error is always an *[Error]; then there is no request. Pass the copy on and leave r as it is: its
// context is the parent of the copy's, and "*r = *admitted" loses it.
func (s *Server) Admit(r *http.Request) (*http.Request, error) {
	in, failure := s.admit(r)
	if failure != nil {
		return nil, failure
	}
	return admitted{in, &s.settings}.request(r), nil
}

// Authenticate decides on a token that did not come in an HTTP request. The error is always an *[Error]. When ctx ends
// first, this caller alone gives up; others who wait for the same token are not disturbed.
func (s *Server) Authenticate(ctx context.Context, token string) (*Principal, error) {
	ctx, end := s.observe(ctx, OpAuthenticate)
	trace := s.tracer(ctx)
	malformed := wellFormed(token)
	if malformed != nil {
		trace.step(StepToken, malformed)
	}
	in, failure := s.conclude(ctx, trace, end, token, malformed)
	if failure != nil {
		return nil, failure
	}
	return admitted{in, &s.settings}.principal(), nil
}

func (s *Server) admit(r *http.Request) (*Introspection, *Error) {
	ctx, end := s.observe(r.Context(), OpAuthenticate)
	trace := s.tracer(ctx)
	token, failure := bearerToken(r, s.own == nil || trace.isOn())
	trace.step(StepExtract, failure)
	return s.conclude(ctx, trace, end, token, failure)
}

// conclude is one decision from the token, or the failure to find one, to the event that reports it.
func (s *Server) conclude(ctx context.Context, trace *tracer, end func(Event), token string, failure *Error) (*Introspection, *Error) {
	var in *Introspection
	var status CacheStatus
	if failure == nil {
		in, status, failure = s.verdict(ctx, trace, token)
	}
	trace.decision(status, failure)
	if failure == nil {
		end(Event{Cache: status})
		return in, nil
	}
	failure.Realm = s.cfg.Realm
	if failure.Kind == ErrMissingToken {
		failure.Scope = strings.Join(s.cfg.AcceptedScopes, " ")
	}
	end(Event{Cache: status, Err: failure})
	return nil, failure
}

// verdict is the whole way of a token: read it, find the facts about it, judge them as of now.
func (s *Server) verdict(ctx context.Context, trace *tracer, token string) (*Introspection, CacheStatus, *Error) {
	token, failure := s.bearer(token)
	trace.step(StepToken, failure)
	if failure != nil {
		return nil, "", failure
	}
	now := s.cfg.Now() // once for a hit: three readings took a quarter of its time
	in, status, failure := s.facts(ctx, trace, token, now)
	if status != CacheHit {
		now = s.cfg.Now()
	}
	if failure == nil {
		failure = validate(&s.cfg, in, now, trace)
	}
	if failure != nil {
		return nil, status, failure
	}
	return in, status, nil
}

// facts about the token: remembered, or asked for in one flight with everybody else who wants them now.
func (s *Server) facts(ctx context.Context, trace *tracer, token string, now time.Time) (*Introspection, CacheStatus, *Error) {
	key := s.cacheKeys.of(token)
	held, failure := s.recall(ctx, trace, key, token, now)
	if failure != nil {
		return nil, "", failure
	}
	if held != nil && s.fresh(held, now) {
		trace.cache(CacheHit)
		s.refreshAhead(ctx, key, token, held, now)
		return held, CacheHit, nil
	}
	trace.cache(CacheMiss)
	in, status, failure := s.renew(ctx, key, token, held, now)
	trace.skip()
	if failure == nil {
		return in, status, nil
	}
	if in := s.stale(held, failure, s.cfg.Now()); in != nil {
		return in, CacheStale, nil
	}
	return nil, status, failure
}
