package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// flagWords are the values that a shell offers for a flag, by its name; nil: it is text, for which a shell has nothing
// to offer. The flags that are missing here take files, which a shell offers by itself, or nothing.
var flagWords = map[string][]cobra.Completion{
	"type":           {"RSA", "EC", "OKP"},
	"format":         {"json", "jwt-signed", "jwt"},
	"signing-alg":    {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519"},
	"encryption-alg": {"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"},
	"encryption-enc": {"A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"},
	"client":         nil,
	"issuer":         nil,
	"jwks-uri":       nil,
	"jwks-url":       nil,
	"listen":         nil,
	"scope":          nil,
	"service":        nil,
	"token":          nil,
}

// addCompletion tells what the flags of each command take, and that none has arguments, and adds the command that
// prints the script for a shell.
func addCompletion(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
		for name, words := range flagWords {
			if cmd.Flags().Lookup(name) != nil {
				_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that is not there
			}
		}
	}
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			cmd.Short = "Print completion of commands and flags for your shell"
			cmd.Long = `completion prints a script for bash, zsh, fish or powershell, after which the Tab key completes the
commands of rsctl, their flags and the values that these have. How to load it for good:
"rsctl completion bash --help", and so on.`
			cmd.Example = `  source <(rsctl completion bash)
  source <(rsctl completion zsh)
  rsctl completion fish | source`
			cmd.Args, cmd.RunE = noOtherShell, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// noOtherShell: what is no command of completion is no shell that it knows. Cobra would print help, as if all were
// well, to whatever sources it.
func noOtherShell(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("completion has no script for that shell: use bash, fish, powershell or zsh (see %s --help)", cmd.CommandPath())
	}
	return nil
}
