package main

import (
	"errors"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/doctor"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// doctorFlags are the flags of doctor.
type doctorFlags struct {
	offline, json, token bool
	jwksURL, issuer      string
}

func newDoctor() *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine the configuration against the live authorization server",
		Long: `doctor reads the same environment as "rsctl serve", examines it by itself and against the
authorization server, and says of everything that is wrong how to put it right: variables, files,
keys, DNS, proxy, TLS, clocks, issuer, endpoints, credentials, and the form of the answers.

It asks about a token that nobody issued, as the service would. Only if the credentials are
refused does it try the other ways to authenticate for which it finds what they need (secret, in
Basic with and without form encoding, signing key, certificate), and names the one that works.
With --token-stdin it also decides on a real token. It prints no secret, no part of a token and no
claim. Of several issuers (OIDC_RS_CONFIG_FILE) it examines each, or the one of --issuer.

The exit code is 0 if no problem was found (there may be warnings), 1 if there is a problem, and
2 if the environment cannot be used at all. Each finding has a stable code, in brackets, that
docs/reference/findings.md explains.`,
		Example: `  rsctl doctor
  rsctl doctor --jwks-url https://documents.example/jwks
  rsctl doctor --token-stdin < token.txt
  rsctl doctor --json --offline
  rsctl doctor --issuer https://auth.example/api/v2`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return examine(cmd, f) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.offline, "offline", false, "make no call: examine only what can be seen here")
	flags.BoolVar(&f.json, "json", false, "print JSON, for machines")
	flags.BoolVar(&f.token, "token-stdin", false, "read an access token from standard input, and decide on it too")
	flags.StringVar(&f.jwksURL, "jwks-url", "", "URL at which the authorization server finds our public keys, to be checked too")
	issuerFlag(cmd, &f.issuer, "each")
	return cmd
}

// The errors of a report; what to do stands in it.
var (
	errProblem = failure{errors.New("doctor: there are problems: what to do stands above")}
	errConfig  = errors.New("doctor: the environment cannot be used: what to do stands above")
)

func examine(cmd *cobra.Command, f doctorFlags) error {
	o := rsdoctor.Options{Offline: f.offline, JWKSURL: f.jwksURL, Issuer: f.issuer}
	if u, err := url.Parse(f.jwksURL); f.jwksURL != "" && (err != nil || u.Host == "") {
		return errors.New("--jwks-url is no URL: write it like https://documents.example/jwks")
	}
	if f.token {
		if f.offline {
			return errors.New("--token-stdin needs the authorization server: leave out --offline")
		}
		token, err := readToken(cmd.Context(), cmd.InOrStdin(), cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		o.Token = rs.Secret(token)
	}
	report := rsdoctor.Environment(cmd.Context(), o)
	var err error
	if f.json {
		err = doctor.PrintJSON(cmd.OutOrStdout(), report)
	} else {
		err = doctor.Print(show.New(cmd.OutOrStdout()), report)
	}
	switch {
	case err != nil:
		return failed("doctor: %w", err)
	case report.Result == rsdoctor.WrongConfig:
		return errConfig
	case report.Result == rsdoctor.Failed:
		return errProblem
	}
	return nil
}
