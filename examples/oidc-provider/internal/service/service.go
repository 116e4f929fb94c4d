package service

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// Handler is the service: GET /api/whoami for tokens with an accepted scope, GET /api/teams for those that have the
// scope "teams" as well, and GET /jwks with our public keys. A nil keys publishes none.
func Handler(cfg rs.Config, keys jwksendpoint.PublicKeys) (http.Handler, error) {
	server, err := rs.New(cfg)
	if err != nil {
		return nil, err
	}
	r := gin.New()
	if err := r.SetTrustedProxies(nil); err != nil { // gin trusts everyone unless told otherwise
		return nil, err
	}
	if keys != nil {
		r.GET("/jwks", gin.WrapH(jwksendpoint.Handler(keys)))
	}
	api := r.Group("/api", rsgin.Authenticate(server, nil))
	api.GET("/whoami", whoami)
	api.GET("/teams", rsgin.RequireAnyScope("teams"), whoami)
	return r, nil
}

func whoami(c *gin.Context) {
	p, ok := rsgin.Principal(c)
	if !ok {
		c.AbortWithStatus(http.StatusInternalServerError) // the route was mounted without Authenticate
		return
	}
	c.JSON(http.StatusOK, gin.H{"sub": p.Subject, "client_id": p.ClientID, "scope": p.Scopes})
}
