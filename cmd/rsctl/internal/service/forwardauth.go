package service

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// forwardAuth answers a reverse proxy that asks whether a request may pass (nginx auth_request, Traefik ForwardAuth, Caddy
// forward_auth). All scopes named in the query parameter scope must be present. All four headers are always set, if need be
// to nothing, so that a proxy that copies them also overwrites what a client may have sent under their names. (Not every proxy
// copies nothing: docs/how-to/forward-auth.md removes them first.) With showIssuer there is a fifth.
func forwardAuth(realm string, showIssuer bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		scopes, ok := scopesNamed(c.Request.URL.RawQuery)
		if !ok {
			rsgin.Refuse(c, &rs.Error{
				Kind: rs.ErrInvalidRequest, Reason: rs.ReasonMissingRequirements, Realm: realm,
				Description: "the scope parameter cannot be read",
			})
			return
		}
		if len(scopes) > 0 {
			if rsgin.RequireAllScopes(scopes...)(c); c.IsAborted() {
				return
			}
		}
		p, _ := rsgin.Principal(c)
		c.Header("Cache-Control", "no-store")
		h := c.Writer.Header()
		h.Set("X-Auth-Subject", headerValue(p.Subject))
		h.Set("X-Auth-Client-Id", headerValue(p.ClientID))
		h.Set("X-Auth-Audience", headerValue(p.Audience))
		h.Set("X-Auth-Scope", headerList(p.Scopes))
		if showIssuer {
			h.Set("X-Auth-Issuer", headerValue(p.Issuer))
		}
		c.Status(http.StatusOK)
	}
}

// scopesNamed reads the parameter scope, which may be repeated; there are none if it is absent. A query that is broken, or a
// parameter that names no scope, is a mistake in the proxy's configuration, and dropping it would ask for less than was meant.
func scopesNamed(rawQuery string) (scopes []string, ok bool) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, false
	}
	for _, value := range query["scope"] {
		named := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' })
		if len(named) == 0 {
			return nil, false
		}
		scopes = append(scopes, named...)
	}
	for _, s := range scopes {
		if !isScopeToken(s) {
			return nil, false
		}
	}
	return scopes, true
}

// isScopeToken: RFC 6749 section 3.3.
func isScopeToken(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' })
}

// headerValue makes a claim fit for a header line. Whatever is not visible ASCII is percent-encoded (RFC 3986 section 2.1),
// and so is the percent sign: two claims that differ can never become the same value, and no claim can end the line.
func headerValue(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if c > ' ' && c < 0x7f && c != '%' {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

// headerList joins values by spaces, which headerValue leaves in none of them.
func headerList(values []string) string {
	encoded := make([]string, len(values))
	for i, v := range values {
		encoded[i] = headerValue(v)
	}
	return strings.Join(encoded, " ")
}
