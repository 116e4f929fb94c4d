package rstest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// Issuer is the issuer identifier of a [Server], unless an option changes it. It has a path, as ProConnect's has.
const Issuer = "https://as.example/api/v2"

// Scope is in every token of a [Server] unless its claims say otherwise, and the one that its configurations accept.
const Scope = "groups"

// Audience is for whom the tokens of [Server.IssueJWT] are unless their claims or an option say otherwise, and who a
// service with [Server.ConfigLocal] is.
const Audience = "https://rs.example"

// Claims are the members of an introspection response; a nil value removes a default. See [devas.Server.Issue].
type Claims = devas.Claims

// Exchange is one introspection that arrived, or one request for UserInfo; see [Server.Introspections] and
// [Server.UserInfoRequests].
type Exchange = devas.Exchange

// Server is an authorization server in memory, for one test. Make it with [NewServer]. It is a [devas.Server], whose methods
// it has, and so an http.Handler. It is safe for concurrent use.
type Server struct {
	*devas.Server

	t          testing.TB
	client     *http.Client
	injected   *http.Client // of configurations; nil: rs makes its own
	hosts      *transport
	signingAlg string
	audience   string
}

// Option changes the configuration of a Server before it starts.
type Option func(*devas.Config)

// NewServer starts an authorization server without a socket. It stops with the test: what still hangs then is answered.
func NewServer(t testing.TB, options ...Option) *Server {
	t.Helper()
	hosts := &transport{hosts: map[string]http.Handler{}}
	client := &http.Client{Transport: hosts}
	s := &Server{t: t, client: client, injected: client, hosts: hosts}
	cfg := devas.Config{
		Issuer:     Issuer,
		SigningAlg: "ES256",
		Claims:     Claims{"scope": "openid " + Scope},
		Audience:   Audience,
		HTTPClient: client,
	}
	for _, option := range options {
		option(&cfg)
	}
	as, err := devas.New(cfg)
	if err != nil {
		t.Fatalf("rstest: %v", err)
	}
	s.Server, s.signingAlg, s.audience = as, cfg.SigningAlg, cfg.Audience
	u, err := url.Parse(as.Issuer())
	if err != nil {
		t.Fatalf("rstest: %v", err)
	}
	s.Serve(u.Host, as)
	t.Cleanup(as.Heal)
	return s
}

// Client reaches the server, and no other host but those of [Server.Serve], in memory.
func (s *Server) Client() *http.Client { return s.client }

// Serve adds a host in memory ("app.example", "app.example:8443"), for everybody who uses Client. The server itself does: a
// client registered with the JWKSURI of such a host has its keys fetched from there.
func (s *Server) Serve(host string, h http.Handler) { s.hosts.add(host, h) }

// Issue is [devas.Server.Issue]. Claims that cannot be written as JSON fail the test.
func (s *Server) Issue(claims Claims) string {
	s.t.Helper()
	if _, err := json.Marshal(claims); err != nil {
		s.t.Fatalf("rstest: Issue: %v", err)
	}
	return s.Server.Issue(claims)
}

// IssueJWT is [devas.Server.IssueJWT]: an access token that is a JWT (RFC 9068), for a service with
// [Server.ConfigLocal]. Claims that cannot be written as JSON fail the test.
func (s *Server) IssueJWT(claims Claims) string {
	s.t.Helper()
	token, err := s.Server.IssueJWT(claims)
	if err != nil {
		s.t.Fatalf("rstest: IssueJWT: %v", err)
	}
	return token
}

// SetUser is [devas.Server.SetUser]: what UserInfo says of a subject. Alice, bob and carol are known without it
// ([devas.Users]). Claims that cannot be written as JSON fail the test.
func (s *Server) SetUser(subject string, claims Claims) {
	s.t.Helper()
	if _, err := json.Marshal(claims); err != nil {
		s.t.Fatalf("rstest: SetUser: %v", err)
	}
	s.Server.SetUser(subject, claims)
}

// RotateKeys is [devas.Server.RotateKeys].
func (s *Server) RotateKeys(overlap bool) {
	s.t.Helper()
	if err := s.Server.RotateKeys(overlap); err != nil {
		s.t.Fatalf("rstest: RotateKeys: %v", err)
	}
}

// FailNext is [devas.Server.FailNext]. A number that is no fault fails the test.
func (s *Server) FailNext(faults ...Fault) {
	s.t.Helper()
	for _, f := range faults {
		s.check(f)
	}
	s.Server.FailNext(faults...)
}

// Fail is [devas.Server.Fail]. A number that is no fault fails the test.
func (s *Server) Fail(f Fault) {
	s.t.Helper()
	s.check(f)
	s.Server.Fail(f)
}

// Flap is [devas.Server.Flap]: bad of every cycle requests go wrong. A number that is no fault, or a rhythm that is
// none, fails the test.
func (s *Server) Flap(f Fault, bad, cycle int) {
	s.t.Helper()
	s.check(f)
	if bad < 0 || cycle < 1 || bad > cycle {
		s.t.Fatalf("rstest: Flap: %d of %d requests cannot fail", bad, cycle)
	}
	s.Server.Flap(f, bad, cycle)
}

func (s *Server) check(f Fault) {
	s.t.Helper()
	if _, err := devas.ParseFault(f.String()); err != nil {
		s.t.Fatalf("rstest: there is no fault %v: use a constant of this package, or an HTTP status", f)
	}
}
