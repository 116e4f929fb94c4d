package explain

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// recorder is an rs.Observer that keeps what it is told, and an rs.Cache that is always empty but sees the facts.
type recorder struct {
	mu     sync.Mutex
	events []rs.Event // up to the end of the introspection: a second opinion, about no token of ours, may follow
	asked  bool
	names  []string // of the members of the introspection response; nil: it was not worth keeping
}

func (r *recorder) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }

func (r *recorder) End(_ context.Context, ev rs.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.asked {
		r.events = append(r.events, ev)
	}
	r.asked = r.asked || ev.Op == rs.OpIntrospect
}

func (r *recorder) Get(context.Context, rs.CacheKey) (*rs.Introspection, bool, error) {
	return nil, false, nil
}

// Put remembers the names of the members and forgets their values.
func (r *recorder) Put(_ context.Context, _ rs.CacheKey, in *rs.Introspection, _ time.Duration) error {
	raw, err := in.MarshalJSON()
	if err != nil {
		return err
	}
	var stored struct {
		Response map[string]json.RawMessage `json:"response"`
	}
	if err := json.Unmarshal(raw, &stored); err != nil {
		return err
	}
	maps.DeleteFunc(stored.Response, func(_ string, value json.RawMessage) bool { return string(value) == "null" }) // null is absent
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names = slices.Sorted(maps.Keys(stored.Response))
	return nil
}

// printCalls tells of the calls to the authorization server in the order in which they ended.
func (r *recorder) printCalls(p *show.Printer, cfg rs.Config) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ev := range r.events {
		took := ev.Duration.Round(100 * time.Microsecond)
		e := rs.AsError(ev.Err)
		switch {
		case ev.Op == rs.OpFetchMetadata && e == nil:
			line(p, "metadata", "that of the issuer, after %s", took)
		case ev.Op == rs.OpFetchMetadata:
			line(p, "metadata", "none that could be used (%s), after %s", e.Reason, took)
		case ev.Op == rs.OpFetchKeys && e == nil:
			line(p, "keys", "GET %s: a JWK Set with keys for %s, after %s", discovered(cfg.JWKSEndpoint, "jwks_uri"), signingAlg(cfg), took)
		case ev.Op == rs.OpFetchKeys:
			line(p, "keys", "GET %s: no usable JWK Set (%s), after %s", discovered(cfg.JWKSEndpoint, "jwks_uri"), e.Reason, took)
		case ev.Op == rs.OpIntrospect && e == nil:
			line(p, "answer", "200 after %s: %s", took, usable(cfg))
		case ev.Op == rs.OpIntrospect:
			line(p, "answer", "no answer that could be used (%s), after %s", e.Reason, took)
		}
	}
	if !r.asked && cfg.AccessTokenMode != rs.Local {
		line(p, "answer", "none: the authorization server was not asked")
	}
}

// usable lists what was checked before the answer was believed.
func usable(cfg rs.Config) string {
	signed := "signature right (" + signingAlg(cfg) + "), and made by the issuer, for this service, and just now"
	switch cfg.Format {
	case rs.JWT:
		return "decrypted with our key, " + signed
	case rs.JWTSigned:
		return signed
	case rs.JSON:
	}
	return "plain JSON, as trustworthy as the connection"
}

func signingAlg(cfg rs.Config) string {
	if cfg.AccessTokenMode == rs.Local {
		return cmp.Or(cfg.AccessTokenAlg, "RS256")
	}
	if cfg.SigningAlg == "" {
		return "ES256, or the only one of the metadata"
	}
	return cfg.SigningAlg
}

// printFacts names the members of the answer. Their values are personal data, and stay out.
func (r *recorder) printFacts(p *show.Printer, cfg rs.Config) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.names == nil {
		if slices.ContainsFunc(r.events, func(ev rs.Event) bool { return ev.Op == rs.OpIntrospect && ev.Err == nil }) {
			line(p, "facts", "not shown: the token is not active, or its exp is past")
		}
		return
	}
	looked := []string{"active", "iss", "sub", "client_id", "aud", "scope", "exp", "nbf", "iat", "token_type", "token_use", "cnf"}
	if claim := cfg.AudienceClaim; claim != "" && !slices.Contains(looked, claim) {
		looked = append(looked, claim)
	}
	var present, absent, others []string
	for _, name := range looked {
		if slices.Contains(r.names, name) {
			present = append(present, printable(name))
		} else {
			absent = append(absent, printable(name))
		}
	}
	for _, name := range r.names {
		if !slices.Contains(looked, name) {
			others = append(others, printable(name))
		}
	}
	line(p, "facts", "present: %s", strings.Join(present, ", "))
	line(p, "", "absent: %s", list(absent))
	line(p, "", "not looked at: %s", list(others))
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// printable keeps control characters of a foreign name off the terminal.
func printable(name string) string {
	quoted := strconv.QuoteToASCII(show.Shorten(name, 40))
	return quoted[1 : len(quoted)-1]
}
