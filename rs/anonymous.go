package rs

import "context"

// NewAnonymousContext returns a context for a request that was let pass without a token, where that is allowed. It
// carries no principal; the Require functions refuse it with refusal, the error that its authentication gave.
func NewAnonymousContext(ctx context.Context, refusal *Error) context.Context {
	return context.WithValue(ctx, contextKey{}, refusal)
}

// IsAnonymous says whether ctx comes from [NewAnonymousContext]: somebody decided that this request needs no token, as
// opposed to a program that forgot to authenticate it.
func IsAnonymous(ctx context.Context) bool {
	return anonymous(ctx) != nil
}

func anonymous(ctx context.Context) *Error {
	e, _ := ctx.Value(contextKey{}).(*Error)
	return e
}
