package main_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/service"
	"github.com/gin-lasuite/gin-lasuite/keys"
)

// privateKeys are a *keys.Set, or a *keys.Ring where they come from the environment.
type privateKeys interface {
	Decrypt(jwe []byte) ([]byte, error)
	KeyIDs() []string
	PublicJWKS() []byte
}

// keyring is our private keys, which also remembers what the authorization server encrypted to.
type keyring struct {
	privateKeys

	mu   sync.Mutex
	used []string // kid of every JWE, in order
}

// newKey is a new private key in PEM, as an operator has it.
func newKey(t *testing.T, keyType string) []byte {
	t.Helper()
	key, err := keys.Generate(keyType)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// usualKeys are shared by all tests that do not rotate: a new RSA key takes long.
var usualKeys sync.Map // key type → PEM

func usualKey(t *testing.T, keyType string) []byte {
	t.Helper()
	if keyType == "" {
		return nil // a mode that does not encrypt
	}
	if key, ok := usualKeys.Load(keyType); ok {
		return key.([]byte)
	}
	key, _ := usualKeys.LoadOrStore(keyType, newKey(t, keyType))
	return key.([]byte)
}

// newKeyring holds the given keys, the current one first. A mode that does not encrypt has none.
func newKeyring(t *testing.T, mode service.Mode, pems ...[]byte) *keyring {
	t.Helper()
	if mode.EncryptionAlg == "" {
		return nil
	}
	set, err := keys.Parse(bytes.Join(pems, nil), mode.EncryptionAlg, service.EncryptionEnc)
	if err != nil {
		t.Fatal(err)
	}
	return &keyring{privateKeys: set}
}

// Decrypt notes which key the authorization server chose, and opens the message.
func (k *keyring) Decrypt(jwe []byte) ([]byte, error) {
	header, err := keys.ParseJWEHeader(jwe)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	k.used = append(k.used, header.KeyID)
	k.mu.Unlock()
	return k.privateKeys.Decrypt(jwe)
}

// usedLast is the kid of the latest answer.
func (k *keyring) usedLast(t *testing.T) string {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.used) == 0 {
		t.Fatal("no answer has been decrypted")
	}
	return k.used[len(k.used)-1]
}
