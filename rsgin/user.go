package rsgin

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// ResolveUser is middleware that finds the application's own user for the principal, for [User]. Use it after
// [Authenticate]. An error from find that is rs.ErrUnknownUser means that there is no such user: 401 invalid_token, as
// with django-lasuite. An *rs.Error is answered as it is, any other error with 500. Of such an error the rs.Observer is
// told only the type, because the text may quote anything; gin.Logger, which writes what c.Error records, does write the
// text. A token that a client has on its own account (client credentials) has no user, so it gets the same 401 and find is
// not called, if it has no subject, or the client id for one (RFC 9068 section 2.2), which could also be the subject of a
// user (RFC 9700 section 4.15). Where the authorization server gives it another subject, find has to know. A request that
// an optional Authenticate let pass has no user either, and passes.
func ResolveUser[U any](find func(ctx context.Context, p *rs.Principal) (U, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		p, err := rs.RequirePrincipal(c.Request.Context())
		if rs.IsAnonymous(c.Request.Context()) {
			return
		}
		if err != nil {
			Refuse(c, err)
			return
		}
		if p.Subject == "" || p.Subject == p.ClientID {
			Refuse(c, rs.ErrUnknownUser)
			return
		}
		u, err := find(c.Request.Context(), p)
		if err != nil {
			Refuse(c, lookupError(err))
			return
		}
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), userKey[U]{}, u))
	}
}

// userKey is one key for each type of user.
type userKey[U any] struct{}

// User is what [ResolveUser] found, or false. U must be exactly the type that find returns: User[user] does not find a *user.
func User[U any](c *gin.Context) (U, bool) {
	u, ok := c.Request.Context().Value(userKey[U]{}).(U)
	return u, ok
}

// lookupError keeps a refusal that find chose, and makes a broken lookup our fault and not the user's.
func lookupError(err error) error {
	_, chosen := errors.AsType[*rs.Error](err)
	if chosen || errors.Is(err, rs.ErrUnknownUser) {
		return err
	}
	return &rs.Error{Reason: rs.ReasonUserLookup, Err: err}
}
