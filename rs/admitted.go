package rs

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// admitted is a token that was accepted: the facts, and the settings of the server that judged them.
type admitted struct {
	facts    *Introspection
	settings *settings
}

// principal is a fresh Principal: facts are shared between requests, and a handler may change what it is given.
func (a admitted) principal() *Principal {
	in := a.facts
	p := &Principal{
		Issuer: a.settings.issuer, Subject: in.subject(), ClientID: in.clientID(), Username: in.username(), Audience: in.service(),
		TokenAudiences: slices.Collect(in.audience()),
		Scopes:         splitScopes(in.scope()),
		Stale:          in.stale,
		made:           a,
	}
	if in.expiry != never {
		p.Expiry = time.Unix(in.expiry, 0)
	}
	return p
}

// request is a copy of r whose context carries the admission.
func (a admitted) request(r *http.Request) *http.Request {
	return r.WithContext(&admittedContext{r, a})
}

// admittedContext is the context of a request with an admission in it, and not yet a Principal: a request whose handler does
// not ask for one does not pay for one. Its 24 bytes and the copy of the request are all that a cached token allocates; with
// the context of the request in place of the request it would be 32.
type admittedContext struct {
	of *http.Request
	admitted
}

// Value answers contextKey itself and passes every other key on.
func (c *admittedContext) Value(key any) any {
	if key == (contextKey{}) {
		return c
	}
	return c.parent().Value(key)
}

func (c *admittedContext) Deadline() (time.Time, bool) { return c.parent().Deadline() }
func (c *admittedContext) Done() <-chan struct{}       { return c.parent().Done() }
func (c *admittedContext) Err() error                  { return c.parent().Err() }

// parent is the context of the request as it came. Where somebody has put the copy in its place ("*r = *admitted"),
// that is lost, and asking for it would never end.
func (c *admittedContext) parent() context.Context {
	if parent := c.of.Context(); parent != context.Context(c) {
		return parent
	}
	return context.Background()
}

func (c *admittedContext) hasScope(scope string) bool       { return c.facts.hasScope(scope) }
func (c *admittedContext) hasAudience(audience string) bool { return c.facts.isFor(audience) }
func (c *admittedContext) server() *settings                { return c.settings }

// MarkStale tells the client, in the header that Config.StaleHeader names, that its token could not be checked anew. It
// does nothing where no such header is configured or the facts are fresh. Middleware calls it before the handler.
func MarkStale(ctx context.Context, h http.Header) {
	a, ok := ctx.Value(contextKey{}).(*admittedContext)
	if ok && a.facts.stale && a.settings.staleHeader != "" {
		h.Set(a.settings.staleHeader, "stale")
	}
}
