package service

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/floor"
)

// parts is what nobody can leave out for a new token, and nothing else: one POST of the token, whose answer is read and thrown
// away, and for RSA the cryptography of an answer of RFC 9701.
func parts(spec *Spec) (gin.HandlerFunc, error) {
	c := client()
	once, err := cryptography(spec)
	if err != nil {
		return nil, err
	}
	return func(gc *gin.Context) {
		token := gc.GetHeader("Authorization")[len("Bearer "):]
		if errors.Join(post(gc.Request.Context(), c, spec.AS, token), once()) != nil {
			gc.AbortWithStatus(http.StatusServiceUnavailable)
		}
	}, nil
}

// cryptography is the primitives of a spec with an RSA key, and nothing for others. As many run at once as in ours, one less
// than there are processors: whatever goes on beside them needs one, and the same decryption takes more CPU time where the
// other processor is not busy all the time.
func cryptography(spec *Spec) (func() error, error) {
	none := func() error { return nil }
	if spec.Private == nil {
		return none, nil
	}
	decryption, err := privateKey(spec.Private.PEM)
	if err != nil {
		return nil, err
	}
	signing, err := privateKey(spec.Signing)
	if err != nil {
		return nil, err
	}
	key, isRSA := decryption.(*rsa.PrivateKey)
	if !isRSA {
		return none, nil
	}
	signer, ok := signing.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("service: the signing key is a %T", signing)
	}
	p, err := floor.New(key, signer)
	if err != nil {
		return nil, err
	}
	places := make(chan struct{}, max(runtime.GOMAXPROCS(0)-1, 1))
	return func() error {
		places <- struct{}{}
		defer func() { <-places }()
		return p.Once()
	}, nil
}

func post(ctx context.Context, c *http.Client, endpoint, token string) error {
	req, err := introspectionRequest(ctx, endpoint, token)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("service: status %d", resp.StatusCode)
	}
	return nil
}

// privateKey reads PKCS #8.
func privateKey(text []byte) (any, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("service: no PEM")
	}
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}
