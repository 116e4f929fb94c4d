// Package mint makes tokens of the development authorization server for whoever asks on this machine.
package mint

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// Path is where [Handler] belongs.
const Path = "/dev/tokens"

// Parameters names what a request for a token may say.
var Parameters = []string{"sub", "scope", "client_id", "username", "aud", "expires_in", "form"}

// Token is a new token, as a token endpoint answers (RFC 6749 section 5.1).
type Token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
	Scope       string `json:"scope,omitempty"`
}

// The defaults.
const (
	defaultScope    = "openid"
	defaultLifetime = time.Hour
	maxLifetime     = 365 * 24 * time.Hour
)

// Issuer makes tokens: a [devas.Server], or who keeps a list of them.
type Issuer interface {
	Issue(claims devas.Claims) string
	IssueJWT(claims devas.Claims) (string, error)
}

// Issue makes the token that form describes. An empty value leaves the member out of the introspection response (and of
// the JWT, where the form of the token is jwt); aud may be repeated. The error says what is wrong with the form.
func Issue(as Issuer, form url.Values, now time.Time) (Token, error) {
	if err := checkNames(form); err != nil {
		return Token{}, err
	}
	lifetime, err := lifetimeOf(form)
	if err != nil {
		return Token{}, err
	}
	scope := defaultScope
	if form.Has("scope") {
		scope = form.Get("scope")
	}
	claims := claimsOf(form)
	claims["scope"], claims["exp"] = stated(scope), now.Add(lifetime).Unix()
	token := Token{TokenType: "Bearer", ExpiresIn: int64(lifetime / time.Second), Scope: scope}
	switch form.Get("form") {
	case "", "opaque":
		token.AccessToken = as.Issue(claims)
	case "jwt":
		token.AccessToken, err = as.IssueJWT(claims)
	default:
		err = errors.New("form must be opaque or jwt")
	}
	return token, err
}

func checkNames(form url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if !slices.Contains(Parameters, name) {
			return fmt.Errorf("there is no parameter %q: use some of %s", name, strings.Join(Parameters, ", "))
		}
		if len(form[name]) > 1 && name != "aud" {
			return fmt.Errorf("the parameter %s is repeated", name)
		}
	}
	return nil
}

// claimsOf are those whose value is that of a parameter.
func claimsOf(form url.Values) devas.Claims {
	claims := devas.Claims{}
	for _, name := range []string{"sub", "client_id", "username"} {
		if form.Has(name) {
			claims[name] = stated(form.Get(name))
		}
	}
	switch aud := form["aud"]; len(aud) {
	case 0:
	case 1:
		claims["aud"] = stated(aud[0])
	default:
		claims["aud"] = aud
	}
	return claims
}

// stated is nil, which leaves a member out, for an empty value.
func stated(value string) any {
	if value == "" {
		return nil
	}
	return value
}

func lifetimeOf(form url.Values) (time.Duration, error) {
	if !form.Has("expires_in") {
		return defaultLifetime, nil
	}
	seconds, err := strconv.ParseInt(form.Get("expires_in"), 10, 64)
	if err != nil || seconds < 1 || seconds > int64(maxLifetime/time.Second) {
		return 0, errors.New("expires_in must be a number of seconds, from 1 to one year")
	}
	return time.Duration(seconds) * time.Second, nil
}

// Handler answers POST with a new token for the form in the body. Only this machine is served, whatever address the
// listener has, and only under a name of this machine: a web page that is open in a browser here must get no token.
func Handler(as Issuer, now func() time.Time) http.Handler {
	guard := http.NewCrossOriginProtection()
	return guard.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		switch {
		case !IsLocal(r):
			refuse(w, http.StatusForbidden, "access_denied", "tokens are made for this machine only: ask on a loopback address")
			return
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, http.StatusMethodNotAllowed, "invalid_request", "use POST")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		if err := r.ParseForm(); err != nil {
			refuse(w, http.StatusBadRequest, "invalid_request", "the body is no form (application/x-www-form-urlencoded)")
			return
		}
		token, err := Issue(as, r.PostForm, now())
		if err != nil {
			refuse(w, http.StatusBadRequest, "invalid_request", err.Error())
			return
		}
		write(w, http.StatusOK, token)
	}))
}

// IsLocal says whether the peer is on this machine, and so is the name by which it was sent here (a name that a foreign
// page could have pointed here would not be).
func IsLocal(r *http.Request) bool {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	name := r.Host
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		name = host
	}
	return IsLoopback(peer) && IsLoopback(strings.Trim(name, "[]"))
}

// IsLoopback says whether host, a name or an address without a port, is always this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	write(w, status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, description})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}
