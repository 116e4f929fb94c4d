// Package as is the authorization server of the benchmarks: as cheap as one can be, so that what is measured is ours. It
// signs and encrypts its answers once, before the measurement.
package as

import (
	"fmt"
	"strings"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// Who everybody is. The issuer never changes with the port, as answers are made before there is one.
const (
	Issuer   = "http://127.0.0.1"
	ClientID = "bench"
	Secret   = "bench-secret"
	Scope    = "documents"
)

// AnswerSize is the length of an introspection response in bytes, as an authorization server with a few claims sends it.
const AnswerSize = 450

// Answer is an introspection response (RFC 7662 section 2.2) about token, exactly AnswerSize bytes long.
func Answer(token string) []byte {
	name := token[max(0, len(token)-20):]
	now := stats.Now().Unix()
	head := fmt.Sprintf(`{"active":true,"iss":%q,"sub":"user-%s","client_id":"calling-service","username":"user-%s@example.org","scope":"openid profile %s",`+
		`"token_type":"Bearer","iat":%d,"exp":%d,"jti":"%s","acr":"eidas1","padding":"`, Issuer, name, name, Scope, now, now+36000, name)
	return []byte(head + strings.Repeat("x", max(0, AnswerSize-len(head)-2)) + `"}`)
}

// An Encryption is how answers are encrypted to the resource server.
type Encryption struct {
	Name string // for the rows of the table, and the path of the endpoint
	Alg  string
	Set  *keys.Set

	messages [][]byte
}

// Keys of an authorization server and of a resource server, and answers made with them.
type Keys struct {
	Signer      *keys.Signer
	Encryptions []*Encryption
}

// pool is how many encrypted answers are made in advance; they are given out in turn.
const pool = 16

// NewKeys makes ES256 signatures, encrypted to each of the private keys given: PEM by name of the encryption.
func NewKeys(signing []byte, private ...PrivateKey) (*Keys, error) {
	signer, err := keys.ParseSigner(signing, "ES256")
	if err != nil {
		return nil, err
	}
	all := &Keys{Signer: signer}
	for _, key := range private {
		e, err := newEncryption(signer, key)
		if err != nil {
			return nil, err
		}
		all.Encryptions = append(all.Encryptions, e)
	}
	return all, nil
}

// PrivateKey is a private key of the resource server with its algorithm.
type PrivateKey struct {
	Name, Alg string
	PEM       []byte
}

func newEncryption(signer *keys.Signer, key PrivateKey) (*Encryption, error) {
	set, err := keys.Parse(key.PEM, key.Alg, "A256GCM")
	if err != nil {
		return nil, err
	}
	encrypter, err := keys.NewEncrypter(set.PublicJWKS(), key.Alg, "A256GCM")
	if err != nil {
		return nil, err
	}
	e := &Encryption{Name: key.Name, Alg: key.Alg, Set: set}
	for i := range pool {
		jwe, err := seal(signer, encrypter, fmt.Sprintf("%020d", i))
		if err != nil {
			return nil, err
		}
		e.messages = append(e.messages, jwe)
	}
	return e, nil
}

// seal makes an answer of RFC 9701.
func seal(signer *keys.Signer, encrypter *keys.Encrypter, token string) ([]byte, error) {
	claims := fmt.Sprintf(`{"iss":%q,"aud":%q,"iat":%d,"token_introspection":%s}`, Issuer, ClientID, stats.Now().Unix()-1, Answer(token))
	jws, err := signer.Sign([]byte(claims), map[string]any{"typ": "token-introspection+jwt"})
	if err != nil {
		return nil, err
	}
	return encrypter.Encrypt(jws, map[string]any{"cty": "JWT"})
}

// Message is one of the answers made in advance.
func (e *Encryption) Message(i int) []byte { return e.messages[i%len(e.messages)] }

// Config is a resource server of this authorization server at base: JSON, or JWT if e is given. It never asks anew beside a
// measurement and never refuses an answer for having been made in advance.
func Config(base string, e *Encryption) rs.Config {
	cfg := rs.Config{
		Issuer: Issuer, IntrospectionEndpoint: base + "/json", ClientID: ClientID, ClientSecret: Secret, AcceptedScopes: []string{Scope},
		CacheSize: 1 << 20, CacheTTL: 10 * time.Hour, NoRefreshAhead: true,
	}
	if e != nil {
		cfg.Format, cfg.Decrypter = rs.JWT, e.Set
		cfg.IntrospectionEndpoint, cfg.JWKSEndpoint = base+"/"+e.Name, base+"/jwks"
		cfg.ResponseMaxAge = 10 * time.Hour
	}
	return cfg
}
