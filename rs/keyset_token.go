package rs

import (
	"context"
	"errors"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// verifyToken checks a JWS that a client sent. Unlike an answer of the authorization server, it can say anything: a
// wrong signature is the token's fault, and an unknown key is too, if the set at hand is not older than the token (a
// key is published before it signs). Otherwise nothing can be said about it: a key that came into use since the last
// fetch, or since a cache on the way made its copy, must not look like a forgery; and the next fetch has to wait for the
// cool-down, however many ask. issuedAt is the latest that it can have been issued.
func (k *keySet) verifyToken(ctx context.Context, jws []byte, issuedAt time.Time) ([]byte, keys.Header, *Error) {
	set, failure := k.get(ctx)
	if failure != nil {
		return nil, keys.Header{}, failure
	}
	payload, header, err := set.Verify(jws)
	var newer replaced[publicKeys]
	if errors.Is(err, keys.ErrUnknownKey) || errors.Is(err, keys.ErrSignature) {
		if newer = k.replace(ctx, set); newer.fresh != nil {
			set = newer.fresh
			payload, header, err = set.Verify(jws)
		}
	}
	switch {
	case err == nil:
		return payload, header, nil
	case !errors.Is(err, keys.ErrUnknownKey):
		return nil, keys.Header{}, refusedToken(ReasonTokenSignature, err)
	case newer.isNewest && !set.kept, !issuedAt.After(set.asOf):
		return nil, keys.Header{}, refusedToken(ReasonTokenKey, err)
	}
	failure = unavailable(ReasonKeysUnavailable, "the token is signed with a key that the JWK Set does not have, and is newer than the set")
	failure.RetryAfter = max(newer.next.Sub(k.now()), time.Second)
	return nil, keys.Header{}, failure
}
