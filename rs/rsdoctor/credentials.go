package rsdoctor

import (
	"context"
	"net/http"
	"net/url"
	"slices"
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

const unwrapSecret = "remove white space, line break and quotes around OIDC_RS_CLIENT_SECRET, or in the file that holds it"

func checkSecret(_ context.Context, p *patient) []Finding {
	if _, is := wrapped(p.cfg.ClientSecret); is {
		return warning(SecretWrapped, "it has white space at an end or stands in quotes, which are used as a part of it", unwrapSecret)
	}
	return ok("no stray white space or quotes")
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
	case r.status == http.StatusNotFound || r.status == http.StatusGone:
		return problem(EndpointNotFound, "there is nothing at this path (404)", correct)
	case r.status == http.StatusMethodNotAllowed || r.status == http.StatusNotImplemented:
		return problem(EndpointMethod, "the path takes no POST (405), so it is another endpoint", correct)
	case r.status >= 300 && r.status < 400:
		return problem(EndpointRedirect, "the answer is a redirect, which is never followed: it would carry the secret and the token elsewhere", correct)
	case r.status == http.StatusProxyAuthRequired:
		return problem(ProxyFails, "the proxy wants a password (407)", "write user and password into OIDC_PROXY")
	case r.isHTML() && r.status < 500:
		return problem(EndpointHTML, "the answer is a web page: of a login, a firewall or a proxy", correct)
	case r.status == http.StatusTooManyRequests:
		return problem(RateLimited, "the authorization server asks for fewer calls (429)", "wait a minute, then run this again; if it stays, have the limit of this client raised")
	case r.status >= 500:
		return problem(ServerError, "the authorization server, or a gateway before it, is in trouble (5xx)", "look into the log of the authorization server")
	}
	return ok("something that answers to introspection")
}

// rightEndpoint says what to do about a wrong endpoint, with the right one if the server tells.
func (p *patient) rightEndpoint(ctx context.Context) string {
	if m := p.metadata(ctx); m != nil && m.IntrospectionEndpoint != "" && m.IntrospectionEndpoint != p.cfg.IntrospectionEndpoint {
		return "set OIDC_OP_INTROSPECTION_ENDPOINT=" + printable(m.IntrospectionEndpoint)
	}
	return "correct OIDC_OP_INTROSPECTION_ENDPOINT: copy it from the metadata of the authorization server"
}

// checkCredentials tries, if the configured way to authenticate is refused, the others.
func checkCredentials(ctx context.Context, p *patient) []Finding {
	if p.wrong {
		return notChecked("there is no answer of an introspection endpoint")
	}
	r := p.first(ctx)
	if !r.refused() {
		if r.oauthError() == "invalid_client_metadata" {
			p.wrong = true
			return problem(ClientKeys, "the authorization server cannot encrypt to us (invalid_client_metadata): it finds no key of ours that fits",
				"let the jwks_uri of this client's registration lead to our /jwks, or register the output of rsctl jwks")
		}
		return ok("accepted with " + methodName(p.cfg.ClientAuth))
	}
	p.wrong = true
	return p.explainRefusal(ctx, r)
}

func methodName(m rs.ClientAuth) string {
	if m == rs.ClientSecretPost {
		return "client_secret_post"
	}
	return "client_secret_basic"
}

func (p *patient) explainRefusal(ctx context.Context, r *reply) []Finding {
	configured := p.asConfigured()
	for _, q := range p.alternatives(configured) {
		other := p.ask(ctx, q)
		if other.err != nil || other.refused() || other.status != http.StatusOK {
			continue
		}
		return p.nameDifference(configured, q)
	}
	if p.betterEndpoint(ctx, configured) {
		return problem(EndpointOther, "this is another endpoint: the one that the server names takes the same credentials", p.rightEndpoint(ctx))
	}
	switch code := r.oauthError(); {
	case r.status == http.StatusForbidden, code == "unauthorized_client", code == "access_denied":
		return problem(NotAllowed, "this client may not introspect", "have the client of OIDC_RS_CLIENT_ID allowed to introspect at the authorization server")
	case r.status == http.StatusBadRequest && code != "invalid_client":
		return problem(EndpointOther, "the endpoint does not understand the question (400), in whatever way we authenticate", p.rightEndpoint(ctx))
	}
	return problem(Credentials, "refused with client_secret_basic and with client_secret_post: id or secret is wrong, or is for another server or environment",
		"copy OIDC_RS_CLIENT_ID and OIDC_RS_CLIENT_SECRET anew from the registration of this service at the server of OIDC_OP_URL")
}

// betterEndpoint asks the endpoint that the metadata names, if it is at the same place: the secret goes nowhere else.
func (p *patient) betterEndpoint(ctx context.Context, q question) bool {
	m := p.metadata(ctx)
	if m == nil || m.IntrospectionEndpoint == p.cfg.IntrospectionEndpoint || origin(m.IntrospectionEndpoint) != origin(p.cfg.IntrospectionEndpoint) {
		return false
	}
	there := *p
	there.cfg.IntrospectionEndpoint = m.IntrospectionEndpoint
	r := there.ask(ctx, q)
	return r.err == nil && r.status == http.StatusOK && !r.isHTML()
}

// alternatives are other ways to ask, the likeliest mistake first.
func (p *patient) alternatives(configured question) (all []question) {
	add := func(q question) {
		if q != configured && !slices.Contains(all, q) {
			all = append(all, q)
		}
	}
	secrets := []string{configured.secret}
	if bare, is := wrapped(p.cfg.ClientSecret); is {
		secrets = append(secrets, bare)
	}
	for _, secret := range secrets {
		q := configured
		q.secret = secret
		add(q)
		if configured.accept == mediaJSON {
			q.accept = mediaJWT
			add(q)
			q.accept = mediaJSON
		}
		for _, method := range []rs.ClientAuth{rs.ClientSecretBasic, rs.ClientSecretPost} {
			q.method, q.raw = method, false
			special := url.QueryEscape(p.cfg.ClientID) != p.cfg.ClientID || url.QueryEscape(secret) != secret
			if method == rs.ClientSecretBasic && special && configured.method == rs.ClientSecretBasic {
				q.raw = true
				add(q)
				q.raw = false
			}
			add(q)
			if method == rs.ClientSecretBasic && special && configured.method != rs.ClientSecretBasic {
				q.raw = true
				add(q)
			}
		}
	}
	return all
}

// nameDifference is the finding when q is accepted, and the configured way is not.
func (p *patient) nameDifference(configured, q question) []Finding {
	switch {
	case q.secret != configured.secret:
		return problem(SecretWrapped, "the secret is accepted without the white space or quotes around it", unwrapSecret)
	case q.accept != configured.accept:
		return problem(AnswerJWT, "the server answers this client with JWTs (RFC 9701) alone, and plain JSON is configured",
			"set OIDC_RS_BACKEND_CLASS=jwt (or jwt-signed), or have introspection_signed_response_alg and introspection_encrypted_response_alg removed from the registration")
	case q.raw:
		return problem(BasicEncoding, "the server takes client_secret_basic, but without the form encoding of RFC 6749 section 2.3.1",
			"use OIDC_RS_CLIENT_AUTH_METHOD=client_secret_post, or have a secret made of letters and digits alone")
	}
	return problem(AuthMethod, methodName(configured.method)+" is refused, and "+methodName(q.method)+" is accepted",
		"set OIDC_RS_CLIENT_AUTH_METHOD="+methodName(q.method))
}
