// Package service is the programs under test. Each runs in a process of its own, so that neither the garbage of one nor
// the load generator's shows in the figures of another, and says what CPU it used.
package service

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/as"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// Kind is a program under test.
type Kind string

// The programs.
const (
	Bare      Kind = "bare"      // Gin and a handler
	Ours      Kind = "ours"      // behind rsgin.Authenticate
	Principal Kind = "principal" // the same, and the handler asks for the principal
	Looking   Kind = "look-up"   // behind LookUp, which decides nothing
	ByHand    Kind = "by hand"   // behind an introspection call written by hand, without a cache
	Zitadel   Kind = "zitadel"   // behind rs.Introspect of zitadel/oidc, without a cache
	GolangJWT Kind = "golang-jwt"
	Auth0     Kind = "auth0"
	Floor     Kind = "floor" // behind what nobody can leave out for a new token
)

// Spec says what to run and against which authorization server.
type Spec struct {
	Kind    Kind
	AS      string         // its base URL; of a Floor, the endpoint
	Private *as.PrivateKey // for answers of RFC 9701; nil: plain JSON
	Signing []byte         // PEM, for those that verify access tokens themselves
	Room    int            // entries that our cache may have; 0: a million
}

// Usage is what a program has used since it began.
type Usage struct {
	CPU time.Duration
}

// hello is the first thing that a program says.
type hello struct{ Addr, Error string }

// Serve is the whole life of a program: it reads a Spec, says its address, then answers each line of in, and ends with in.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	gin.SetMode(gin.ReleaseMode)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		return errors.New("service: nothing to do")
	}
	var spec Spec
	if err := json.Unmarshal(lines.Bytes(), &spec); err != nil {
		return err
	}
	say := json.NewEncoder(out)
	addr, err := start(ctx, &spec)
	if err != nil {
		return errors.Join(err, say.Encode(hello{Error: err.Error()}))
	}
	if err := say.Encode(hello{Addr: addr}); err != nil {
		return err
	}
	for lines.Scan() {
		if err := say.Encode(Usage{CPU: stats.CPU()}); err != nil {
			return err
		}
	}
	return lines.Err()
}

// start listens.
func start(ctx context.Context, spec *Spec) (addr string, err error) {
	router := gin.New()
	middleware, err := Middleware(ctx, spec)
	if err != nil {
		return "", err
	}
	if middleware != nil {
		router.Use(middleware)
	}
	router.GET(Path, handler(spec.Kind))
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: router, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // until the process ends
	return l.Addr().String(), nil
}
