package service

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	jwtmiddleware "github.com/auth0/go-jwt-middleware/v2"
	"github.com/auth0/go-jwt-middleware/v2/validator"
	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"
	zitadel "github.com/zitadel/oidc/v3/pkg/client/rs"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/as"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// Path is the one route of every service.
const Path = "/api/documents"

// Audience of the tokens for those that verify them themselves.
const Audience = "documents"

// Handler is what is protected: the least that answers something.
func Handler(c *gin.Context) { c.String(http.StatusOK, "ok") }

func handler(kind Kind) gin.HandlerFunc {
	if kind != Principal {
		return Handler
	}
	return func(c *gin.Context) {
		p, ok := rsgin.Principal(c)
		if !ok || p.Subject == "" {
			c.Status(http.StatusInternalServerError)
			return
		}
		c.String(http.StatusOK, "ok")
	}
}

// Middleware is what stands before the handler; nil for nothing.
func Middleware(ctx context.Context, spec *Spec) (gin.HandlerFunc, error) {
	switch spec.Kind {
	case Bare:
		return nil, nil
	case Ours, Principal:
		return ours(spec)
	case Looking:
		return LookUp(), nil
	case Floor:
		return parts(spec)
	case ByHand:
		return byHand(spec.AS), nil
	case Zitadel:
		return withZitadel(ctx, spec.AS)
	case GolangJWT, Auth0:
		key, err := publicKey(spec.Signing)
		if err != nil {
			return nil, err
		}
		if spec.Kind == Auth0 {
			return withAuth0(key)
		}
		return withGolangJWT(key), nil
	}
	return nil, fmt.Errorf("service: no middleware for %q", spec.Kind)
}

func ours(spec *Spec) (gin.HandlerFunc, error) {
	var encryption *as.Encryption
	if spec.Private != nil {
		k, err := as.NewKeys(spec.Signing, *spec.Private)
		if err != nil {
			return nil, err
		}
		encryption = k.Encryptions[0]
	}
	cfg := as.Config(spec.AS, encryption)
	cfg.CacheSize = cmp.Or(spec.Room, cfg.CacheSize)
	server, err := rs.New(cfg)
	if err != nil {
		return nil, err
	}
	return rsgin.Authenticate(server, nil), nil
}

// client is an HTTP client as a careful developer sets one up: a timeout, and enough idle connections.
func client() *http.Client {
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
}

// introspectionRequest is RFC 7662 section 2.1.
func introspectionRequest(ctx context.Context, endpoint, token string) (*http.Request, error) {
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.SetBasicAuth(as.ClientID, as.Secret)
	return req, nil
}

// byHand is what one writes in ten minutes: a call for every request, the answer into a struct, three checks.
func byHand(base string) gin.HandlerFunc {
	c := client()
	return func(gc *gin.Context) {
		token, ok := strings.CutPrefix(gc.GetHeader("Authorization"), "Bearer ")
		if !ok {
			gc.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		req, err := introspectionRequest(gc.Request.Context(), base+"/json", token)
		if err != nil {
			gc.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		resp, err := c.Do(req)
		if err != nil {
			gc.AbortWithStatus(http.StatusServiceUnavailable)
			return
		}
		defer resp.Body.Close()
		var answer struct {
			Active   bool   `json:"active"`
			Subject  string `json:"sub"`
			ClientID string `json:"client_id"`
			Scope    string `json:"scope"`
			Expiry   int64  `json:"exp"`
		}
		err = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer)
		if err != nil || resp.StatusCode != http.StatusOK || !answer.Active || !hasScope(answer.Scope) {
			gc.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		gc.Set("subject", answer.Subject)
	}
}

func hasScope(scope string) bool { return slices.Contains(strings.Fields(scope), as.Scope) }

func withZitadel(ctx context.Context, base string) (gin.HandlerFunc, error) {
	server, err := zitadel.NewResourceServerClientCredentials(ctx, as.Issuer, as.ClientID, as.Secret,
		zitadel.WithStaticEndpoints(base+"/token", base+"/json"), zitadel.WithClient(client()))
	if err != nil {
		return nil, err
	}
	return func(gc *gin.Context) {
		token, _ := strings.CutPrefix(gc.GetHeader("Authorization"), oidc.PrefixBearer)
		answer, err := zitadel.Introspect[*oidc.IntrospectionResponse](gc.Request.Context(), server, token)
		if err != nil || !answer.Active || !slices.Contains(answer.Scope, as.Scope) {
			gc.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		gc.Set("subject", answer.Subject)
	}, nil
}

// withGolangJWT verifies an access token that is a JWT: no introspection, so no revocation either.
func withGolangJWT(key *ecdsa.PublicKey) gin.HandlerFunc {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer(as.Issuer), jwt.WithAudience(Audience), jwt.WithExpirationRequired())
	return func(gc *gin.Context) {
		token, _ := strings.CutPrefix(gc.GetHeader("Authorization"), "Bearer ")
		var claims struct {
			jwt.RegisteredClaims

			Scope string `json:"scope"`
		}
		_, err := parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return key, nil })
		if err != nil || !hasScope(claims.Scope) {
			gc.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		gc.Set("subject", claims.Subject)
	}
}

// withAuth0 is go-jwt-middleware before Gin's handler; of the token it checks the signature and the registered claims.
func withAuth0(key *ecdsa.PublicKey) (gin.HandlerFunc, error) {
	v, err := validator.New(func(context.Context) (any, error) { return key, nil }, validator.ES256, as.Issuer, []string{Audience})
	if err != nil {
		return nil, err
	}
	check := jwtmiddleware.New(v.ValidateToken).CheckJWT
	return func(gc *gin.Context) {
		passed := false
		check(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed, gc.Request = true, r
		})).ServeHTTP(gc.Writer, gc.Request)
		if !passed {
			gc.Abort()
		}
	}, nil
}

func publicKey(signing []byte) (*ecdsa.PublicKey, error) {
	private, err := privateKey(signing)
	if err != nil {
		return nil, err
	}
	key, ok := private.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("service: the signing key is a %T", private)
	}
	return &key.PublicKey, nil
}
