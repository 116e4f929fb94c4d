package rs

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// authenticate puts our credentials into the header, or returns them for the form, and never does both (RFC 6749 section 2.3).
func (s *Server) authenticate(ctx context.Context, method ClientAuth, header http.Header) (form url.Values, failure *Error) {
	var secret Secret
	if method.usesSecret() {
		if secret, failure = s.clientSecret(ctx); failure != nil {
			return nil, failure
		}
	}
	switch method {
	case ClientSecretBasic:
		header.Set("Authorization", basicAuth(s.cfg.ClientID, string(secret)))
	case ClientSecretPost:
		return url.Values{"client_id": {s.cfg.ClientID}, "client_secret": {string(secret)}}, nil
	case ClientSecretJWT, PrivateKeyJWT:
		return s.assert(ctx, method, secret)
	case TLSClientAuth, SelfSignedTLSClientAuth:
		return url.Values{"client_id": {s.cfg.ClientID}}, nil // RFC 8705 section 2: the certificate alone does not say whose it is
	case ClientBearerToken:
		if !isB64Token(string(secret)) {
			return nil, credentialsUnavailable(errors.New("the bearer token is empty or has a character that a header cannot carry"))
		}
		header.Set("Authorization", "Bearer "+string(secret))
	case ClientSecretByMetadata: // has been settled
	}
	return nil, nil
}

// clientSecret is the secret of this moment.
func (s *Server) clientSecret(ctx context.Context) (Secret, *Error) {
	if s.cfg.ClientSecretFrom == nil {
		return s.cfg.ClientSecret, nil
	}
	secret, err := s.cfg.ClientSecretFrom(ctx)
	if err == nil && secret == "" {
		err = errors.New("the client secret is empty")
	}
	if err != nil {
		return "", credentialsUnavailable(err)
	}
	return secret, nil
}

// credentialsUnavailable: nobody was asked, so nobody has refused.
func credentialsUnavailable(err error) *Error {
	return &Error{Kind: ErrUnavailable, Reason: ReasonCredentialsUnavailable, Err: err, innocent: true}
}

// basicAuth form-urlencodes both halves before joining them (RFC 6749 section 2.3.1), which http.Request.SetBasicAuth does not.
func basicAuth(id, secret string) string {
	credentials := url.QueryEscape(id) + ":" + url.QueryEscape(secret)
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(credentials))
}

// assertionLife is how long an assertion can be used: for one call, and clocks that differ a little.
const assertionLife = time.Minute

// assertion is the claims set of RFC 7523 section 3. Its audience is the issuer and nothing else: an assertion with the URL
// of an endpoint, which metadata could name, might be used elsewhere (CVE-2025-27370, draft-ietf-oauth-rfc7523bis).
type assertion struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	ID       string `json:"jti"`
	IssuedAt int64  `json:"iat"`
	Expiry   int64  `json:"exp"`
}

// assertionType sets client assertions apart from all other JWTs that we might sign (draft-ietf-oauth-rfc7523bis).
const assertionType = "client-authentication+jwt"

// assert is the form of a fresh client assertion (RFC 7521 section 4.2).
func (s *Server) assert(ctx context.Context, method ClientAuth, secret Secret) (url.Values, *Error) {
	now := s.cfg.Now()
	claims, err := json.Marshal(assertion{
		Issuer: s.cfg.ClientID, Subject: s.cfg.ClientID, Audience: s.cfg.Issuer, ID: rand.Text(),
		IssuedAt: now.Unix(), Expiry: now.Add(assertionLife).Unix(),
	})
	if err != nil {
		return nil, credentialsUnavailable(errors.New("client id or issuer is not valid UTF-8"))
	}
	header := map[string]any{"typ": assertionType}
	var jws []byte
	if method == ClientSecretJWT {
		jws, err = keys.SignHS256([]byte(secret), claims, header)
	} else {
		jws, err = s.sign(ctx, claims, header)
	}
	if err != nil {
		return nil, credentialsUnavailable(fmt.Errorf("the client assertion could not be signed: %w", err))
	}
	return url.Values{
		"client_id":             {s.cfg.ClientID},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {string(jws)},
	}, nil
}

// sign lets a Signer that makes a call know how long we wait.
func (s *Server) sign(ctx context.Context, payload []byte, header map[string]any) ([]byte, error) {
	if signer, ok := s.cfg.ClientSigner.(interface {
		SignContext(ctx context.Context, payload []byte, header map[string]any) ([]byte, error)
	}); ok {
		return signer.SignContext(ctx, payload, header)
	}
	return s.cfg.ClientSigner.Sign(payload, header)
}

// assertionAlg is the algorithm of our assertions.
func (cfg Config) assertionAlg(method ClientAuth) string {
	if method == ClientSecretJWT {
		return "HS256"
	}
	return cfg.ClientSigner.Algorithm()
}
