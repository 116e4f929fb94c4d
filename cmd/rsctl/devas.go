package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/devpage"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/registration"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/service"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// devASFlags are the flags of dev-as.
type devASFlags struct {
	listen      string
	allowRemote bool
	issuer      string
	service     string
	tokens      []string
	clients     registration.Flags
}

func newDevAS() *cobra.Command {
	var f devASFlags
	cmd := &cobra.Command{
		Use:   "dev-as",
		Short: "Run a development authorization server, which gives tokens to anybody",
		Long: `dev-as runs an authorization server for development, on a loopback address. It gives tokens to
anybody on this machine, introspects them (RFC 7662, RFC 9701), says whose they are (UserInfo,
OpenID Connect Core section 5.3), revokes them (RFC 7009) and publishes its keys and metadata.
Everything is in memory and gone when it stops. It is NOT for production.

Open its address in a browser: a page mints tokens for its users, with a curl line to copy, shows
live which requests arrive and why they are answered as they are, revokes, rotates keys and
lets answers go wrong. Page and tokens are for this machine only, whatever --listen says.

At the start it prints the environment of a resource server that uses it. Each introspection, and
each request for UserInfo, is a line in the log, in which a token is named by the first digits of
its SHA-256.

Tokens are made with POST /dev/tokens, from this machine only. The form has these parameters,
all optional; an empty value leaves the member out of the introspection response and of a JWT:

  sub          the user (alice)
  scope        space-separated (openid)
  client_id    the client that got the token (service-provider)
  username     for humans to read
  aud          for whom the token is meant; may be repeated
  expires_in   lifetime in seconds (3600)
  form         opaque, or jwt for a JWT (RFC 9068), which has a jti and an aud (the first client)

What a resource server needs to judge those JWTs by the keys alone is printed at the start too.

With --format jwt or jwt-signed the answers are JWTs (RFC 9701). For jwt, --jwks-uri or --jwks
says where the public key of the resource server is: its /jwks, or the output of "rsctl jwks" in
a file.

With --clients the clients and users are those of a JSON file, with the names of client metadata
(RFC 7591, RFC 9701), for example:

` + registration.Example + `
UserInfo says the claims of a user in that file, and the username as the name, to tokens with
openid and a scope for the claim: profile, email, address, phone, or one of its own name. Its
answers are plain JSON, unless the client that got the token (client_id) is in the file and has a
userinfo_signed_response_alg, and perhaps a userinfo_encrypted_response_alg and _enc.`,
		Example: `  rsctl dev-as --token 'sub=alice&scope=documents'
  curl -d sub=bob -d 'scope=openid email documents' -d expires_in=60 http://127.0.0.1:9000/dev/tokens
  curl -d form=jwt -d aud=documents -d scope=documents http://127.0.0.1:9000/dev/tokens
  rsctl dev-as --clients clients.json --service http://127.0.0.1:8080/api/documents
  rsctl dev-as --client documents:secret --format jwt --jwks-uri http://127.0.0.1:8080/jwks`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return devAS(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:9000", "address to listen on; port 0 takes any free port")
	flags.BoolVar(&f.allowRemote, "insecure-allow-remote", false, "allow --listen with an address that other machines can reach")
	flags.StringVar(&f.issuer, "issuer", "", "issuer identifier (default: http:// and the address)")
	flags.StringVar(&f.service, "service", "http://127.0.0.1:8080/api/whoami", "URL that the page's curl line opens with a token")
	flags.StringVar(&f.clients.File, "clients", "", "JSON file with clients and users")
	flags.StringArrayVar(&f.clients.Clients, "client", nil, "client as id:secret; may be repeated (default: documents, with a new secret)")
	flags.StringVar(&f.clients.Scope, "scope", "", "what the service asks for: of its OIDC_RS_SCOPES, and of the page's tokens (default: documents)")
	flags.StringVar(&f.clients.Format, "format", "json", "form of the answers: json, jwt-signed or jwt")
	flags.StringVar(&f.clients.SigningAlg, "signing-alg", "ES256", "JWS algorithm of the answers")
	flags.StringVar(&f.clients.EncryptionAlg, "encryption-alg", "RSA-OAEP", "JWE algorithm: RSA-OAEP, RSA-OAEP-256 or ECDH-ES")
	flags.StringVar(&f.clients.EncryptionEnc, "encryption-enc", "A256GCM", "JWE content encryption")
	flags.StringVar(&f.clients.JWKSURI, "jwks-uri", "", "URL of the resource server's public keys")
	flags.StringVar(&f.clients.JWKSFile, "jwks", "", "file with the resource server's public keys")
	flags.StringArrayVar(&f.tokens, "token", nil, "make a token at the start, for example 'sub=alice&scope=documents'; may be repeated")
	return cmd
}

func devAS(cmd *cobra.Command, f devASFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	registry, err := f.clients.Registry()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(cmd.Context(), "tcp", f.listen)
	if err != nil {
		return failed("--listen: %w: is the port taken?", err)
	}
	defer listener.Close() // where it comes to nothing; else it is closed by then
	local, issuer := addresses(listener, f.issuer)
	logger, feed := plainLogger(cmd.ErrOrStderr()), devpage.NewFeed(time.Now)
	as, err := devas.New(devas.Config{
		Issuer: issuer, Clients: registry.Devas(), Users: registry.UserInfo, ScopedUserInfo: true,
		SigningAlg: registration.TokenAlg, Audience: registry.Clients[0].ID,
		OnExchange: func(e devas.Exchange) { feed.Note(e); logExchange(logger, e) },
		OnUserInfo: func(e devas.Exchange) { feed.NoteUserInfo(e); logUserInfo(logger, e) },
	})
	if err != nil {
		return err
	}
	book := devpage.NewBook(as, registry.Users, time.Now)
	feed.Explain(book)
	tokens, err := firstTokens(book, f.tokens)
	if err != nil {
		return err
	}
	if err := introduceAS(show.New(cmd.OutOrStdout()), book, tokens, registry.Clients, local); err != nil {
		return err
	}
	page := devpage.New(devpage.Config{Book: book, Feed: feed, Clients: registry.Clients, Users: registry.Users, Service: f.service, Now: time.Now})
	return serveAS(cmd.Context(), book, page, listener, logger)
}

// check looks at the addresses.
func (f devASFlags) check() error {
	host, _, err := net.SplitHostPort(f.listen)
	switch {
	case err != nil:
		return errors.New("--listen is no address: write host:port, for example 127.0.0.1:9000")
	case !mint.IsLoopback(host) && f.issuer == "" && f.allowRemote:
		return fmt.Errorf("--issuer is missing: name the URL by which other machines reach --listen %s, for example http://auth.internal:9000", f.listen)
	case !mint.IsLoopback(host) && !f.allowRemote:
		return fmt.Errorf("--listen %s can be reached from other machines: use 127.0.0.1, or add --insecure-allow-remote on a network that you trust", f.listen)
	}
	if u, err := url.Parse(f.service); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("--service is no URL: write it like http://127.0.0.1:8080/api/documents")
	}
	return nil
}

func serveAS(ctx context.Context, as *devpage.Book, page http.Handler, listener net.Listener, logger *logrus.Logger) error {
	mux := http.NewServeMux()
	mux.Handle("/", as)
	mux.Handle("/{$}", page)
	mux.Handle(devpage.Prefix, page)
	mux.Handle(mint.Path, mint.Handler(as, time.Now))
	server := service.NewHTTPServer(mux, service.Limits{}, logger)
	if err := service.Run(ctx, server, listener, time.Second); err != nil {
		return failed("dev-as: %w", err)
	}
	return nil
}

// addresses are the server's URL on this machine, and the issuer identifier: the same, if no other is given.
func addresses(l net.Listener, issuer string) (local, _ string) {
	host, port, _ := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	local = "http://" + net.JoinHostPort(host, port)
	return local, cmp.Or(issuer, local)
}
