package main

import (
	"bytes"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

func newJWKS() *cobra.Command {
	return &cobra.Command{
		Use:   "jwks",
		Short: "Print the public JWK Set of the configured key",
		Long: `jwks prints the public halves of our keys as a JWK Set (RFC 7517): what "rsctl serve" publishes
at /jwks, for registering them at the authorization server by hand. It reads
OIDC_RS_PRIVATE_KEY_STR or OIDC_RS_PRIVATE_KEY_STR_FILE, and the OIDC_RS_ENCRYPTION_… variables;
the rest of the environment may be missing. It works on one issuer, and refuses
OIDC_RS_CONFIG_FILE; "rsctl serve" publishes the keys of all.`,
		Example: `  OIDC_RS_PRIVATE_KEY_STR_FILE=private-key.pem rsctl jwks`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := rsenv.Keys()
			if err != nil {
				return err
			}
			var text bytes.Buffer
			if err := json.Indent(&text, set.PublicJWKS(), "", "  "); err != nil {
				return failed("jwks: %w", err)
			}
			text.WriteByte('\n')
			if _, err := text.WriteTo(cmd.OutOrStdout()); err != nil {
				return failed("jwks: %w", err)
			}
			return nil
		},
	}
}
