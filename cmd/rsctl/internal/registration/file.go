package registration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// Example is a registry as a file. The names of a client's members are those of RFC 7591 section 2, RFC 9701 section 6 and, for
// UserInfo, OpenID Connect Dynamic Client Registration section 2.
const Example = `{
  "clients": [
    {"client_id": "documents", "client_secret": "secret-1", "scope": "documents documents:write"},
    {"client_id": "drive", "client_secret": "secret-2", "scope": "files",
     "introspection_signed_response_alg": "ES256",
     "introspection_encrypted_response_alg": "RSA-OAEP",
     "introspection_encrypted_response_enc": "A256GCM",
     "jwks_uri": "http://127.0.0.1:8080/jwks"}
  ],
  "users": [
    {"sub": "alice", "username": "Alice Martin", "claims": {"email": "alice@example.org"}}
  ]
}
`

// Registry is whom the authorization server knows.
type Registry struct {
	Clients []Client
	Users   []User

	// UserInfo is what that endpoint says of users, by subject; nil: what it says of those of [Users].
	UserInfo map[string]devas.Claims
}

// Devas is the clients as the authorization server takes them.
func (r Registry) Devas() []devas.Client {
	all := make([]devas.Client, len(r.Clients))
	for i, c := range r.Clients {
		all[i] = c.Client
	}
	return all
}

// Client is a resource server with the scopes that its tokens have, separated by spaces.
type Client struct {
	devas.Client

	Scope string
}

// User is somebody whom tokens can stand for.
type User struct {
	Subject  string         `json:"sub"`
	Username string         `json:"username"` // for humans to read (RFC 7662 section 2.2)
	Claims   map[string]any `json:"claims"`   // further members of the introspection response, and of UserInfo
}

// info is what UserInfo says of the user: the claims, and the username as the name if they have none.
func (u User) info() devas.Claims {
	all := devas.Claims{}
	if u.Username != "" {
		all["name"] = u.Username
	}
	maps.Copy(all, u.Claims)
	return all
}

// Users is who is there when no file says otherwise.
func Users() []User {
	return []User{{Subject: "alice", Username: "Alice Martin"}, {Subject: "bob", Username: "Bob Durand"}, {Subject: "carol", Username: "Carol Petit"}}
}

// reserved members of an introspection response are said of a token, and not of a user.
var reserved = []string{"active", "iss", "sub", "username", "client_id", "scope", "token_type", "aud", "iat", "nbf", "exp", "jti", "cnf"}

// fileClient is a client as it stands in the file.
type fileClient struct {
	ID            string          `json:"client_id"`
	Secret        string          `json:"client_secret"`
	Scope         string          `json:"scope"`
	SigningAlg    string          `json:"introspection_signed_response_alg"`
	EncryptionAlg string          `json:"introspection_encrypted_response_alg"`
	EncryptionEnc string          `json:"introspection_encrypted_response_enc"`
	UserInfoAlg   string          `json:"userinfo_signed_response_alg"`
	UserInfoJWE   string          `json:"userinfo_encrypted_response_alg"`
	UserInfoEnc   string          `json:"userinfo_encrypted_response_enc"`
	JWKSURI       string          `json:"jwks_uri"`
	JWKS          json.RawMessage `json:"jwks"`
}

func (c fileClient) client() Client {
	enc := c.EncryptionEnc
	if enc == "" && c.EncryptionAlg != "" {
		enc = "A256GCM"
	}
	return Client{Scope: strings.Join(strings.Fields(c.Scope), " "), Client: devas.Client{
		ID: c.ID, Secret: rs.Secret(c.Secret), SigningAlg: c.SigningAlg, EncryptionAlg: c.EncryptionAlg, EncryptionEnc: enc,
		UserInfoSigningAlg: c.UserInfoAlg, UserInfoEncryptionAlg: c.UserInfoJWE, UserInfoEncryptionEnc: c.UserInfoEnc,
		JWKSURI: c.JWKSURI, JWKS: c.JWKS,
	}}
}

// ReadFile reads a registry like [Example]. Without users there are those of [Users]. The error joins every problem.
func ReadFile(path string) (Registry, error) {
	text, err := os.ReadFile(path) //nolint:gosec // G304: the file that was named
	if err != nil {
		return Registry{}, fmt.Errorf("--clients: %w", err)
	}
	var file struct {
		Clients []fileClient `json:"clients"`
		Users   []User       `json:"users"`
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return Registry{}, fmt.Errorf("--clients %s, line %d: %w", path, lineOf(text, dec, err), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Registry{}, fmt.Errorf("--clients %s: something stands behind the object: write one JSON object", path)
	}
	var r Registry
	for _, c := range file.Clients {
		r.Clients = append(r.Clients, c.client())
	}
	if r.Users = file.Users; len(r.Users) == 0 {
		r.Users = Users()
	} else {
		r.UserInfo = map[string]devas.Claims{}
		for _, u := range r.Users {
			r.UserInfo[u.Subject] = u.info()
		}
	}
	if err := r.validate(); err != nil {
		return Registry{}, fmt.Errorf("--clients %s: %w", path, err)
	}
	return r, nil
}

// lineOf is where the decoder stopped.
func lineOf(text []byte, dec *json.Decoder, err error) int {
	offset := dec.InputOffset()
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}

// validate finds what the authorization server itself would not: it judges algorithms and keys.
func (r Registry) validate() error {
	var problems []string
	add := func(bad bool, format string, args ...any) {
		if bad {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	add(len(r.Clients) == 0, `there is no client: list one in "clients"`)
	ids, subjects := map[string]bool{}, map[string]bool{}
	for i, c := range r.Clients {
		add(c.ID == "", "client %d has no client_id", i+1)
		add(c.Secret == "", "client %d has no client_secret", i+1)
		add(c.ID != "" && ids[c.ID], "client %q is there twice", c.ID)
		ids[c.ID] = true
	}
	for i, u := range r.Users {
		add(u.Subject == "", "user %d has no sub", i+1)
		add(u.Subject != "" && subjects[u.Subject], "user %q is there twice", u.Subject)
		subjects[u.Subject] = true
		for _, name := range reserved {
			_, found := u.Claims[name]
			add(found, "the claims of user %q name %s, which is said of a token", u.Subject, name)
		}
	}
	slices.Sort(problems)
	if len(problems) == 0 {
		return nil
	}
	return errors.New(strings.Join(problems, "; "))
}
