package rs

import (
	"fmt"
	"io"
)

// Secret is a string that no formatting shows: use string(s) where it is really needed. The zero Secret is empty. Package
// fmt asks no field that is not exported how to show it: a struct that keeps a Secret, or a [Config], in one needs a
// Format of its own.
type Secret string

const redacted = "[redacted]"

// String hides the secret.
func (s Secret) String() string { return redacted }

// Format hides the secret from the verbs for which package fmt does not ask String: %d would show it as what does not fit.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return redacted }

// MarshalText hides the secret from JSON, YAML and the like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format tells whose Server it is and nothing more: package fmt would show what is in it, the client secret for one.
func (s *Server) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "rs.Server{Issuer: %q, ClientID: %q}", s.cfg.Issuer, s.cfg.ClientID)
}

// Format tells whose Issuers they are, as [Server.Format] does.
func (i *Issuers) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "rs.Issuers%s", i.servers) }
