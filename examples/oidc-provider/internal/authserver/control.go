package authserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// ServiceProvider is the client that tokens are issued to: the service that calls ours.
const ServiceProvider = "sp-docs"

// Wish describes a token to mint. The zero Wish is an access token of [ServiceProvider] for five minutes, without
// scope; every kind but "client_credentials" needs a Subject.
type Wish struct {
	Kind      string `json:"kind,omitempty"` // access, refresh, client_credentials, dpop, mtls
	Subject   string `json:"sub,omitempty"`
	Scope     string `json:"scope,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	Audience  string `json:"aud,omitempty"`
	ExpiresIn int    `json:"expires_in,omitempty"` // seconds; negative: it has expired already
}

// Introspection is one answer of the introspection endpoint.
type Introspection struct {
	Accept      string `json:"accept"`
	Status      int    `json:"status"`
	ContentType string `json:"content_type"`
}

// Mint makes a token without a browser and returns it.
func (s *Server) Mint(ctx context.Context, w Wish) (string, error) {
	var out struct{ Token string }
	err := s.control(ctx, http.MethodPost, "/mint", w, &out)
	return out.Token, err
}

// RotateKeys makes the server sign with a new key from now on, and returns its kid. With overlap the former key stays
// in the server's JWK Set.
func (s *Server) RotateKeys(ctx context.Context, overlap bool) (string, error) {
	var out struct{ Kid string }
	err := s.control(ctx, http.MethodPost, "/rotate-keys", map[string]bool{"overlap": overlap}, &out)
	return out.Kid, err
}

// Restart makes the server forget what it fetched from each jwks_uri, as the passing of a minute would.
func (s *Server) Restart(ctx context.Context) error {
	return s.control(ctx, http.MethodPost, "/restart", struct{}{}, &struct{}{})
}

// PublishedKeys returns the kid of every key in the server's JWK Set.
func (s *Server) PublishedKeys(ctx context.Context) ([]string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.JWKSEndpoint, nil)
	if err != nil {
		return nil, fmt.Errorf("authserver: %w", err)
	}
	var set struct{ Keys []struct{ Kid string } }
	if err := do(req, &set); err != nil {
		return nil, err
	}
	var kids []string
	for _, key := range set.Keys {
		kids = append(kids, key.Kid)
	}
	return kids, nil
}

// Introspections returns what the introspection endpoint has answered so far.
func (s *Server) Introspections(ctx context.Context) ([]Introspection, error) {
	var out struct{ Introspections []Introspection }
	err := s.control(ctx, http.MethodGet, "/log", nil, &out)
	return out.Introspections, err
}

// control sends one request to the control door and decodes the answer into out.
func (s *Server) control(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("authserver: %w", err)
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.Control+path, body)
	if err != nil {
		return fmt.Errorf("authserver: %w", err)
	}
	return do(req, out)
}

// Revoke revokes a token the regular way, as the client that it was issued to (RFC 7009 section 2.1).
func (s *Server) Revoke(ctx context.Context, token string) error {
	return s.postForm(ctx, s.RevocationEndpoint, url.Values{"token": {token}}, nil)
}

// ClientCredentials gets a token the regular way, with the grant of RFC 6749 section 4.4.
func (s *Server) ClientCredentials(ctx context.Context, scope string) (string, error) {
	return s.ClientCredentialsFor(ctx, scope, "")
}

// ClientCredentialsFor is the same with a resource (RFC 8707); tokens for urn:jwt:es256 and urn:jwt:other are JWTs.
func (s *Server) ClientCredentialsFor(ctx context.Context, scope, resource string) (string, error) {
	var out struct {
		AccessToken string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
	if resource != "" {
		form.Set("resource", resource)
	}
	err := s.postForm(ctx, s.TokenEndpoint, form, &out)
	return out.AccessToken, err
}

// postForm sends form as ServiceProvider.
func (s *Server) postForm(ctx context.Context, endpoint string, form url.Values, out any) error {
	form.Set("client_id", ServiceProvider)
	form.Set("client_secret", s.Secrets[ServiceProvider])
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("authserver: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(req, out)
}

// do sends req, wants a 200, and decodes its body into out unless out is nil.
func do(req *http.Request, out any) error {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("authserver: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("authserver: %s: %w", req.URL.Path, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("authserver: %s: status %d: %s", req.URL.Path, res.StatusCode, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("authserver: %s: %w", req.URL.Path, err)
	}
	return nil
}
