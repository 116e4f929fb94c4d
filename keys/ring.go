package keys

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// RetireAfter is how long a Ring goes on decrypting with a key that has left
// the file. An authorization server may encrypt to a key for as long as it
// remembers our published set: at most the max-age of the endpoint, and a
// minute where that is shorter. This is more than twice jwksendpoint.MaxAge.
const RetireAfter = 15 * time.Minute

// A Ring is a Set that can be replaced while it is in use, for rotation
// without a restart. A key goes through three states:
//
//   - next: in the file, but not first. It is published behind the current key
//     and decrypts.
//   - current: first in the file. It is published first, so authorization
//     servers choose it.
//   - retiring: no longer in the file. It is not published any more, but
//     decrypts for RetireAfter, because answers encrypted to it may still come.
//
// It is safe for concurrent use, and serves both as rs.Decrypter and as
// jwksendpoint.PublicKeys.
type Ring struct {
	load     func() ([]byte, error)
	alg, enc string
	now      func() time.Time

	reload sync.Mutex // one at a time
	state  atomic.Pointer[ringState]
}

type ringState struct {
	set     *Set
	retired []retiredKey // latest first; none of them is in set
}

// A retiredKey is one that left the file, as a set of its own.
type retiredKey struct {
	set   *Set
	until time.Time
}

// A KeyState says where a key of a Ring is in its life.
type KeyState struct {
	KeyID string
	State string    // "next", "current" or "retiring"
	Until time.Time // when a retiring key is dropped; zero for the others
}

// NewRing loads the first set with load, which reads what Parse takes, a file
// most likely. now is the clock; nil is time.Now.
func NewRing(load func() ([]byte, error), alg, enc string, now func() time.Time) (*Ring, error) {
	if now == nil {
		now = time.Now
	}
	r := &Ring{load: load, alg: alg, enc: enc, now: now}
	set, err := r.read()
	if err != nil {
		return nil, err
	}
	r.state.Store(&ringState{set: set})
	return r, nil
}

func (r *Ring) read() (*Set, error) {
	data, err := r.load()
	if err != nil {
		return nil, fmt.Errorf("keys: the private key could not be loaded: %w", err)
	}
	return Parse(data, r.alg, r.enc)
}

// Reload loads the keys anew. If that fails in any way, the keys in use stay
// as they are and the error says what is wrong with the new ones.
func (r *Ring) Reload() error {
	r.reload.Lock()
	defer r.reload.Unlock()
	set, err := r.read()
	if err != nil {
		return fmt.Errorf("the keys in use are kept: %w", err)
	}
	r.state.Store(r.state.Load().replacedBy(set, r.now()))
	return nil
}

// replacedBy is the state with set for the keys in the file. Only what set
// lacks retires: a key must not be tried once for every reload there has been.
func (old *ringState) replacedBy(set *Set, now time.Time) *ringState {
	state := &ringState{set: set}
	for _, key := range old.set.each() {
		if !set.has(key) {
			state.retired = append(state.retired, retiredKey{key, now.Add(RetireAfter)})
		}
	}
	for _, key := range old.retired {
		if now.Before(key.until) && !set.has(key.set) {
			state.retired = append(state.retired, key)
		}
	}
	return state
}

// each is every key of a Set as a Set of its own.
func (s *Set) each() (all []*Set) {
	for _, key := range s.s.keys {
		all = append(all, &Set{&set{alg: s.s.alg, enc: s.s.enc, keys: []decryptionKey{key}, turns: s.s.turns}})
	}
	return all
}

// has says whether the one key of another Set is in this one, under the same id.
func (s *Set) has(other *Set) bool {
	key := other.s.keys[0]
	return slices.ContainsFunc(s.s.keys, func(own decryptionKey) bool {
		return own.kid == key.kid && newPublicJWK(own.public) == newPublicJWK(key.public)
	})
}

// PublicJWKS publishes the current and the next keys, as Set.PublicJWKS does.
// A nil Ring publishes nothing.
func (r *Ring) PublicJWKS() []byte {
	if r == nil {
		return nil
	}
	return r.state.Load().set.PublicJWKS()
}

// Type is the type of the keys in the file: RSA, EC or OKP.
func (r *Ring) Type() string { return r.state.Load().set.Type() }

// KeyIDs returns the ids of the keys in the file, current key first.
func (r *Ring) KeyIDs() []string { return r.state.Load().set.KeyIDs() }

// Decrypt is Set.Decrypt with every key that is in use, retiring ones too. A
// message for a retiring key of another size or curve may look malformed to
// the current one.
func (r *Ring) Decrypt(jwe []byte) ([]byte, error) {
	return r.DecryptIf(jwe, acceptAny)
}

// DecryptIf is [Set.DecryptIf] with every key that is in use. accept is called
// once at most.
func (r *Ring) DecryptIf(jwe []byte, accept func(Header) error) ([]byte, error) {
	state, accepted := r.state.Load(), false
	plaintext, err := state.set.DecryptIf(jwe, func(h Header) error {
		err := accept(h)
		accepted = err == nil
		return err
	})
	if err == nil || !accepted || errors.Is(err, ErrAlgorithm) {
		return plaintext, err
	}
	now := r.now()
	for _, each := range state.retired {
		if !now.Before(each.until) {
			break
		}
		if plaintext, oldErr := each.set.Decrypt(jwe); oldErr == nil {
			return plaintext, nil
		}
	}
	return nil, err
}

// States lists the keys in use, in the order in which they are tried.
func (r *Ring) States() []KeyState {
	state, now := r.state.Load(), r.now()
	var states []KeyState
	seen := map[string]bool{}
	add := func(set *Set, name string, until time.Time) {
		for _, id := range set.KeyIDs() {
			if !seen[id] {
				seen[id] = true
				states = append(states, KeyState{id, name, until})
			}
		}
	}
	add(state.set, "next", time.Time{})
	states[0].State = "current"
	for _, each := range state.retired {
		if now.Before(each.until) {
			add(each.set, "retiring", each.until)
		}
	}
	return states
}
