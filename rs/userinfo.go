package rs

import (
	"cmp"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/go-json-experiment/json"
	lru "github.com/hashicorp/golang-lru/v2"
)

// UserInfo is what the authorization server says about a user (OpenID Connect Core section 5.3.2). It belongs to one
// request: changing it changes nothing elsewhere.
type UserInfo struct {
	Issuer  string // Config.Issuer
	Subject string // "sub", which is the Subject of the [Principal]

	claims *userClaims
}

// Claims decodes the whole answer into v, a pointer as for encoding/json; member names are compared case-sensitively. The
// claims are for the application: a right must not hang on one that users can edit, such as a name or an e-mail address
// without email_verified.
func (u *UserInfo) Claims(v any) error {
	raw := "{}"
	if u.claims != nil {
		raw = u.claims.raw
	}
	if err := json.Unmarshal([]byte(raw), v); err != nil {
		return errors.New("rs: the UserInfo answer does not fit the type given to Claims: check its field types") // the cause quotes claims
	}
	return nil
}

// UserInfo asks the authorization server about the user of r, with r's own bearer token (OpenID Connect Core section 5.3).
// r must be authenticated: a request that [Server.Admit], [Server.Wrap] or rsgin has let through. Handlers that do not call it
// cost nothing.
//
// The answer must come in the form of Config.UserInfoFormat, and its sub must be the Subject of the principal, or it is not
// used. A JWT must be signed with Config.UserInfoAlg by a key of the authorization server; its iss must be Config.Issuer, its
// aud has to name the client of the token (to which the answer belongs, in OpenID Connect) or one of Config.ResponseAudiences,
// and exp and nbf are checked if they are there. An answer is remembered for Config.CacheTTL, never past the token's exp, if the
// principal is the same; requests that want the same one at the same time share a call.
//
// The error is always an *[Error], ready for [WriteError]: ErrInvalidToken if the endpoint answers 401, for the
// authorization server knows best, and what it said about the token at introspection is asked anew beside the requests;
// ErrInsufficientScope if it says insufficient_scope, with the scope openid; ErrForbidden, without a call, if the token is
// no user's (client credentials); ErrUnavailable if there is no answer, or none that can be used; ErrInternal if r is not
// authenticated or the metadata has no userinfo_endpoint.
func (s *Server) UserInfo(r *http.Request) (*UserInfo, error) {
	about, failure := s.aboutWhom(r)
	var claims *userClaims
	if failure == nil {
		claims, failure = s.userClaims(r.Context(), about)
	}
	if failure != nil {
		told := *failure // of a context of NewAnonymousContext, it is somebody else's
		told.Realm = cmp.Or(told.Realm, s.cfg.Realm)
		return nil, &told
	}
	return &UserInfo{Issuer: s.cfg.Issuer, Subject: claims.subject, claims: claims}, nil
}

// UserInfo is [Server.UserInfo] of the issuer that vouches for the principal of r.
func (i *Issuers) UserInfo(r *http.Request) (*UserInfo, error) {
	p, err := RequirePrincipal(r.Context())
	if err != nil {
		return nil, err
	}
	s := i.Server(p.Issuer)
	if s == nil {
		return nil, anothersPrincipal()
	}
	return s.UserInfo(r)
}

// asked is about whom, and with what.
type asked struct {
	*Principal
	token string
}

// aboutWhom says whom to ask about. That the token in r is the one that the principal was made of is not taken for granted:
// sub is compared.
func (s *Server) aboutWhom(r *http.Request) (asked, *Error) {
	p, err := RequirePrincipal(r.Context())
	switch {
	case err != nil:
		return asked{}, AsError(err)
	case p.Issuer != s.cfg.Issuer:
		return asked{}, anothersPrincipal()
	case p.Subject == "":
		return asked{}, &Error{Kind: ErrForbidden, Reason: ReasonUserInfoNoSubject, Description: "the access token is no user's"}
	}
	token, failure := bearerToken(r, true)
	if failure == nil {
		token, failure = s.bearer(token)
	}
	return asked{p, token}, failure
}

func anothersPrincipal() *Error {
	return &Error{Reason: ReasonNotAuthenticated, Err: errors.New("rs: the principal of this request is another issuer's: ask the Server that authenticated it")}
}

// userInfos is what UserInfo needs beside the rest of a Server. It has places, a pause and a circuit breaker of its own, and tells
// those of introspection nothing: an extra that does not work must not keep tokens from being judged.
type userInfos struct {
	metadata  *remote[metadata] // never nil: the endpoint and the keys are looked up when they are first needed
	keys      *keySet
	cache     *lru.Cache[CacheKey, *userClaims] // nil: none
	evictions atomic.Uint64
	flights   flights[userClaims]
	places    *places
	pause     pause
	breaker   *breaker
	opinion   opinion
}

const maxUserInfos = 1000 // answers remembered

func (s *Server) setUpUserInfo() {
	u := &s.users
	u.places = newPlaces(s.cfg.MaxConcurrent, s.cfg.MaxWait)
	u.breaker = newBreaker(&s.cfg, &u.opinion,
		unavailable(ReasonUserInfoUnavailable, "the UserInfo endpoint failed too often and is given a rest"), s.userInfoCircuit)
	if u.metadata = s.metadata; u.metadata == nil {
		u.metadata = newMetadata(s)
	}
	if u.keys = s.tokenKeys; s.cfg.UserInfoAlg != s.cfg.AccessTokenAlg {
		u.keys = newKeySet(s, s.cfg.UserInfoAlg)
	}
	if size := min(s.cfg.CacheSize, maxUserInfos); size > 0 && s.cfg.CacheTTL > 0 {
		u.cache, _ = lru.New[CacheKey, *userClaims](size) // fails without room only
	}
}
