package rsdoctor

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// explainRefusal tries the other ways to authenticate for which there is what they need.
func (p *patient) explainRefusal(ctx context.Context, r *reply) []Finding {
	configured := p.asConfigured(ctx)
	if p.clockOff != nil && p.clockOff.Abs() > clockProblem && isAssertion(configured.method) {
		return notChecked(followsFrom + string(Clock) + ": assertions are good for a minute")
	}
	tried := []string{configured.method.String()}
	for _, q := range p.alternatives(configured) {
		other := p.ask(ctx, q)
		if name := q.method.String(); !slices.Contains(tried, name) {
			tried = append(tried, name)
		}
		if other.err == nil && other.status == http.StatusOK || p.answersInJSON(ctx, other, q) {
			return p.nameDifference(ctx, configured, q)
		}
	}
	if p.betterEndpoint(ctx, configured) {
		return problem(EndpointOther, "this is another endpoint: the one that the server names takes the same credentials", p.rightEndpoint(ctx))
	}
	switch code := r.oauthError(); {
	case r.status == http.StatusForbidden, code == "unauthorized_client", code == "access_denied":
		return problem(NotAllowed, "this client may not introspect", "have the client of OIDC_RS_CLIENT_ID allowed to introspect at the authorization server")
	case r.status == http.StatusBadRequest && code != "invalid_client":
		return problem(EndpointOther, "the endpoint does not understand the question (400), in whatever way we authenticate",
			p.rightEndpoint(ctx)+"; if it is the right one, compare OIDC_RS_CLIENT_ID and OIDC_RS_CLIENT_SECRET with the registration: RFC 9701 section 5 wants 400 for callers that are not known")
	}
	return p.wrongCredentials(configured.method, tried)
}

// answersInJSON: asked for a JWT, the server says 400 about a token that it does not know, without a word about our credentials;
// asked for plain JSON in the same way, it answers.
func (p *patient) answersInJSON(ctx context.Context, r *reply, q question) bool {
	if p.cfg.Format == rs.JSON || r.err != nil || r.status != http.StatusBadRequest || r.oauthError() == "invalid_client" {
		return false
	}
	q.accept = mediaJSON
	other := p.ask(ctx, q)
	return other.err == nil && other.status == http.StatusOK && other.mediaType == mediaJSON
}

// wrongCredentials is for a server that takes none of what we have.
func (p *patient) wrongCredentials(method rs.ClientAuth, tried []string) []Finding {
	text := "refused with " + enumerate(tried) + ": "
	switch method {
	case rs.PrivateKeyJWT:
		key := p.cfg.ClientSigner.Algorithm()
		if named, ok := p.cfg.ClientSigner.(interface{ KeyID() string }); ok {
			key += ", kid " + printable(named.KeyID())
		}
		return problem(Credentials, text+"the server does not know this client, or not with our signing key ("+key+")",
			"let the server have the public half of the signing key (rsctl jwks, or our /jwks as its jwks_uri) for the client of OIDC_RS_CLIENT_ID, with private_key_jwt as its method and that algorithm")
	case rs.TLSClientAuth, rs.SelfSignedTLSClientAuth:
		return problem(Credentials, text+"the server does not know this client, or not with our certificate",
			"let the registration of the client of OIDC_RS_CLIENT_ID name this method and the subject, or the key, of the certificate in OIDC_RS_CLIENT_CERT_FILE")
	case rs.ClientBearerToken:
		return problem(Credentials, text+"the bearer token is wrong or has expired", "get a new token for introspection, and set OIDC_RS_CLIENT_BEARER_TOKEN")
	}
	return problem(Credentials, text+"id or secret is wrong, or is for another server or environment",
		"copy OIDC_RS_CLIENT_ID and OIDC_RS_CLIENT_SECRET anew from the registration of this service at the server of OIDC_OP_URL; if it is registered for another method "+
			"(a key or a certificate), set OIDC_RS_CLIENT_AUTH_METHOD")
}

// enumerate joins as people do.
func enumerate(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
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

func isAssertion(m rs.ClientAuth) bool { return m == rs.ClientSecretJWT || m == rs.PrivateKeyJWT }

// alternatives are other ways to ask, the likeliest mistake first.
func (p *patient) alternatives(configured question) (all []question) {
	add := func(q question) {
		if q != configured && !slices.Contains(all, q) {
			all = append(all, q)
		}
	}
	if configured.accept == mediaJSON {
		q := configured
		q.accept = mediaJWT
		add(q)
	}
	for _, secret := range decoded(configured.secret) { // in the body, so that it is not taken for Basic without encoding
		if q := configured; takesSecret(q.method) {
			q.method, q.secret = rs.ClientSecretPost, secret
			add(q)
		}
	}
	for _, secret := range append([]rs.Secret{configured.secret}, p.otherSecrets(configured)...) {
		q := configured
		q.secret = secret
		add(q)
		for _, q := range p.secretMethods(configured, secret) {
			add(q)
		}
	}
	q := configured
	if q.method = rs.PrivateKeyJWT; p.cfg.ClientSigner != nil {
		add(q)
	}
	if q.method = rs.TLSClientAuth; p.cfg.ClientCertificate != nil {
		add(q)
	}
	return all
}

// secretMethods are the ways to use a secret.
func (p *patient) secretMethods(configured question, secret rs.Secret) (all []question) {
	if secret == "" || configured.method == rs.ClientBearerToken {
		return nil
	}
	q := configured
	q.secret = secret
	raw := q
	raw.method, raw.raw = rs.ClientSecretBasic, true
	special := url.QueryEscape(p.cfg.ClientID) != p.cfg.ClientID || url.QueryEscape(string(secret)) != string(secret)
	if special && configured.method == rs.ClientSecretBasic {
		all = append(all, raw)
	}
	for _, q.method = range []rs.ClientAuth{rs.ClientSecretBasic, rs.ClientSecretPost, rs.ClientSecretJWT} {
		if q.method != rs.ClientSecretJWT || len(secret) >= keys.MinSecret {
			all = append(all, q)
		}
	}
	if special && configured.method != rs.ClientSecretBasic {
		all = append(all, raw)
	}
	return all
}

// otherSecrets are what may have been meant: without quotes and white space, and without an encoding.
func (p *patient) otherSecrets(configured question) (all []rs.Secret) {
	if bare, is := wrapped(configured.secret); is {
		all = append(all, rs.Secret(bare))
	}
	return append(all, decoded(configured.secret)...)
}

// decoded is a secret without form encoding, and without base64.
func decoded(secret rs.Secret) (all []rs.Secret) {
	if text, err := url.QueryUnescape(string(secret)); err == nil && text != string(secret) && text != "" {
		all = append(all, rs.Secret(text))
	}
	if text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(secret))); err == nil && len(text) > 0 && utf8.Valid(text) {
		all = append(all, rs.Secret(strings.TrimSuffix(string(text), "\n")))
	}
	return all
}

// nameDifference is the finding when q is accepted, and the configured way is not.
func (p *patient) nameDifference(ctx context.Context, configured, q question) []Finding {
	bare, isWrapped := wrapped(configured.secret)
	switch {
	case q.secret != configured.secret && isWrapped && string(q.secret) == bare:
		return problem(SecretWrapped, "the secret is accepted without the white space or quotes around it", unwrapSecret)
	case q.secret != configured.secret:
		return problem(SecretEncoded, "the secret is accepted when it is decoded: in the configuration it is form-encoded (%2B for +), or in base64", "set OIDC_RS_CLIENT_SECRET to the secret itself, as it was issued: it is encoded here, where the method needs that")
	case q.accept != configured.accept:
		return problem(AnswerJWT, "the server answers this client with JWTs (RFC 9701) alone, and plain JSON is configured",
			"set OIDC_RS_BACKEND_CLASS=jwt (or jwt-signed), or have introspection_signed_response_alg and introspection_encrypted_response_alg removed from the registration")
	case q.raw:
		return problem(BasicEncoding, "the server takes client_secret_basic, but without the form encoding of RFC 6749 section 2.3.1",
			"have a secret made of letters and digits alone, or use "+p.methodAlone(ctx, rs.ClientSecretPost))
	}
	return problem(AuthMethod, configured.method.String()+" is refused, and "+q.method.String()+" is accepted",
		"set "+p.methodAlone(ctx, q.method))
}

// methodAlone is how to choose a method: where the endpoint is left to metadata that does not list it, with the endpoint.
func (p *patient) methodAlone(ctx context.Context, method rs.ClientAuth) string {
	set := "OIDC_RS_CLIENT_AUTH_METHOD=" + method.String()
	m := p.metadata(ctx)
	if m == nil || p.configured.IntrospectionEndpoint != "" || m.AuthMethods == nil || slices.Contains(m.AuthMethods, method.String()) {
		return set
	}
	return set + " with OIDC_OP_INTROSPECTION_ENDPOINT=" + printable(m.introspectionFor(method)) + ", since the metadata does not list that method"
}
