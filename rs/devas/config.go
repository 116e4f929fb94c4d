package devas

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Config tells [New] everything. Only Issuer has no default.
type Config struct {
	Issuer     string            // issuer identifier: where the server will be reached, without query or fragment
	Clients    []Client          // who may introspect; more with [Server.Register]
	SigningAlg string            // JWS algorithm of the key that is always there, and of IssueJWT; default ES256
	Claims     Claims            // defaults for Issue and IssueJWT, over those of this package
	Audience   string            // aud of IssueJWT; default resource-server
	Users      map[string]Claims // what UserInfo says, by subject; default: Users(); more with [Server.SetUser]
	Lifetime   time.Duration     // of a token whose claims name no exp; default one hour
	HTTPClient *http.Client      // fetches the JWK Sets of clients; default: one without redirects
	OnExchange func(Exchange)    // told of every introspection once it was answered; nil: nobody
	OnUserInfo func(Exchange)    // told of every request for UserInfo, likewise
	Now        func() time.Time  // default time.Now

	// ScopedUserInfo makes UserInfo state a claim only to a token with a scope for it: one of OpenID Connect Core
	// section 5.4 (profile, email, address, phone), or one with the name of the claim, as ProConnect has them. Default:
	// openid is enough for all claims.
	ScopedUserInfo bool
}

// Client is a resource server that may introspect, as it registered itself. Whether it authenticates with
// client_secret_basic or client_secret_post is its own choice at every request.
type Client struct {
	ID     string    // client_id
	Secret rs.Secret // client_secret

	SigningAlg    string // JWS algorithm of its answers (introspection_signed_response_alg); empty: plain JSON
	EncryptionAlg string // JWE algorithm (introspection_encrypted_response_alg); empty: not encrypted
	EncryptionEnc string // JWE content encryption; default A256GCM

	// The same for UserInfo, of tokens with the client_id of this client (userinfo_signed_response_alg and so on).
	UserInfoSigningAlg    string
	UserInfoEncryptionAlg string
	UserInfoEncryptionEnc string

	// The client's public keys, one way or the other, if its answers are encrypted. JWKSURI is read at the first
	// encryption and kept for 60 seconds or its max-age. A set that holds a private key is refused as a whole.
	JWKS    []byte
	JWKSURI string
}

// defaultEnc is what ProConnect uses.
const defaultEnc = "A256GCM"

func (cfg Config) withDefaults() Config {
	if cfg.SigningAlg == "" {
		cfg.SigningAlg = "ES256"
	}
	if cfg.Audience == "" {
		cfg.Audience = "resource-server"
	}
	if cfg.Lifetime == 0 {
		cfg.Lifetime = time.Hour
	}
	if cfg.Users == nil {
		cfg.Users = Users()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return cfg
}

func (cfg Config) validate() error {
	u, err := url.Parse(cfg.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("devas: Config.Issuer is no issuer identifier: use a URL like http://127.0.0.1:9000, without query or fragment")
	}
	return nil
}

// validate reports every problem of a registration at once, without the secret.
func (c Client) validate() error {
	var problems []error
	add := func(bad bool, text string) {
		if bad {
			problems = append(problems, fmt.Errorf("devas: client %q %s", c.ID, text))
		}
	}
	unknown := func(list []string, name string) bool { return name != "" && !slices.Contains(list, name) }
	add(c.ID == "", "has no ID: give it one")
	add(c.Secret == "", "has no Secret: give it one")
	encrypts := false
	for _, of := range []struct {
		field, member string // how the registration is called in Go, and in client metadata
		Client
	}{{"", "introspection_", c}, {"UserInfo", "userinfo_", c.atUserInfo()}} {
		signing := fmt.Sprintf("%sSigningAlg (%ssigned_response_alg)", of.field, of.member)
		encryption := fmt.Sprintf("%sEncryptionAlg (%sencrypted_response_alg)", of.field, of.member)
		encoding := fmt.Sprintf("%sEncryptionEnc (%sencrypted_response_enc)", of.field, of.member)
		add(unknown(signingAlgs, of.SigningAlg), "has an unknown "+signing+": use one of "+strings.Join(signingAlgs, ", "))
		add(unknown(encryptionAlgs, of.EncryptionAlg), "has an unknown "+encryption+": use one of "+strings.Join(encryptionAlgs, ", "))
		add(unknown(encryptionEncs, of.EncryptionEnc), "has an unknown "+encoding+": use one of "+strings.Join(encryptionEncs, ", "))
		add(of.EncryptionAlg != "" && of.SigningAlg == "",
			"has "+encryption+" but no "+signing+": what is encrypted is signed first (RFC 9701 section 5, OpenID Connect Core section 5.3.2)")
		encrypts = encrypts || of.EncryptionAlg != ""
	}
	add(encrypts && (len(c.JWKS) == 0) == (c.JWKSURI == ""), "needs either JWKS (jwks) or JWKSURI (jwks_uri), to encrypt to")
	if len(problems) == 0 && encrypts && len(c.JWKS) > 0 {
		err := c.checkKeys()
		add(err != nil, fmt.Sprintf("cannot be encrypted to: %v", err))
	}
	return errors.Join(problems...)
}

func (c Client) checkKeys() error {
	if err := refusePrivate(c.JWKS); err != nil {
		return err
	}
	for _, c := range []Client{c, c.atUserInfo()} {
		if c.EncryptionAlg == "" {
			continue
		}
		if _, err := keys.NewEncrypter(c.JWKS, c.EncryptionAlg, cmp.Or(c.EncryptionEnc, defaultEnc)); err != nil {
			return err
		}
	}
	return nil
}
