package devas

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How a client's JWK Set is fetched, as by oidc-provider.
const (
	clientKeysTimeout = 2500 * time.Millisecond
	clientKeysMinAge  = time.Minute
	maxClientKeys     = 256 << 10
)

// client is a registered client with what is known of its keys.
type client struct {
	Client

	mu    sync.Mutex
	jwks  []byte
	until time.Time // when a fetched set is fetched again
}

func newClient(c Client) *client {
	c.EncryptionEnc, c.UserInfoEncryptionEnc = cmp.Or(c.EncryptionEnc, defaultEnc), cmp.Or(c.UserInfoEncryptionEnc, defaultEnc)
	return &client{Client: c}
}

// form is what the client registered for.
func (c Client) form() form {
	switch {
	case c.SigningAlg == "":
		return plain
	case c.EncryptionAlg == "":
		return signed
	}
	return encrypted
}

// atUserInfo is the client with its registration for UserInfo in the place of that for introspection.
func (c Client) atUserInfo() Client {
	c.SigningAlg, c.EncryptionAlg, c.EncryptionEnc = c.UserInfoSigningAlg, c.UserInfoEncryptionAlg, c.UserInfoEncryptionEnc
	return c
}

// refusePrivate: whoever publishes one private key has lost it, and cannot be trusted with the others of the set.
func refusePrivate(jwks []byte) error {
	var set struct {
		Keys []map[string]json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(jwks, &set); err != nil || set.Keys == nil {
		return errors.New("not a JWK Set")
	}
	for _, key := range set.Keys {
		for _, private := range [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"} {
			if _, found := key[private]; found {
				return errors.New("a private key is published")
			}
		}
	}
	return nil
}

// clientKeys is the client's set: the registered one, or the one at its jwks_uri, as long as it may be kept. Two fetches at
// once do no harm, so no lock is held meanwhile.
func (s *Server) clientKeys(ctx context.Context, c *client) ([]byte, error) {
	if c.JWKSURI == "" {
		return c.JWKS, nil
	}
	c.mu.Lock()
	jwks, fresh := c.jwks, s.cfg.Now().Before(c.until)
	c.mu.Unlock()
	if fresh {
		return jwks, nil
	}
	jwks, maxAge, err := s.fetchClientKeys(ctx, c.JWKSURI)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jwks, c.until = jwks, s.cfg.Now().Add(max(maxAge, clientKeysMinAge))
	return jwks, nil
}

func (s *Server) fetchClientKeys(ctx context.Context, uri string) (jwks []byte, maxAge time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, clientKeysTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, http.NoBody)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept", "application/json, application/jwk-set+json")
	resp, err := s.cfg.HTTPClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("its jwks_uri answered with status %d, not 200", resp.StatusCode)
	}
	if jwks, err = io.ReadAll(io.LimitReader(resp.Body, maxClientKeys)); err != nil {
		return nil, 0, err
	}
	return jwks, readMaxAge(resp.Header.Get("Cache-Control")), refusePrivate(jwks)
}

// readMaxAge is the max-age of a Cache-Control header (RFC 9111 section 5.2.2.1), or zero.
func readMaxAge(cacheControl string) time.Duration {
	for directive := range strings.SplitSeq(cacheControl, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if strings.EqualFold(name, "max-age") {
			seconds, err := strconv.Atoi(value)
			if err != nil || seconds < 0 {
				return 0
			}
			return time.Duration(seconds) * time.Second
		}
	}
	return 0
}
