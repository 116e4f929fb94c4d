package rsdoctor_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// atIssuer leaves the endpoints to the metadata, and changes the issuer.
func atIssuer(change func(w *ward, issuer string) string) func(*ward) {
	return func(w *ward) {
		w.cfg.IntrospectionEndpoint, w.cfg.JWKSEndpoint = "", ""
		w.cfg.Issuer = change(w, w.cfg.Issuer)
	}
}

// behind changes nothing but what stands before the server.
func behind(front func(http.Handler) http.Handler) func(*ward) {
	return atIssuer(func(w *ward, issuer string) string {
		w.front = front
		return issuer
	})
}

// always answers everything with f.
func always(f http.HandlerFunc) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler { return f }
}

// undiscovered are the misconfigurations of a service that has no endpoint but the issuer's: what is wrong must be named as well as
// where the endpoint is set.
var undiscovered = []illness{
	{"issuer: nobody listens", rs.JSON, atIssuer(func(w *ward, _ string) string { return "http://" + freeAddress(w.t) + "/api" }), rsdoctor.Unreachable, nil},
	{"issuer: no such host", rs.JWTSigned, atIssuer(func(*ward, string) string { return "https://" + nowhere + "/api" }), rsdoctor.DNS, nil},
	{"issuer: https for http", rs.JSON, atIssuer(func(_ *ward, issuer string) string { return "https" + strings.TrimPrefix(issuer, "http") }), rsdoctor.NotTLS, nil},
	{"issuer: http for https", rs.JSON, atIssuer(func(w *ward, _ string) string {
		return "http" + strings.TrimPrefix(secure(w.t, http.NotFoundHandler()).URL, "https")
	}), rsdoctor.TLSNeeded, nil},
	{"issuer: http for https, and no word of it", rs.JSON, atIssuer(func(w *ward, _ string) string {
		return "http://" + silentTLS(w.t)
	}), rsdoctor.TLSNeeded, nil},
	{"issuer: an unknown authority", rs.JSON, atIssuer(func(w *ward, _ string) string { return secure(w.t, http.NotFoundHandler()).URL }), rsdoctor.TLSUntrusted, nil},
	{"issuer: too slow", rs.JSON, atIssuer(func(w *ward, issuer string) string {
		w.cfg.Timeout = 300 * time.Millisecond
		w.front = always(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		return issuer
	}), rsdoctor.Timeout, nil},
	{"issuer: a proxy that is down", rs.JSON, atIssuer(func(w *ward, issuer string) string {
		w.cfg.Proxy = &url.URL{Scheme: "http", Host: freeAddress(w.t)}
		return issuer
	}), rsdoctor.ProxyFails, nil},
	{"issuer: a proxy that wants a password", rs.JSON, behind(always(status(407, "text/html", ""))), rsdoctor.ProxyFails, nil},
	{"issuer: an application for every path", rs.JSON, behind(always(status(200, "text/html", "<html>"))), rsdoctor.MetadataMissing, nil},
	{"issuer: a gateway in trouble", rs.JSON, behind(always(status(502, "text/html", "<html>"))), rsdoctor.ServerError, nil},
	{"issuer: http sent on to https", rs.JSON, behind(always(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+r.URL.Path, http.StatusMovedPermanently)
	})), rsdoctor.IssuerScheme, nil},
	{"issuer: sent on to another host", rs.JSON, behind(always(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example"+r.URL.Path, http.StatusFound)
	})), rsdoctor.MetadataMissing, nil},
	{"issuer: another realm", rs.JSON, atIssuer(func(w *ward, _ string) string { return w.base + "/other" }), rsdoctor.MetadataMissing, nil},
	{"issuer: an endpoint in its place", rs.JSON, atIssuer(func(w *ward, _ string) string { return w.as.IntrospectionEndpoint() }), rsdoctor.IssuerOther, nil},
	{"issuer: capital letters", rs.JSON, atIssuer(func(_ *ward, issuer string) string { return strings.Replace(issuer, "/api", "/API", 1) }), rsdoctor.IssuerCase, nil},
	{"issuer: the prefix of old Keycloaks", rs.JSON, func(w *ward) {
		w.open(w.base + "/realms/main")
		atIssuer(func(w *ward, _ string) string { return w.base + "/auth/realms/main" })(w)
	}, rsdoctor.IssuerOther, nil},
	{"metadata with http endpoints", rs.JSON, behind(document(`"introspection_endpoint":"http://auth.example/introspect"`)), rsdoctor.MetadataMismatch, nil},
	{"metadata of another, with endpoints elsewhere", rs.JSON, func(w *ward) {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { w.t.Error("our credentials went elsewhere") }))
		w.t.Cleanup(elsewhere.Close)
		behind(func(http.Handler) http.Handler {
			return status(200, "application/json", `{"issuer":"https://other.invalid","introspection_endpoint":"`+elsewhere.URL+`"}`)
		})(w)
	}, rsdoctor.IssuerOther, nil},
	{"metadata without the endpoint", rs.JSON, behind(document(`"jwks_uri":"https://auth.example/jwks"`)), rsdoctor.MetadataMismatch, nil},
	{"metadata without our method", rs.JSON, func(w *ward) {
		behind(document(`"introspection_endpoint":"` + w.cfg.IntrospectionEndpoint + `","introspection_endpoint_auth_methods_supported":["private_key_jwt"]`))(w)
	},
		rsdoctor.AuthMethodNotOffered, nil},

	{"inside", rs.JSON, func(w *ward) { w.inside("/api") }, "", nil},
	{"inside, in the name of the issuer", rs.JSON, func(w *ward) {
		w.inside("/api")
		w.front = func(as http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Host != "auth.example" {
					http.Error(rw, "", http.StatusMisdirectedRequest)
					return
				}
				as.ServeHTTP(rw, r)
			})
		}
	}, "", nil},
	{"inside, without its path", rs.JSON, func(w *ward) { w.inside("") }, rsdoctor.MetadataMissing, nil},

	{"local", rs.JSON, func(w *ward) { w.local("ES256") }, "", nil},
	{"local, another algorithm", rs.JSON, func(w *ward) { w.local("PS512") }, rsdoctor.JWKSNoKey, nil},
	{"local, nobody listens", rs.JSON, func(w *ward) {
		w.local("ES256")
		w.cfg.Issuer = "http://" + freeAddress(w.t)
	}, rsdoctor.Unreachable, nil},
	{"local, an opaque token", rs.JSON, func(w *ward) { w.local("ES256"); w.options.Token = "unknown" }, rsdoctor.TokenRefused, nil},

	{"a UserInfo endpoint of nobody", rs.JSON, func(w *ward) { w.cfg.UserInfoEndpoint = w.base + "/nothing" }, rsdoctor.UserInfoEndpoint, nil},
	{"UserInfo: used, as the metadata has it", rs.JSON, func(w *ward) { w.cfg.UserInfoFormat = rs.JWTSigned }, "", nil},
	{"UserInfo: used, and nobody there", rs.JSON, func(w *ward) {
		w.cfg.UserInfoFormat = rs.JWTSigned
		w.front = document(`"userinfo_endpoint":"` + w.base + `/nothing"`)
	}, rsdoctor.UserInfoEndpoint, nil},
	{"UserInfo: used, and by http", rs.JSON, func(w *ward) {
		w.cfg.UserInfoFormat = rs.JWTSigned
		w.front = document(`"userinfo_endpoint":"http://auth.example/userinfo"`)
	}, rsdoctor.UserInfoEndpoint, nil},
	{"UserInfo: used, and not in the metadata", rs.JSON, func(w *ward) {
		w.cfg.UserInfoFormat = rs.JWTSigned
		w.front = document(`"scopes_supported":["documents"]`)
	}, rsdoctor.UserInfoEndpoint, nil},
	{"UserInfo: used, and no metadata", rs.JSON, func(w *ward) {
		w.cfg.UserInfoFormat = rs.JWTSigned
		w.front = undocumented
	}, rsdoctor.UserInfoEndpoint, []rsdoctor.Code{rsdoctor.MetadataMissing}},
	{"UserInfo: perhaps never used, and nobody there", rs.JSON, func(w *ward) {
		w.front = document(`"userinfo_endpoint":"` + w.base + `/nothing"`)
	}, "", nil},
	{"a scope with a semicolon", rs.JSON, func(w *ward) { w.cfg.AcceptedScopes = []string{"documents;groups"} }, "", []rsdoctor.Code{rsdoctor.ScopeDoubtful}},
	{"a comment in the client id", rs.JSON, func(w *ward) { w.cfg.ClientID += " # ours" }, rsdoctor.Credentials, []rsdoctor.Code{rsdoctor.SettingUnusual}},
	{"compressed though not asked", rs.JSON, func(w *ward) {
		w.instead(registered(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Encoding", "gzip")
			status(200, "application/json", "\x1f\x8b")(rw, nil)
		}))
	}, rsdoctor.AnswerUnusable, nil},
	{"compressed for whoever does not say otherwise", rs.JWTSigned, func(w *ward) {
		w.front = func(as http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Accept-Encoding") != "identity" {
					rw.Header().Set("Content-Encoding", "gzip")
					status(200, "application/json", "\x1f\x8b")(rw, r)
					return
				}
				as.ServeHTTP(rw, r)
			})
		}
	}, "", nil},
	{"a token with its header", rs.JSON, func(w *ward) { w.options.Token = "Authorization: Bearer token" }, rsdoctor.TokenWrapped, nil},
	{"the answer of a token endpoint", rs.JSON, func(w *ward) { w.options.Token = `{"access_token":"token"}` }, rsdoctor.TokenWrapped, nil},
}

// document puts other metadata in the place of the server's.
func document(members string) func(http.Handler) http.Handler {
	return func(as http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/.well-known/") {
				status(200, "application/json", `{"issuer":"http://`+r.Host+`/api",`+members+`}`)(w, r)
				return
			}
			as.ServeHTTP(w, r)
		})
	}
}

// undocumented takes the metadata away.
func undocumented(as http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/.well-known/") {
			http.NotFound(w, r)
			return
		}
		as.ServeHTTP(w, r)
	})
}

// inside moves the server behind an address of its own.
func (w *ward) inside(path string) {
	w.open("https://auth.example/api")
	w.cfg.IntrospectionEndpoint, w.cfg.JWKSEndpoint, w.cfg.InternalURL = "", "", w.base+path
}

// local judges tokens by the keys of the server.
func (w *ward) local(alg string) {
	w.cfg = rs.Config{Issuer: w.cfg.Issuer, AcceptedScopes: w.cfg.AcceptedScopes, AccessTokenMode: rs.Local, AccessTokenAlg: alg, TokenAudiences: []string{"documents"}}
}

// secure is a server with TLS that nobody trusts.
func secure(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := newUnstarted(t, handler)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}
