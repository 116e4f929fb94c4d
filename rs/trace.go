package rs

import (
	"context"
	"time"
)

// StepName is a step of a decision.
type StepName string

// The steps, in the order in which they are made. A decision ends at the first one that has a Reason, and has only the steps
// that it needed: those from call to response are missing when the facts are in the cache, for example. Steps that went well
// before a step begins again (a second call, or a second look into the cache) stay as they are. With [Issuers] every issuer
// that is asked has a choice, steps of its own and a decision; the last of them that was not refused is the one that counts.
const (
	StepExtract          StepName = "extract"           // the token in the request's header; not of Authenticate
	StepToken            StepName = "token"             // its form and length, and the base64 around it where that is unwrapped
	StepCache            StepName = "cache"             // a look into the cache
	StepChoice           StepName = "choice"            // of Issuers: who decides next, and why: Step.Issuer and Step.Choice
	StepHeader           StepName = "header"            // local validation: the form of a JWT, and its alg
	StepOpen             StepName = "open"              // local validation: the decryption of an encrypted one, with our key
	StepClaims           StepName = "claims"            // local validation: typ, and the claims of RFC 9068, before anything is fetched
	StepSignature        StepName = "signature"         // local validation: its signature, and the fetch of keys for it
	StepDiscover         StepName = "discover"          // the introspection endpoint, where it is left to the metadata
	StepCall             StepName = "call"              // the call to the authorization server, up to status and media type of its answer
	StepDecrypt          StepName = "decrypt"           // of the answer, with our key
	StepVerify           StepName = "verify"            // its signature, and the fetch of keys for it
	StepEnvelope         StepName = "envelope"          // typ, iss, aud and iat of the answer (RFC 9701 section 5)
	StepResponse         StepName = "response"          // the introspection response in it (RFC 7662 section 2.2)
	StepConfirm          StepName = "confirm"           // LocalThenIntrospect: that the answer is about what the token states
	StepActive           StepName = "active"            // "active": true
	StepTokenType        StepName = "token_type"        // an access token
	StepSenderConstraint StepName = "sender_constraint" // bound to no key
	StepIssuer           StepName = "issuer"            // iss
	StepTime             StepName = "time"              // exp and nbf
	StepCallingService   StepName = "calling_service"   // Config.AudienceClaim and Config.AllowedAudiences
	StepTokenAudience    StepName = "token_audience"    // Config.TokenAudiences
	StepScope            StepName = "scope"             // Config.AcceptedScopes
	StepDecision         StepName = "decision"          // the end: all of it
)

// Step is one step of a decision. It never holds a token, a secret or a claim. Fields may be added.
type Step struct {
	Name     StepName
	Duration time.Duration // by Config.Now
	Cache    CacheStatus   // of StepCache: hit, or miss; of StepDecision: where the facts came from
	Reason   Reason        // why the step refused; empty: it went well
	Issuer   string        // of StepChoice: who decides next
	Choice   Choice        // of StepChoice: why
}

// Choice is why one of several issuers decides.
type Choice string

// The choices, in a closed set of stable words. See [Issuers].
const (
	ChosenByRequest Choice = "request" // IssuersConfig.Choose named it
	ChosenByToken   Choice = "token"   // the token says that it is its own (iss), which it then verifies
	ChosenByMemory  Choice = "memory"  // it remembers the token as good
	ChosenByOrder   Choice = "order"   // it is its turn
)

// traceKey is the key of a tracer in a context.
type traceKey struct{}

// WithTrace returns a context in which every decision tells its steps to f, for looking into one request. It is switched on by
// code and never by a header, which anybody could send. If another request began the introspection or the fetch of keys, the
// steps of that are told to the other request's trace. As with net/http/httptrace, f may be called from several goroutines,
// and after the decision if a fetch outlives it; it must be fast. Without a trace nothing is measured.
func WithTrace(ctx context.Context, f func(Step)) context.Context {
	return context.WithValue(ctx, traceKey{}, f)
}

// withoutTrace is for work that is nobody's request.
func withoutTrace(ctx context.Context) context.Context {
	if ctx.Value(traceKey{}) == nil {
		return ctx
	}
	return WithTrace(ctx, nil)
}

// tracer measures steps. A nil *tracer does nothing, as nobody wants to know: it is passed on by every decision, and
// one that is a pointer is 20 ns less than one that is a struct.
type tracer struct {
	tell        func(Step)
	now         func() time.Time
	began, last time.Time // the decision; the step under way
}

func (s *Server) tracer(ctx context.Context) *tracer { return newTracer(ctx, s.cfg.Now) }

func newTracer(ctx context.Context, clock func() time.Time) *tracer {
	tell, _ := ctx.Value(traceKey{}).(func(Step))
	if tell == nil {
		return nil
	}
	now := clock()
	return &tracer{tell, clock, now, now}
}

func (t *tracer) isOn() bool { return t != nil }

// step ends the step under way, and begins the next.
func (t *tracer) step(name StepName, failure *Error) {
	if t != nil {
		t.report(Step{Name: name}, failure)
	}
}

// check is a step that was made to find failure, which it passes on.
func (t *tracer) check(name StepName, failure *Error) *Error {
	t.step(name, failure)
	return failure
}

// choice is the step of a choice among issuers.
func (t *tracer) choice(issuer string, why Choice, failure *Error) {
	if t != nil {
		t.report(Step{Name: StepChoice, Issuer: issuer, Choice: why}, failure)
	}
}

// cache is the step of a look into the cache.
func (t *tracer) cache(status CacheStatus) {
	if t != nil {
		t.report(Step{Name: StepCache, Cache: status}, nil)
	}
}

// skip leaves out time that others have told of.
func (t *tracer) skip() {
	if t != nil {
		t.last = t.now()
	}
}

// decision is the last step.
func (t *tracer) decision(status CacheStatus, failure *Error) {
	if t != nil {
		t.last = t.began
		t.report(Step{Name: StepDecision, Cache: status}, failure)
	}
}

func (t *tracer) report(step Step, failure *Error) {
	now := t.now()
	step.Duration, t.last = now.Sub(t.last), now
	if failure != nil {
		step.Reason = failure.Reason
	}
	t.tell(step)
}
