// Package rsenv reads the configuration of a resource server from environment variables, by the names of django-lasuite: a
// service that moves from Python to Go keeps its .env file.
//
//	cfg, err := rsenv.Load() // OIDC_OP_URL, OIDC_RS_CLIENT_ID, OIDC_RS_SCOPES …
//	if err != nil {
//		log.Fatal(err) // every problem at once, each with the variable's name
//	}
//	server, err := rs.New(cfg)
//
// The environment speaks django-lasuite, [rs.Config] speaks the RFCs. Where the two differ, this package sets what
// django-lasuite does: client_secret_post, base64-wrapped bearer tokens, ten seconds of clock skew.
//
// docs/reference/environment.md lists all variables. For each of them:
//
//   - An empty value, or one of white space alone, is the same as none.
//   - White space around a value is dropped, and so is one pair of quotes. OIDC_RS_CLIENT_SECRET alone is taken exactly as
//     it is.
//   - The items of a list are separated by commas, white space or both.
//   - A duration is a number of seconds (5, 2.5) or a Go duration (5s, 1m30s).
//   - A truth value is true, yes, on, y or 1, or false, no, off, n or 0, in any case.
//   - For a secret, the variable with _FILE at its end names a file that holds it, and wins. One newline at the end of the
//     file is dropped.
//
// Other variables of django-lasuite and mozilla-django-oidc are ignored. A name that looks like a misspelling causes a warning,
// and so does any other that begins with OIDC_RS_.
package rsenv

//go:generate go run ./internal/gen -reference ../../docs/reference/environment.md -readme ../../README.md
