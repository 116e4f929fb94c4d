package rsdoctor

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// wrapped says that a secret has white space at an end or stands in quotes, and what it would be without.
func wrapped(secret rs.Secret) (bare string, is bool) {
	bare = strings.TrimSpace(string(secret))
	if len(bare) > 1 && (bare[0] == '"' || bare[0] == '\'') && bare[len(bare)-1] == bare[0] {
		bare = strings.TrimSpace(bare[1 : len(bare)-1])
	}
	return bare, bare != string(secret) && bare != ""
}

// anybodyAsks tries a client that does not exist, where ours has an answer. It is not ours with another secret: a server may lock
// a client after that.
func (p *patient) anybodyAsks(ctx context.Context, r *reply) bool {
	if r.status != http.StatusOK || !takesSecret(p.cfg.ClientAuth) || isAssertion(p.cfg.ClientAuth) {
		return false
	}
	stranger := *p
	stranger.cfg.ClientID = "nobody-" + rand.Text()
	q := p.asConfigured(ctx)
	q.secret = rs.Secret(rand.Text())
	answer := stranger.ask(ctx, q)
	return answer.err == nil && answer.status == http.StatusOK && answer.mediaType == r.mediaType
}

const unwrapSecret = "remove white space, line break and quotes around OIDC_RS_CLIENT_SECRET, or in the file that holds it"

func checkSecret(ctx context.Context, p *patient) []Finding {
	if !p.introspects() || !takesSecret(p.cfg.ClientAuth) {
		return notChecked("not used to authenticate")
	}
	if _, is := wrapped(p.secret(ctx)); is {
		return warning(SecretWrapped, "it has white space at an end or stands in quotes, which are used as a part of it", unwrapSecret)
	}
	return ok("no stray white space or quotes")
}

// takesSecret: the method uses a client secret.
func takesSecret(m rs.ClientAuth) bool {
	switch m {
	case rs.ClientSecretBasic, rs.ClientSecretPost, rs.ClientSecretByMetadata, rs.ClientSecretJWT:
		return true
	}
	return false
}

// checkEndpoint finds out whether the answer comes from an introspection endpoint at all.
func checkEndpoint(ctx context.Context, p *patient) []Finding {
	if p.wrong {
		return notChecked("there is no answer")
	}
	r := p.first(ctx)
	found := p.judgeEndpoint(ctx, r)
	p.wrong = found[0].Status == Problem
	return found
}

func (p *patient) judgeEndpoint(ctx context.Context, r *reply) []Finding {
	correct := p.rightEndpoint(ctx)
	switch {
	case r.status == http.StatusBadRequest && wantsCertificate(r):
		return problem(p.clientCertificate(printable(host(p.target()))))
	case r.status == http.StatusNotFound || r.status == http.StatusGone:
		return problem(EndpointNotFound, fmt.Sprintf("there is nothing at this path (%d)", r.status), correct)
	case r.status == http.StatusMethodNotAllowed || r.status == http.StatusNotImplemented:
		return problem(EndpointMethod, "the path takes no POST (405), so it is another endpoint", correct)
	case r.status >= 300 && r.status < 400:
		return problem(EndpointRedirect, "the answer is a redirect"+p.whereTo(r.location)+", which is never followed: it would carry the secret and the token elsewhere", correct)
	case r.status == http.StatusProxyAuthRequired:
		return problem(ProxyFails, "the proxy wants a password (407)", "write user and password into OIDC_PROXY")
	case r.isHTML() && r.status < 500:
		return problem(EndpointHTML, fmt.Sprintf("the answer is a web page (status %d): of a login, a firewall or a proxy", r.status), correct)
	case r.status == http.StatusTooManyRequests:
		return problem(RateLimited, "the authorization server asks for fewer calls (429)", "wait a minute, then run this again; if it stays, have the limit of this client raised")
	case r.status >= 500:
		return problem(ServerError, fmt.Sprintf("the authorization server, or a gateway before it, is in trouble (%d)", r.status), "look into the log of the authorization server")
	}
	return ok("something that answers to introspection")
}

// whereTo says what a redirect changes, as far as that explains it.
func (p *patient) whereTo(location string) string {
	from, err := url.Parse(p.target())
	if err != nil {
		return ""
	}
	to, err := from.Parse(location)
	switch {
	case err != nil || location == "":
		return ""
	case from.Scheme == "http" && to.Scheme == "https":
		return " from http to https"
	case from.Host == to.Host && strings.TrimSuffix(from.Path, "/") == strings.TrimSuffix(to.Path, "/"):
		return " that changes the slash at the end"
	case from.Host == to.Host:
		return " to another path, of a login perhaps"
	}
	return " to another host"
}

// wantsCertificate: nginx says so in HTTP, not in TLS.
func wantsCertificate(r *reply) bool {
	return strings.Contains(string(r.body), "No required SSL certificate was sent") || strings.Contains(string(r.body), "The SSL certificate error")
}

// rightEndpoint says what to do about a wrong endpoint, with the right one if the server tells.
func (p *patient) rightEndpoint(ctx context.Context) string {
	m := p.metadata(ctx)
	if m == nil || m.IntrospectionEndpoint == "" {
		return "correct OIDC_OP_INTROSPECTION_ENDPOINT: copy it from the metadata of the authorization server"
	}
	if theirs := m.introspectionFor(p.cfg.ClientAuth); p.inside(theirs) != p.inside(p.cfg.IntrospectionEndpoint) {
		return "set OIDC_OP_INTROSPECTION_ENDPOINT=" + printable(theirs)
	}
	return "look at the authorization server, and at what stands before it (proxy, firewall): its metadata names this very endpoint"
}

// checkCredentials tries, if the configured way to authenticate is refused, the others.
func checkCredentials(ctx context.Context, p *patient) []Finding {
	if p.wrong {
		return notChecked("there is no answer of an introspection endpoint")
	}
	r := p.first(ctx)
	if r.refused() && p.answersInJSON(ctx, r, p.asConfigured(ctx)) {
		p.noJWT = true
		return ok("accepted with " + p.cfg.ClientAuth.String())
	}
	if r.refused() {
		p.wrong = true
		return p.explainRefusal(ctx, r)
	}
	if r.oauthError() != "invalid_client_metadata" && p.anybodyAsks(ctx, r) {
		return warning(AnybodyAsks, "the endpoint asks nobody who he is: it answers a client that does not exist as well, so nothing is known of ours",
			"let nobody else reach this endpoint, or have the authorization server authenticate who asks (RFC 7662 section 2.1)")
	}
	if r.oauthError() != "invalid_client_metadata" {
		return ok("accepted with " + p.cfg.ClientAuth.String())
	}
	p.wrong = true
	if p.cfg.Format == rs.JWTSigned {
		return problem(ClientKeys, "the authorization server cannot sign (or encrypt) answers to this client as it is registered (invalid_client_metadata)",
			"have introspection_signed_response_alg="+p.cfg.SigningAlg+" set, and introspection_encrypted_response_alg removed, in "+registration)
	}
	return problem(ClientKeys, "the authorization server cannot encrypt to us (invalid_client_metadata): it finds no key of ours that fits",
		"let the jwks_uri of this client's registration lead to our /jwks, or register the output of rsctl jwks")
}
