package rs

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Format is the form in which the authorization server answers. It is chosen by configuration and never by what arrives:
// an answer in any other form is a downgrade and is refused.
type Format uint8

// The formats. The zero Format is JSON.
const (
	JSON      Format = iota // RFC 7662: plain JSON, as trustworthy as the TLS connection
	JWT                     // RFC 9701: signed, then encrypted to our key
	JWTSigned               // RFC 9701: signed only
)

// String names the format as the environment does.
func (f Format) String() string {
	switch f {
	case JSON:
		return "json"
	case JWT:
		return "jwt"
	case JWTSigned:
		return "jwt-signed"
	}
	return "unknown"
}

// TokenTypeRule says whether an introspection response must have a token_type.
type TokenTypeRule uint8

// The rules. RFC 7662 makes token_type optional, but node oidc-provider, the engine of ProConnect, marks a refresh
// token by leaving it out.
const (
	TokenTypeByFormat TokenTypeRule = iota // required with JWT and JWTSigned, optional with JSON
	TokenTypeRequired
	TokenTypeOptional
)

// Decrypter opens a JWE in compact serialization (RFC 7516) with our private key. *keys.Set is one; an HSM or a key
// management service can be another. It must be safe for concurrent use, and it must refuse every algorithm but the
// configured one.
//
// One that makes a call should have a method DecryptContext(ctx context.Context, jwe []byte) ([]byte, error) too, which is
// then called in place of Decrypt: the decision waits for it, and ctx ends with Config.Budget, or with Config.Timeout if that
// is sooner.
//
// An error about the message is, or wraps, keys.ErrDecrypt, ErrMalformed, ErrAlgorithm or ErrUnknownKey. Any other error
// means that the private key cannot be used at present; whoever sent the message is not to blame, so the request gets a 503.
// No error may contain the message or the plaintext.
type Decrypter interface {
	Decrypt(jwe []byte) (plaintext []byte, err error)
}

// Config tells [New] everything. The fields under "Required" have no default; every other zero value is the strict or
// the customary choice named beside it. For durations and sizes, zero means the default and a negative value means none; it
// is an error for a limit that cannot be switched off.
type Config struct {
	// Required.
	Issuer         string   // issuer identifier of the authorization server, compared exactly (RFC 8414 section 2)
	ClientID       string   // who we are to the authorization server; not needed with Local
	ClientSecret   Secret   // and how we prove it; not with a method that takes something else
	AcceptedScopes []string // a token must have at least one of them, exactly and case-sensitively

	// How we prove who we are, beyond ClientSecret.
	ClientAuth        ClientAuth
	ClientSecretFrom  SecretSource      // the secret, or the bearer token, where it can change; wins over ClientSecret
	ClientSigner      Signer            // our signing key, for PrivateKeyJWT; the server must know its public half
	ClientCertificate CertificateSource // our certificate, of our own client; with HTTPClient, its transport has it

	// Where the authorization server is: https, or loopback. What is empty is discovered from the issuer's metadata (RFC 8414,
	// OpenID Connect Discovery) when it is first needed; see [Server.Discover].
	IntrospectionEndpoint string // RFC 7662 section 2
	JWKSEndpoint          string // its JWK Set; needed for JWTs only: answers, access tokens, UserInfo
	InternalURL           string // what is under Issuer is called under this URL instead

	// The form of the answer (RFC 9701).
	Format              Format
	SigningAlg          string        // the one JWS algorithm accepted; default: the one of the metadata, if it lists just one, else ES256
	Decrypter           Decrypter     // our private key; required with JWT
	ResponseAudiences   []string      // our identifiers, one of which must be in the answer's aud; default: ClientID
	ResponseMaxAge      time.Duration // greatest age of an answer by its iat, against replay; default 2 minutes
	LenientResponseType bool          // accept an answer without typ, as servers older than RFC 9701 send it

	// Which tokens are good here.
	AudienceClaim      string        // claim that names the calling service and must be there; default client_id
	AllowedAudiences   []string      // if set, that claim must hold one of these
	TokenAudiences     []string      // if set, the token's own aud must hold one of these (RFC 9700 section 2.3)
	TokenType          TokenTypeRule // whether an answer must say token_type
	ClockSkew          time.Duration // tolerance for exp, nbf, and an iat in the future; default none
	LenientScopeArray  bool          // accept a scope that is an array of strings, as some older servers send it
	LenientBase64Token bool          // unwrap a bearer token that is base64 of UTF-8 text, as django-lasuite does
	MaxTokenLength     int           // bytes; default 8192

	// How a token is judged: see [AccessTokenMode].
	AccessTokenMode AccessTokenMode
	AccessTokenAlg  string        // the one JWS algorithm of JWT access tokens; default RS256 (RFC 9068 section 2.1)
	IntrospectEvery time.Duration // LocalThenIntrospect: the revocation delay; default 5 minutes
	LenientKeycloak bool          // take Keycloak's access tokens, which do not say what they are in typ: see [AccessTokenMode]
	LenientEntra    bool          // the same for Microsoft Entra ID

	// How we ask.
	Timeout            time.Duration  // for a whole call, from dialling to the last byte; default 5 seconds
	MaxResponseSize    int64          // bytes, after any decompression; default 1 MiB
	JWKSTTL            time.Duration  // how long a JWK Set, or metadata, is used before a refresh; default 10 minutes
	JWKSCooldown       time.Duration  // least time between two fetches caused by an unknown key; default 30 seconds
	JWKSMaxStale       time.Duration  // how long either is used beyond JWKSTTL while no new one can be had; default 24 hours
	HTTPClient         *http.Client   // default: our own, which the next three configure; redirects are never followed and cookies never kept
	Proxy              *url.URL       // forward proxy of our own client; default: from HTTPS_PROXY and the like
	RootCAs            *x509.CertPool // certificate authorities of our own client; default: the system's
	InsecureSkipVerify bool           // switch certificate checks off: whoever is on the path can then say "active"
	InsecureAllowHTTP  bool           // allow http to other hosts than loopback

	// WrapTransport wraps the transport of the client, ours or that of HTTPClient: for tracing, say. [New] calls it once.
	// What it returns must pass each request on, and its answer back. Our own transport makes new connections every five
	// minutes, with copies of an *http.Transport that its method Template returns: change that one, if at all, before the
	// first call.
	WrapTransport func(http.RoundTripper) http.RoundTripper

	// What it says about the user (OpenID Connect Core section 5.3): see [Server.UserInfo].
	UserInfoEndpoint string // default: discovered when it is first needed
	UserInfoFormat   Format // JSON; or JWTSigned; or JWT, which needs Decrypter
	UserInfoAlg      string // the one JWS algorithm accepted; default RS256

	// When the authorization server is in trouble. MaxConcurrent bounds the calls to it, and likewise the decryptions of access
	// tokens; refreshes ahead of time have up to 16 places of their own.
	Budget           time.Duration // for a whole decision, with waiting, a retry and keys; default: Timeout
	MaxConcurrent    int           // calls at once; default 64, negative: no bound
	MaxWait          time.Duration // for a place among those; default 2 seconds, negative: none
	NoRetry          bool          // do not repeat a call that was cut off or met a gateway in trouble
	CircuitOpen      time.Duration // how long it is not asked after too many failures; default 5 seconds, negative: no circuit breaker
	CredentialsPause time.Duration // how long it is not asked after it refused our credentials, or until we have others; default 10 seconds, negative: none
	StaleIfError     time.Duration // how long beyond CacheTTL "active" may be used while it cannot answer; default none
	StaleHeader      string        // response header that says "stale" in that case; default none

	// What is remembered.
	Cache             Cache         // default: an LRU of CacheSize facts in this process; one that servers share: see [Tiered]
	CacheSize         int           // entries, of 64 KiB at most; default 10000, 100 million at most, negative: no cache
	CacheTTL          time.Duration // longest use of one answer = the revocation delay, never past exp; default 30 seconds
	NegativeCacheTTL  time.Duration // the same for "active": false; default 5 seconds
	NegativeCacheSize int           // answers "active": false kept, beside the others and always in this process; default 1000
	NoRefreshAhead    bool          // do not ask anew, beside the requests, in the last fifth of CacheTTL

	Realm    string           // realm of the challenge; default none
	Observer Observer         // default none
	Now      func() time.Time // default time.Now
}

const defaultSigningAlg = "ES256"

// String tells whose configuration it is and nothing more: it holds secrets, also inside a proxy URL.
func (cfg Config) String() string {
	return fmt.Sprintf("rs.Config{Issuer: %q, ClientID: %q, Format: %s}", cfg.Issuer, cfg.ClientID, cfg.Format)
}

// GoString is String, for %#v.
func (cfg Config) GoString() string { return cfg.String() }

// orDefault resolves the rule for durations and sizes: zero is the default, negative is none.
func orDefault[T time.Duration | int | int64](v, def T) T {
	switch {
	case v == 0:
		return def
	case v < 0:
		return 0
	}
	return v
}

// withDefaults is cfg with every default filled in and nothing shared with the caller.
func (cfg Config) withDefaults() Config {
	if cfg.AudienceClaim == "" {
		cfg.AudienceClaim = "client_id"
	}
	if len(cfg.ResponseAudiences) == 0 && cfg.ClientID != "" { // which Local does without: no answer is for nobody
		cfg.ResponseAudiences = []string{cfg.ClientID}
	}
	if cfg.TokenType == TokenTypeByFormat {
		cfg.TokenType = TokenTypeRequired
		if cfg.Format == JSON {
			cfg.TokenType = TokenTypeOptional
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	for _, list := range []*[]string{&cfg.AcceptedScopes, &cfg.ResponseAudiences, &cfg.AllowedAudiences, &cfg.TokenAudiences} {
		*list = slices.Clone(*list)
	}
	cfg.ResponseMaxAge = orDefault(cfg.ResponseMaxAge, 2*time.Minute)
	cfg.MaxTokenLength = orDefault(cfg.MaxTokenLength, 8192)
	cfg.Timeout = orDefault(cfg.Timeout, 5*time.Second)
	cfg.MaxResponseSize = orDefault(cfg.MaxResponseSize, 1<<20)
	cfg.JWKSTTL = orDefault(cfg.JWKSTTL, 10*time.Minute)
	cfg.JWKSCooldown = orDefault(cfg.JWKSCooldown, 30*time.Second)
	cfg.JWKSMaxStale = orDefault(cfg.JWKSMaxStale, 24*time.Hour)
	cfg.Budget = orDefault(cfg.Budget, cfg.Timeout)
	cfg.MaxConcurrent = orDefault(cfg.MaxConcurrent, 64)
	cfg.MaxWait = orDefault(cfg.MaxWait, 2*time.Second)
	cfg.CircuitOpen = orDefault(cfg.CircuitOpen, 5*time.Second)
	cfg.CredentialsPause = orDefault(cfg.CredentialsPause, 10*time.Second)
	cfg.NegativeCacheSize = orDefault(cfg.NegativeCacheSize, 1000)
	cfg.CacheSize = orDefault(cfg.CacheSize, 10000)
	cfg.CacheTTL = orDefault(cfg.CacheTTL, 30*time.Second)
	cfg.NegativeCacheTTL = orDefault(cfg.NegativeCacheTTL, 5*time.Second)
	cfg.AccessTokenAlg = cmp.Or(cfg.AccessTokenAlg, "RS256")
	cfg.UserInfoAlg = cmp.Or(cfg.UserInfoAlg, "RS256")
	cfg.IntrospectEvery = orDefault(cfg.IntrospectEvery, 5*time.Minute)
	avoidOverflow(&cfg)
	return cfg
}

// What is longer or larger than this is for ever, or without a bound: sums with it must not overflow.
const (
	longest = 10 * 365 * 24 * time.Hour
	largest = 1 << 40
)

func avoidOverflow(cfg *Config) {
	for _, d := range []*time.Duration{
		&cfg.Timeout, &cfg.Budget, &cfg.MaxWait, &cfg.CircuitOpen, &cfg.CredentialsPause, &cfg.StaleIfError, &cfg.ClockSkew, &cfg.ResponseMaxAge,
		&cfg.JWKSTTL, &cfg.JWKSCooldown, &cfg.JWKSMaxStale, &cfg.CacheTTL, &cfg.NegativeCacheTTL, &cfg.IntrospectEvery,
	} {
		*d = min(*d, longest)
	}
	cfg.MaxResponseSize = min(cfg.MaxResponseSize, largest)
}
