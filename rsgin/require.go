package rsgin

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// RequireAnyScope is middleware that lets only tokens with at least one of the scopes pass; others get 403. Without
// [Authenticate] before it, and without scopes, it refuses everyone with 500. After an optional Authenticate it answers
// a request without a token with the 401 that was waived before.
func RequireAnyScope(scopes ...string) gin.HandlerFunc {
	return guard(rs.RequireAnyScope, scopes)
}

// RequireAllScopes is like [RequireAnyScope], but the token needs every one of the scopes.
func RequireAllScopes(scopes ...string) gin.HandlerFunc {
	return guard(rs.RequireAllScopes, scopes)
}

// RequireTokenAudience is middleware that lets only tokens pass whose own aud names at least one of the audiences (RFC 9700
// section 2.3); others get 401. It does not look at the calling service, Principal.Audience. It refuses everyone where
// [RequireAnyScope] would.
func RequireTokenAudience(audiences ...string) gin.HandlerFunc {
	return guard(rs.RequireTokenAudience, audiences)
}

func guard(require func(context.Context, ...string) error, wanted []string) gin.HandlerFunc {
	wanted = append([]string(nil), wanted...)
	return func(c *gin.Context) {
		if err := require(c.Request.Context(), wanted...); err != nil {
			Refuse(c, err)
		}
	}
}
