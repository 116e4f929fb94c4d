// Command documents is a Gin service with users and documents in SQLite, protected by access tokens.
//
//	go run ./documents -dev     # with an authorization server for development, users, tokens and curl lines to try
//	go run ./documents          # configured by OIDC_* variables, users in documents.db
//
// It shows what an application adds to the middleware: its own users, scopes for each route, and a rule that sees both the
// user and the document.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
	"github.com/gin-lasuite/gin-lasuite/rs/rsslog"
)

func main() {
	dev := flag.Bool("dev", false, "start an authorization server for development, and keep everything in memory")
	database := flag.String("db", "documents.db", "path of the SQLite database")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func() error { return serveFromEnvironment(ctx, *database) }
	if *dev {
		run = func() error { return serveDevelopment(ctx, os.Stdout) }
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func serveFromEnvironment(ctx context.Context, database string) error {
	env, err := rsenv.Read()
	if err != nil {
		return errors.Join(err, errors.New("or try it without any configuration: go run ./documents -dev"))
	}
	for _, warning := range env.Warnings {
		log.Print(warning)
	}
	store, err := openStore(ctx, database)
	if err != nil {
		return err
	}
	defer store.Close()
	env.Config.Observer = rsslog.New(nil)
	server, err := rs.New(env.Config)
	if err != nil {
		return err
	}
	return serve(ctx, &http.Server{Addr: env.Listen, Handler: newRouter(server, env, store)}, server)
}

// serve runs until ctx ends, then lets requests finish.
func serve(ctx context.Context, s *http.Server, server *rs.Server) error {
	s.ReadHeaderTimeout = 5 * time.Second
	stopped := make(chan error, 1)
	defer context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		stopped <- errors.Join(s.Shutdown(grace), server.Close(grace))
	})()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
