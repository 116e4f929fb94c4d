package rs_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

const userInfoURL = issuer + "/userinfo"

// withUserInfo is a server whose authorization server answers so at its UserInfo endpoint.
func withUserInfo(h http.HandlerFunc) (*wire, rs.Config) {
	w := newWire().on(endpoint, good()).on(userInfoURL, h).on(jwksURL, answers(200, "application/json", string(signer().PublicJWKS())))
	cfg := config(w)
	cfg.UserInfoEndpoint, cfg.JWKSEndpoint, cfg.UserInfoAlg, cfg.Decrypter = userInfoURL, jwksURL, "ES256", ecdh()
	return w, cfg
}

// admitted is a request that s has let through.
func admitted(t testing.TB, s *rs.Server, token string) *http.Request {
	t.Helper()
	r, err := s.Admit(request("Bearer " + token))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func userClaims(changes object) string {
	return mustJSON(with(object{"sub": "alice", "email": "alice@example.org", "given_name": "Alice"}, changes))
}

func TestUserInfo(t *testing.T) {
	t.Parallel()
	w, cfg := withUserInfo(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer token" || r.Header.Get("Accept") != "application/json" {
			t.Errorf("got %s with %q", r.Method, r.Header)
		}
		answers(200, "application/json; charset=utf-8", userClaims(nil))(w, r)
	})
	s := newServer(t, cfg)
	for range 2 {
		got, err := s.UserInfo(admitted(t, s, "token"))
		if err != nil {
			t.Fatal(err)
		}
		var claims struct {
			Email string `json:"email"`
		}
		if err := got.Claims(&claims); err != nil || claims.Email != "alice@example.org" || got.Subject != "alice" || got.Issuer != issuer {
			t.Errorf("got %+v, %+v, %v", got, claims, err)
		}
		var wrong struct {
			Email int `json:"email"`
		}
		if err := got.Claims(&wrong); err == nil || strings.Contains(err.Error(), "alice") {
			t.Errorf("a claim of another type: %v", err)
		}
	}
	if n := w.count(userInfoURL); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
	var nothing object
	if err := new(rs.UserInfo).Claims(&nothing); err != nil || len(nothing) != 0 {
		t.Errorf("the zero UserInfo: %v, %v", nothing, err)
	}
}

// TestUserInfoInJSONIsAboutItsSubjectOnly: members that mean something in a JWT are claims like others where there is none.
func TestUserInfoInJSONIsAboutItsSubjectOnly(t *testing.T) {
	t.Parallel()
	_, cfg := withUserInfo(jsonAnswer(userClaims(object{"iss": 1, "aud": "somebody", "exp": 1, "nbf": "x", "nonce": "n"})))
	s := newServer(t, cfg)
	if _, err := s.UserInfo(admitted(t, s, "token")); err != nil {
		t.Error(err)
	}
}

func TestUserInfoUnwrapsBase64(t *testing.T) {
	t.Parallel()
	_, cfg := withUserInfo(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer token" {
			t.Errorf("got %q", got)
		}
		jsonAnswer(userClaims(nil))(w, r)
	})
	cfg.LenientBase64Token = true
	s := newServer(t, cfg)
	if _, err := s.UserInfo(admitted(t, s, "dG9rZW4=")); err != nil {
		t.Error(err)
	}
}

func TestUserInfoAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		kind   rs.Kind
		reason rs.Reason
	}{
		{"another subject", jsonAnswer(userClaims(object{"sub": "bob"})), rs.ErrUnavailable, rs.ReasonUserInfoSubject},
		{"another case", jsonAnswer(userClaims(object{"sub": "Alice"})), rs.ErrUnavailable, rs.ReasonUserInfoSubject},
		{"no subject", jsonAnswer(userClaims(object{"sub": nil})), rs.ErrUnavailable, rs.ReasonUserInfoAnswer},
		{"empty subject", jsonAnswer(userClaims(object{"sub": ""})), rs.ErrUnavailable, rs.ReasonUserInfoAnswer},
		{"subject that is no string", jsonAnswer(userClaims(object{"sub": 7})), rs.ErrUnavailable, rs.ReasonUserInfoAnswer},
		{"two subjects", jsonAnswer(`{"sub":"bob","sub":"alice"}`), rs.ErrUnavailable, rs.ReasonUserInfoAnswer},
		{"data after it", jsonAnswer(userClaims(nil) + "{}"), rs.ErrUnavailable, rs.ReasonUserInfoAnswer},
		{"an array", jsonAnswer("[]"), rs.ErrUnavailable, rs.ReasonUserInfoAnswer},
		{"a JWT", answers(200, "application/jwt", userClaims(nil)), rs.ErrUnavailable, rs.ReasonUserInfoAnswer},
		{"compressed", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			jsonAnswer(userClaims(nil))(w, r)
		}, rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"cut off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"HTML", answers(200, "text/html", userClaims(nil)), rs.ErrUnavailable, rs.ReasonUserInfoAnswer},
		{"too long", jsonAnswer(userClaims(object{"x": strings.Repeat("x", 1<<20)})), rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"created", answers(201, "application/json", userClaims(nil)), rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"redirect", answers(302, "application/json", userClaims(nil)), rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"down", answers(500, "text/plain", ""), rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"no longer good", answers(401, "application/json", `{"error":"invalid_token"}`), rs.ErrInvalidToken, rs.ReasonUserInfoRefused},
		{"no openid", answers(403, "application/json", `{"error":"insufficient_scope"}`), rs.ErrInsufficientScope, rs.ReasonUserInfoScope},
		{
			"no openid, in a header", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="openid"`)
				w.WriteHeader(403)
			}, rs.ErrInsufficientScope, rs.ReasonUserInfoScope,
		},
		{
			"no openid, in the second header and as a token", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Add("WWW-Authenticate", `DPoP algs="ES256"`)
				w.Header().Add("WWW-Authenticate", `Bearer realm="x", Error = insufficient_scope`) // RFC 9110 section 11.2
				w.WriteHeader(403)
			}, rs.ErrInsufficientScope, rs.ReasonUserInfoScope,
		},
		{
			"something else in a header", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Add("WWW-Authenticate", `Bearer error="invalid_token", error_description="no insufficient_scope", x_error="insufficient_scope"`)
				w.WriteHeader(403)
			}, rs.ErrUnavailable, rs.ReasonUserInfoUnavailable,
		},
		{
			"a longer error in a header", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Add("WWW-Authenticate", `Bearer error=insufficient_scope_of_something`)
				w.WriteHeader(403)
			}, rs.ErrUnavailable, rs.ReasonUserInfoUnavailable,
		},
		{"a 403 with another error", answers(403, "application/json", `{"error":"invalid_request"}`), rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"a 403 with more than its error", answers(403, "application/json", `{"error":"insufficient_scope"}{}`), rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"a 403 that is cut off", answers(403, "application/json", `{"error":"insufficient_scope"`), rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"insufficient_scope in a 400", answers(400, "application/json", `{"error":"insufficient_scope"}`), rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"a gateway's 403", answers(403, "text/html", "<html>"), rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
		{"broken off", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, rs.ErrUnavailable, rs.ReasonUserInfoUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, cfg := withUserInfo(c.answer)
				seen := &recorder{}
				cfg = onBubble(cfg)
				cfg.Realm, cfg.Observer = "docs", seen
				s := newServer(t, cfg)
				_, err := s.UserInfo(admitted(t, s, "token"))
				e := refusal(t, err, c.kind, c.reason)
				if events := seen.of(rs.OpUserInfo); len(events) != 1 || reason(events[0].Err) != c.reason {
					t.Errorf("reported as %v", events)
				}
				if e.Realm != "docs" || c.kind == rs.ErrInsufficientScope && e.Scope != "openid" {
					t.Errorf("got realm %q and scope %q", e.Realm, e.Scope)
				}
				if strings.Contains(e.Error(), "alice") || strings.Contains(e.Error(), "bob") {
					t.Errorf("the error tells %q", e.Error())
				}
				if err := s.Ready(); err != nil {
					t.Errorf("the server is not ready: %v", err)
				}
			})
		})
	}
}

func TestUserInfoWithoutACall(t *testing.T) {
	t.Parallel()
	w, cfg := withUserInfo(jsonAnswer(userClaims(nil)))
	s := newServer(t, cfg)
	by := func(p *rs.Principal, lines ...string) *http.Request {
		r := request(lines...)
		return r.WithContext(rs.NewContext(r.Context(), p))
	}
	anonymous := request()
	waived := &rs.Error{Kind: rs.ErrMissingToken, Reason: rs.ReasonNoToken}
	anonymous = anonymous.WithContext(rs.NewAnonymousContext(anonymous.Context(), waived))
	for _, c := range []struct {
		name   string
		r      *http.Request
		kind   rs.Kind
		reason rs.Reason
	}{
		{"no principal", request("Bearer token"), rs.ErrInternal, rs.ReasonNotAuthenticated},
		{"anonymous", anonymous, rs.ErrMissingToken, rs.ReasonNoToken},
		{"another issuer's", by(&rs.Principal{Issuer: "https://x", Subject: "alice"}, "Bearer token"), rs.ErrInternal, rs.ReasonNotAuthenticated},
		{"client credentials", by(&rs.Principal{Issuer: issuer}, "Bearer token"), rs.ErrForbidden, rs.ReasonUserInfoNoSubject},
		{"no token", by(&rs.Principal{Issuer: issuer, Subject: "alice"}), rs.ErrMissingToken, rs.ReasonNoToken},
		{"no possible token", by(&rs.Principal{Issuer: issuer, Subject: "alice"}, "Bearer "+strings.Repeat("x", 9000)), rs.ErrInvalidRequest, rs.ReasonTokenTooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.UserInfo(c.r)
			refusal(t, err, c.kind, c.reason)
		})
	}
	if waived.Realm != "" || w.count(userInfoURL) != 0 {
		t.Errorf("realm %q, %d calls", waived.Realm, w.count(userInfoURL))
	}
	if _, err := s.UserInfo(by(&rs.Principal{Issuer: issuer, Subject: "alice"}, "Bearer token")); err != nil {
		t.Errorf("a principal made by hand: %v", err)
	}
}

func TestUserInfoIsDiscovered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		changes object // of the metadata
		adjust  func(*rs.Config)
		kind    rs.Kind
		want    rs.Reason
	}{
		{"with the rest", nil, func(c *rs.Config) { c.IntrospectionEndpoint = "" }, 0, ""},
		{"alone", nil, nil, 0, ""},
		{"with keys", nil, func(c *rs.Config) { c.UserInfoFormat = rs.JWTSigned }, 0, ""},
		{"not there", object{"userinfo_endpoint": nil}, nil, rs.ErrInternal, rs.ReasonMetadataMismatch},
		{"no string", object{"userinfo_endpoint": 1}, nil, rs.ErrInternal, rs.ReasonMetadataMismatch},
		{"http", object{"userinfo_endpoint": "http://as.example/userinfo"}, nil, rs.ErrInternal, rs.ReasonMetadataMismatch},
		{"no keys", object{"jwks_uri": ""}, func(c *rs.Config) { c.UserInfoFormat = rs.JWTSigned }, rs.ErrInternal, rs.ReasonMetadataMismatch},
		{"another issuer's", object{"issuer": "https://x"}, nil, rs.ErrUnavailable, rs.ReasonMetadataIssuer},
		{"an issuer that is http", nil, func(c *rs.Config) { c.Issuer = "http://as.example" }, rs.ErrInternal, rs.ReasonMetadataMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, base := withUserInfo(nil)
			w := publishes(oidcAppended, document(with(object{"userinfo_endpoint": userInfoURL}, c.changes)))
			w.on(jwksURL, answers(200, "application/json", string(signer().PublicJWKS())))
			base.UserInfoEndpoint, base.JWKSEndpoint, base.HTTPClient = "", "", &http.Client{Transport: w}
			if c.adjust != nil {
				c.adjust(&base)
			}
			w.on(userInfoURL, jsonAnswer(userClaims(nil))).on(endpoint, jsonAnswer(mustJSON(claims(object{"iss": nil}))))
			if base.UserInfoFormat != rs.JSON {
				w.on(userInfoURL, answers(200, "application/jwt", sign(t, signer(), nil, signedClaims(nil))))
			}
			s := newServer(t, base)
			_, err := s.UserInfo(admitted(t, s, "token"))
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refusal(t, err, c.kind, c.want)
		})
	}
}

func TestUserInfoOfSeveralIssuers(t *testing.T) {
	t.Parallel()
	_, cfg := withUserInfo(jsonAnswer(userClaims(nil)))
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{cfg}})
	r, err := all.Admit(request("Bearer token"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := all.UserInfo(r); err != nil || got.Subject != "alice" {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = all.UserInfo(request("Bearer token"))
	refusal(t, err, rs.ErrInternal, rs.ReasonNotAuthenticated)
	_, err = all.UserInfo(r.WithContext(rs.NewContext(t.Context(), &rs.Principal{Issuer: "https://x", Subject: "alice"})))
	refusal(t, err, rs.ErrInternal, rs.ReasonNotAuthenticated)
}

func TestUserInfoConfig(t *testing.T) {
	t.Parallel()
	for field, spoil := range map[string]func(*rs.Config){
		"UserInfoEndpoint": func(c *rs.Config) { c.UserInfoEndpoint = "http://as.example/userinfo" },
		"UserInfoFormat":   func(c *rs.Config) { c.UserInfoFormat = 9 },
		"UserInfoAlg":      func(c *rs.Config) { c.UserInfoAlg = "HS256" },
		"Decrypter":        func(c *rs.Config) { c.UserInfoFormat, c.Decrypter = rs.JWT, nil },
	} {
		_, cfg := withUserInfo(nil)
		spoil(&cfg)
		_, err := rs.New(cfg)
		if got := rs.FieldErrors(err); len(got) != 1 || got[0].Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
