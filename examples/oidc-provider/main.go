// Command oidc-provider starts a real authorization server and a Gin service that trusts it, on loopback, and prints
// what to try. README.md tells more.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/service"
	"github.com/gin-lasuite/gin-lasuite/keys"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	version := flag.String("version", "9", "major version of oidc-provider: 9, or 7 as ProConnect")
	client := flag.String("client", "rs-jwt", "registration of our service: rs-jwt, rs-ecdh, rs-signed or rs-json")
	dir := flag.String("dir", defaultDir(), "directory of server.mjs")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *version, *client, *dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// defaultDir makes both `go run ./oidc-provider` and `go run .` work.
func defaultDir() string {
	const dir = "oidc-provider"
	if _, err := os.Stat(filepath.Join(dir, "server.mjs")); err == nil {
		return dir
	}
	return "."
}

func run(ctx context.Context, out io.Writer, version, client, dir string) error {
	i := slices.IndexFunc(service.Modes, func(m service.Mode) bool { return m.Client == client })
	if i < 0 {
		return fmt.Errorf("-client: %q is no resource server of README.md", client)
	}
	mode := service.Modes[i]
	if err := authserver.FindNode(ctx); err != nil {
		return err
	}
	if err := authserver.Install(ctx, dir); err != nil {
		return err
	}

	// The authorization server wants to know where our keys are, and our service who the authorization server is:
	// so first comes our port, then the authorization server, then our service.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	base := "http://" + listener.Addr().String()
	as, err := authserver.Start(ctx, authserver.Options{
		Dir: dir, Version: version, JWKSURIs: map[string]string{mode.Client: base + "/jwks"},
	})
	if err != nil {
		return err
	}
	defer as.Stop()
	handler, err := newService(mode, as)
	if err != nil {
		return err
	}
	explain(out, mode, as, base)
	return serve(ctx, listener, handler)
}

// newService makes our private key, if the mode takes one, and the service that uses it.
func newService(mode service.Mode, as *authserver.Server) (http.Handler, error) {
	cfg := mode.Config(as)
	if mode.EncryptionAlg == "" {
		return service.Handler(cfg, nil)
	}
	pem, err := keys.Generate(mode.KeyType) // a real service reads it from a secret store
	if err != nil {
		return nil, err
	}
	set, err := keys.Parse(pem, mode.EncryptionAlg, service.EncryptionEnc)
	if err != nil {
		return nil, err
	}
	cfg.Decrypter = set
	return service.Handler(cfg, set)
}

func explain(out io.Writer, mode service.Mode, as *authserver.Server, base string) {
	fmt.Fprintf(out, `authorization server: oidc-provider %[1]s, issuer %[2]s
our service:          %[3]s, registered as %[4]s

Get a token, then use it:
  mint() { curl -s %[5]s/mint -d "$1" | sed 's/.*"token":"\([^"]*\)".*/\1/'; }
  T=$(mint '{"sub":"alice","scope":"openid groups"}')
  curl -si -H "Authorization: Bearer $T" %[3]s/api/whoami        # 200
  curl -si -H "Authorization: Bearer $T" %[3]s/api/teams         # 403: lacks the scope teams
  curl -si -H "Authorization: Bearer nonsense" %[3]s/api/whoami  # 401
  T=$(mint '{"kind":"refresh","sub":"alice","scope":"groups"}')
  curl -si -H "Authorization: Bearer $T" %[3]s/api/whoami        # 401: a refresh token is no access token

Watch the authorization server change its signing key, and what it was asked:
  curl -s %[5]s/rotate-keys -d '{"overlap":true}'
  curl -s %[5]s/log

Ctrl-C stops both.
`, as.Version, as.Issuer, base, mode.Client, as.Control)
}

// serve answers requests until ctx ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return server.Shutdown(grace)
	}
}
