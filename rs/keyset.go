package rs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// keySet is the authorization server's JWK Set, kept at hand.
type keySet struct{ *remote[publicKeys] }

// publicKeys is one JWK Set, and the time at which the authorization server gave it away at the earliest.
type publicKeys struct {
	*keys.PublicSet

	asOf time.Time
	kept bool // by a cache on the way
}

// newKeySet is the set of the keys for one algorithm; an empty alg is the one of introspection responses.
func newKeySet(s *Server, alg string) *keySet {
	fetch := func(ctx context.Context) (*publicKeys, *Error) { return s.fetchKeys(ctx, alg) }
	return &keySet{newRemote(s, fetch, unavailable(ReasonKeysUnavailable, "the JWK Set has not arrived yet"))}
}

// verify checks a JWS with the keys at hand, and once more with fresh ones if they may explain the failure: a key that is
// not in the set, or one that was replaced under its old name.
func (k *keySet) verify(ctx context.Context, jws []byte) ([]byte, keys.Header, *Error) {
	set, failure := k.get(ctx)
	if failure != nil {
		return nil, keys.Header{}, failure
	}
	payload, header, err := set.Verify(jws)
	if errors.Is(err, keys.ErrUnknownKey) || errors.Is(err, keys.ErrSignature) {
		if newer := k.replace(ctx, set); newer.fresh != nil {
			payload, header, err = newer.fresh.Verify(jws)
		}
	}
	switch {
	case err == nil:
		return payload, header, nil
	case errors.Is(err, keys.ErrUnknownKey):
		return nil, keys.Header{}, unusable(ReasonResponseKey, err)
	}
	return nil, keys.Header{}, unusable(ReasonResponseSignature, err)
}

// fetchKeys gets and reads the JWK Set once (RFC 7517 section 5).
func (s *Server) fetchKeys(ctx context.Context, alg string) (_ *publicKeys, failure *Error) {
	began := s.cfg.Now()
	source, failure := s.jwksEndpoint(ctx, alg)
	if failure != nil {
		return nil, failure
	}
	ctx, end := s.observe(ctx, OpFetchKeys)
	var skipped []string
	defer func() {
		failure = recovered(recover(), failure)
		if failure != nil {
			s.doubt(s.cfg.JWKSEndpoint, failure)
		}
		end(Event{Err: asError(failure), Skipped: skipped})
	}()
	ans, failure := s.fetchDocument(ctx, source.at, "application/jwk-set+json, application/json")
	if failure != nil {
		return nil, &Error{Kind: failure.Kind, Reason: ReasonKeysUnavailable, Err: failure.Err}
	}
	if ans.status != http.StatusOK {
		return nil, unavailable(ReasonKeysUnavailable, fmt.Sprintf("the JWK Set endpoint answered with status %d", ans.status))
	}
	set, err := keys.ParsePublic(ans.body, source.alg)
	if err != nil {
		return nil, unavailable(ReasonKeysUnavailable, "the JWK Set endpoint did not answer with a JWK Set")
	}
	skipped = describeSkipped(set)
	if set.Len() == 0 {
		return nil, unavailable(ReasonKeysUnavailable, fmt.Sprintf("the JWK Set has no key for %s: is that what the authorization server signs with?", source.alg))
	}
	asOf, age := ans.asOf(began, s.cfg.Now())
	return &publicKeys{set, asOf, age > 0}, nil
}

// asOf is the earliest time at which the answer to a request can have been made, by our clock and by that of the authorization
// server (Date, RFC 9110 section 6.6.1), which dates its tokens: ours may be minutes ahead. It is when the request began, and
// before that if a cache on the way kept the answer for the age. A cache may have put a Date of its own beside it.
func (a *answer) asOf(began, ended time.Time) (asOf time.Time, age time.Duration) {
	asOf, age = began, keptFor(a.age)
	if date, err := http.ParseTime(a.date); err == nil {
		asOf = earlier(asOf, date.Add(began.Sub(ended)))
	}
	return asOf.Add(-age), age
}

// keptFor reads Age (RFC 9111 section 5.1): of a list, the first. What is no number is taken for none.
func keptFor(age string) time.Duration {
	first, _, _ := strings.Cut(age, ",")
	seconds, _ := strconv.ParseUint(strings.TrimSpace(first), 10, 31) // beyond 68 years it is the largest
	return time.Duration(seconds) * time.Second
}

// fetchDocument gets a public document of the authorization server, and not one that a cache on the way has kept (RFC
// 9111 section 5.2.1.4): we have a copy of our own, and ask because it is too old, or lacks a key.
func (s *Server) fetchDocument(ctx context.Context, at address, accept string) (*answer, *Error) {
	req, failure := s.newRequest(ctx, http.MethodGet, at, http.Header{"Accept": {accept}, "Cache-Control": {"no-cache"}}, http.NoBody)
	if failure != nil {
		return nil, failure
	}
	return s.exchange(req)
}

// supportedSigningAlg asks keys, which knows.
func supportedSigningAlg(alg string) bool {
	_, err := keys.ParsePublic([]byte(`{"keys":[]}`), alg)
	return err == nil
}

// describeSkipped is for operators. A kid is the authorization server's text: quoted, and not much of it.
func describeSkipped(set *keys.PublicSet) []string {
	var all []string
	for _, key := range set.Skipped() {
		all = append(all, strconv.QuoteToASCII(key.KeyID[:min(len(key.KeyID), 64)])+": "+key.Reason)
	}
	return all
}
