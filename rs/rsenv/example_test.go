package rsenv_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// environment makes e the whole environment of an example.
func environment(e env) {
	os.Clearenv()
	for name, value := range e {
		_ = os.Setenv(name, value)
	}
}

func ExampleLoad() {
	as := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.PostFormValue("client_secret") == "s3cr3t" && r.PostFormValue("token") == "the-token" {
			_, _ = io.WriteString(w, `{"active": true, "sub": "alice", "client_id": "visio", "scope": "openid documents"}`)
		}
	}))
	defer as.Close()
	environment(env{
		"OIDC_OP_URL":                    as.URL,
		"OIDC_OP_INTROSPECTION_ENDPOINT": as.URL + "/introspection",
		"OIDC_RS_CLIENT_ID":              "documents",
		"OIDC_RS_CLIENT_SECRET":          "s3cr3t",
		"OIDC_RS_SCOPES":                 "documents",
	})

	cfg, err := rsenv.Load()
	if err != nil {
		fmt.Println(err) // every problem at once
		return
	}
	server, err := rs.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}

	request := httptest.NewRequest(http.MethodGet, "/api/documents", http.NoBody)
	request.Header.Set("Authorization", "Bearer dGhlLXRva2Vu") // base64 of the-token, as services of La Suite send it
	p, err := server.AuthenticateRequest(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Subject, "comes from", p.Audience)
	// Output: alice comes from visio
}

// A command reads more than the configuration of rs, and has its own way to log.
func ExampleRead() {
	environment(env{
		"OIDC_OP_URL":                    "http://as.internal",
		"OIDC_OP_INTROSPECTION_ENDPOINT": "http://as.internal/introspection",
		"OIDC_RS_CLIENT_ID":              "documents",
		"OIDC_RS_CLIENT_SECRET":          "s3cr3t",
		"OIDC_RS_SCOPE":                  "documents",
		"OIDC_RS_SCOPES":                 "documents",
		"OIDC_RS_LISTEN":                 ":8081",
	})

	_, err := rsenv.Read()
	for _, e := range rsenv.VariableErrors(err) {
		fmt.Println("wrong:", e.Variable)
	}

	_ = os.Setenv("OIDC_RS_ALLOW_HTTP", "true")
	got, err := rsenv.Read()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("listen:", got.Listen)
	for _, warning := range got.Warnings {
		what, _, _ := strings.Cut(warning, ":")
		fmt.Println("warning:", what)
	}
	// Output:
	// wrong: OIDC_OP_INTROSPECTION_ENDPOINT
	// listen: :8081
	// warning: OIDC_RS_ALLOW_HTTP is true
	// warning: OIDC_RS_SCOPE is not known
}

// Several issuers stand in a file, without their secrets.
func ExampleReadFile() {
	environment(env{"SECRET_OF_B": "s3cr3t"})
	dir, err := os.MkdirTemp("", "issuers")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "issuers.json")
	if err := os.WriteFile(path, []byte(`{
		"defaults": {"OIDC_RS_CLIENT_ID": "documents", "OIDC_RS_SCOPES": ["documents"], "OIDC_RS_CLIENT_SECRET_ENV": "SECRET_OF_B"},
		"issuers": [
			{"OIDC_OP_URL": "https://a.example", "hosts": ["docs.a.example"]},
			{"OIDC_OP_URL": "https://b.example", "hosts": ["docs.b.example"]}
		]
	}`), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	file, err := rsenv.ReadFile(path)
	if err != nil {
		fmt.Println(err) // every problem at once, each with its place in the file
		return
	}
	issuers, err := rs.NewIssuers(file.Config())
	fmt.Println(len(file.Issuers), issuers.Server("https://a.example") != nil, err)
	// Output: 2 true <nil>
}
