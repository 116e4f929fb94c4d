package rs

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Introspection holds the facts about a token that an introspection response states (RFC 7662 section 2.2). It is opaque
// and immutable, so that a [Cache] can share it between requests: whether a token is accepted is decided anew for every
// request and never stored. It round-trips through JSON for caches outside this process; that JSON contains
// personal data and must be protected like the token itself.
type Introspection struct {
	raw      string // the response as received; the strings below are parts of it
	settings *settings

	subject, clientID, username string
	issuer, tokenType, tokenUse string
	scope                       string
	source                      string   // the calling service, by settings.audienceClaim
	audience                    []string // the token's own aud
	expiry, notBefore           numericDate
	received                    int64 // when the authorization server said so, in Unix nanoseconds
	active, senderConstrained   bool
	hasIssuer, stale            bool
	local                       bool   // from a JWT access token, verified here
	refreshing                  uint32 // atomic: 1 once a refresh ahead of time was begun
}

// settings are the parts of a Config on which facts depend beyond the response itself.
type settings struct {
	issuer        string
	realm         string
	audienceClaim string
	allowed       []string
	staleHeader   string
}

// numericDate is seconds since the epoch (RFC 7519 section 2), rounded towards the past; absent is the zero value.
type numericDate struct {
	seconds int64
	present bool
}

// time is the moment meant; the zero Time if absent.
func (d numericDate) time() time.Time {
	if !d.present {
		return time.Time{}
	}
	return time.Unix(d.seconds, 0)
}

// bind fits facts to the server that uses them. Facts that this server parsed are bound already; those that come from
// a cache outside the process are not.
func (in *Introspection) bind(s *settings) *Introspection {
	if in.settings == s {
		return in
	}
	bound := *in
	bound.settings = s
	bound.source = bound.callingService()
	return &bound
}

// callingService is the value of the audience claim that counts: of several, the first that is allowed, else the first.
func (in *Introspection) callingService() string {
	values := in.claimStrings(in.settings.audienceClaim)
	first := ""
	for _, v := range values {
		if v == "" {
			continue
		}
		if contains(in.settings.allowed, v) {
			return v
		}
		if first == "" {
			first = v
		}
	}
	return first
}

// claimStrings is a claim that is a string or an array of strings; nil if it is absent or anything else.
func (in *Introspection) claimStrings(name string) []string {
	switch name {
	case "client_id":
		return []string{in.clientID}
	case "aud":
		return in.audience
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(in.raw), &members); err != nil {
		return nil // unreachable: raw was parsed before
	}
	switch v := members[name].(type) {
	case string:
		return []string{v}
	case []any:
		values := make([]string, 0, len(v))
		for _, each := range v {
			s, ok := each.(string)
			if !ok {
				return nil
			}
			values = append(values, s)
		}
		return values
	}
	return nil
}

// age is the time since the authorization server said so.
func (in *Introspection) age(now time.Time) time.Duration {
	return time.Duration(now.UnixNano() - in.received)
}

// isPast says whether exp has been reached, without any tolerance.
func (in *Introspection) isPast(now time.Time) bool {
	return in.expiry.present && !now.Before(in.expiry.time())
}

// hasScope asks for one scope: exact and case-sensitive, separated by the space only (RFC 6749 section 3.3). It reads the
// string in place, because it runs on every request.
func (in *Introspection) hasScope(scope string) bool {
	for rest := in.scope; rest != ""; {
		var each string
		each, rest, _ = strings.Cut(rest, " ")
		if each == scope && each != "" {
			return true
		}
	}
	return false
}

// stored is the form outside this process: the response as received, and when.
type stored struct {
	Received int64          `json:"received"`
	Local    bool           `json:"local,omitzero"`
	Response jsontext.Value `json:"response"`
}

// MarshalJSON is the stored form.
func (in *Introspection) MarshalJSON() ([]byte, error) {
	return json.Marshal(stored{in.received, in.local, jsontext.Value(in.raw)})
}

// UnmarshalJSON reads the stored form as strictly as it was read from the authorization server.
func (in *Introspection) UnmarshalJSON(data []byte) error {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return errors.New("rs: stored introspection response is unusable: not the stored form") // the cause quotes claims
	}
	parsed, err := parseIntrospection(s.Response, true) // an array of scopes was allowed, or it would not have been stored
	if err != nil {
		return fmt.Errorf("rs: stored introspection response is unusable: %w", err)
	}
	*in = *parsed
	in.received, in.local = s.Received, s.Local
	return nil
}
