package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/service"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
)

// stopMargin is what requests under way may take after a signal, beyond a decision that waits for the authorization server. Container
// platforms kill what does not stop within 30 seconds or so.
const stopMargin = 5 * time.Second

func newServe() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run a resource server, configured by the environment",
		Long: `serve runs a resource server that is configured by environment variables alone, with the names
that django-lasuite gives its settings. It listens on OIDC_RS_LISTEN (127.0.0.1:8080), reads the
file of its private keys again on SIGHUP and stops in good order on SIGTERM.

  GET /api/whoami       who the token stands for, as JSON: sub, client_id, audience, scope, exp, claims
  ANY /auth?scope=a+b   for reverse proxies (nginx auth_request, Traefik ForwardAuth, Caddy
                        forward_auth): 200 if the token is good and has all of the scopes named,
                        with X-Auth-Subject, X-Auth-Client-Id, X-Auth-Audience and X-Auth-Scope.
                        What is not visible ASCII in their values is percent-encoded.
  GET /jwks             our public keys, for the authorization server to encrypt to
  GET /healthz          200 while the process runs
  GET /readyz           200 when a new token could be decided on, 503 otherwise

A refusal is 400, 401 or 403 with a challenge (RFC 6750); 503 means that the authorization
server gave no usable answer. Neither tokens nor URLs are logged.`,
		Example: `  OIDC_OP_URL=https://auth.example/api/v2 \
  OIDC_OP_INTROSPECTION_ENDPOINT=https://auth.example/api/v2/introspection \
  OIDC_RS_CLIENT_ID=documents OIDC_RS_CLIENT_SECRET_FILE=/run/secrets/client \
  OIDC_RS_SCOPES=documents rsctl serve`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			env, err := rsenv.Read()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), env, newLogger(env, cmd.ErrOrStderr()))
		},
	}
}

func serve(ctx context.Context, env *rsenv.Environment, logger *logrus.Logger) error {
	warn(ctx, logger, env)
	cfg := env.Config
	cfg.Observer = rslogrus.New(logger)
	server, err := rs.New(cfg)
	if err != nil {
		return err
	}
	routes, err := service.Router(service.Options{
		Server: server, Keys: env, Realm: cfg.Realm, Ready: server.Ready, Log: logger,
	})
	if err != nil {
		return err
	}
	if env.FailFast {
		if err := server.Discover(ctx); err != nil {
			return failed("OIDC_RS_FAIL_FAST: %w", errors.Join(err, closeServer(ctx, server)))
		}
	}
	listener, err := listen(ctx, env.Listen)
	if err != nil {
		return err
	}
	reloadOnHangup(ctx, env, logger)
	logger.WithField("address", listener.Addr().String()).Info("serving")
	decision := max(cfg.Timeout, cfg.Budget)
	httpServer := service.NewHTTPServer(routes, service.Limits{Decision: decision, Token: cfg.MaxTokenLength}, logger)
	defer context.AfterFunc(ctx, func() { logger.Info("stopping") })()
	err = service.Run(ctx, httpServer, listener, decision+stopMargin)
	if err := errors.Join(err, closeServer(ctx, server)); err != nil {
		return failed("serve: %w", err)
	}
	logger.Info("stopped")
	return nil
}

// closeServer ends what the server does beside requests.
func closeServer(ctx context.Context, server *rs.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopMargin)
	defer cancel()
	return server.Close(ctx)
}

// listen tells an address that cannot be right from one that cannot be had now.
func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil {
		return listener, nil
	}
	hint := "OIDC_RS_LISTEN: %w: is the port taken, or below 1024?"
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		hint = "OIDC_RS_LISTEN: %w: use an address of this machine"
	}
	return nil, failed(hint, err)
}
