package rs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// signedClaims are those of a JWT: they say whose they are, and for whom.
func signedClaims(changes object) string {
	return userClaims(with(object{"iss": issuer, "aud": "docs"}, changes))
}

func TestUserInfoJWT(t *testing.T) {
	t.Parallel()
	stranger := newSigner("ES256")
	plain := func(header, changes object) string { return sign(t, signer(), header, signedClaims(changes)) }
	jwe := func(header object, jws string) string { return encrypt(t, header, jws) }
	for _, c := range []struct {
		name   string
		format rs.Format
		body   string
		want   rs.Reason
	}{
		{"the least", rs.JWTSigned, plain(nil, nil), ""},
		{"newline", rs.JWTSigned, plain(nil, nil) + "\n", ""},
		{"all", rs.JWTSigned, plain(object{"typ": "JWT"}, object{"exp": at(time.Minute), "nbf": at(0)}), ""},
		{"for us", rs.JWTSigned, plain(nil, object{"aud": []string{"x", clientID}}), ""},
		{"encrypted", rs.JWT, jwe(object{"iss": issuer, "aud": "docs"}, plain(nil, nil)), ""},
		{"another subject", rs.JWTSigned, plain(nil, object{"sub": "bob"}), rs.ReasonUserInfoSubject},
		{"encrypted, another subject", rs.JWT, jwe(nil, plain(nil, object{"sub": "bob"})), rs.ReasonUserInfoSubject},
		{"another issuer", rs.JWTSigned, plain(nil, object{"iss": issuer + "/"}), rs.ReasonUserInfoAnswer},
		{"no issuer", rs.JWTSigned, plain(nil, object{"iss": nil}), rs.ReasonUserInfoAnswer},
		{"no audience at all", rs.JWTSigned, plain(nil, object{"aud": nil}), rs.ReasonUserInfoAnswer},
		{"encrypted, no issuer but in the header", rs.JWT, jwe(object{"iss": issuer, "aud": "docs"}, plain(nil, object{"iss": nil})), rs.ReasonUserInfoAnswer},
		{"no issuer's name", rs.JWTSigned, plain(nil, object{"iss": 1}), rs.ReasonUserInfoAnswer},
		{"another audience", rs.JWTSigned, plain(nil, object{"aud": "somebody"}), rs.ReasonUserInfoAnswer},
		{"no audience", rs.JWTSigned, plain(nil, object{"aud": []string{}}), rs.ReasonUserInfoAnswer},
		{"audience that is no name", rs.JWTSigned, plain(nil, object{"aud": 7}), rs.ReasonUserInfoAnswer},
		{"audience with something else than names", rs.JWTSigned, plain(nil, object{"aud": []any{clientID, 7}}), rs.ReasonUserInfoAnswer},
		{"past", rs.JWTSigned, plain(nil, object{"exp": at(0)}), rs.ReasonUserInfoAnswer},
		{"early", rs.JWTSigned, plain(nil, object{"nbf": at(time.Second)}), rs.ReasonUserInfoAnswer},
		{"exp that is no number", rs.JWTSigned, plain(nil, object{"exp": "1900000000"}), rs.ReasonUserInfoAnswer},
		{"nbf that is no number", rs.JWTSigned, plain(nil, object{"nbf": "1900000000"}), rs.ReasonUserInfoAnswer},
		{"old, as a UserInfo answer needs no iat", rs.JWTSigned, plain(nil, object{"iat": at(-time.Hour)}), ""},
		{"iat, which nobody reads, that is no number", rs.JWTSigned, plain(nil, object{"iat": "x"}), ""},
		{"access token", rs.JWTSigned, plain(object{"typ": "at+jwt"}, nil), rs.ReasonUserInfoAnswer},
		{"introspection response", rs.JWTSigned, plain(object{"typ": "token-introspection+jwt"}, nil), rs.ReasonUserInfoAnswer},
		{"logout token", rs.JWTSigned, plain(object{"typ": "logout+jwt"}, nil), rs.ReasonUserInfoAnswer},
		{"old logout token", rs.JWTSigned, plain(nil, object{"events": object{}}), rs.ReasonUserInfoAnswer},
		{"ID token", rs.JWTSigned, plain(nil, object{"nonce": "n"}), rs.ReasonUserInfoAnswer},
		{"ID token of the implicit flow", rs.JWTSigned, plain(nil, object{"at_hash": "h"}), rs.ReasonUserInfoAnswer},
		{"ID token of the hybrid flow", rs.JWTSigned, plain(nil, object{"c_hash": "h"}), rs.ReasonUserInfoAnswer},
		{"ID token of FAPI", rs.JWTSigned, plain(nil, object{"s_hash": "h"}), rs.ReasonUserInfoAnswer},
		{"introspection response without typ", rs.JWTSigned, plain(nil, object{"token_introspection": claims(nil)}), rs.ReasonUserInfoAnswer},
		{"other letter case of the issuer", rs.JWTSigned, plain(nil, object{"iss": strings.ToUpper(issuer)}), rs.ReasonUserInfoAnswer},
		{"somebody else's signature", rs.JWTSigned, sign(t, stranger, nil, signedClaims(nil)), rs.ReasonUserInfoAnswer},
		{"not signed", rs.JWTSigned, b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(userClaims(nil))) + ".", rs.ReasonUserInfoAnswer},
		{"plain JSON", rs.JWTSigned, userClaims(nil), rs.ReasonUserInfoAnswer},
		{"encrypted, where signed is wanted", rs.JWTSigned, jwe(nil, plain(nil, nil)), rs.ReasonUserInfoAnswer},
		{"signed, where encrypted is wanted", rs.JWT, plain(nil, nil), rs.ReasonUserInfoAnswer},
		{"encrypted, not signed", rs.JWT, jwe(nil, userClaims(nil)), rs.ReasonUserInfoAnswer},
		{"encrypted for another", rs.JWT, jwe(object{"aud": "somebody"}, plain(nil, nil)), rs.ReasonUserInfoAnswer},
		{"encrypted by another", rs.JWT, jwe(object{"iss": "x"}, plain(nil, nil)), rs.ReasonUserInfoAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, cfg := withUserInfo(answers(200, "application/jwt", c.body))
			cfg.UserInfoFormat = c.format
			s := newServer(t, cfg)
			got, err := s.UserInfo(admitted(t, s, "token"))
			if c.want == "" {
				if err != nil || got.Subject != "alice" {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			refusal(t, err, rs.ErrUnavailable, c.want)
		})
	}
}

// TestUserInfoAlgorithmByDefault: RS256, as OpenID Connect has it.
func TestUserInfoAlgorithmByDefault(t *testing.T) {
	t.Parallel()
	s := newSigner("RS256")
	w, cfg := withUserInfo(answers(200, "application/jwt", sign(t, s, nil, signedClaims(nil))))
	w.on(jwksURL, answers(200, "application/json", string(s.PublicJWKS())))
	cfg.UserInfoFormat, cfg.UserInfoAlg = rs.JWTSigned, ""
	server := newServer(t, cfg)
	if _, err := server.UserInfo(admitted(t, server, "token")); err != nil {
		t.Error(err)
	}
}

// TestUserInfoForNobody: where no client is known, an answer for nobody is not for us.
func TestUserInfoForNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		audience any
		want     rs.Reason
	}{
		{clientID, ""},
		{"", rs.ReasonUserInfoAnswer},
		{[]string{""}, rs.ReasonUserInfoAnswer},
		{"docs", rs.ReasonUserInfoAnswer},
	} {
		_, cfg := withUserInfo(answers(200, "application/jwt", sign(t, signer(), nil, signedClaims(object{"aud": c.audience}))))
		cfg.UserInfoFormat = rs.JWTSigned
		r := request("Bearer token")
		_, err := newServer(t, cfg).UserInfo(r.WithContext(rs.NewContext(r.Context(), &rs.Principal{Issuer: issuer, Subject: "alice"})))
		if reason(err) != c.want {
			t.Errorf("for %q: got %q, want %q", c.audience, reason(err), c.want)
		}
	}
}

// TestUserInfoWithoutAClientID: a server that has none, as with Local, takes no answer for nobody either.
func TestUserInfoWithoutAClientID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		audience any
		want     rs.Reason
	}{
		{"docs", ""},
		{"", rs.ReasonUserInfoAnswer},
		{[]string{""}, rs.ReasonUserInfoAnswer},
	} {
		cfg := localConfig(newWire().on(userInfoURL, answers(200, "application/jwt", sign(t, signer(), nil, signedClaims(object{"aud": c.audience})))))
		cfg.UserInfoEndpoint, cfg.UserInfoAlg, cfg.UserInfoFormat = userInfoURL, "ES256", rs.JWTSigned
		s := newServer(t, cfg)
		if _, err := s.UserInfo(admitted(t, s, accessToken(t, nil, nil))); reason(err) != c.want {
			t.Errorf("for %q: got %q, want %q", c.audience, reason(err), c.want)
		}
	}
}

// TestUserInfoSkew: the clock skew is added to exp and to now before nbf, and not to more.
func TestUserInfoSkew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		changes object
		want    rs.Reason
	}{
		{object{"exp": at(-9 * time.Second)}, ""},
		{object{"exp": at(-10 * time.Second)}, rs.ReasonUserInfoAnswer},
		{object{"nbf": at(10 * time.Second)}, ""},
		{object{"nbf": at(11 * time.Second)}, rs.ReasonUserInfoAnswer},
	} {
		_, cfg := withUserInfo(answers(200, "application/jwt", sign(t, signer(), nil, signedClaims(c.changes))))
		cfg.UserInfoFormat, cfg.ClockSkew = rs.JWTSigned, 10*time.Second
		s := newServer(t, cfg)
		if _, err := s.UserInfo(admitted(t, s, "token")); reason(err) != c.want {
			t.Errorf("%v: got %q, want %q", c.changes, reason(err), c.want)
		}
	}
}
