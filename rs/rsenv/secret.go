package rsenv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// secret is the content of the file if one is named, else the value of the variable.
func (r *reader) secret(direct, inFile *spec.Variable) string {
	if inFile.Value == "" {
		return direct.Value
	}
	if direct.Value != "" {
		r.warnings = append(r.warnings, direct.Name+" and "+inFile.Name+" are both set, and the file wins: remove one of the two")
	}
	data, ok := r.file(inFile)
	if !ok {
		return ""
	}
	secret := trimLine(data)
	if secret == "" {
		r.wrong(inFile, fmt.Sprintf("names %s, which is empty", theFile(inFile.Value)))
	}
	return secret
}

// trimLine drops one newline at the end, which editors put there.
func trimLine(data []byte) string {
	return string(bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r")))
}

func looksWrapped(s string) bool {
	quoted := len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]
	return quoted || strings.TrimSpace(s) != s
}

// maxFile bounds what is read from a file: a path can lead anywhere.
const maxFile = 1 << 20

// file reads the file that a variable names. The path is told; the content never is.
func (r *reader) file(v *spec.Variable) ([]byte, bool) {
	data, err := readFile(v.Value)
	if err != nil {
		r.wrong(v, fmt.Sprintf("names %s, which %s", theFile(v.Value), err))
		return nil, false
	}
	return data, true
}

// theFile tells a path, unless it may be the secret itself, put where its path belongs.
func theFile(path string) string {
	if _, err := os.Lstat(path); err == nil || looksLikePath(path) {
		return fmt.Sprintf("the file %q", path)
	}
	return "a file (what stands here does not look like a path, and is not repeated)"
}

// looksLikePath: it is absolute, or says that it is relative, or ends like a file.
func looksLikePath(s string) bool {
	if len(s) > maxPath || strings.ContainsAny(s, "\r\n") || strings.Contains(s, `\n`) {
		return false
	}
	return filepath.IsAbs(s) || strings.HasPrefix(s, ".") || fileEnd.MatchString(s)
}

// maxPath is longer than paths of secrets are, and shorter than keys.
const maxPath = 255

var fileEnd = regexp.MustCompile(`\.(pem|key|crt|cer|jwk|jwks|json|txt|secret|env)$`)

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // G304: the path is the operator's
	if err != nil {
		return nil, describeFile(err)
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, describeFile(err)
	case len(data) > maxFile:
		return nil, fmt.Errorf("is longer than %d bytes", maxFile)
	}
	return data, nil
}

func describeFile(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("does not exist")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("this process may not read")
	case errors.Is(err, syscall.EISDIR):
		return errors.New("is a directory")
	}
	return errors.New("cannot be read")
}
