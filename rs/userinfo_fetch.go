package rs

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	lru "github.com/hashicorp/golang-lru/v2"
)

// userInfos is what UserInfo needs beside the rest of a Server. It has its own places, its own pause and its own circuit breaker, and
// tells the other nothing: an extra that does not work must not keep tokens from being judged.
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

func (s *Server) openUserInfo() {
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

func (s *Server) userInfoEndpoint(ctx context.Context) (address, *Error) {
	if s.cfg.UserInfoEndpoint != "" {
		return s.inside.address(s.cfg.UserInfoEndpoint, itsOwn), nil
	}
	md, failure := s.anyMetadata(ctx)
	if failure != nil {
		return address{}, failure
	}
	if problem := s.cfg.endpointMisfit("userinfo_endpoint", md.userInfo, "UserInfoEndpoint", "OIDC_OP_USER_ENDPOINT"); problem != nil {
		return address{}, mismatch(fmt.Errorf("the metadata %w", problem))
	}
	return s.inside.address(md.userInfo, md.naming), nil
}

// userInfoKey has, beside the token, everything that the answer was compared with.
func (s *Server) userInfoKey(about asked) CacheKey {
	text := []byte("userinfo\x00")
	for _, part := range []string{about.token, about.Subject, about.ClientID} {
		text = append(append(text, part...), 0)
	}
	return sha256.Sum256(text)
}

// userClaims of the user: remembered, or asked for in one flight with everybody else who wants them now.
func (s *Server) userClaims(ctx context.Context, about asked) (*userClaims, *Error) {
	key := s.userInfoKey(about)
	if held := s.users.held(key, s.cfg.Now()); held != nil {
		return held, nil
	}
	claims, _, failure := share(ctx, s, &s.users.flights, key, func(ctx context.Context) (*userClaims, *Error) {
		if held := s.users.held(key, s.cfg.Now()); held != nil {
			return held, nil
		}
		claims, failure := s.askUserInfo(ctx, about)
		switch {
		case failure == nil && s.users.cache != nil:
			s.inTurn(ctx, key, func() { s.rememberUser(key, claims, about) })
		case failure != nil && failure.Reason == ReasonUserInfoRefused:
			s.doubtToken(ctx, about.token)
		}
		return claims, failure
	})
	return claims, userInfoFailure(failure, ReasonUserInfoUnavailable)
}

func (u *userInfos) held(key CacheKey, now time.Time) *userClaims {
	if u.cache == nil {
		return nil
	}
	if claims, found := u.cache.Get(key); found && !now.Before(claims.from) && now.Before(claims.until) {
		return claims
	}
	return nil
}

func (s *Server) rememberUser(key CacheKey, claims *userClaims, about asked) {
	if len(claims.raw) > longestRemembered {
		return
	}
	claims.from = s.cfg.Now()
	claims.until = claims.from.Add(s.cfg.CacheTTL)
	for _, end := range []time.Time{about.Expiry, claims.expiry()} {
		if !end.IsZero() && end.Before(claims.until) {
			claims.until = end
		}
	}
	if s.users.cache.Add(key, claims) {
		s.users.evictions.Add(1)
	}
}

// userInfoCircuit is not told to the Observer: what it is told of a circuit is about tokens, and UserInfo that fails is an operation of its own.
func (s *Server) userInfoCircuit(open bool) {
	if open {
		s.connections.leave()
	}
}

// askUserInfo is one call, if now is a time for calls.
func (s *Server) askUserInfo(ctx context.Context, about asked) (claims *userClaims, failure *Error) {
	if failure := s.users.pause.refusal(s.cfg.Now()); failure != nil {
		return nil, failure
	}
	if s.breaker.isOpen() {
		return nil, s.breaker.refusal()
	}
	failure = s.users.breaker.through(func() (failure *Error) {
		leave, failure := s.users.places.take(ctx)
		if failure != nil {
			return failure
		}
		defer leave()
		began := s.cfg.Now()
		claims, failure = s.callUserInfo(ctx, about)
		s.weigh(began, failure)
		return failure
	})
	if s.users.breaker.isSuspicious() {
		s.users.opinion.form(ctx, s, func(ctx context.Context, token string) *Error {
			_, failure := s.callUserInfo(ctx, asked{&Principal{Subject: token}, token})
			return failure
		})
	}
	return claims, failure
}

// callUserInfo is one call, observed.
func (s *Server) callUserInfo(ctx context.Context, about asked) (claims *userClaims, failure *Error) {
	ctx, end := s.observe(ctx, OpUserInfo)
	defer func() {
		failure = recovered(recover(), failure)
		end(Event{Err: asError(failure)})
	}()
	return s.fetchUserInfo(ctx, about)
}

func (s *Server) fetchUserInfo(ctx context.Context, about asked) (*userClaims, *Error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	at, failure := s.userInfoEndpoint(ctx)
	if failure != nil {
		return nil, failure
	}
	header := http.Header{
		"Authorization": {"Bearer " + about.token},
		"Accept":        {userInfoType(s.cfg.UserInfoFormat)},
	}
	req, failure := s.newRequest(ctx, http.MethodGet, at, header, http.NoBody)
	if failure != nil {
		return nil, failure
	}
	ans, failure := s.exchange(req)
	if failure == nil {
		failure = s.judgeUserInfoStatus(ans)
	}
	if failure != nil {
		s.doubt(s.cfg.UserInfoEndpoint, failure)
		return nil, userInfoFailure(failure, ReasonUserInfoUnavailable)
	}
	return s.openUserInfoAnswer(ctx, ans.body, about)
}

// userInfoType is the one media type that we ask for and take (OpenID Connect Core section 5.3.2).
func userInfoType(f Format) string {
	if f == JSON {
		return "application/json"
	}
	return "application/jwt"
}

// judgeUserInfoStatus: of a protected resource, RFC 6750 section 3.1 says what 401 and 403 mean. A 403 without the word
// can be anybody's, a gateway's for one.
func (s *Server) judgeUserInfoStatus(ans *answer) *Error {
	want := userInfoType(s.cfg.UserInfoFormat)
	switch {
	case ans.status == http.StatusOK && ans.contentType == want:
		return nil
	case ans.status == http.StatusOK:
		return unavailable(ReasonUserInfoAnswer, fmt.Sprintf("the UserInfo answer is not %s (%s): make Config.UserInfoFormat and the "+
			"userinfo_signed_response_alg of the client agree", want, describeMediaType(ans.contentType)))
	case ans.status == http.StatusUnauthorized:
		return invalidToken(ReasonUserInfoRefused)
	case ans.status == http.StatusForbidden && ans.saysInsufficientScope():
		failure := insufficientScope([]string{"openid"})
		failure.Reason = ReasonUserInfoScope
		return failure
	}
	failure := unavailable(ReasonUserInfoUnavailable, fmt.Sprintf("the UserInfo endpoint answered with status %d", ans.status))
	failure.RetryAfter = ans.retryAfter
	failure.innocent = ans.status == http.StatusBadRequest || ans.status == http.StatusForbidden // it reads what it is sent
	if ans.status == http.StatusTooManyRequests && ans.retryAfter > 0 {
		s.users.pause.begin(failure, s.cfg.Now().Add(ans.retryAfter))
	}
	return failure
}

func (a *answer) saysInsufficientScope() bool {
	var oauth struct {
		Error string `json:"error"`
	}
	err := json.Unmarshal(a.body, &oauth)
	return err == nil && oauth.Error == "insufficient_scope" || insufficientScopeAttribute.MatchString(a.challenge)
}

// insufficientScopeAttribute: the value of an attribute is a quoted-string or a token, with white space around the sign (RFC 9110 section 11.2).
var insufficientScopeAttribute = regexp.MustCompile(`(?:^|[\s,])(?i:error)\s*=\s*(?:"insufficient_scope"|insufficient_scope(?:[\s,]|$))`)

// userInfoFailure gives a failure of the parts that introspection has too its own reason: who reads it has to know which
// endpoint it is about.
func userInfoFailure(failure *Error, reason Reason) *Error {
	if failure == nil {
		return nil
	}
	switch failure.Reason {
	case ReasonTimeout, ReasonTransport, ReasonTooLarge, ReasonBody,
		ReasonResponseEncryption, ReasonResponseSignature, ReasonResponseKey, ReasonResponseIssuer, ReasonResponseAudience, ReasonResponseTime:
		told := *failure
		told.Reason = reason
		return &told
	}
	return failure
}
