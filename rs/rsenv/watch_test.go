package rsenv_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// newCertificate is one that signs itself, and its key, in PEM.
func newCertificate(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", pkcs8)
}

// replace puts another content into the file, as a later second would see it.
func replace(t *testing.T, path, content string, later time.Duration) {
	t.Helper()
	next := filepath.Join(filepath.Dir(path), "next")
	if err := os.WriteFile(next, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	when := time.Now().Add(later)
	if err := os.Chtimes(next, when, when); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

func TestSecretsAreReadAgain(t *testing.T) {
	for _, test := range []struct{ method, variable string }{
		{"client_secret_basic", "OIDC_RS_CLIENT_SECRET_FILE"},
		{"bearer", "OIDC_RS_CLIENT_BEARER_TOKEN_FILE"},
	} {
		t.Run(test.method, func(t *testing.T) {
			path := file(t, "secret", "first\n")
			minimal.with(env{test.variable: path, "OIDC_RS_CLIENT_AUTH_METHOD": test.method}).set(t)
			got := mustRead(t)
			want := func(step string, secret rs.Secret) {
				t.Helper()
				if s, err := got.Config.ClientSecretFrom(t.Context()); err != nil || s != secret {
					t.Errorf("%s: %q, %v; want %q", step, string(s), err, string(secret))
				}
			}
			want("start", "first")
			replace(t, path, "second\n", time.Minute)
			want("replaced", "second")
			replace(t, path, "", 2*time.Minute)
			want("empty", "second")
			if err := got.Reload(); err == nil || !strings.Contains(err.Error(), test.variable+" was not reloaded: is empty") {
				t.Errorf("empty: %v", err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			want("gone", "second")
			err := got.Reload()
			if all := rsenv.VariableErrors(err); len(all) != 1 || !strings.Contains(all[0].Problem, "does not exist") {
				t.Errorf("gone: %v", err)
			}
			replace(t, path, "third", 3*time.Minute)
			want("back", "third")
			if err := got.Reload(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A secret that Kubernetes mounts is behind two symbolic links, of which one is swapped. Files may also come with times of
// their own, as from an archive, and secrets are often of one length: that it is another file is then all there is to see.
// TestASecretIsReadByManyAtOnce: each sees the old one or the new one.
func TestASecretIsReadByManyAtOnce(t *testing.T) {
	path := file(t, "secret", "first\n")
	minimal.with(env{"OIDC_RS_CLIENT_SECRET_FILE": path}).set(t)
	got := mustRead(t)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 20 {
				if i == 0 {
					_ = got.Reload() // it may find a file of a moment ago
				}
				if s, err := got.Config.ClientSecretFrom(t.Context()); err != nil || s != "first" && s != "second" {
					t.Errorf("got %q, %v", string(s), err)
				}
			}
		})
	}
	replace(t, path, "second\n", time.Minute)
	all.Wait()
}

func TestSecretsBehindLinksAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	when := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	version := func(name, secret string) {
		t.Helper()
		path := filepath.Join(dir, name, "secret")
		link := filepath.Join(dir, "link")
		for _, err := range []error{
			os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(secret), 0o600), os.Chtimes(path, when, when),
			os.Symlink(name, link), os.Rename(link, filepath.Join(dir, "..data")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(dir, "secret")
	if err := os.Symlink(filepath.Join("..data", "secret"), path); err != nil {
		t.Fatal(err)
	}
	version("..1", "first")
	minimal.with(env{"OIDC_RS_CLIENT_SECRET_FILE": path}).set(t)
	got := mustRead(t)
	want := func(step string, want rs.Secret) {
		t.Helper()
		if secret, err := got.Config.ClientSecretFrom(t.Context()); err != nil || secret != want {
			t.Errorf("%s: %q, %v; want %q", step, string(secret), err, string(want))
		}
	}
	version("..2", "other")
	want("after the swap", "other")
	write := func(secret string) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, []byte(secret), 0o600), os.Chtimes(path, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	write("longer in the same file")
	want("of another size", "longer in the same file")
	when = when.Add(time.Second)
	write("longer in the same FILE")
	want("of another time", "longer in the same FILE")
}

func TestCertificatesAreReadAgain(t *testing.T) {
	one, oneKey := newCertificate(t)
	two, twoKey := newCertificate(t)
	crt, key := file(t, "crt", one), file(t, "key", oneKey)
	minimal.with(env{
		"OIDC_RS_CLIENT_CERT_FILE": crt, "OIDC_RS_CLIENT_KEY_FILE": key, "OIDC_RS_CLIENT_AUTH_METHOD": "tls_client_auth", "OIDC_RS_CLIENT_SECRET": "",
	}).set(t)
	got := mustRead(t)
	want := func(step, certificate string) {
		t.Helper()
		pair, err := got.Config.ClientCertificate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if block, _ := pem.Decode([]byte(certificate)); string(block.Bytes) != string(pair.Certificate[0]) {
			t.Errorf("%s: another certificate", step)
		}
	}
	want("start", one)
	replace(t, crt, two, time.Minute)
	want("half", one)
	if err := got.Reload(); err == nil || strings.Contains(err.Error(), "BEGIN") {
		t.Errorf("half: %v", err)
	}
	replace(t, key, twoKey, time.Minute)
	want("whole", two)
}

// TestDecryptionKeysAreReloaded: a new key is published, and the one before still opens what is under way.
func TestDecryptionKeysAreReloaded(t *testing.T) {
	generate := func() string {
		pem, err := keys.Generate("EC")
		if err != nil {
			t.Fatal(err)
		}
		return string(pem)
	}
	path := file(t, "key", generate())
	minimal.jwt(t).with(env{
		"OIDC_RS_PRIVATE_KEY_STR": "", "OIDC_RS_PRIVATE_KEY_STR_FILE": path,
		"OIDC_RS_ENCRYPTION_KEY_TYPE": "EC", "OIDC_RS_ENCRYPTION_ALGO": "ECDH-ES",
	}).set(t)
	got := mustRead(t)
	before := got.Keys.KeyIDs()
	replace(t, path, generate(), time.Minute)
	if err := got.Reload(); err != nil || slices.Equal(got.Keys.KeyIDs(), before) || len(got.Keys.States()) != 2 {
		t.Errorf("it has not changed: %v, %v", got.Keys.States(), err)
	}
	replace(t, path, "nonsense", 2*time.Minute)
	if all := rsenv.VariableErrors(got.Reload()); len(all) != 1 || all[0].Variable != "OIDC_RS_PRIVATE_KEY_STR_FILE" {
		t.Errorf("got %v", all)
	}
}

func TestSigningKeysAreReloaded(t *testing.T) {
	signing := func() string {
		pem, err := keys.GenerateSigning("ES256")
		if err != nil {
			t.Fatal(err)
		}
		return string(pem)
	}
	path := file(t, "key", signing())
	minimal.jwt(t).with(env{
		"OIDC_RS_CLIENT_PRIVATE_KEY_STR_FILE": path, "OIDC_RS_CLIENT_AUTH_METHOD": "private_key_jwt", "OIDC_RS_CLIENT_SECRET": "",
	}).set(t)
	got := mustRead(t)
	before := got.Signer.KeyID()
	replace(t, path, signing(), time.Minute)
	if got.Signer.KeyID() != before {
		t.Error("it has changed by itself")
	}
	if err := got.Reload(); err != nil || got.Signer.KeyID() == before {
		t.Errorf("it has not changed: %v", err)
	}
	var set struct {
		Keys []struct{ Kid, Use, D string }
	}
	if err := json.Unmarshal(got.PublicJWKS(), &set); err != nil || len(set.Keys) != 2 || set.Keys[0].Use != "enc" ||
		set.Keys[1].Use != "sig" || set.Keys[1].Kid != got.Signer.KeyID() || set.Keys[1].D != "" {
		t.Errorf("published: %s, %v", got.PublicJWKS(), err)
	}
	replace(t, path, "nonsense", 2*time.Minute)
	if all := rsenv.VariableErrors(got.Reload()); len(all) != 1 || all[0].Variable != "OIDC_RS_CLIENT_PRIVATE_KEY_STR_FILE" {
		t.Errorf("got %v", all)
	}
	minimal.set(t)
	if published := mustRead(t).PublicJWKS(); published != nil {
		t.Errorf("no keys, and published: %s", published)
	}
}
