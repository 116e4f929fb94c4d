package keys

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// A SignerRing is a [Signer] that can be replaced while it is in use. The first
// key of the file signs; the others are published behind it: a key that is to
// sign next, so that the other side knows it before it meets it, or one that
// has signed until now. It is safe for concurrent use.
type SignerRing struct {
	load func() ([]byte, error)
	alg  string

	reload  sync.Mutex // one at a time
	current atomic.Pointer[signers]
}

type signers struct {
	first *Signer
	all   Publisher
}

// NewSignerRing loads the first keys with load, which reads what [ParseSigner]
// takes, or several such keys, as in [Parse].
func NewSignerRing(load func() ([]byte, error), alg string) (*SignerRing, error) {
	r := &SignerRing{load: load, alg: alg}
	return r, r.replace()
}

// Reload loads the keys anew. If that fails in any way, the keys in use stay
// as they are and the error says what is wrong with the new ones.
func (r *SignerRing) Reload() error {
	r.reload.Lock()
	defer r.reload.Unlock()
	if err := r.replace(); err != nil {
		return fmt.Errorf("the keys in use are kept: %w", err)
	}
	return nil
}

func (r *SignerRing) replace() error {
	data, err := r.load()
	if err != nil {
		return fmt.Errorf("keys: the signing key could not be loaded: %w", err)
	}
	list, err := parseSigners(data, r.alg)
	if err != nil {
		return err
	}
	all := make([]Publisher, len(list))
	for i, each := range list {
		all[i] = each
	}
	r.current.Store(&signers{list[0], Publish(all...)})
	return nil
}

// Sign is [Signer.Sign] with the current key.
func (r *SignerRing) Sign(payload []byte, header map[string]any) ([]byte, error) {
	return r.current.Load().first.Sign(payload, header)
}

// Algorithm returns the JWS algorithm.
func (r *SignerRing) Algorithm() string { return r.alg }

// KeyID returns the id of the current key.
func (r *SignerRing) KeyID() string { return r.current.Load().first.KeyID() }

// PublicJWKS returns the JWK Set with all public keys, current key first.
func (r *SignerRing) PublicJWKS() []byte { return r.current.Load().all.PublicJWKS() }
