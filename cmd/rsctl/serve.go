package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/service"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
)

// stopMargin is what requests under way may take after a signal, beyond a decision that waits for the authorization
// server. Container platforms kill what does not stop within 30 seconds or so.
const stopMargin = 5 * time.Second

func newServe() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run a resource server, configured by the environment",
		Long: `serve runs a resource server that is configured by environment variables alone, with the names
that django-lasuite gives its settings. It listens on OIDC_RS_LISTEN (127.0.0.1:8080), reads the
files of its keys and credentials again on SIGHUP and stops in good order on SIGTERM.

  GET /api/whoami       who the token stands for, as JSON: sub, client_id, audience, scope, exp, claims
  ANY /auth?scope=a+b   for reverse proxies (nginx auth_request, Traefik ForwardAuth, Caddy
                        forward_auth): 200 if the token is good and has all of the scopes named,
                        with X-Auth-Subject, X-Auth-Client-Id, X-Auth-Audience and X-Auth-Scope.
                        What is not visible ASCII in their values is percent-encoded. The proxy
                        removes these headers of a client first: docs/how-to/forward-auth.md.
  GET /jwks             our public keys, for the authorization server to encrypt to
  GET /healthz          200 while the process runs
  GET /readyz           200 when a new token could be decided on, 503 otherwise

Metrics for Prometheus are off. OIDC_RS_METRICS_LISTEN (127.0.0.1:9464, for example) names an
address of their own, which serves GET /metrics and nothing else, to everybody who reaches it.

A refusal is 400, 401 or 403 with a challenge (RFC 6750); 503 means that the authorization
server gave no usable answer. Neither tokens nor URLs are logged.

Tokens of several issuers are accepted if OIDC_RS_CONFIG_FILE names a JSON file with them; see
docs/how-to/several-issuers.md. Of the environment only OIDC_RS_REALM, OIDC_RS_FAIL_FAST,
OIDC_RS_LISTEN, OIDC_RS_METRICS_LISTEN, OIDC_RS_LOG_LEVEL and OIDC_RS_LOG_FORMAT count then. A
subject is unique within its issuer only, so whoami adds iss, and /auth X-Auth-Issuer. /jwks has
the keys of all, and /readyz is 200 while one of them is ready.`,
		Example: `  OIDC_OP_URL=https://auth.example/api/v2 \
  OIDC_OP_INTROSPECTION_ENDPOINT=https://auth.example/api/v2/introspection \
  OIDC_RS_CLIENT_ID=documents OIDC_RS_CLIENT_SECRET_FILE=/run/secrets/client \
  OIDC_RS_SCOPES=documents rsctl serve

  OIDC_RS_CONFIG_FILE=/etc/documents/issuers.json rsctl serve`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSite()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), s, newLogger(s.process, cmd.ErrOrStderr()))
		},
	}
}

func serve(ctx context.Context, s *site, logger *logrus.Logger) error {
	warn(ctx, logger, s)
	defer reloadOnHangup(s, logger)()
	metrics, err := newMetrics(s)
	if err != nil {
		return err
	}
	server, discover, err := s.open(metrics.with(rslogrus.New(logger)))
	if err != nil {
		return err
	}
	routes, err := service.Router(service.Options{
		Server: server, Keys: s.keys, Realm: s.process.Realm, Ready: server.Ready, Log: logger, ShowIssuer: s.file != nil,
	})
	if err != nil {
		return err
	}
	if s.process.FailFast {
		if err := discover(ctx); err != nil {
			return failure{errors.Join(err, closeServer(ctx, server))}
		}
	}
	listener, err := listen(ctx, "OIDC_RS_LISTEN", s.process.Listen)
	if err != nil {
		return err
	}
	stopMetrics, err := metrics.serve(ctx, server, logger)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	logger.WithField("address", listener.Addr().String()).Info("serving")
	limits := s.limits()
	httpServer := service.NewHTTPServer(routes, limits, logger)
	told := make(chan struct{})
	untold := context.AfterFunc(ctx, func() {
		defer close(told)
		logger.Info("stopping")
	})
	err = service.Run(ctx, httpServer, listener, limits.Decision+stopMargin)
	if !untold() {
		<-told // and not after "stopped"
	}
	stopMetrics()
	if err := errors.Join(err, closeServer(ctx, server)); err != nil {
		return failed("serve: %w", err)
	}
	logger.Info("stopped")
	return nil
}

// closeServer ends what the server does beside requests.
func closeServer(ctx context.Context, server authority) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopMargin)
	defer cancel()
	return server.Close(ctx)
}

// listen tells an address that cannot be right from one that cannot be had now.
func listen(ctx context.Context, variable, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil {
		return listener, nil
	}
	hint := "is the port taken, or below 1024?"
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		hint = "use an address of this machine"
	}
	return nil, failed("%s: %w: %s", variable, err, hint)
}
