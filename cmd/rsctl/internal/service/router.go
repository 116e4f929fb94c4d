// Package service is the resource server that rsctl serve runs: who am I, and may I, over HTTP.
package service

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// Options are what the routes need. Server and Log are required.
type Options struct {
	Server rsgin.Authenticator
	Keys   jwksendpoint.PublicKeys // nil: no key, so /jwks is 404
	Realm  string                  // of the challenges that the routes make themselves
	Ready  func() error            // nil error: a new token could be decided on now; a nil Ready: always
	Log    logrus.FieldLogger

	ShowIssuer bool // say whose subject it is: there are several issuers
}

// readMethods: Gin does not route HEAD to the handlers of GET.
var readMethods = []string{http.MethodGet, http.MethodHead}

// Router is every route of rsctl serve. It keeps no access log: a URL can hold a token by mistake.
func Router(o Options) (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	if err := r.SetTrustedProxies(nil); err != nil { // nothing here is decided by an address, so nobody is believed
		return nil, err
	}
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false // a proxy that asks for a verdict takes a redirect for a failure
	r.Use(recovery(o.Log))

	authenticate := rsgin.Authenticate(o.Server, nil)
	r.Match(readMethods, "/api/whoami", authenticate, whoami(o.ShowIssuer))
	r.Any("/auth", authenticate, forwardAuth(o.Realm, o.ShowIssuer))
	r.NoMethod(onPath("/auth", authenticate, forwardAuth(o.Realm, o.ShowIssuer)))
	r.Match(readMethods, "/jwks", gin.WrapH(jwksendpoint.Handler(o.Keys)))
	r.Match(readMethods, "/healthz", ok)
	r.Match(readMethods, "/readyz", ready(o.Ready), ok)
	return r, nil
}

// onPath takes requests whose method gin's Any does not know, WebDAV's for example.
func onPath(path string, handlers ...gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Request.URL.Path != path {
			return
		}
		c.Writer.Header().Del("Allow")
		for _, h := range handlers {
			if h(c); c.IsAborted() {
				return
			}
		}
	}
}

func ok(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.String(http.StatusOK, "ok\n")
}

// ready refuses while check does. A wrong configuration does not get this far.
func ready(check func() error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if check == nil {
			return
		}
		if err := check(); err != nil {
			c.Header("Cache-Control", "no-store")
			c.String(http.StatusServiceUnavailable, "not ready: the authorization server cannot be asked now\n")
			c.Abort()
		}
	}
}

// recovery answers a panic with 500 and logs its type alone: the value, and the request's headers, could hold a token.
func recovery(log logrus.FieldLogger) gin.HandlerFunc {
	return gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, value any) {
		log.WithField("route", c.FullPath()).Errorf("a handler panicked with a value of type %T: this is a bug", value)
		c.Abort()
		if !c.Writer.Written() {
			rs.WriteError(c.Writer, &rs.Error{Reason: rs.ReasonUnexpected})
		}
	})
}
