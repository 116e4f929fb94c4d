// Package rstest is for the tests of programs that use package rs: an authorization server in memory that misbehaves on
// command, and conformance suites.
//
//	func TestTeams(t *testing.T) {
//		as := rstest.NewServer(t)
//		server, err := rs.New(as.Config()) // as.Config(rstest.JWT): signed and encrypted, with generated keys
//		…
//		token := as.Issue(rstest.Claims{"sub": "alice", "scope": "groups"})
//		as.FailNext(503) // or rstest.WrongSignature, rstest.Hang …
//		response := rstest.Do(server.Wrap(teams), rstest.Request("GET", "/api/teams", token))
//		rstest.CheckRefusal(t, response, rs.ErrUnavailable)
//		…
//		as.Revoke(token)
//	}
//
// No socket is opened: the configuration's HTTP client talks to the server in memory, so that everything works inside a
// testing/synctest bubble, timeouts and slow answers included (make the server inside the bubble). For a server that does
// listen, it is an http.Handler: see [NewListeningServer].
//
// What there is, from the least that a test may need to the most:
//
//   - a principal without any server: [RequestAs]; for Gin, package rsgin/rsgintest;
//   - an authorization server: [NewServer]. Issue and IssueJWT mint tokens, Revoke ends them, Fail and FailNext break answers
//     by name, and SetUser says who a user is (UserInfo);
//   - checks of what clients are told: [CheckRefusal] by the RFCs, [CheckGolden] to the letter;
//   - conformance suites: [TestCache] for a cache of your own, [TestOutage] for your whole service.
//
// docs/reference/rstest.md is the overview.
//
// The package is NOT for production; only tests should import it.
package rstest
