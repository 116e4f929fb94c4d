package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

const (
	clientID = "documents"
	cacheTTL = 30 * time.Second
	patience = time.Minute // for each answer, on a machine that is busy: nothing hangs in this story
	keyAlg   = "RSA-OAEP"
	keyEnc   = "A256GCM"
)

// world is the two servers of the demonstration, each on a loopback port of its own.
type world struct {
	clock    clock
	as       *devas.Server
	rs       *rs.Server
	asURL    string // also the issuer
	api      string
	secret   string
	observer lastVerdict

	servers []*http.Server
	running sync.WaitGroup
}

// newWorld starts both servers. Each needs to know where the other one is, so both listen before either is configured.
func newWorld(ctx context.Context) (w *world, err error) {
	w = &world{secret: rand.Text()}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	asListener, asErr := listen(ctx)
	apiListener, apiErr := listen(ctx)
	if err := errors.Join(asErr, apiErr); err != nil {
		return w, fmt.Errorf("no loopback port: %w", err)
	}
	w.asURL, w.api = "http://"+asListener.Addr().String(), "http://"+apiListener.Addr().String()
	authServer, err := w.authServer()
	if err != nil {
		return w, err
	}
	service, err := w.service()
	if err != nil {
		return w, err
	}
	w.serve(asListener, authServer)
	w.serve(apiListener, service)
	return w, nil
}

func listen(ctx context.Context) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
}

func (w *world) serve(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	w.servers = append(w.servers, server)
	w.running.Go(func() { _ = server.Serve(l) }) // ends by Close
}

// Close ends both servers, and requests under way.
func (w *world) Close() {
	if w.rs != nil {
		_ = w.rs.Close(context.Background()) // what it waits for is bounded by its own timeout
	}
	for _, s := range w.servers {
		_ = s.Close()
	}
	w.running.Wait()
}

// authServer knows one client: our service, which wants its answers signed and encrypted.
func (w *world) authServer() (http.Handler, error) {
	as, err := devas.New(devas.Config{
		Issuer: w.asURL,
		Clients: []devas.Client{{
			ID: clientID, Secret: rs.Secret(w.secret),
			SigningAlg: "ES256", EncryptionAlg: keyAlg, EncryptionEnc: keyEnc, JWKSURI: w.api + "/jwks",
		}},
		Now: w.clock.Now,
	})
	if err != nil {
		return nil, err
	}
	w.as = as
	mux := http.NewServeMux()
	mux.Handle("/", as)
	mux.Handle(mint.Path, mint.Handler(as, w.clock.Now))
	return mux, nil
}

// service is what a user of this project writes: a Gin program whose routes need a token.
func (w *world) service() (http.Handler, error) {
	pem, err := keys.Generate("RSA")
	if err != nil {
		return nil, err
	}
	ourKeys, err := keys.Parse(pem, keyAlg, keyEnc)
	if err != nil {
		return nil, err
	}
	server, err := rs.New(rs.Config{
		Issuer:                w.as.Issuer(),
		IntrospectionEndpoint: w.as.IntrospectionEndpoint(),
		JWKSEndpoint:          w.as.JWKSEndpoint(),
		ClientID:              clientID,
		ClientSecret:          rs.Secret(w.secret),
		AcceptedScopes:        []string{"documents"},
		Format:                rs.JWT,
		Decrypter:             ourKeys,
		CacheTTL:              cacheTTL,
		Timeout:               patience,
		Realm:                 "demo",
		Observer:              &w.observer,
		Now:                   w.clock.Now,
	})
	if err != nil {
		return nil, err
	}
	w.rs = server
	return router(server, ourKeys), nil
}

func router(server *rs.Server, ourKeys *keys.Set) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.GET("/jwks", gin.WrapH(jwksendpoint.Handler(ourKeys)))
	api := r.Group("/api", rsgin.Authenticate(server, nil))
	api.GET("/documents", func(c *gin.Context) {
		p, _ := rsgin.Principal(c)
		c.JSON(http.StatusOK, gin.H{"reader": p.Subject, "documents": []string{"minutes", "budget"}})
	})
	api.DELETE("/documents/:name", rsgin.RequireAnyScope("documents.write"), func(c *gin.Context) {
		c.Status(http.StatusNoContent)
	})
	return r
}

// lastVerdict is an rs.Observer that remembers the last decision: what the operator's log would say about it.
type lastVerdict struct {
	mu sync.Mutex
	ev rs.Event
}

func (o *lastVerdict) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }

func (o *lastVerdict) End(_ context.Context, ev rs.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ev.Op == rs.OpAuthenticate {
		o.ev = ev
	}
}

// Take is the last decision, and forgets it.
func (o *lastVerdict) Take() rs.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	ev := o.ev
	o.ev = rs.Event{}
	return ev
}
