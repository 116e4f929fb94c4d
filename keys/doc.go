// Package keys holds the keys of a resource server and all that is done with
// them: our own private keys, which decrypt introspection responses, and the
// authorization server's public keys, which verify them (RFC 9701).
package keys
