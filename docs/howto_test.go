package docs_test

// The Go of the how-to guides. TestGoInMarkdownCompiles compares the two.

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
	"github.com/gin-lasuite/gin-lasuite/rs/rsslog"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

var _ = []any{mount, inCode, optional, ownUser, audience, onError, policy, ownRefusal, failureLimit, withoutGin, production, logs, rotation, ringInCode} // compiled, not run

func list(*gin.Context)   {}
func create(*gin.Context) {}
func show(*gin.Context)   {}

func mount() {
	env, err := rsenv.Read()
	if err != nil {
		log.Fatal(err)
	}
	server, err := rs.New(env.Config)
	if err != nil {
		log.Fatal(err)
	}

	router := gin.New()
	router.GET("/jwks", gin.WrapH(jwksendpoint.Handler(env)))

	api := router.Group("/api", rsgin.Authenticate(server, nil))
	api.GET("/documents", list) // any of OIDC_RS_SCOPES
	api.POST("/documents", rsgin.RequireAllScopes("documents", "documents:write"), create)
}

func inCode() {
	server, err := rs.New(rs.Config{
		Issuer:                "https://auth.example/api/v2",
		IntrospectionEndpoint: "https://auth.example/api/v2/introspection",
		ClientID:              "documents",
		ClientSecret:          "read it from a file",
		AcceptedScopes:        []string{"documents"},
	})
	for _, problem := range rs.FieldErrors(err) {
		log.Print(problem.Field, " ", problem.Problem)
	}
	_ = server
}

func optional(router *gin.Engine, server *rs.Server) {
	public := router.Group("/", rsgin.Authenticate(server, &rsgin.Options{Optional: true}))
	public.GET("/", func(c *gin.Context) {
		if p, ok := rsgin.Principal(c); ok {
			c.String(http.StatusOK, "Hello %s", p.Subject)
			return
		}
		c.String(http.StatusOK, "Hello")
	})
	public.GET("/documents", rsgin.RequireAnyScope("documents"), list) // without a token: 401
}

type user struct{ Email string }

var (
	errNoRow = errors.New("no row")
	users    interface {
		BySubject(ctx context.Context, subject string) (*user, error)
	}
)

func ownUser(router *gin.Engine, server *rs.Server) {
	findUser := func(ctx context.Context, p *rs.Principal) (*user, error) {
		u, err := users.BySubject(ctx, p.Subject)
		if errors.Is(err, errNoRow) {
			return nil, rs.ErrUnknownUser // 401 invalid_token
		}
		return u, err // any other error: 500
	}
	api := router.Group("/api", rsgin.Authenticate(server, nil), rsgin.ResolveUser(findUser))
	api.GET("/me", func(c *gin.Context) {
		u, _ := rsgin.User[*user](c)
		c.JSON(http.StatusOK, gin.H{"email": u.Email})
	})
}

func audience(api *gin.RouterGroup) {
	api.GET("/documents/:id", rsgin.RequireTokenAudience("https://documents.example"), show)
}

func onError(server *rs.Server) {
	options := &rsgin.Options{OnError: func(c *gin.Context, e *rs.Error) {
		c.Header("X-Request-Id", c.GetString("request id"))
		rs.WriteError(c.Writer, e) // status, challenge and problem document
	}}
	_ = rsgin.Authenticate(server, options)
}

func policy(api *gin.RouterGroup, inPilot map[string]bool) {
	pilotOnly := rsgin.Policy(func(_ *http.Request, p *rs.Principal) error {
		if !inPilot[p.Audience] {
			return fmt.Errorf("the calling service is not in the pilot: %w", rs.ErrForbidden) // 403
		}
		return nil
	})
	api.GET("/drafts", pilotOnly, list)
}

func roles(api *gin.RouterGroup) {
	requireRole := func(role string) gin.HandlerFunc {
		return rsgin.Policy(func(_ *http.Request, p *rs.Principal) error {
			var claims struct {
				Roles []string `json:"roles"`
			}
			if err := p.Claims(&claims); err != nil {
				return err // 500: the claim is not a list of strings
			}
			if !slices.Contains(claims.Roles, role) {
				return fmt.Errorf("the role %s is missing: %w", role, rs.ErrForbidden) // 403
			}
			return nil
		})
	}
	api.GET("/users", requireRole("admin"), list)
}

// TestRoles: the guard of the page lets in whom it should.
func TestRoles(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t)
	server, err := rs.New(as.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	router := gin.New()
	roles(router.Group("/", rsgin.Authenticate(server, nil)))
	for _, c := range []struct {
		name   string
		claims rstest.Claims
		want   int
	}{
		{"the role", rstest.Claims{"roles": []string{"editor", "admin"}}, http.StatusOK},
		{"other roles", rstest.Claims{"roles": []string{"editor"}}, http.StatusForbidden},
		{"no roles", nil, http.StatusForbidden},
		{"roles of another type", rstest.Claims{"roles": "admin"}, http.StatusInternalServerError},
	} {
		if got := rstest.Do(router, rstest.Request("GET", "/users", as.Issue(c.claims))).StatusCode; got != c.want {
			t.Errorf("%s: status %d, want %d", c.name, got, c.want)
		}
	}
}

func ownRefusal(api *gin.RouterGroup, isOwner func(p *rs.Principal, id string) bool) {
	api.DELETE("/documents/:id", func(c *gin.Context) {
		if p, _ := rsgin.Principal(c); !isOwner(p, c.Param("id")) {
			rsgin.Refuse(c, fmt.Errorf("the document is somebody else's: %w", rs.ErrForbidden)) // 403
			return
		}
		c.Status(http.StatusNoContent)
	})
}

func failureLimit(router *gin.Engine, server *rs.Server) {
	_ = router.SetTrustedProxies([]string{"10.0.0.0/8"}) // who may say where a request comes from
	limited := &rsgin.Options{Failures: &rsgin.FailureLimit{PerMinute: 30}}
	api := router.Group("/api", rsgin.Authenticate(server, limited))
	api.GET("/documents", list)
}

func withoutGin(server *rs.Server, mux *http.ServeMux) {
	mux.Handle("GET /api/documents", server.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := rs.RequireAnyScope(r.Context(), "documents"); err != nil {
			rs.WriteError(w, rs.Refused(r.Context(), err)) // told to the observer, and answered
			return
		}
		p, _ := rs.FromContext(r.Context())
		_, _ = w.Write([]byte(p.Subject))
	})))
}

func production(env *rsenv.Environment, server *rs.Server) {
	router := gin.New()
	_ = router.SetTrustedProxies(nil) // nobody may choose what c.ClientIP says
	router.Use(gin.LoggerWithConfig(gin.LoggerConfig{SkipQueryString: true}), gin.Recovery())
	router.GET("/readyz", func(c *gin.Context) {
		if err := server.Ready(); err != nil { // a new token could not be decided on now
			rs.WriteError(c.Writer, err)
			return
		}
		c.Status(http.StatusNoContent)
	})

	web := &http.Server{Addr: env.Listen, Handler: router, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(web.ListenAndServe())
}

func logs(env *rsenv.Environment) {
	logger := logrus.New()
	logger.SetFormatter(&logrus.JSONFormatter{})
	for _, warning := range env.Warnings {
		logger.Warn(warning)
	}
	cfg := env.Config
	cfg.Observer = rslogrus.New(logger)
	server, err := rs.New(cfg)

	_, _ = server, err
}

func rotation(env *rsenv.Environment) {
	if err := env.Reload(); err != nil {
		log.Print(err) // what is in use is kept
	}
}

func ringInCode() (*keys.Ring, error) {
	load := func() ([]byte, error) { return os.ReadFile("/run/secrets/rs.pem") }
	ours, err := keys.NewRing(load, "RSA-OAEP", "A256GCM", nil)

	return ours, err
}

func Example_localValidation() {
	server, err := rs.New(rs.Config{
		Issuer:          "https://auth.example",
		AccessTokenMode: rs.Local,
		TokenAudiences:  []string{"https://documents.example"},
		AcceptedScopes:  []string{"documents"},
	})
	_, _ = server, err
}

var partner, ourOwn rs.Config

// newProfileRouter is used in docs/testing_test.go.
func newProfileRouter(server *rs.Server) *gin.Engine {
	router := gin.New()
	api := router.Group("/api", rsgin.Authenticate(server, nil))

	api.GET("/profile", func(c *gin.Context) {
		info, err := server.UserInfo(c.Request)
		if err != nil {
			rsgin.Refuse(c, err)
			return
		}
		var user struct {
			Email    string `json:"email"`
			Verified bool   `json:"email_verified"`
		}
		if err := info.Claims(&user); err != nil {
			rsgin.Refuse(c, err)
			return
		}
		c.JSON(http.StatusOK, user)
	})
	return router
}

func Example_severalIssuers() {
	router := gin.New()

	issuers, err := rs.NewIssuers(rs.IssuersConfig{Issuers: []rs.Config{partner, ourOwn}})
	if err != nil {
		log.Fatal(err) // every problem of every issuer at once
	}
	api := router.Group("/api", rsgin.Authenticate(issuers, nil))
	api.GET("/documents", list)
}

func Example_issuersByHost() {
	router := gin.New()

	issuers, err := rs.NewIssuers(rs.IssuersConfig{
		Issuers: []rs.Config{partner, ourOwn},
		Choose: rs.ByHost(map[string]string{
			"docs.partner.example": partner.Issuer,
			"docs.example":         ourOwn.Issuer,
		}),
	})
	if err != nil {
		log.Fatal(err)
	}
	admin := router.Group("/admin", rsgin.Authenticate(issuers.Server(ourOwn.Issuer), nil)) // of one issuer only
	admin.GET("/documents", list)
}

func Example_issuersFromAFile() {
	file, err := rsenv.ReadFile("/etc/documents/issuers.json")
	if err != nil {
		log.Fatal(err)
	}
	for _, warning := range file.Warnings {
		log.Print(warning)
	}
	cfg := file.Config()
	cfg.Observer = rsslog.New(nil) // or nobody sees why a request was refused
	issuers, err := rs.NewIssuers(cfg)
	_, _ = issuers, err
}
