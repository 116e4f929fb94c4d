package rs

import (
	"context"
	"slices"
	"time"
)

// Op is an operation that an [Observer] sees.
type Op string

// The operations. Introspect, verify, fetch_keys and fetch_metadata happen inside an authenticate that had to wait for them.
const (
	OpAuthenticate  Op = "authenticate"   // one request or token, from extraction to verdict
	OpAuthorize     Op = "authorize"      // a request refused after its authenticate went well: see [Refused]; successes are not reported
	OpIntrospect    Op = "introspect"     // one call to the authorization server, with decryption and verification
	OpVerify        Op = "verify"         // one local verification of a JWT access token (RFC 9068)
	OpFetchKeys     Op = "fetch_keys"     // one fetch of the authorization server's JWK Set
	OpFetchMetadata Op = "fetch_metadata" // one discovery of the authorization server's metadata
	OpUserInfo      Op = "userinfo"       // one call to the authorization server's UserInfo endpoint, with decryption and verification
	OpCache         Op = "cache"          // a failure of the cache; successes are not reported
	OpCircuit       Op = "circuit"        // the circuit breaker opened (with an error) or closed again (without)
)

// Ops are all of the constants above.
func Ops() []Op {
	return []Op{
		OpAuthenticate, OpAuthorize, OpIntrospect, OpVerify, OpFetchKeys, OpFetchMetadata, OpUserInfo, OpCache, OpCircuit,
	}
}

// CacheStatus says where the facts about a token came from.
type CacheStatus string

// The cache statuses; the empty one means that no facts were needed.
const (
	CacheHit    CacheStatus = "hit"    // from the cache
	CacheMiss   CacheStatus = "miss"   // from the authorization server, asked by this caller
	CacheShared CacheStatus = "shared" // from the authorization server, asked by another caller at the same time
	CacheStale  CacheStatus = "stale"  // from the cache, past its time, because the authorization server cannot answer
)

// CacheStatuses are all of the constants above. The empty one is not among them.
func CacheStatuses() []CacheStatus {
	return []CacheStatus{CacheHit, CacheMiss, CacheShared, CacheStale}
}

// Event is what happened in an operation. It never holds a token, a secret or a claim. Fields may be added.
type Event struct {
	Op       Op
	Duration time.Duration // by Config.Now
	Cache    CacheStatus   // of OpAuthenticate only
	Issuer   string        // of several issuers, the one that it is about; else empty
	Err      error         // nil: it went well. Of OpAuthenticate and OpAuthorize always an *Error
	Skipped  []string      // of OpFetchKeys: entries of the JWK Set that cannot be used, and why
}

// Observer is told about every operation: the one hook for metrics, traces and logs. Begin returns the context for the
// operation, so that a span can travel in it; End is called once for every Begin, with that context. Both must be fast
// and safe for concurrent use. An Observer that panics spoils only the one request.
type Observer interface {
	Begin(ctx context.Context, op Op) context.Context
	End(ctx context.Context, ev Event)
}

// Observers tells several observers: Begin in the order given, End in reverse. Nil observers are left out.
func Observers(obs ...Observer) Observer {
	obs = slices.DeleteFunc(slices.Clone(obs), func(o Observer) bool { return o == nil })
	switch len(obs) {
	case 0:
		return nil
	case 1:
		return obs[0]
	}
	return observers(obs)
}

type observers []Observer

func (o observers) Begin(ctx context.Context, op Op) context.Context {
	for _, each := range o {
		ctx = each.Begin(ctx, op)
	}
	return ctx
}

func (o observers) End(ctx context.Context, ev Event) {
	for _, each := range slices.Backward(o) {
		each.End(ctx, ev)
	}
}

// observe begins an operation. The function that ends it fills in what only we know.
func (s *Server) observe(ctx context.Context, op Op) (context.Context, func(Event)) {
	ctx, end := observe(ctx, s.cfg.Observer, s.cfg.Now, op)
	if !s.oneOfSeveral {
		return ctx, end
	}
	return ctx, func(ev Event) {
		ev.Issuer = s.cfg.Issuer
		end(ev)
	}
}

func observe(ctx context.Context, observer Observer, now func() time.Time, op Op) (context.Context, func(Event)) {
	if observer == nil {
		return ctx, unobserved
	}
	start := now()
	ctx = observer.Begin(ctx, op)
	return ctx, func(ev Event) {
		ev.Op, ev.Duration = op, now().Sub(start)
		observer.End(ctx, ev)
	}
}

func unobserved(Event) {}
