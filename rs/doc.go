// Package rs is an OAuth 2.0 resource server: an access token goes in, a [Principal] or an [*Error] comes out.
//
// Every token is introspected at the authorization server with this service's credentials (RFC 7662). The answer is plain
// JSON, or a JWT that is signed and, if so configured, encrypted to our key (RFC 9701). Alternatively, JWT access tokens are
// judged here, with the authorization server's public keys (RFC 9068, see [AccessTokenMode]). What was said about a token is
// remembered for a short time; whether it suffices is decided anew for every request. [Issuers] puts several authorization
// servers behind one authenticator.
//
//	server, err := rs.New(rs.Config{
//		Issuer:         "https://auth.example/api/v2", // the endpoints come from its metadata
//		ClientID:       "documents",
//		ClientSecret:   rs.Secret(os.Getenv("CLIENT_SECRET")),
//		AcceptedScopes: []string{"documents"},
//	})
//	if err != nil {
//		log.Fatal(err) // every problem of the configuration at once
//	}
//	mux.Handle("/api/", server.Wrap(api))
//	…
//	p, ok := rs.FromContext(r.Context())
//
// [ClientAuth] lists the ways to authenticate to the authorization server, from a secret to a certificate.
//
// With Gin, use package rsgin; with django-lasuite's environment variables, package rsenv.
//
// # Rules for operators
//
// The key words are those of RFC 2119.
//
//   - The authorization server's endpoints MUST be https with certificate checks on, except on loopback.
//   - The issuer is trusted wholly: its metadata says where tokens and credentials are sent.
//   - CacheTTL is the revocation delay: a token that is revoked MAY be accepted for that long, never beyond its exp.
//   - The clocks of this machine and of the authorization server SHOULD agree within a few seconds.
//   - A private key MUST be readable by this service alone, and stay in use after a rotation for as long as the
//     authorization server may remember its public half.
//   - A Cache outside this process holds personal data and decides who gets in: its entries MUST be sealed, or the cache
//     protected like the authorization server itself.
//   - Where tokens name their audience, TokenAudiences SHOULD be set, so that a token for another service is refused.
//
// # What an error means
//
// 401 and 403 are about the token; 503 and 500 never are. A client should throw a token away on 401 with invalid_token, and
// on nothing else. See [Kind] for the table and [Reason] for the details that only operators see.
//
// # Compatibility
//
// Before v1, a minor version may change the API, with a note in CHANGELOG.md. Reasons, Ops and other words meant for machines
// are part of the API. Anything that makes a check stricter is a bug fix.
package rs
