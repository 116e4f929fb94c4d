package rs

import (
	"context"
	"crypto/sha256"
	"time"
)

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
