package rs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Principal is on whose behalf a request is made, according to the authorization server. It belongs to one request: changing
// it changes nothing elsewhere. For a handler's unit test, build one by hand and pass it on with [NewContext].
type Principal struct {
	Issuer         string    // the authorization server that vouches for it: a Subject is unique within one issuer only
	Subject        string    // "sub": the user; of a service on its own account (client credentials) empty, its ClientID, or an account of its own
	ClientID       string    // "client_id": the client that got the token
	Username       string    // "username": for humans to read, never to decide by
	Audience       string    // the calling service, from Config.AudienceClaim: django-lasuite's resource_server_token_audience
	TokenAudiences []string  // "aud": for whom the token is meant
	Scopes         []string  // "scope"
	Expiry         time.Time // "exp"; zero if the authorization server did not say
	Stale          bool      // the authorization server could not be asked: this is what it said some time ago (Config.StaleIfError)

	made admitted // of what; zero: by hand
}

// HasScope says whether the token has the scope, exactly and case-sensitively.
func (p *Principal) HasScope(scope string) bool {
	return scope != "" && slices.Contains(p.Scopes, scope)
}

// HasTokenAudience says whether the token is meant for the audience: "aud" names it.
func (p *Principal) HasTokenAudience(audience string) bool {
	return audience != "" && slices.Contains(p.TokenAudiences, audience)
}

// Claims decodes the whole introspection response (RFC 7662 section 2.2) into v, a pointer as for encoding/json; member
// names are compared case-sensitively. A Principal made by hand has the members that its fields give.
func (p *Principal) Claims(v any) error {
	raw, err := p.response()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return errors.New("rs: the introspection response does not fit the type given to Claims: check its field types") // the cause quotes claims
	}
	return nil
}

func (p *Principal) response() ([]byte, error) {
	if p.made.facts != nil {
		return []byte(p.made.facts.response()), nil
	}
	members := map[string]any{"active": true}
	for name, value := range map[string]string{
		"iss": p.Issuer, "sub": p.Subject, "client_id": p.ClientID, "username": p.Username, "scope": strings.Join(p.Scopes, " "),
	} {
		if value != "" {
			members[name] = value
		}
	}
	if len(p.TokenAudiences) > 0 {
		members["aud"] = p.TokenAudiences
	}
	if !p.Expiry.IsZero() {
		members["exp"] = p.Expiry.Unix()
	}
	return json.Marshal(members)
}

// splitScopes cuts at spaces only (RFC 6749 section 3.3). It allocates once, so that a very long scope costs no more
// than its parts.
func splitScopes(scope string) []string {
	scopes := make([]string, 0, 1+strings.Count(scope, " "))
	for each := range strings.SplitSeq(scope, " ") {
		if each != "" {
			scopes = append(scopes, each)
		}
	}
	return scopes
}

type contextKey struct{}

// NewContext returns a context that carries p; a nil p carries nothing.
func NewContext(ctx context.Context, p *Principal) context.Context {
	if p == nil {
		return context.WithValue(ctx, contextKey{}, nil)
	}
	return context.WithValue(ctx, contextKey{}, p)
}

// FromContext is the Principal that ctx carries, or false: then the request was not authenticated.
func FromContext(ctx context.Context) (*Principal, bool) {
	g := grantIn(ctx)
	if g == nil {
		return nil, false
	}
	return g.principal(), true
}
