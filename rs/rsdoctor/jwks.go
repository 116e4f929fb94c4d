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

// checkJWKS fetches the server's keys and looks for one of the configured algorithm.
func checkJWKS(ctx context.Context, p *patient) []Finding {
	if p.cfg.Format == rs.JSON {
		return notChecked("plain JSON is not signed")
	}
	found := p.judgeJWKS(ctx)
	if found[0].Status == Problem {
		p.wrong = true
	}
	return found
}

func (p *patient) judgeJWKS(ctx context.Context) []Finding {
	r := p.keys(ctx)
	fix := "correct OIDC_OP_JWKS_ENDPOINT"
	if m := p.metadata(ctx); m != nil && m.JWKSURI != "" && m.JWKSURI != p.cfg.JWKSEndpoint {
		fix = "set OIDC_OP_JWKS_ENDPOINT=" + printable(m.JWKSURI)
	}
	if r.err != nil {
		_, text, _ := p.explainTransport(ctx, r.err, p.cfg.JWKSEndpoint)
		return problem(JWKSUnreachable, "no answer of OIDC_OP_JWKS_ENDPOINT: "+text, fix)
	}
	if r.status != http.StatusOK {
		return problem(JWKSUnreachable, fmt.Sprintf("OIDC_OP_JWKS_ENDPOINT answers with status %d", r.status), fix)
	}
	set, err := keys.ParsePublic(r.body, p.cfg.SigningAlg)
	if err != nil {
		return problem(JWKSNotASet, "OIDC_OP_JWKS_ENDPOINT answers, but not with a JWK Set", fix)
	}
	if set.Len() == 0 {
		return problem(JWKSNoKey, "the server publishes no key for "+p.cfg.SigningAlg+", but for "+algorithms(r.body),
			"set OIDC_RS_SIGNING_ALGO to the algorithm with which this client's answers are signed (introspection_signed_response_alg)")
	}
	return ok(fmt.Sprintf("%d keys for %s", set.Len(), p.cfg.SigningAlg))
}

// algorithms are those that a JWK Set has keys for.
func algorithms(jwks []byte) string {
	var fit []string
	for _, alg := range []string{"ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA"} {
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
	ours, _ := readJWKS(p.ours())
	switch {
	case p.options.JWKSURL == "" && len(ours) == 0:
		return notChecked("answers are not encrypted to a key of ours")
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
	case !slices.ContainsFunc(published, ours[0].same):
		return problem(PublishedOtherKey, "the key that we decrypt with is not among those published there",
			"restart (or reload with SIGHUP) the service that publishes them, so that both have the same OIDC_RS_PRIVATE_KEY_STR")
	}
	return ok(fmt.Sprintf("%d, with the one that we decrypt with", len(published)))
}
