package rsdoctor_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// glewlwyd answers about unknown tokens as Glewlwyd 2.7.5 does: the secret counts in the body, and in Basic without its form
// encoding; plain JSON is as it should be, and in the place of a JWT there is a 400 with nothing in it.
func glewlwyd(w *ward) {
	w.instead(func(rw http.ResponseWriter, r *http.Request) {
		switch err := r.ParseForm(); {
		case err != nil || !isPost(r) && !isBasic(false)(r):
			rw.WriteHeader(http.StatusUnauthorized)
		case r.Header.Get("Accept") == "application/token-introspection+jwt":
			rw.WriteHeader(http.StatusBadRequest)
		default:
			status(200, "application/json", `{"active":false}`)(rw, r)
		}
	})
}

// servers are what was seen with real authorization servers.
var servers = []illness{
	{"Glewlwyd, json", rs.JSON, glewlwyd, "", nil},
	{"Glewlwyd, jwt-signed", rs.JWTSigned, glewlwyd, rsdoctor.AnswerUnknown, nil},
	{"Glewlwyd, jwt", rs.JWT, glewlwyd, rsdoctor.AnswerUnknown, nil},
	{"Glewlwyd, jwt-signed, wrong secret", rs.JWTSigned, func(w *ward) { w.cfg.ClientSecret = "another"; glewlwyd(w) }, rsdoctor.Credentials, nil},
	{"Glewlwyd, jwt-signed with Basic", rs.JWTSigned, func(w *ward) { w.cfg.ClientAuth = rs.ClientSecretBasic; glewlwyd(w) }, rsdoctor.BasicEncoding, nil},
	{"Hydra, whose endpoint asks nobody who he is", rs.JSON, func(w *ward) {
		w.cfg.ClientSecret = "another"
		w.instead(status(200, "application/json;charset=UTF-8", `{"active":false}`+"\n"))
	}, "", []rsdoctor.Code{rsdoctor.AnybodyAsks}},
	{"Authelia's provider, jwt-signed", rs.JWTSigned, func(w *ward) {
		w.instead(registered(status(200, "application/json; charset=utf-8", `{"active":false}`+"\n")))
	}, rsdoctor.AnswerJSON, nil},
}

// basicAlone takes the rest of the advice back that it would otherwise give: metadata that does not list a method cannot be used with it.
func basicAlone(w *ward) {
	glewlwyd(w)
	introspection := w.front
	w.front = func(as http.Handler) http.Handler {
		return document(`"introspection_endpoint":"` + w.as.IntrospectionEndpoint() + `","introspection_endpoint_auth_methods_supported":["client_secret_basic","bearer"]`)(introspection(as))
	}
	w.cfg.IntrospectionEndpoint = ""
}

// TestAdviceThatCanBeFollowed: what one run advises is not what the next one calls wrong.
func TestAdviceThatCanBeFollowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		method     rs.ClientAuth
		code       rsdoctor.Code
	}{
		{"left to the metadata", "OIDC_RS_CLIENT_AUTH_METHOD=client_secret_post with OIDC_OP_INTROSPECTION_ENDPOINT=http://", rs.ClientSecretByMetadata, rsdoctor.BasicEncoding},
		{"not listed", "OIDC_OP_INTROSPECTION_ENDPOINT", rs.ClientSecretPost, rsdoctor.AuthMethodNotOffered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := admit(t, rs.JSON)
			basicAlone(w)
			w.cfg.ClientAuth = tt.method
			for _, f := range rsdoctor.Examine(t.Context(), w.cfg, w.options).Findings {
				if f.Status == rsdoctor.Problem {
					if f.Code != tt.code || !strings.Contains(f.Fix, tt.want) {
						t.Errorf("%s: %s, want %s: %s", f.Code, f.Fix, tt.code, tt.want)
					}
					return
				}
			}
			t.Error("no problem was found")
		})
	}
}

// TestTokensThatSayJWT: the access tokens of Hydra 2.3.0 and LemonLDAP::NG 2.16.1 do not call themselves at+jwt (RFC 9068
// section 2.1). Who sees them refused has sent the right token.
func TestTokensThatSayJWT(t *testing.T) {
	t.Parallel()
	w := admit(t, rs.JSON)
	w.local("ES256")
	encode := base64.RawURLEncoding.EncodeToString
	w.options.Token = rs.Secret(encode([]byte(`{"typ":"JWT","alg":"ES256","kid":"key-1"}`)) + "." + encode([]byte(`{"sub":"dwho","scope":"documents","exp":4102444800,"jti":"32bb",`+
		`"iat":1795380729,"aud":["documents"],"iss":"`+w.cfg.Issuer+`","client_id":"jwtapp"}`)) + "." + encode(make([]byte, 64)))
	for _, f := range rsdoctor.Examine(t.Context(), w.cfg, w.options).Findings {
		if f.Code == rsdoctor.TokenRefused && f.Reason == rs.ReasonTokenType && strings.Contains(f.Fix, "at+jwt") && strings.Contains(f.Fix, "OIDC_RS_ACCESS_TOKEN_MODE=introspect") {
			return
		}
		t.Logf("%+v", f)
	}
	t.Error("nothing says that the typ of the token is what is wrong")
}
