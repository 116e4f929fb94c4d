package main

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "rsctl",
		Short: "An OAuth 2.0 resource server for Gin: run it, try it out, examine it",
		Long: `rsctl runs, tries out and examines the OAuth 2.0 resource server of gin-lasuite.

Start with "rsctl demo": it needs no configuration and shows every kind of answer. The commands
serve, doctor, jwks and introspect are configured by environment variables alone, with the names that
django-lasuite gives its settings; for several issuers, serve reads a file that one of them names.

Exit codes: 0 good, 1 the check or the request failed, 2 the configuration or the flags are
wrong.

Output is coloured on a terminal and plain elsewhere; NO_COLOR=1 makes it plain everywhere, and
CLICOLOR_FORCE=1 coloured also in a file or a pipe.`,
		Example: `  rsctl demo
  rsctl keygen --type RSA --out private-key.pem
  rsctl doctor
  rsctl serve`,
		Version:       version(debug.ReadBuildInfo()),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())
	})
	root.AddCommand(newDemo(), newServe(), newKeygen(), newJWKS(), newIntrospect(), newDoctor(), newDevAS())
	addCompletion(root)
	return root
}

// noArguments does not repeat what stands there: it may be a token.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes flags and no arguments (see %s --help)", cmd.Name(), cmd.CommandPath())
	}
	return nil
}

// version is the module's version, or the commit where it has none, and the Go version.
func version(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return "unknown"
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	text := cmp.Or(info.Main.Version, "(devel)")
	if commit := settings["vcs.revision"]; commit != "" {
		text += " commit " + commit
	}
	if settings["vcs.modified"] == "true" {
		text += " with changes"
	}
	return text + " " + info.GoVersion
}
