package devas

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// serveUserInfo is OpenID Connect Core section 5.3. The token is taken from the Authorization header alone (RFC 6750
// section 2.1), which is how every client should send it.
func (s *Server) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	fault, healed := s.faults.take(atUserInfo)
	entry := Exchange{Accept: r.Header.Get("Accept"), Fault: fault}
	rep := s.newReply(atUserInfo)
	name, failure := bearerToken(r)
	var g grant
	if failure == nil {
		entry.TokenDigest = TokenDigest(name)
		g, failure = s.grant(name)
	}
	entry.Client = g.ClientID
	logged := s.userLog.begin(entry)
	if failure == nil {
		failure = rep.fillUserInfo(r, g, incidents[fault.base()])
	}
	if failure != nil {
		rep.refuseToken(failure)
	}
	s.userLog.deliver(w, r, rep, healed, logged)
}

// missingToken has no code: who sent no token may not know that one is needed (RFC 6750 section 3.1).
var missingToken = &oauthError{status: http.StatusUnauthorized}

func invalidToken(description string) *oauthError {
	return &oauthError{http.StatusUnauthorized, "invalid_token", description}
}

// bearerToken finds the token of a request.
func bearerToken(r *http.Request) (string, *oauthError) {
	lines := r.Header.Values("Authorization")
	if len(lines) > 1 {
		return "", invalidRequest("there is more than one Authorization header")
	}
	fields := strings.Fields(strings.Join(lines, ""))
	switch {
	case len(fields) == 0 || !strings.EqualFold(fields[0], "Bearer"):
		return "", missingToken
	case len(fields) != 2:
		return "", invalidRequest("the Authorization header is not the word Bearer and one token")
	}
	return fields[1], nil
}

// grant is what UserInfo has to know of a token: it is in the introspection response, as far as that can be read.
type grant struct {
	Active   bool     `json:"active"`
	Subject  string   `json:"sub"`
	ClientID string   `json:"client_id"`
	Scope    scopes   `json:"scope"`
	Expires  *float64 `json:"exp"`
}

// scopes are those of the scope member; an array is unusual, but clear.
type scopes []string

// UnmarshalJSON is json.Unmarshaler.
func (s *scopes) UnmarshalJSON(text []byte) error {
	var list string
	if json.Unmarshal(text, &list) == nil {
		*s = strings.Fields(list)
		return nil
	}
	return json.Unmarshal(text, (*[]string)(s))
}

// grant is what a token is good for, if it is good for UserInfo.
func (s *Server) grant(name string) (g grant, _ *oauthError) {
	text, err := s.response(name)
	if err != nil {
		return g, broken(err.Error())
	}
	_ = json.Unmarshal(text, &g) // what cannot be read is not there
	switch {
	case !g.Active, g.Expires != nil && !s.cfg.Now().Before(time.Unix(int64(*g.Expires), 0)):
		return g, invalidToken("the access token is unknown, expired or revoked")
	case !slices.Contains(g.Scope, "openid"):
		return g, &oauthError{http.StatusForbidden, "insufficient_scope", "the access token lacks the scope openid"}
	case g.Subject == "":
		return g, invalidToken("the access token is no user's")
	}
	return g, nil
}

// fillUserInfo makes the answer. Its form is that for which the client registered that got the token, if it did.
func (rep *reply) fillUserInfo(r *http.Request, g grant, incident incident) *oauthError {
	s := rep.server
	if rep.facts = s.user(g.Subject, g.Scope); rep.facts == nil {
		return broken("devas: the claims of this user cannot be written as JSON")
	}
	s.mu.Lock()
	c := s.clients[g.ClientID]
	s.mu.Unlock()
	if c != nil {
		rep.client = c.atUserInfo()
		rep.form = rep.client.form()
	}
	return rep.wrap(r.Context(), c, incident)
}

// refuseToken is fail with the challenge of RFC 6750 section 3, if the failure is about the token.
func (rep *reply) refuseToken(failure *oauthError) {
	rep.fail(failure)
	challenge := `Bearer realm="` + rep.server.cfg.Issuer + `"`
	switch failure.Code {
	case missingToken.Code:
		rep.body = nil
		rep.header.Del("Content-Type")
	case "invalid_request", "invalid_token":
		challenge += `, error="` + failure.Code + `"`
	case "insufficient_scope":
		challenge += `, error="insufficient_scope", scope="openid"`
	default:
		return
	}
	rep.header.Set("WWW-Authenticate", challenge)
}
