package rsgin

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Policy is middleware for a rule of the application's own, which sees who asks and for what. It runs after
// [Authenticate]. A nil error lets the request pass. An error that is an rs.Kind, wrapped or not, is answered as that kind,
// and its text goes to the log alone, so it must hold no claim:
//
//	return fmt.Errorf("the calling service is not in the pilot: %w", rs.ErrForbidden) // 403
//
// Any other error is a 500, and the log has its type alone. A request that nobody authenticated is refused before the rule is
// asked; one that an optional Authenticate let pass gets the 401 that was waived before.
func Policy(rule func(r *http.Request, p *rs.Principal) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		p, err := rs.RequirePrincipal(c.Request.Context())
		if err == nil {
			err = rule(c.Request, p)
		}
		if err != nil {
			Refuse(c, err)
		}
	}
}
