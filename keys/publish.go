package keys

import (
	"bytes"
	"slices"
)

// A Publisher has a public JWK Set: a [Set], a [Ring], a [Signer], a
// [SignerRing].
type Publisher interface{ PublicJWKS() []byte }

// Publish is several public JWK Sets in one, in the order given: our keys for
// decrypting with use "enc" and the one that proves who we are with use "sig",
// say, behind one jwks_uri. Each is asked at every call, so that a reload
// shows, and an entry that two of them have stands there once. One that
// publishes nothing, or no JWK Set, adds nothing.
func Publish(sets ...Publisher) Publisher {
	return published(slices.DeleteFunc(slices.Clone(sets), func(p Publisher) bool { return p == nil }))
}

type published []Publisher

func (p published) PublicJWKS() []byte {
	var all [][]byte
	for _, each := range p {
		if entries, err := splitJWKS(each.PublicJWKS()); err == nil {
			all = append(all, entries...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	all = distinct(all)
	return slices.Concat([]byte(`{"keys":[`), bytes.Join(all, []byte(",")), []byte("]}"))
}

// distinct drops what is the same, byte for byte. Two keys that share a kid, or
// one key for two algorithms, both stay.
func distinct(entries [][]byte) (kept [][]byte) {
	for _, entry := range entries {
		if !slices.ContainsFunc(kept, func(other []byte) bool { return bytes.Equal(other, entry) }) {
			kept = append(kept, entry)
		}
	}
	return kept
}
