package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/keyfile"
)

func newKeygen() *cobra.Command {
	var kty, out string
	cmd := &cobra.Command{
		Use:   "keygen --out FILE",
		Short: "Write a new private key and print the environment lines for it",
		Long: `keygen writes a new private key, to which the authorization server then encrypts its answers
(RFC 9701), and prints the environment lines that go with it to standard output. The file is
readable by you alone (mode 0600), and a file that exists is never overwritten. Publish the
public half with the /jwks endpoint of your service, or print it with "rsctl jwks".

Types: RSA (2048 bits, for RSA-OAEP; what ProConnect and django-lasuite use by default), EC
(P-256) and OKP (X25519), both for ECDH-ES.`,
		Example: `  rsctl keygen --out private-key.pem
  rsctl keygen --type EC --out private-key.pem >> .env`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return keygen(cmd, kty, out) },
	}
	cmd.Flags().StringVar(&kty, "type", "RSA", "type of the key: RSA, EC or OKP")
	cmd.Flags().StringVarP(&out, "out", "o", "", "file to write, which must not exist yet")
	return cmd
}

func keygen(cmd *cobra.Command, kty, out string) error {
	if out == "" {
		return fmt.Errorf("--out is missing: name the file for the private key, for example --out private-key.pem")
	}
	suite, err := keyfile.SuiteFor(kty)
	if err != nil {
		return fmt.Errorf("--type: %w", err)
	}
	path, err := keyfile.Create(out, suite)
	if err != nil {
		return failure{err}
	}
	for _, line := range suite.Environment(path) {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), line); err != nil {
			return failure{err}
		}
	}
	cmd.PrintErrf("wrote a private key to %s: keep it from others, and set the lines above with OIDC_RS_BACKEND_CLASS=jwt\n", path)
	return nil
}
