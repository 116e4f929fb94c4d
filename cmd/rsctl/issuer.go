package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// issuerFlag adds --issuer, for a configuration of several.
func issuerFlag(cmd *cobra.Command, issuer *string, all string) {
	cmd.Flags().StringVar(issuer, "issuer", "", "of several issuers (OIDC_RS_CONFIG_FILE), the one to look at (default: "+all+")")
}

// only is the site of one issuer, which must be among those configured; all of it if issuer is empty.
func (s *site) only(issuer string) (*site, error) {
	if issuer == "" {
		return s, nil
	}
	var known []string
	for i, env := range s.issuers {
		if env.Config.Issuer == issuer {
			chosen := *s
			chosen.file, chosen.issuers, chosen.keys = nil, s.issuers[i:i+1], env
			return &chosen, nil
		}
		known = append(known, env.Config.Issuer)
	}
	return nil, fmt.Errorf("--issuer names none of the issuers that are configured: choose one of %s", strings.Join(known, ", "))
}
