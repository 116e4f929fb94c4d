package registration_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/registration"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// written is a file with that text.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clients.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExampleIsGood(t *testing.T) {
	t.Parallel()
	r, err := registration.Flags{File: written(t, registration.Example)}.Registry()
	if err != nil {
		t.Fatal(err)
	}
	as, err := devas.New(devas.Config{Issuer: "http://127.0.0.1:9000", Clients: r.Devas()})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Users) != 1 || r.Users[0].Claims["email"] != "alice@example.org" {
		t.Errorf("the users are %+v", r.Users)
	}
	if info := r.UserInfo["alice"]; len(r.UserInfo) != 1 || info["name"] != "Alice Martin" || info["email"] != "alice@example.org" {
		t.Errorf("UserInfo says %+v", r.UserInfo)
	}
	want := `OIDC_OP_URL=http://127.0.0.1:9000
OIDC_OP_INTROSPECTION_ENDPOINT=http://127.0.0.1:9000/introspect
OIDC_OP_JWKS_ENDPOINT=http://127.0.0.1:9000/jwks
OIDC_OP_USER_ENDPOINT=http://127.0.0.1:9000/userinfo
OIDC_RS_CLIENT_ID=drive
OIDC_RS_CLIENT_SECRET=secret-2
OIDC_RS_SCOPES=files
OIDC_RS_BACKEND_CLASS=jwt
OIDC_RS_SIGNING_ALGO=ES256
OIDC_RS_ENCRYPTION_ALGO=RSA-OAEP
OIDC_RS_ENCRYPTION_ENCODING=A256GCM`
	if got := strings.Join(registration.Environment(as, r.Clients[1]), "\n"); got != want {
		t.Errorf("the environment is\n%s\nwant\n%s", got, want)
	}
	if got := registration.Environment(as, r.Clients[0])[6:]; strings.Join(got, " ") != "OIDC_RS_SCOPES=documents,documents:write OIDC_RS_BACKEND_CLASS=json" {
		t.Errorf("the environment of the first client ends with %q", got)
	}
}

func TestRegistryOfFlags(t *testing.T) {
	t.Parallel()
	r, err := registration.Flags{Format: "jwt-signed", SigningAlg: "ES256", Clients: []string{"a:b"}}.Registry()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Users) != 3 || len(r.Clients) != 1 || r.Clients[0].Scope != registration.Scope || r.Clients[0].Format() != "jwt-signed" {
		t.Errorf("the registry is %+v", r.Users)
	}
	r, err = registration.Flags{Format: "json", Scope: "groups profile"}.Registry()
	if err != nil || len(r.Clients) != 1 || r.Clients[0].Scope != "groups profile" {
		t.Errorf("with a scope: %+v, %v", r.Clients, err)
	}
}

func TestReadFileUsersByDefault(t *testing.T) {
	t.Parallel()
	r, err := registration.ReadFile(written(t, `{"clients":[{"client_id":"a","client_secret":"b","introspection_signed_response_alg":"ES256",
		"introspection_encrypted_response_alg":"ECDH-ES","jwks":{"keys":[]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Users) != 3 || r.UserInfo != nil || r.Clients[0].EncryptionEnc != "A256GCM" || string(r.Clients[0].JWKS) != `{"keys":[]}` {
		t.Errorf("the registry is %+v", r)
	}
}

// TestUsersAreThoseOfUserInfo: the names that the page shows are those that UserInfo tells.
func TestUsersAreThoseOfUserInfo(t *testing.T) {
	t.Parallel()
	known := devas.Users()
	for _, u := range registration.Users() {
		if known[u.Subject]["name"] != u.Username {
			t.Errorf("%s is %q, and for UserInfo %v", u.Subject, u.Username, known[u.Subject]["name"])
		}
	}
}

func TestReadFileUserInfo(t *testing.T) {
	t.Parallel()
	r, err := registration.ReadFile(written(t, `{"clients":[{"client_id":"portal","client_secret":"b","userinfo_signed_response_alg":"ES256",
		"userinfo_encrypted_response_alg":"ECDH-ES","userinfo_encrypted_response_enc":"A128GCM","jwks":{"keys":[]}}],
		"users":[{"sub":"alice","username":"alice@example.org","claims":{"name":"Alice"}},{"sub":"bob"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	c := r.Clients[0]
	if c.UserInfoSigningAlg != "ES256" || c.UserInfoEncryptionAlg != "ECDH-ES" || c.UserInfoEncryptionEnc != "A128GCM" || c.SigningAlg != "" {
		t.Errorf("the client is %+v", c)
	}
	if r.UserInfo["alice"]["name"] != "Alice" || r.UserInfo["bob"] == nil || len(r.UserInfo["bob"]) != 0 {
		t.Errorf("UserInfo says %+v", r.UserInfo)
	}
}

func TestReadFileRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"no JSON", "{\n\n  \"clients\": [}", ", line 3: invalid character"},
		{"a member that does not exist", "{\n\"client\": []}", `unknown field "client"`},
		{"a type", "{\"clients\": [\n{\"client_id\": 1}]}", ", line 2: "},
		{"two objects", `{"clients":[{"client_id":"a","client_secret":"b"}]} {}`, "something stands behind the object"},
		{"nobody", `{}`, `there is no client`},
		{
			"everything at once", `{"clients":[{"client_secret":"private"},{"client_id":"a"},{"client_id":"a","client_secret":"private"}],
			"users":[{"username":"x"},{"sub":"u"},{"sub":"u","claims":{"exp":1}}]}`,
			`client "a" is there twice; client 1 has no client_id; client 2 has no client_secret; ` +
				`the claims of user "u" name exp, which is said of a token; user "u" is there twice; user 1 has no sub`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := registration.ReadFile(written(t, tt.text))
			if err == nil || !strings.HasPrefix(err.Error(), "--clients ") || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "private") {
				t.Errorf("the error is %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := registration.ReadFile("/nowhere/clients.json"); err == nil {
		t.Error("a file that is not there was read")
	}
	if _, err := (registration.Flags{File: "x", Scope: "a"}).Registry(); err == nil || !strings.Contains(err.Error(), "exclude each other") {
		t.Errorf("a file and a scope: got %v", err)
	}
	if _, err := (registration.Flags{File: "x", Clients: []string{"a:b"}}).Registry(); err == nil || !strings.Contains(err.Error(), "exclude each other") {
		t.Errorf("--clients and --client: %v", err)
	}
}
