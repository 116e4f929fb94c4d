package rs

import (
	"context"
	"errors"
	"slices"
)

// RequireAnyScope refuses, with an *Error, unless the principal in ctx has at least one of the scopes. A context without
// a principal, or a call without scopes, refuses everyone: ErrInternal, because it is the program that is wrong. A context
// of [NewAnonymousContext] is refused with the error it carries.
func RequireAnyScope(ctx context.Context, scopes ...string) error {
	return require(ctx, scopes, func(g grant) *Error {
		if slices.ContainsFunc(scopes, g.hasScope) {
			return nil
		}
		return insufficientScope(scopes)
	})
}

// RequireAllScopes refuses, like [RequireAnyScope], unless the principal in ctx has every one of the scopes.
func RequireAllScopes(ctx context.Context, scopes ...string) error {
	return require(ctx, scopes, func(g grant) *Error {
		for _, s := range scopes {
			if !g.hasScope(s) {
				return insufficientScope(scopes)
			}
		}
		return nil
	})
}

// RequireTokenAudience refuses, like [RequireAnyScope], unless the token's own aud names at least one of the audiences, so
// that the token is meant for this route (RFC 9700 section 2.3). It does not look at the calling service, Principal.Audience.
func RequireTokenAudience(ctx context.Context, audiences ...string) error {
	return require(ctx, audiences, func(g grant) *Error {
		if slices.ContainsFunc(audiences, g.hasAudience) {
			return nil
		}
		return invalidToken(ReasonAudienceNotForRoute)
	})
}

// grant is what a context can carry: an admission, or a Principal.
type grant interface {
	hasScope(string) bool
	hasAudience(string) bool
	server() *settings // of the server that made it; nil: none did
	principal() *Principal
}

func grantIn(ctx context.Context) grant {
	g, _ := ctx.Value(contextKey{}).(grant)
	return g
}

func require(ctx context.Context, wanted []string, rule func(grant) *Error) error {
	g, err := requireGrant(ctx)
	if err != nil {
		return err
	}
	if len(wanted) == 0 {
		return &Error{Reason: ReasonMissingRequirements, Err: errNothingRequired}
	}
	if refusal := rule(g); refusal != nil {
		return inRealm(ctx, refusal)
	}
	return nil
}

// RequirePrincipal is [FromContext] with a refusal in place of false: with the error that a context of
// [NewAnonymousContext] carries, else ErrInternal.
func RequirePrincipal(ctx context.Context) (*Principal, error) {
	g, err := requireGrant(ctx)
	if err != nil {
		return nil, err
	}
	return g.principal(), nil
}

// Mistakes in the program, for whoever wrote it: a 500 says nothing to anybody else.
var (
	errNotAuthenticated = errors.New("nobody has looked at the token: put rsgin.Authenticate or Server.Wrap before it")
	errNothingRequired  = errors.New("a guard without scopes or audiences would let everybody in: name one")
)

func requireGrant(ctx context.Context) (grant, error) {
	if waived := anonymous(ctx); waived != nil {
		return nil, waived
	}
	if g := grantIn(ctx); g != nil {
		return g, nil
	}
	return nil, &Error{Reason: ReasonNotAuthenticated, Err: errNotAuthenticated}
}

// inRealm is e with the realm of the server that authenticated ctx.
func inRealm(ctx context.Context, e *Error) *Error {
	g := grantIn(ctx)
	if e == nil || g == nil || g.server() == nil || e.Realm != "" {
		return e
	}
	copied := *e // the application may hand out the same Error again and again
	copied.Realm = g.server().realm
	return &copied
}

func (p *Principal) hasScope(scope string) bool       { return p.HasScope(scope) }
func (p *Principal) hasAudience(audience string) bool { return p.HasTokenAudience(audience) }
func (p *Principal) principal() *Principal            { return p }

func (p *Principal) server() *settings {
	return p.made.settings
}
