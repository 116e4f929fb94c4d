package main

import (
	"github.com/spf13/cobra"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/demo"
)

func newDemo() *cobra.Command {
	var stay bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show every kind of answer, with nothing to configure",
		Long: `demo runs a development authorization server and a protected Gin service in this process, on
loopback ports, and walks through what happens to requests: without a token, with a good one,
from the cache, with one that is too weak, revoked, and during an outage. The answers of the
authorization server are signed and encrypted (RFC 9701). Every exchange is printed with the
reason behind it. The exit code is 0 only if every step did what it should.`,
		Example: `  rsctl demo
  rsctl demo --stay`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := demo.Run(cmd.Context(), cmd.OutOrStdout(), stay); err != nil {
				return failed("demo: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&stay, "stay", false, "keep both servers running afterwards, and print curl commands to try")
	return cmd
}
