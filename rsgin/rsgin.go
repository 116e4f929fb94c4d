// Package rsgin protects Gin routes with access tokens: the resource server of package rs, as Gin middleware.
//
//	server, err := rs.New(cfg)
//	…
//	api := router.Group("/api", rsgin.Authenticate(server, nil))
//	api.GET("/documents", rsgin.RequireAnyScope("documents"), list) // p, _ := rsgin.Principal(c)
//
// Every refusal is an [rs.Error], recorded with c.Error for access logs, told to the rs.Observer and written by
// [rs.WriteError]. Nothing is decided here. For the tests of handlers and routers there is package rsgin/rsgintest.
package rsgin

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Authenticator decides on a request's token: an *rs.Server, an *rs.Issuers, or in a test one of rsgintest. The error should
// be an *rs.Error, any other is answered with 500. It must be safe for concurrent use.
type Authenticator interface {
	AuthenticateRequest(r *http.Request) (*rs.Principal, error)
}

// admitter is the cheaper way that *rs.Server also offers.
type admitter interface {
	Admit(r *http.Request) (*http.Request, error)
}

// refuser is told of requests that are refused before their token is looked at; *rs.Server is one.
type refuser interface {
	Refused(ctx context.Context, err error) *rs.Error
}

// Options adjusts [Authenticate]. The zero Options lets only authenticated requests pass.
type Options struct {
	// Optional lets a request without a bearer token pass, without a principal. A token that is there but not good is refused
	// all the same, also when the authorization server cannot be asked.
	Optional bool
	// OnError writes the answer to a refused request in place of rs.WriteError. The request is aborted before it is called,
	// whatever it does.
	OnError func(*gin.Context, *rs.Error)
	// Failures bounds how often one source may fail; nil: no bound.
	Failures *FailureLimit
}

// Authenticate is middleware that lets only requests with a good token pass, with the principal in the context of the
// request: for [Principal], and for rs.FromContext in code that does not know Gin. Use it once, on a group; nil opts
// are the zero Options. It panics, like Gin over a wrong route, if a is nil or a nil *rs.Server or *rs.Issuers, or if a
// FailureLimit has no PerMinute.
func Authenticate(a Authenticator, opts *Options) gin.HandlerFunc {
	var o Options
	if opts != nil {
		o = *opts
	}
	mustWork(a, o.Failures)
	admit, failures := admission(a), newLimiter(o.Failures)
	refuser, tells := a.(refuser)
	return func(c *gin.Context) {
		if e := failures.refusal(c); e != nil {
			if tells {
				e = refuser.Refused(c.Request.Context(), e)
			}
			o.refuse(c, e)
			return
		}
		begun := failures.begin()
		r, err := admit(c.Request)
		if err == nil {
			c.Request = r
			rs.MarkStale(r.Context(), c.Writer.Header())
			return
		}
		e := rs.AsError(err)
		if o.Optional && e.Kind == rs.ErrMissingToken {
			c.Request = c.Request.WithContext(rs.NewAnonymousContext(c.Request.Context(), e))
			return
		}
		failures.note(c, e, begun)
		o.refuse(c, e)
	}
}

// admission is the cheapest way that a offers from a request to one that carries its principal.
func admission(a Authenticator) func(*http.Request) (*http.Request, error) {
	if a, ok := a.(admitter); ok {
		return a.Admit
	}
	return func(r *http.Request) (*http.Request, error) {
		p, err := a.AuthenticateRequest(r)
		if err != nil {
			return nil, err
		}
		if p == nil { // an Authenticator that says neither yes nor no has said no
			return nil, &rs.Error{Reason: rs.ReasonUnexpected}
		}
		return r.WithContext(rs.NewContext(r.Context(), p)), nil
	}
}

// Principal says on whose behalf the request is made, or false if it was not authenticated.
func Principal(c *gin.Context) (*rs.Principal, bool) {
	return rs.FromContext(c.Request.Context())
}

// refuse ends the request: recorded, aborted, and answered exactly once.
func (o *Options) refuse(c *gin.Context, e *rs.Error) {
	_ = c.Error(e)
	c.Abort()
	if o.OnError != nil {
		o.OnError(c, e)
		return
	}
	rs.WriteError(c.Writer, e)
}

// Refuse ends the request as the middleware of this package does: for handlers that find a reason of their own. err is recorded
// with c.Error, told to the rs.Observer (see rs.Refused) and answered by rs.WriteError: an *rs.Error or an rs.Kind as what it
// is, anything else with 500. Return from the handler then.
func Refuse(c *gin.Context, err error) {
	if err == nil {
		err = &rs.Error{Reason: rs.ReasonUnexpected} // who calls this means no
	}
	(&Options{}).refuse(c, rs.Refused(c.Request.Context(), err))
}
