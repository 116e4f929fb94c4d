package forwardauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// behindNginx is a Gin service that believes nginx, and nginx before it.
func behindNginx(t *testing.T) (as *rstest.Server, url string) {
	t.Helper()
	gin.SetMode(gin.TestMode)
	as = rstest.NewServer(t)
	cfg := as.Config()
	cfg.AcceptedScopes, cfg.Realm, cfg.Timeout = []string{"documents"}, "documents", time.Minute
	server, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	router := gin.New()
	if err := router.SetTrustedProxies([]string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	api := router.Group("/api", rsgin.Authenticate(server, nil))
	api.GET("/seen", func(c *gin.Context) {
		c.Header("Seen-Source", c.ClientIP())
		c.Header("Seen-Host", c.Request.Host)
		c.Header("Seen-Path", c.Request.URL.EscapedPath())
	})
	api.GET("/write", rsgin.RequireAllScopes("documents:write"))
	service := httptest.NewServer(router)
	t.Cleanup(service.Close)
	return as, runNginx(t, "proxy.conf", map[string]string{"127.0.0.1:8080": service.Listener.Addr().String()})
}

// TestProxy: what docs/how-to/behind-a-proxy.md says of proxy.conf.
func TestProxy(t *testing.T) {
	as, url := behindNginx(t)
	bearer := func(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

	header := bearer(as.Issue(rstest.Claims{"scope": "documents"}))
	header.Set("X-Forwarded-For", "203.0.113.9")
	header.Set("X-Real-IP", "203.0.113.9")
	seen := ask(t, "GET", url+"/api/seen", header)
	for name, want := range map[string]string{"Seen-Source": "127.0.0.1", "Seen-Host": "127.0.0.1", "Seen-Path": "/api/seen"} {
		if got := seen.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}

	rstest.CheckRefusal(t, ask(t, "GET", url+"/api/seen", nil), rs.ErrMissingToken)
	rstest.CheckRefusal(t, ask(t, "GET", url+"/api/seen", bearer("made-up")), rs.ErrInvalidToken)
	rstest.CheckRefusal(t, ask(t, "GET", url+"/api/write", header), rs.ErrInsufficientScope)
	rstest.CheckRefusal(t, ask(t, "GET", url+"/api/seen", bearer(strings.Repeat("a", 8<<10))), rs.ErrInvalidToken) // nginx lets it through
	as.Fail(503)
	rstest.CheckRefusal(t, ask(t, "GET", url+"/api/seen", bearer("new")), rs.ErrUnavailable)
}
