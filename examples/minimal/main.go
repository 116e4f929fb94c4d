// Command minimal is a protected Gin service, configured by the environment.
package main

import (
	"log"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
	"github.com/gin-lasuite/gin-lasuite/rs/rsslog"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

func main() {
	env, err := rsenv.Read() // OIDC_OP_URL, OIDC_RS_CLIENT_ID, OIDC_RS_SCOPES …
	if err != nil {
		log.Fatal(err) // every problem at once, each with the name of its variable
	}
	for _, warning := range env.Warnings {
		log.Print(warning)
	}
	env.Config.Observer = rsslog.New(nil) // logs why a request was refused; clients are told less
	server, err := rs.New(env.Config)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(newRouter(server, env).Run(env.Listen))
}

func newRouter(server rsgin.Authenticator, ours jwksendpoint.PublicKeys) *gin.Engine {
	router := gin.New()
	_ = router.SetTrustedProxies(nil)                          // no proxy stands in front
	router.GET("/jwks", gin.WrapH(jwksendpoint.Handler(ours))) // where the authorization server finds our public keys
	api := router.Group("/api", rsgin.Authenticate(server, nil))
	api.GET("/teams", rsgin.RequireAnyScope("groups"), func(c *gin.Context) {
		p, _ := rsgin.Principal(c)
		c.JSON(http.StatusOK, gin.H{"user": p.Subject, "calling service": p.Audience})
	})
	return router
}
