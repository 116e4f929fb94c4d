package main

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

func newJWKS() *cobra.Command {
	var issuer string
	cmd := &cobra.Command{
		Use:   "jwks",
		Short: "Print the public JWK Set of the configured keys",
		Long: `jwks prints the public halves of our keys as a JWK Set (RFC 7517): what "rsctl serve" publishes
at /jwks, for registering them at the authorization server by hand. Those are the key that
decrypts (OIDC_RS_PRIVATE_KEY_STR, or its _FILE) and the one that signs for private_key_jwt
(OIDC_RS_CLIENT_PRIVATE_KEY_STR, or its _FILE); the rest of the environment may be missing. Of
several issuers (OIDC_RS_CONFIG_FILE) it prints the keys of all, or those of --issuer.`,
		Example: `  OIDC_RS_PRIVATE_KEY_STR_FILE=private-key.pem rsctl jwks`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := published(issuer)
			if err != nil {
				return err
			}
			if len(set) == 0 {
				return errors.New("no issuer has a key of ours: make one with rsctl keygen, if answers are to be encrypted to us, or to authenticate with it")
			}
			var text bytes.Buffer
			if err := json.Indent(&text, set, "", "  "); err != nil {
				return failed("jwks: %w", err)
			}
			text.WriteByte('\n')
			if _, err := text.WriteTo(cmd.OutOrStdout()); err != nil {
				return failed("jwks: %w", err)
			}
			return nil
		},
	}
	issuerFlag(cmd, &issuer, "the keys of all")
	return cmd
}

// published is what serve publishes, for one issuer or for all of them. Of one issuer that the environment describes,
// only the keys must be there: the registration comes after them.
func published(issuer string) ([]byte, error) {
	process, err := rsenv.ReadProcess()
	if process.ConfigFile == "" && issuer == "" {
		return rsenv.PublicJWKS()
	}
	if err != nil {
		return nil, err
	}
	s, err := readSite()
	if err != nil {
		return nil, err
	}
	if s, err = s.only(issuer); err != nil {
		return nil, err
	}
	return s.keys.PublicJWKS(), nil
}
