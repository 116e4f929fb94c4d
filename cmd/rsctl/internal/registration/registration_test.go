package registration_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/registration"
)

func TestRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		flags registration.Flags
		want  []string // id, secret, signing alg, encryption alg, enc, jwks uri, jwks of each client
	}{
		{"json", registration.Flags{Format: "json", SigningAlg: "ES256", EncryptionAlg: "RSA-OAEP", Clients: []string{"a:b"}}, []string{"a b     "}},
		{"a secret with colons", registration.Flags{Format: "json", Clients: []string{"a:b:c", "d:e"}}, []string{"a b:c     ", "d e     "}},
		{"signed", registration.Flags{Format: "jwt-signed", SigningAlg: "RS256", EncryptionAlg: "RSA-OAEP", Clients: []string{"a:b"}}, []string{"a b RS256    "}},
		{
			"encrypted, by URL",
			registration.Flags{Format: "jwt", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", EncryptionEnc: "A256GCM", JWKSURI: "http://x/jwks", Clients: []string{"a:b"}},
			[]string{"a b ES256 ECDH-ES A256GCM http://x/jwks "},
		},
		{
			"encrypted, by file",
			registration.Flags{Format: "jwt", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", EncryptionEnc: "A256GCM", JWKSFile: file, Clients: []string{"a:b"}},
			[]string{"a b ES256 ECDH-ES A256GCM  {}"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clients, err := tt.flags.Read()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range clients {
				got = append(got, strings.Join([]string{c.ID, string(c.Secret), c.SigningAlg, c.EncryptionAlg, c.EncryptionEnc, c.JWKSURI, string(c.JWKS)}, " "))
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("clients are\n%q, want\n%q", got, tt.want)
			}
		})
	}
}

func TestReadMakesASecret(t *testing.T) {
	t.Parallel()
	first, err1 := registration.Flags{Format: "json"}.Read()
	second, err2 := registration.Flags{Format: "json"}.Read()
	if err1 != nil || err2 != nil || len(first) != 1 || first[0].ID != "documents" || len(first[0].Secret) < 26 || first[0].Secret == second[0].Secret {
		t.Errorf("clients without --client: %d, %v, %v", len(first), err1, err2)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	both := registration.Flags{Format: "jwt", JWKSURI: "http://x", JWKSFile: "x", Clients: []string{"a:b"}}
	for _, tt := range []struct {
		name  string
		flags registration.Flags
		want  []string // the beginnings of the lines
	}{
		{"no format", registration.Flags{}, []string{`--format "" does not exist`}},
		{"two sources of keys", both, []string{"--format jwt needs the public key"}},
		{"no file", registration.Flags{Format: "jwt", JWKSFile: "/nowhere/jwks.json"}, []string{"--jwks: "}},
		{"clients", registration.Flags{Format: "json", Clients: []string{"a", ":b", "c:d", "c:e"}}, []string{"--client is not", "--client is not", "--client c is there twice"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := tt.flags.Read()
			if err == nil {
				t.Fatal("accepted")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("the error is %q, want %d lines", err, len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("line %d is %q, want %q", i+1, lines[i], want)
				}
			}
		})
	}
}
