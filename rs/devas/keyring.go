package devas

import (
	"encoding/json"
	"sync"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// keyring holds the server's signing keys: one in use for each algorithm, and those published to let old answers verify.
type keyring struct {
	mu      sync.Mutex
	current []*keys.Signer // in the order in which they are published
	retired []*keys.Signer
}

func newSigner(alg string) (*keys.Signer, error) {
	pem, err := keys.GenerateSigning(alg)
	if err != nil {
		return nil, err
	}
	return keys.ParseSigner(pem, alg)
}

// signer is the key in use for alg, made when first needed.
func (k *keyring) signer(alg string) (*keys.Signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, each := range k.current {
		if each.Algorithm() == alg {
			return each, nil
		}
	}
	fresh, err := newSigner(alg)
	if err != nil {
		return nil, err
	}
	k.current = append(k.current, fresh)
	return fresh, nil
}

// rotate replaces every key. With overlap the old ones stay published, behind the new.
func (k *keyring) rotate(overlap bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	fresh := make([]*keys.Signer, len(k.current))
	for i, old := range k.current {
		var err error
		if fresh[i], err = newSigner(old.Algorithm()); err != nil {
			return err
		}
	}
	if overlap {
		k.retired = append(k.current, k.retired...)
	} else {
		k.retired = nil
	}
	k.current = fresh
	return nil
}

// jwk is a JSON Web Key as it is published, with its members open to faults.
type jwk map[string]any

// public lists the keys to publish, those in use first.
func (k *keyring) public() []jwk {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []jwk
	for _, list := range [][]*keys.Signer{k.current, k.retired} {
		for _, each := range list {
			all = append(all, publicKeys(each)...)
		}
	}
	return all
}

func publicKeys(s *keys.Signer) []jwk {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(s.PublicJWKS(), &set); err != nil {
		return nil // unreachable: keys wrote it
	}
	return set.Keys
}
