package rsdoctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// checkJWKS fetches the server's keys and looks for those of the configured algorithms.
func checkJWKS(ctx context.Context, p *patient) []Finding {
	switch {
	case !p.needsKeys():
		return notChecked("plain JSON is not signed")
	case p.cfg.JWKSEndpoint == "":
		return notChecked("OIDC_OP_JWKS_ENDPOINT is not set, and no metadata names it")
	}
	found := p.judgeJWKS(ctx)
	if found[0].Status == Problem {
		p.wrong = true
	}
	return found
}

func (p *patient) judgeJWKS(ctx context.Context) []Finding {
	r := p.keys(ctx)
	fix := "correct OIDC_OP_JWKS_ENDPOINT: copy it from the metadata of the server (jwks_uri)"
	m := p.metadata(ctx)
	differs := m != nil && m.JWKSURI != "" && p.inside(m.JWKSURI) != p.cfg.JWKSEndpoint
	if differs {
		fix = "set OIDC_OP_JWKS_ENDPOINT=" + printable(m.JWKSURI)
	}
	const theirs = "the JWK Set of the server (OIDC_OP_JWKS_ENDPOINT, or jwks_uri of its metadata)"
	if r.err != nil {
		_, text, _ := p.explainTransport(ctx, r.err, p.cfg.JWKSEndpoint)
		return problem(JWKSUnreachable, theirs+" cannot be had: "+text, fix)
	}
	if r.status != http.StatusOK {
		return problem(JWKSUnreachable, fmt.Sprintf("%s cannot be had: status %d", theirs, r.status), fix)
	}
	var counts []string
	for _, use := range p.algorithmsNeeded() {
		set, err := keys.ParsePublic(r.body, use.alg)
		if err != nil {
			return problem(JWKSNotASet, "what is at "+theirs+" is no JWK Set", fix)
		}
		if set.Len() == 0 && p.isOurs(r.body) {
			return problem(JWKSNoKey, "the keys there are our own, not those of the authorization server", fix)
		}
		if set.Len() == 0 && differs { // they may be the keys of another server, so they say nothing about the algorithm
			use.fix = fix + "; or, if yours is the internal address of the same server, " + use.fix
		}
		if set.Len() == 0 {
			return problem(JWKSNoKey, "the server publishes no key for "+use.alg+", but for "+algorithms(r.body), use.fix)
		}
		counts = append(counts, fmt.Sprintf("%d for %s", set.Len(), use.alg))
	}
	return ok("keys: " + strings.Join(counts, ", "))
}

// need is an algorithm for which the server must have a key.
type need struct{ alg, fix string }

func (p *patient) algorithmsNeeded() (all []need) {
	if p.cfg.Format != rs.JSON && p.introspects() {
		all = append(all, need{p.cfg.SigningAlg, "set OIDC_RS_SIGNING_ALGO to the algorithm with which this client's answers are signed (introspection_signed_response_alg)"})
	}
	if p.cfg.AccessTokenMode != rs.Introspect {
		all = append(all, need{p.cfg.AccessTokenAlg, "set OIDC_RS_ACCESS_TOKEN_ALGO to the algorithm with which the server signs access tokens"})
	}
	return all
}

// isOurs: the set is the one that we publish.
func (p *patient) isOurs(set []byte) bool {
	theirs, _ := readJWKS(set)
	ours, _ := readJWKS(p.ours())
	return len(ours) > 0 && slices.ContainsFunc(theirs, ours[0].same)
}

// algorithms are those that a JWK Set has keys for.
func algorithms(jwks []byte) string {
	var fit []string
	for _, alg := range []string{"ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA", "Ed25519"} {
		if set, err := keys.ParsePublic(jwks, alg); err == nil && set.Len() > 0 {
			fit = append(fit, alg)
		}
	}
	if fit == nil {
		return "no algorithm at all"
	}
	return strings.Join(fit, ", ")
}

// jwk is what matters here of one key of a JWK Set.
type jwk struct {
	KeyID     string `json:"kid"`
	Algorithm string `json:"alg"`
	N         string `json:"n"`
	X         string `json:"x"`
	D         string `json:"d"`
	K         string `json:"k"`
}

// same says whether two keys are one, by what cannot be the same by chance.
func (k jwk) same(other jwk) bool { return k.N+k.X != "" && k.N == other.N && k.X == other.X }

func readJWKS(set []byte) ([]jwk, bool) {
	var document struct {
		Keys []jwk `json:"keys"`
	}
	err := json.Unmarshal(set, &document)
	return document.Keys, err == nil && document.Keys != nil
}

// ourAlgorithm is the key management algorithm of our keys.
func ourAlgorithm(ours []byte) string {
	if all, isSet := readJWKS(ours); isSet && len(all) > 0 {
		return all[0].Algorithm
	}
	return ""
}

// checkPublished fetches our own public keys as the authorization server does.
func checkPublished(ctx context.Context, p *patient) []Finding {
	ours, signs := p.publishes()
	switch {
	case p.options.JWKSURL == "" && len(ours) == 0:
		return notChecked("there is no key of ours that the server needs")
	case p.options.JWKSURL == "":
		return notChecked("say with --jwks-url where the authorization server finds our public keys")
	case len(ours) == 0:
		return notChecked("there is no private key to compare with")
	}
	r := p.get(ctx, p.options.JWKSURL)
	const start = "let the service serve /jwks there (rsctl serve, or jwksendpoint), in reach of the authorization server"
	if r.err != nil {
		_, text, _ := p.explainTransport(ctx, r.err, p.options.JWKSURL)
		return problem(PublishedUnreachable, "our published keys cannot be had: "+text, start)
	}
	if r.status != http.StatusOK {
		return problem(PublishedUnreachable, fmt.Sprintf("our published keys cannot be had: status %d", r.status), start)
	}
	published, isSet := readJWKS(r.body)
	switch {
	case !isSet:
		return problem(PublishedNotASet, "what is published there is no JWK Set", start)
	case slices.ContainsFunc(published, func(k jwk) bool { return k.D != "" || k.K != "" }):
		return problem(PublishedPrivate, "private key material is published there", "make a new key with rsctl keygen at once, and publish its public half alone (rsctl jwks)")
	case signs && !slices.ContainsFunc(published, ours[0].same):
		return problem(PublishedOtherKey, "the key that we authenticate with (private_key_jwt) is not among those published there",
			"restart (or reload with SIGHUP) the service that publishes them, so that both have the same OIDC_RS_CLIENT_PRIVATE_KEY_STR")
	}
	for _, key := range ours {
		if !slices.ContainsFunc(published, key.same) {
			return problem(PublishedOtherKey, "the key that we decrypt with is not among those published there",
				"restart (or reload with SIGHUP) the service that publishes them, so that both have the same OIDC_RS_PRIVATE_KEY_STR")
		}
	}
	return ok(fmt.Sprintf("%d, with those that we use", len(published)))
}

// publishes is the current key of each kind that the server needs: the one to prove who we are with, then the one to
// decrypt with.
func (p *patient) publishes() (all []jwk, signs bool) {
	if signer, ok := p.cfg.ClientSigner.(publisher); ok && p.cfg.ClientAuth == rs.PrivateKeyJWT {
		if keys, _ := readJWKS(signer.PublicJWKS()); len(keys) > 0 {
			all, signs = append(all, keys[0]), true
		}
	}
	if keys, _ := readJWKS(p.ours()); len(keys) > 0 {
		all = append(all, keys[0])
	}
	return all, signs
}
