package devas

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Server is a development authorization server. Make one with [New]. It is safe for concurrent use and must not be copied.
type Server struct {
	cfg    Config
	base   string // the issuer without a final slash: what endpoints are relative to
	routes map[string]route
	ring   keyring
	// strangers has keys that are never published, to forge with.
	strangers keyring
	faults    scheduler
	log       exchangeLog // of introspections
	userLog   exchangeLog // of requests for UserInfo

	mu      sync.Mutex
	clients map[string]*client
	tokens  map[string]token
	users   map[string]Claims
}

// route is what one path answers to.
type route struct {
	methods []string
	handle  http.HandlerFunc
}

func (r route) allows(method string) bool {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return slices.Contains(r.methods, method)
}

// New makes a Server with a new signing key. It does no I/O. The error joins every problem of the configuration.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg:     cfg,
		base:    strings.TrimSuffix(cfg.Issuer, "/"),
		clients: map[string]*client{},
		tokens:  map[string]token{},
		users:   map[string]Claims{},
	}
	s.log.told, s.userLog.told = cfg.OnExchange, cfg.OnUserInfo
	for subject, claims := range cfg.Users {
		s.SetUser(subject, claims)
	}
	s.faults.reset()
	if _, err := s.ring.signer(cfg.SigningAlg); err != nil {
		return nil, fmt.Errorf("devas: Config.SigningAlg: %w", err)
	}
	var problems []error
	for _, c := range cfg.Clients {
		problems = append(problems, s.Register(c))
	}
	s.route()
	return s, errors.Join(problems...)
}

// Register adds a client, or replaces the one of the same ID. The error joins every problem of the registration.
func (s *Server) Register(c Client) error {
	if err := c.validate(); err != nil {
		return err
	}
	for _, alg := range []string{c.SigningAlg, c.UserInfoSigningAlg} {
		if alg == "" {
			continue
		}
		if _, err := s.ring.signer(alg); err != nil { // published before the first answer that is signed with it
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[c.ID] = newClient(c)
	return nil
}

// RotateKeys replaces the signing keys. With overlap the old public keys stay published beside the new ones, as RFC 7517
// rotation should be; without it they are gone at once. The error is that of a random source that fails.
func (s *Server) RotateKeys(overlap bool) error { return s.ring.rotate(overlap) }

// Issuer is the issuer identifier.
func (s *Server) Issuer() string { return s.cfg.Issuer }

// IntrospectionEndpoint is the URL of introspection (RFC 7662 section 2).
func (s *Server) IntrospectionEndpoint() string { return s.base + string(atIntrospection) }

// UserInfoEndpoint is the URL of UserInfo (OpenID Connect Core section 5.3).
func (s *Server) UserInfoEndpoint() string { return s.base + string(atUserInfo) }

// JWKSEndpoint is the URL of the server's public keys.
func (s *Server) JWKSEndpoint() string { return s.base + string(atKeys) }

// RevocationEndpoint is the URL of token revocation (RFC 7009 section 2).
func (s *Server) RevocationEndpoint() string { return s.base + "/revoke" }

// route lays the paths. An issuer with a path has its metadata by both rules: the name appended to the path (OpenID Connect
// Discovery section 4) and inserted before it (RFC 8414 section 3).
func (s *Server) route() {
	u, _ := url.Parse(s.base) // validated
	s.routes = map[string]route{
		u.Path + string(atIntrospection): {[]string{http.MethodPost}, s.serveIntrospection},
		u.Path + string(atUserInfo):      {[]string{http.MethodGet, http.MethodPost}, s.serveUserInfo},
		u.Path + "/revoke":               {[]string{http.MethodPost}, s.serveRevocation},
		u.Path + string(atKeys):          {[]string{http.MethodGet}, s.serveKeys},
	}
	for _, name := range [...]string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		s.routes[u.Path+name] = route{[]string{http.MethodGet}, s.serveMetadata}
		s.routes[name+u.Path] = route{[]string{http.MethodGet}, s.serveMetadata}
	}
}

// ServeHTTP answers the endpoints: introspection, UserInfo, revocation, keys and metadata.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, found := s.routes[r.URL.Path]
	switch {
	case !found:
		http.NotFound(w, r)
	case !route.allows(r.Method):
		w.Header().Set("Allow", strings.Join(route.methods, ", "))
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	default:
		route.handle(w, r)
	}
}
