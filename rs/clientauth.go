package rs

import "slices"

// ClientAuth is how we authenticate to the authorization server (RFC 6749 section 2.3).
type ClientAuth uint8

// The methods, by the names of RFC 7591 section 2. The zero ClientAuth is client_secret_basic.
const (
	ClientSecretBasic      ClientAuth = iota // Authorization: Basic, id and secret form-urlencoded (RFC 6749 section 2.3.1)
	ClientSecretPost                         // client_id and client_secret in the body
	ClientSecretByMetadata                   // the one of these two that the metadata lists; of both, or if it lists none, client_secret_post
)

// String is the registered name.
func (a ClientAuth) String() string {
	switch a {
	case ClientSecretBasic:
		return "client_secret_basic"
	case ClientSecretPost:
		return "client_secret_post"
	case ClientSecretByMetadata:
		return "client_secret_post or client_secret_basic"
	}
	return "unknown"
}

// choose settles ClientSecretByMetadata, given the methods that the authorization server lists.
func (a ClientAuth) choose(listed []string) ClientAuth {
	if a != ClientSecretByMetadata {
		return a
	}
	if !slices.Contains(listed, ClientSecretPost.String()) && slices.Contains(listed, ClientSecretBasic.String()) {
		return ClientSecretBasic
	}
	return ClientSecretPost
}

// isRegistered: metadata lists it by its name.
func (a ClientAuth) isRegistered() bool { return true }

// isTLS: a certificate proves who we are (RFC 8705 section 2).
func (a ClientAuth) isTLS() bool { return false }
