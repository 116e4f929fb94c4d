package keyfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/keyfile"
	"github.com/gin-lasuite/gin-lasuite/keys"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ asked, kty, alg string }{
		{"RSA", "RSA", "RSA-OAEP"}, {"ec", "EC", "ECDH-ES"}, {"Okp", "OKP", "ECDH-ES"},
	} {
		t.Run(tt.kty, func(t *testing.T) {
			t.Parallel()
			suite, err := keyfile.SuiteFor(tt.asked)
			if err != nil {
				t.Fatal(err)
			}
			path, err := keyfile.Create(filepath.Join(t.TempDir(), "key.pem"), suite)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{
				"OIDC_RS_PRIVATE_KEY_STR_FILE=" + path, "OIDC_RS_ENCRYPTION_KEY_TYPE=" + tt.kty,
				"OIDC_RS_ENCRYPTION_ALGO=" + tt.alg, "OIDC_RS_ENCRYPTION_ENCODING=A256GCM",
			}
			if got := suite.Environment(path); !slices.Equal(got, want) {
				t.Errorf("Environment is %q, want %q", got, want)
			}
			pem, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if set, err := keys.Parse(pem, suite.Algorithm, suite.Encoding); err != nil || set.Type() != tt.kty {
				t.Errorf("the file holds no key of type %s: %v", tt.kty, err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
				t.Errorf("the mode is %v, %v; want 0600", info.Mode(), err)
			}
		})
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.pem")
	if err := os.WriteFile(taken, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	link, empty := filepath.Join(dir, "link.pem"), filepath.Join(dir, "empty.pem")
	for name, target := range map[string]string{link: taken, empty: filepath.Join(dir, "elsewhere.pem")} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	suite, err := keyfile.SuiteFor("EC")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, path, want string }{
		{"a file", taken, "exists and is not overwritten"},
		{"a link to a file", link, "exists and is not overwritten"},
		{"a link to nothing", empty, "exists and is not overwritten"},
		{"a directory", dir, "exists and is not overwritten"},
		{"no directory", filepath.Join(dir, "none", "key.pem"), "create that directory first"},
		{"below a file", filepath.Join(taken, "key.pem"), "cannot be created"},
	} {
		if _, err := keyfile.Create(tt.path, suite); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if content, err := os.ReadFile(taken); err != nil || string(content) != "precious" {
		t.Errorf("the file now holds %q, %v", content, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "elsewhere.pem")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link was followed: %v", err)
	}
}

func TestCreateLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key.pem")
	if _, err := keyfile.Create(path, keyfile.Suite{Type: "DSA"}); err == nil {
		t.Error("a key of an unknown type was made")
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file is left: %v", err)
	}
	if _, err := keyfile.SuiteFor("DSA"); err == nil {
		t.Error("there is a suite for DSA")
	}
}
