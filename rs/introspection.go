package rs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Introspection holds the facts about a token that an introspection response states (RFC 7662 section 2.2). It is opaque
// and immutable, so that a [Cache] can share it between requests: whether a token is accepted is decided anew for every
// request and never stored. It round-trips through JSON for caches outside this process; that JSON contains
// personal data and must be protected like the token itself.
type Introspection struct {
	// A million of these may be held at once, so each is one block of memory, see newIntrospection: what was read of the
	// response, then the response. What only some handlers ask for is read from the response again.

	key     lruKey // of its place in a clockCache
	expires int64  // there, in Unix nanoseconds

	facts

	text        string // the response as received, then what of it had to be decoded
	responseEnd uint32
	refreshing  atomic.Bool // a refresh ahead of time was begun
}

// facts are what decides, and where in the text the rest is. What every request needs comes first, so that it is in one line of
// the processor's caches: with many tokens a hit is mostly the wait for memory.
type facts struct {
	expiry    int64  // Unix seconds; never: not stated
	notBefore int64  // Unix milliseconds; always: not stated
	received  int64  // when the authorization server said so, in Unix nanoseconds
	reader    uint32 // the settings by which the response was read; 0: nobody's

	kind              tokenKind
	active            bool
	foreign           bool // "iss" is there and not ours
	senderConstrained bool
	accepted          bool // "scope" names one of the accepted scopes
	named             bool // the audience claim names a calling service
	allowed           bool // it is one of those allowed
	meant             bool // "aud" names one of the token audiences, if there are any
	local             bool // from a JWT access token, verified here; of a refusal: such a token alone would be believed
	stale             bool // used though the authorization server could not be asked anew

	spans struct{ service, scope, audience, subject, clientID, username span }
}

// span is a part of the text: places take less memory than strings, and nothing of the garbage collector's time.
type span struct{ from, to uint32 }

// tokenKind is what token_type and token_use say.
type tokenKind uint8

const (
	kindUnstated tokenKind = iota
	kindBearer
	kindOther // a refresh token, an ID token, something unknown
)

// settings are the parts of a Config on which facts depend beyond the response itself. They never change, so that what they say
// about a text is read once, with it.
type settings struct {
	id             uint32 // another one for each, never 0
	issuer         string
	realm          string
	audienceClaim  string
	allowed        []string
	audiences      []string
	acceptedScopes []string
	lenientScope   bool
	staleHeader    string
	refused        func(context.Context, *Error) // tells the observer; nil: there is none
}

func newSettings(cfg *Config) settings {
	return settings{
		id: settingsIDs.Add(1), issuer: cfg.Issuer, realm: cfg.Realm, audienceClaim: cfg.AudienceClaim,
		allowed: cfg.AllowedAudiences, audiences: cfg.TokenAudiences, acceptedScopes: cfg.AcceptedScopes,
		lenientScope: cfg.LenientScopeArray, staleHeader: cfg.StaleHeader,
	}
}

// settingsIDs tell the facts that one server read from those that another did.
var settingsIDs atomic.Uint32

// Dates reach from always to never.
const (
	always int64 = math.MinInt64
	never  int64 = math.MaxInt64
)

// bind fits facts to the server that uses them, or is nil if they cannot be. Facts that this server read are bound already;
// those that come from a cache outside the process are not.
func (in *Introspection) bind(s *settings) *Introspection {
	if in.reader == s.id {
		return in
	}
	return in.reread(s)
}

// reread is a value of its own with the same facts, as s wants them read, or nil if they cannot be. What is shared must
// not be copied as it is: other requests note on it that they use it.
func (in *Introspection) reread(s *settings) *Introspection {
	own, err := parseIntrospection([]byte(in.response()), s)
	if err != nil {
		return nil
	}
	own.received, own.local = in.received, in.local
	return own
}

// response is the response as received.
func (in *Introspection) response() string { return in.text[:in.responseEnd] }

func (in *Introspection) cut(s span) string { return in.text[s.from:s.to] }

func (in *Introspection) subject() string  { return in.cut(in.spans.subject) }
func (in *Introspection) clientID() string { return in.cut(in.spans.clientID) }
func (in *Introspection) username() string { return in.cut(in.spans.username) }
func (in *Introspection) scope() string    { return in.cut(in.spans.scope) }

// service is the calling service: the value of the audience claim.
func (in *Introspection) service() string { return in.cut(in.spans.service) }

// audience is the token's own aud; it is written as a list of lengths and names.
func (in *Introspection) audience() iter.Seq[string] {
	return func(yield func(string) bool) {
		for list := in.cut(in.spans.audience); list != ""; {
			size := binary.LittleEndian.Uint32([]byte(list[:4]))
			if !yield(list[4 : 4+size]) {
				return
			}
			list = list[4+size:]
		}
	}
}

// statesAudience: an empty list is stated too.
func (in *Introspection) statesAudience() bool { return in.spans.audience != span{} }

// age is the time since the authorization server said so.
func (in *Introspection) age(now time.Time) time.Duration {
	return time.Duration(now.UnixNano() - in.received)
}

// isPast says whether exp has been reached, without any tolerance.
func (in *Introspection) isPast(now time.Time) bool {
	return in.expiry != never && now.Unix() >= in.expiry
}

// hasScope asks for one scope: exact and case-sensitive, separated by the space only (RFC 6749 section 3.3). It reads the
// string in place, because routes ask at every request.
func (in *Introspection) hasScope(scope string) bool {
	for rest := in.scope(); rest != ""; {
		var each string
		each, rest, _ = strings.Cut(rest, " ")
		if each == scope && each != "" {
			return true
		}
	}
	return false
}

// isFor: the token's own aud names the audience.
func (in *Introspection) isFor(audience string) bool {
	for each := range in.audience() {
		if each == audience && audience != "" {
			return true
		}
	}
	return false
}

func (in *Introspection) isForAny(audiences []string) bool {
	return slices.ContainsFunc(audiences, in.isFor)
}

// stored is the form outside this process: the response as received, and when.
type stored struct {
	Received int64          `json:"received"`
	Local    bool           `json:"local,omitzero"`
	Response jsontext.Value `json:"response"`
}

// MarshalJSON is the stored form.
func (in *Introspection) MarshalJSON() ([]byte, error) {
	return json.Marshal(stored{in.received, in.local, jsontext.Value(in.response())})
}

// UnmarshalJSON reads the stored form as strictly as it was read from the authorization server. A member that it does not know, which
// could be another version's, makes it unusable. Read it into a new Introspection: one that has facts is shared by now, and refuses.
func (in *Introspection) UnmarshalJSON(data []byte) error {
	if in.text != "" { // also because the garbage collector would not see what a block then pointed to
		return errors.New("rs: stored introspection response is unusable here: facts never change (read it into a new Introspection)")
	}
	var s stored
	if err := json.Unmarshal(data, &s, json.RejectUnknownMembers(true)); err != nil {
		return errors.New("rs: stored introspection response is unusable: not the stored form") // the cause quotes claims
	}
	parsed, err := parseIntrospection(s.Response, &settings{lenientScope: true}) // who uses it reads it anew, by settings of its own
	if err != nil {
		return fmt.Errorf("rs: stored introspection response is unusable: %w", err)
	}
	in.facts, in.text, in.responseEnd = parsed.facts, parsed.text, parsed.responseEnd
	in.received, in.local = s.Received, s.Local
	return nil
}
