package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/as"
)

// keyring is every key of the measurements, raw and as PEM.
type keyring struct {
	signing    *ecdsa.PrivateKey
	signingPEM []byte
	rsa        map[string]*rsa.PrivateKey // by name of the encryption
	private    map[string]as.PrivateKey
	names      []string // of the encryptions
	as         *as.Keys
}

// ecdhES is the name of the encryption that is no RSA.
const ecdhES = "ECDH-ES"

func rsaName(bits int) string { return fmt.Sprintf("RSA-%d", bits) }

// startAS starts an authorization server with keys of its own.
func startAS(ctx context.Context, bits []int) (*keyring, *as.Server, error) {
	ring, err := newKeyring(bits)
	if err != nil {
		return nil, nil, err
	}
	server, err := as.Start(ctx, ring.as)
	return ring, server, err
}

// newKeyring makes keys: RSA of the sizes given, and P-256.
func newKeyring(bits []int) (*keyring, error) {
	k := &keyring{rsa: map[string]*rsa.PrivateKey{}, private: map[string]as.PrivateKey{}}
	var err error
	if k.signing, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if k.signingPEM, err = encode(k.signing); err != nil {
		return nil, err
	}
	for _, n := range bits {
		key, err := rsa.GenerateKey(rand.Reader, n)
		if err != nil {
			return nil, err
		}
		k.rsa[rsaName(n)] = key
		if err := k.add(rsaName(n), "RSA-OAEP", key); err != nil {
			return nil, err
		}
	}
	agreement, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := k.add(ecdhES, "ECDH-ES", agreement); err != nil {
		return nil, err
	}
	var all []as.PrivateKey
	for _, name := range k.names {
		all = append(all, k.private[name])
	}
	k.as, err = as.NewKeys(k.signingPEM, all...)
	return k, err
}

func (k *keyring) add(name, alg string, key any) error {
	text, err := encode(key)
	if err != nil {
		return err
	}
	k.names = append(k.names, name)
	k.private[name] = as.PrivateKey{Name: name, Alg: alg, PEM: text}
	return nil
}

func encode(key any) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
