// Package registration turns flags into clients of the development authorization server, and clients into the environment
// of the resource server that each of them is.
package registration

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/dotenv"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// Scope is the one in the examples.
const Scope = "documents"

// Flags describe clients that all get the same form of answers.
type Flags struct {
	File    string   // a registry; then there are no Clients
	Clients []string // each id:secret; none: one with a new secret
	Scope   string   // what they ask for; empty: Scope
	Format  string   // json, jwt-signed or jwt

	SigningAlg    string
	EncryptionAlg string
	EncryptionEnc string
	JWKSURI       string // where the public keys of the clients are, for jwt: here
	JWKSFile      string // or in this file
}

// Registry is the file, or the clients of the flags with the users of [Users]. The error joins every problem.
func (f Flags) Registry() (Registry, error) {
	if f.File != "" {
		if len(f.Clients) > 0 {
			return Registry{}, errors.New("--clients and --client exclude each other: write all clients into the file")
		}
		if f.Scope != "" {
			return Registry{}, errors.New(`--clients and --scope exclude each other: write "scope" into the file`)
		}
		return ReadFile(f.File)
	}
	clients, err := f.Read()
	r := Registry{Users: Users()}
	for _, c := range clients {
		r.Clients = append(r.Clients, Client{c, cmp.Or(f.Scope, Scope)})
	}
	return r, err
}

// Read makes the clients that the flags describe. The error joins every problem.
func (f Flags) Read() ([]devas.Client, error) {
	base, err := f.base()
	problems := []error{err}
	named := f.Clients
	if len(named) == 0 {
		named = []string{"documents:" + rand.Text()}
	}
	clients := make([]devas.Client, 0, len(named))
	seen := make(map[string]bool)
	for _, each := range named {
		c := base
		id, secret, _ := strings.Cut(each, ":")
		switch c.ID, c.Secret = id, rs.Secret(secret); {
		case id == "" || secret == "":
			problems = append(problems, errors.New("--client is not id:secret: write it like documents:my-secret"))
		case seen[id]:
			problems = append(problems, fmt.Errorf("--client %s is there twice: name each client once", id))
		}
		seen[id] = true
		clients = append(clients, c)
	}
	return clients, errors.Join(problems...)
}

// base is a client without a name.
func (f Flags) base() (c devas.Client, err error) {
	switch f.Format {
	case "json":
		return c, nil
	case "jwt-signed":
		c.SigningAlg = f.SigningAlg
		return c, nil
	case "jwt":
	default:
		return c, fmt.Errorf("--format %q does not exist: use json, jwt-signed or jwt", f.Format)
	}
	c.SigningAlg, c.EncryptionAlg, c.EncryptionEnc, c.JWKSURI = f.SigningAlg, f.EncryptionAlg, f.EncryptionEnc, f.JWKSURI
	if (f.JWKSURI == "") == (f.JWKSFile == "") {
		return c, errors.New("--format jwt needs the public key of the resource server: add either --jwks-uri with the URL of its /jwks, or --jwks with a file")
	}
	if f.JWKSFile != "" {
		if c.JWKS, err = os.ReadFile(f.JWKSFile); err != nil {
			return c, fmt.Errorf("--jwks: %w", err)
		}
	}
	return c, nil
}

// Environment is the lines for the environment of the resource server that is the client c of as.
func Environment(as *devas.Server, c Client) []string {
	lines := []string{
		dotenv.Line("OIDC_OP_URL", as.Issuer()),
		dotenv.Line("OIDC_OP_INTROSPECTION_ENDPOINT", as.IntrospectionEndpoint()),
		dotenv.Line("OIDC_OP_JWKS_ENDPOINT", as.JWKSEndpoint()),
		dotenv.Line("OIDC_OP_USER_ENDPOINT", as.UserInfoEndpoint()),
		dotenv.Line("OIDC_RS_CLIENT_ID", c.ID),
		dotenv.Line("OIDC_RS_CLIENT_SECRET", string(c.Secret)),
		dotenv.Line("OIDC_RS_SCOPES", strings.ReplaceAll(cmp.Or(c.Scope, Scope), " ", ",")),
		dotenv.Line("OIDC_RS_BACKEND_CLASS", c.Format()),
	}
	if c.SigningAlg != "" {
		lines = append(lines, dotenv.Line("OIDC_RS_SIGNING_ALGO", c.SigningAlg))
	}
	if c.EncryptionAlg != "" {
		lines = append(lines,
			dotenv.Line("OIDC_RS_ENCRYPTION_ALGO", c.EncryptionAlg), dotenv.Line("OIDC_RS_ENCRYPTION_ENCODING", c.EncryptionEnc))
	}
	return lines
}

// TokenAlg is the JWS algorithm of access tokens that are JWTs.
const TokenAlg = "ES256"

// Local is what is added to the environment of c if it judges such tokens by the keys of the authorization server alone
// (RFC 9068), in one line.
func Local(c Client) string {
	return strings.Join([]string{
		dotenv.Line("OIDC_RS_ACCESS_TOKEN_MODE", rs.Local.String()),
		dotenv.Line("OIDC_RS_ACCESS_TOKEN_ALGO", TokenAlg),
		dotenv.Line("OIDC_RS_TOKEN_AUDIENCES", c.ID),
	}, " ")
}

// Format is the form of its answers, as OIDC_RS_BACKEND_CLASS names it: json, jwt-signed or jwt.
func (c Client) Format() string {
	switch {
	case c.SigningAlg == "":
		return "json"
	case c.EncryptionAlg == "":
		return "jwt-signed"
	}
	return "jwt"
}
