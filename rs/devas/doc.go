// Package devas is a development authorization server, NOT for production: it issues tokens to whoever asks, keeps
// everything in memory and breaks on command. It is what package rstest, "rsctl demo" and "rsctl dev-as" are made of.
//
// It is a plain http.Handler that speaks introspection in plain JSON (RFC 7662) and as a JWT (RFC 9701: signed, or
// signed and encrypted), as node oidc-provider, the engine of ProConnect, does: by the registration of the client and
// by what it accepts. It publishes its keys (RFC 7517) and metadata (RFC 8414), revokes tokens (RFC 7009), and says
// about users what is known of them (UserInfo, OpenID Connect Core section 5.3). Its tokens are opaque, or JWTs (RFC
// 9068): see [Server.IssueJWT].
//
//	as, err := devas.New(devas.Config{
//		Issuer:  "http://127.0.0.1:9000",
//		Clients: []devas.Client{{ID: "documents", Secret: "secret"}},
//	})
//	…
//	token := as.Issue(devas.Claims{"sub": "alice", "scope": "documents"})
//	as.FailNext(devas.WrongSignature) // and see what the resource server does
//
// Every [Fault] is named after an incident that has happened to somebody.
package devas
