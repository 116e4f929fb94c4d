// Package keyfile makes files for private keys.
package keyfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/dotenv"
	"github.com/gin-lasuite/gin-lasuite/keys"
)

// Suite is a type of key and the algorithms that suit it.
type Suite struct {
	Type      string // kty: RSA, EC or OKP
	Algorithm string // JWE alg
	Encoding  string // JWE enc
}

var suites = [...]Suite{
	{"RSA", "RSA-OAEP", "A256GCM"}, // django-lasuite's defaults
	{"EC", "ECDH-ES", "A256GCM"},
	{"OKP", "ECDH-ES", "A256GCM"},
}

// SuiteFor finds the suite of a type, in upper or lower case.
func SuiteFor(kty string) (Suite, error) {
	for _, s := range suites {
		if strings.EqualFold(s.Type, kty) {
			return s, nil
		}
	}
	return Suite{}, fmt.Errorf("there is no key type %q: use RSA, EC or OKP", kty)
}

// Environment is the lines for the environment of a service that uses the key in the file path.
func (s Suite) Environment(path string) []string {
	return []string{
		dotenv.Line("OIDC_RS_PRIVATE_KEY_STR_FILE", path),
		dotenv.Line("OIDC_RS_ENCRYPTION_KEY_TYPE", s.Type),
		dotenv.Line("OIDC_RS_ENCRYPTION_ALGO", s.Algorithm),
		dotenv.Line("OIDC_RS_ENCRYPTION_ENCODING", s.Encoding),
	}
}

// Create generates a key and writes it to a new file of mode 0600, whose absolute path it returns. Nothing that exists is
// ever overwritten, also not through a symbolic link, and no file is left behind on failure.
func Create(name string, s Suite) (path string, err error) {
	path, err = filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("the path of %q: %w", name, err)
	}
	pem, err := keys.Generate(s.Type)
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // G304: the file that the user named
	switch {
	case errors.Is(err, fs.ErrExist):
		return "", fmt.Errorf("%s exists and is not overwritten: choose another name, or move it away if its key is no longer needed", path)
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s does not exist: create that directory first", filepath.Dir(path))
	case err != nil:
		return "", fmt.Errorf("the key file cannot be created: %w", err)
	}
	if err := fill(f, pem); err != nil {
		return "", errors.Join(fmt.Errorf("the key file cannot be written: %w", err), os.Remove(path))
	}
	return path, nil
}

// fill sets the mode too: the umask may have taken away more than it should.
func fill(f *os.File, content []byte) error {
	_, err := f.Write(content)
	return errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close())
}
