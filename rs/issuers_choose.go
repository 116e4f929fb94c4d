package rs

import (
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// ByHost returns an IssuersConfig.Choose that goes by the host of a request, without its port and regardless of letter case.
// The keys of issuers are bare host names or addresses: no port, no wildcard. A request for any other host is refused. The
// host is what the client, or the proxy in front, says it is: it chooses among the configured issuers and proves nothing.
func ByHost(issuers map[string]string) func(*http.Request) (issuer string, ok bool) {
	byHost := make(map[string]string, len(issuers))
	for host, issuer := range maps.All(issuers) {
		byHost[strings.ToLower(host)] = issuer
	}
	return func(r *http.Request) (string, bool) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		return byHost[strings.ToLower(strings.Trim(host, "[]"))], true
	}
}

// chosen is the server that the request chooses; ok is false where the token may choose.
func (i *Issuers) chosen(r *http.Request) (s *Server, ok bool, failure *Error) {
	if r == nil || i.cfg.Choose == nil {
		return nil, false, nil
	}
	issuer, ok := i.cfg.Choose(r)
	if !ok {
		return nil, false, nil
	}
	if s = i.byName[issuer]; s == nil {
		return nil, true, invalidToken(ReasonIssuer)
	}
	return s, true, nil
}

// candidate is one who may decide on a token, and why.
type candidate struct {
	server *Server
	why    Choice
}

// candidates are those who may decide on the token, in the order in which they are asked.
func (i *Issuers) candidates(ctx context.Context, token string, r *http.Request) ([]candidate, *Error) {
	if s, ok, failure := i.chosen(r); ok {
		return []candidate{{s, ChosenByRequest}}, failure
	}
	if len(token) > i.longest {
		return nil, invalidRequest(ReasonTokenTooLong, "the token is too long")
	}
	issuer, stated, failure := i.statedIssuer(token)
	switch {
	case failure != nil:
		return nil, failure
	case !stated:
		return i.inOrder(ctx, token), nil
	case i.byName[issuer] == nil:
		return nil, invalidToken(ReasonIssuer)
	}
	return []candidate{{i.byName[issuer], ChosenByToken}}, nil
}

// inOrder puts those first that hold the token as good, and those last that hung when they were last asked: an outage of one does not
// delay the tokens of the next.
func (i *Issuers) inOrder(ctx context.Context, token string) []candidate {
	var first, rest, last []candidate
	for _, s := range i.servers {
		switch {
		case len(i.servers) > 1 && s.remembers(ctx, token):
			first = append(first, candidate{s, ChosenByMemory})
		case s.hung.Load():
			last = append(last, candidate{s, ChosenByOrder})
		default:
			rest = append(rest, candidate{s, ChosenByOrder})
		}
	}
	return slices.Concat(first, rest, last)
}

// remembers: the token is in the cache, active and fresh.
func (s *Server) remembers(ctx context.Context, token string) bool {
	token, failure := s.bearer(token)
	if failure != nil {
		return false
	}
	now := s.cfg.Now()
	held := s.lookup(ctx, s.cacheKeys.of(token), now)
	return held != nil && held.active && s.fresh(held, now)
}

// statedIssuer is the iss of a JWT, which nobody has verified. A JWT that cannot be read in one way only is nobody's.
func (i *Issuers) statedIssuer(token string) (issuer string, stated bool, failure *Error) {
	if !isJWT(token) && i.unwraps {
		if inner, ok := unwrapBase64(token); ok {
			token = inner
		}
	}
	switch {
	case !isJWT(token):
		return "", false, nil
	case isEncrypted(token):
		header, err := keys.ParseJWEHeader([]byte(token))
		if err != nil {
			return "", false, refusedToken(ReasonTokenFormat, err)
		}
		if header.Issuer != nil {
			return *header.Issuer, true, nil
		}
		return "", false, nil
	}
	err := eachMember(string(payloadOf([]byte(token))), func(name string, value member) (err error) {
		if name == "iss" {
			stated = true
			issuer, err = value.string()
		}
		return err
	})
	if err != nil {
		return "", false, refusedToken(ReasonTokenFormat, err)
	}
	return issuer, stated, nil
}
