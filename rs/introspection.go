package rs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Introspection holds the facts about a token that an introspection response states (RFC 7662 section 2.2). It is opaque
// and immutable, so that a [Cache] can share it between requests: whether a token is accepted is decided anew for every
// request and never stored. It round-trips through JSON for caches outside this process; that JSON contains
// personal data and must be protected like the token itself.
//
// A million of them may be held at once, so it is kept small: what most answers do not say is set apart, and what only
// some handlers ask for is read from the response again.
type Introspection struct {
	raw                      string    // the response as received; the strings below are parts of it
	settings                 *settings // of the server that read it; nil: not yet read by any
	subject, clientID, scope string
	rare                     *rareFacts // nil: none of them
	expiry                   int64      // Unix seconds; never: not stated
	received                 int64      // when the authorization server said so, in Unix nanoseconds
	usernameFrom, usernameTo uint32     // where in raw it is
	refreshing               uint32     // atomic: 1 once a refresh ahead of time was begun
	touched                  uint32     // atomic: when an LRU last noted its use, in seconds
	kind                     tokenKind
	active                   bool
	foreign                  bool // "iss" is there and not ours
	senderConstrained        bool
	stale                    bool
	local                    bool // from a JWT access token, verified here
}

// rareFacts are what most authorization servers do not say, or what only some configurations ask for.
type rareFacts struct {
	service   string   // the calling service, where it is not named by client_id
	username  string   // if it has escapes, and so is nowhere in the response
	audience  []string // the token's own aud
	notBefore int64    // Unix seconds
}

// tokenKind is what token_type and token_use say.
type tokenKind uint8

const (
	kindUnstated tokenKind = iota
	kindBearer
	kindOther // a refresh token, an ID token, something unknown
)

// settings are the parts of a Config on which facts depend beyond the response itself.
type settings struct {
	issuer        string
	realm         string
	audienceClaim string
	allowed       []string
	staleHeader   string
	refused       func(context.Context, *Error) // tells the observer; nil: there is none
}

// Dates are Unix seconds, rounded towards the past (RFC 7519 section 2), from always to never.
const (
	always int64 = math.MinInt64
	never  int64 = math.MaxInt64
)

// bind fits facts to the server that uses them, or is nil if they cannot be. Facts that this server read are bound already;
// those that come from a cache outside the process are not.
func (in *Introspection) bind(s *settings) *Introspection {
	if in.settings == s {
		return in
	}
	return in.reread(s)
}

// reread is a value of its own with the same facts, as s wants them read, or nil if they cannot be. What is shared must
// not be copied as it is: other requests note on it that they use it.
func (in *Introspection) reread(s *settings) *Introspection {
	own, err := parseIntrospection([]byte(in.raw), s, true) // an array of scopes was allowed, or it would not have been stored
	if err != nil {
		return nil
	}
	own.received, own.local = in.received, in.local
	return own
}

// service is the calling service: the value of the audience claim.
func (in *Introspection) service() string {
	if in.settings.audienceClaim == "client_id" {
		return in.clientID
	}
	if in.rare == nil {
		return ""
	}
	return in.rare.service
}

func (in *Introspection) username() string {
	if in.rare == nil || in.rare.username == "" {
		return in.raw[in.usernameFrom:in.usernameTo]
	}
	return in.rare.username
}

func (in *Introspection) audience() []string {
	if in.rare == nil {
		return nil
	}
	return in.rare.audience
}

func (in *Introspection) notBefore() int64 {
	if in.rare == nil {
		return always
	}
	return in.rare.notBefore
}

// age is the time since the authorization server said so.
func (in *Introspection) age(now time.Time) time.Duration {
	return time.Duration(now.UnixNano() - in.received)
}

// isPast says whether exp has been reached, without any tolerance.
func (in *Introspection) isPast(now time.Time) bool {
	return in.expiry != never && !now.Before(time.Unix(in.expiry, 0))
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
	parsed, err := parseIntrospection(s.Response, &settings{}, true)
	if err != nil {
		return fmt.Errorf("rs: stored introspection response is unusable: %w", err)
	}
	*in = Introspection{raw: parsed.raw, received: s.Received, local: s.Local}
	return nil
}
