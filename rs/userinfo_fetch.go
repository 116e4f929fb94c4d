package rs

import (
	"context"
	"fmt"
	"net/http"
	"regexp"

	"github.com/go-json-experiment/json"
)

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
