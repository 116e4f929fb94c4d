package devas

import (
	"maps"
	"net/http"
	"slices"
)

var keyIncidents = map[Fault]incident{
	KeysDown:     {name: "keys-down", about: "the key endpoint answers 503", http: keysDown},
	KeysHang:     {name: "keys-hang", about: "the key endpoint does not answer", send: hang},
	KeysGarbage:  {name: "keys-garbage", about: "the key endpoint answers with random bytes", http: garbage},
	KeysRedirect: {name: "keys-redirect", about: "the key endpoint answers 307", http: redirect},
	KeysEmpty:    {name: "keys-empty", about: "no key is published", keys: func([]jwk) []jwk { return []jwk{} }},
	KeysPrivate:  {name: "keys-private", about: "private members are published", keys: publishPrivate},
	KeysForeign:  {name: "keys-foreign", about: "unknown and broken keys beside the right ones: unusual, but right", keys: addForeign},
}

func keysDown(rep *reply) {
	rep.fail(&oauthError{http.StatusServiceUnavailable, "temporarily_unavailable", "try again later"})
}

// publishPrivate adds the member of a private key; its value matters to nobody.
func publishPrivate(set []jwk) []jwk {
	leaked := make([]jwk, len(set))
	for i, key := range set {
		leaked[i] = maps.Clone(key)
		leaked[i]["d"] = "AQAB"
	}
	return leaked
}

// addForeign surrounds the keys with what the sets of the future and of careless servers hold: a post-quantum key, a secret, a
// point that is on no curve, and an encryption key under a kid that is used twice.
func addForeign(set []jwk) []jwk {
	foreign := []jwk{
		{"kty": "AKP", "alg": "ML-DSA-44", "kid": "post-quantum", "pub": "AQAB"},
		{"kty": "oct", "alg": "HS256", "kid": "secret", "k": "AQAB"},
		{"kty": "EC", "crv": "P-256", "kid": "broken", "x": "AQAB", "y": "AQAB"},
		{"kid": "no-kty"},
	}
	for _, key := range set {
		twin := maps.Clone(key)
		twin["use"] = "enc"
		foreign = append(foreign, twin)
	}
	return slices.Concat(foreign, set)
}
