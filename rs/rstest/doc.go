// Package rstest is for the tests of programs that use package rs: an authorization server in memory that misbehaves on
// command, and conformance suites.
//
//	func TestTeams(t *testing.T) {
//		as := rstest.NewServer(t)
//		server, err := rs.New(as.Config()) // as.Config(rstest.JWT): signed and encrypted, with generated keys
//		…
//		token := as.Issue(rstest.Claims{"sub": "alice", "scope": "groups"})
//		response := serve(server.Wrap(teams), rstest.Request("GET", "/api/teams", token))
//		…
//		as.Revoke(token)
//		as.FailNext(503)
//		as.FailNext(rstest.WrongSignature)
//		rstest.CheckRefusal(t, response, rs.ErrUnavailable)
//	}
//
// No socket is opened: the configuration's HTTP client talks to the server in memory, so that everything works inside a
// testing/synctest bubble, timeouts and slow answers included (make the server inside the bubble). For a server that does
// listen, it is an http.Handler: see [NewListeningServer].
//
// A handler alone needs no server at all: put a principal into the context of its request with rs.NewContext.
//
// The package is NOT for production; only tests should import it.
package rstest
