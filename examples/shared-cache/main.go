// Command shared-cache is a Gin service whose replicas share what they know about tokens, in Redis or Valkey.
//
//	REDIS_URL=redis://127.0.0.1:6379 CACHE_KEY_FILE=cache-key go run ./shared-cache
//
// The rest of its configuration is in OIDC_* variables, as for any other service.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
	"github.com/gin-lasuite/gin-lasuite/rs/rsslog"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

func main() {
	env, err := rsenv.Read()
	if err != nil {
		log.Fatal(err)
	}
	for _, warning := range env.Warnings {
		log.Print(warning)
	}
	options, err := redis.ParseURL(os.Getenv("REDIS_URL")) // rediss:// for TLS
	if err != nil {
		log.Fatal("REDIS_URL: ", err)
	}
	key, err := os.ReadFile(os.Getenv("CACHE_KEY_FILE"))
	if err != nil {
		log.Fatal("CACHE_KEY_FILE: ", err)
	}
	far, err := newSealedCache(options, key)
	if err != nil {
		log.Fatal(err)
	}
	server, err := newServer(env.Config, far)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(newRouter(server).Run(env.Listen))
}

// newServer asks this process first, then the cache that all replicas share, then the authorization server.
func newServer(cfg rs.Config, far rs.Cache) (*rs.Server, error) {
	near, err := rs.NewLRU(cfg.CacheSize, cfg.Now)
	if err != nil {
		return nil, err
	}
	cfg.Cache = rs.Tiered(near, far)
	cfg.Observer = rsslog.New(nil) // also says when Redis fails
	return rs.New(cfg)
}

func newRouter(server rsgin.Authenticator) *gin.Engine {
	router := gin.New()
	_ = router.SetTrustedProxies(nil)
	api := router.Group("/api", rsgin.Authenticate(server, nil))
	api.GET("/me", func(c *gin.Context) {
		p, _ := rsgin.Principal(c)
		c.JSON(http.StatusOK, gin.H{"user": p.Subject, "calling service": p.Audience})
	})
	return router
}
