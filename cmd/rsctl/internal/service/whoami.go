package service

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// identity is the answer of /api/whoami. What the authorization server did not state is left out, and not an empty
// string that somebody could take for a subject.
type identity struct {
	Issuer   string          `json:"iss,omitempty"` // only where there are several: the one that decided
	Subject  string          `json:"sub,omitempty"`
	ClientID string          `json:"client_id,omitempty"`
	Audience string          `json:"audience"` // the calling service, by OIDC_RS_AUDIENCE_CLAIM: never empty
	Scopes   []string        `json:"scope"`
	Expiry   int64           `json:"exp,omitempty"`
	Claims   json.RawMessage `json:"claims"` // the whole introspection response
}

func whoami(showIssuer bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		p, _ := rsgin.Principal(c)
		var claims json.RawMessage
		if err := p.Claims(&claims); err != nil {
			rsgin.Refuse(c, &rs.Error{Reason: rs.ReasonUnexpected, Err: err})
			return
		}
		answer := identity{
			Subject: p.Subject, ClientID: p.ClientID, Audience: p.Audience,
			Scopes: append([]string{}, p.Scopes...), Claims: claims,
		}
		if showIssuer {
			answer.Issuer = p.Issuer
		}
		if !p.Expiry.IsZero() {
			answer.Expiry = p.Expiry.Unix()
		}
		c.Header("Cache-Control", "no-store")
		c.PureJSON(http.StatusOK, answer)
	}
}
