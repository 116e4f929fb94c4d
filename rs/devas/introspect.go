package devas

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// serveIntrospection is RFC 7662 section 2 and, for clients registered so, RFC 9701.
func (s *Server) serveIntrospection(w http.ResponseWriter, r *http.Request) {
	fault, healed := s.faults.take(atIntrospection)
	c, who, failure := s.authenticate(w, r)
	token := r.PostForm.Get("token")
	entry := Exchange{Client: who.id, AuthMethod: who.method, Accept: r.Header.Get("Accept"), Hint: r.PostForm.Get("token_type_hint"), Fault: fault}
	if token != "" {
		entry.TokenDigest = TokenDigest(token)
	}
	logged := s.log.begin(entry)
	if failure == nil && token == "" {
		failure = invalidRequest("missing required parameter 'token'")
	}
	rep := s.newReply(atIntrospection)
	if failure == nil {
		failure = rep.fill(r, c, token, incidents[fault])
	}
	if failure != nil {
		rep.refuse(r, failure)
	}
	s.log.deliver(w, r, rep, healed, logged)
}

// fill makes the answer about a token, with the incident at its stage.
func (rep *reply) fill(r *http.Request, c *client, token string, incident incident) (failure *oauthError) {
	if rep.form, failure = negotiate(c.Client, r.Header.Get("Accept")); failure != nil {
		return failure
	}
	facts, err := rep.server.response(token)
	if err != nil {
		return broken(err.Error())
	}
	rep.client, rep.facts = c.Client, facts
	return rep.wrap(r.Context(), c, incident)
}

// wrap makes the body of the facts in the form that was chosen, with the incident at its stage. It needs a client for what is
// encrypted only.
func (rep *reply) wrap(ctx context.Context, c *client, incident incident) *oauthError {
	if rep.form < incident.needs {
		return broken("the fault " + incident.name + " needs a client that is registered for, and asks for, such answers")
	}
	if rep.form == encrypted {
		jwks, err := rep.server.clientKeys(ctx, c)
		if err == nil {
			err = rep.encryptTo(jwks, rep.client.EncryptionEnc)
		}
		if err != nil { // of every token, also of one that is not active
			return &oauthError{http.StatusBadRequest, "invalid_client_metadata", "client JSON Web Key Set is unusable: " + err.Error()}
		}
	}
	var err error
	if rep.form != plain {
		err = rep.prepareJWT()
	}
	if err == nil && incident.jwt != nil {
		err = incident.jwt(rep)
	}
	if incident.facts != nil {
		rep.facts = incident.facts(rep.facts)
	}
	if err == nil {
		err = rep.seal()
	}
	if err != nil {
		return broken(err.Error())
	}
	return nil
}

func broken(description string) *oauthError {
	return &oauthError{http.StatusInternalServerError, "server_error", description}
}

// negotiate is what oidc-provider does (RFC 9701 section 4): a client registered for signed answers that asks for JSON gets
// it, unsigned; one registered for encrypted answers gets an error.
func negotiate(c Client, accept string) (form, *oauthError) {
	registered := c.form()
	if registered == plain || asksForJWT(accept) {
		return registered, nil
	}
	if registered == encrypted {
		return 0, invalidRequest("introspection must be requested with Accept: application/token-introspection+jwt for this client")
	}
	return plain, nil
}

// asksForJWT compares the weights of the two media types (RFC 9110 section 12.5.1). Equal weights favour the one named
// first, and a wildcard favours JSON.
func asksForJWT(accept string) bool {
	jwt, other := -1.0, -1.0
	for item := range strings.SplitSeq(accept, ",") {
		mediaType, params, _ := strings.Cut(item, ";")
		weight := readWeight(params)
		switch strings.ToLower(strings.TrimSpace(mediaType)) {
		case "application/token-introspection+jwt":
			if weight > other {
				jwt = weight
			}
		case "application/json", "application/*", "*/*":
			other = max(other, weight)
		}
	}
	return jwt > 0 && jwt >= other
}

func readWeight(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		if name, value, _ := strings.Cut(strings.TrimSpace(param), "="); strings.EqualFold(name, "q") {
			if weight, err := strconv.ParseFloat(value, 64); err == nil {
				return weight
			}
		}
	}
	return 1
}

// describe notes how an exchange is answered.
func (rep *reply) describe(e *Exchange) {
	e.Status, e.ContentType, e.Encrypted = rep.status, rep.header.Get("Content-Type"), rep.form == encrypted
	var answer struct {
		Error  string `json:"error"`
		Active bool   `json:"active"`
	}
	if rep.status != http.StatusOK {
		_ = json.Unmarshal(rep.body, &answer) // what is no JSON has no error code
		e.Error = answer.Error
		return
	}
	_ = json.Unmarshal(rep.facts, &answer)
	e.Active = answer.Active || rep.endpoint == atUserInfo
}
