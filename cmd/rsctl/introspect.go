package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/explain"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

func newIntrospect() *cobra.Command {
	var issuer string
	cmd := &cobra.Command{
		Use:   "introspect",
		Short: "Decide about a token from standard input, and say why",
		Long: `introspect reads an access token from standard input, asks the authorization server about it as
the environment says, and prints the decision step by step, with how long each step took and what
to change where it is refused. It prints no part of the token and no value of a claim, only the
names. No cache is used. Of several issuers (OIDC_RS_CONFIG_FILE) it says which are asked, and why;
with --issuer it tells all about one.

The exit code is 0 if the token is accepted, and 1 if it is refused or the authorization server
gave no usable answer.`,
		Example: `  rsctl introspect < token.txt
  printf %s "$TOKEN" | rsctl introspect`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSite()
			if err != nil {
				return err
			}
			for _, warning := range s.warnings {
				cmd.PrintErrln("rsctl: warning: " + warning)
			}
			if s, err = s.only(issuer); err != nil {
				return err
			}
			token, err := readToken(cmd.Context(), cmd.InOrStdin(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if s.file != nil {
				err = explain.Among(cmd.Context(), s.file.Config(), token, show.New(cmd.OutOrStdout()))
			} else {
				err = explain.Token(cmd.Context(), s.issuers[0].Config, token, show.New(cmd.OutOrStdout()))
			}
			if refusal, ok := errors.AsType[*rs.Error](err); ok {
				return failed("the token was not accepted: %s (%s): what to do stands above", refusal.Kind.String(), refusal.Reason)
			}
			if err != nil {
				return failed("introspect: %w", err)
			}
			return nil
		},
	}
	issuerFlag(cmd, &issuer, "all of them decide, as for a request")
	return cmd
}

// maxInput bounds what is read from standard input, far above any token.
const maxInput = 1 << 20

var errNoToken = errors.New("there is no token on standard input: pipe one in, for example rsctl introspect < token.txt")

// readToken reads all of in, without one newline at its end. On a terminal it asks for the token and does not show it.
func readToken(ctx context.Context, in io.Reader, prompt io.Writer) (string, error) {
	data, err := readInput(ctx, in, prompt)
	token := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case err != nil:
		return "", failed("standard input: %w", err)
	case token == "":
		return "", errNoToken
	case len(data) > maxInput:
		return "", fmt.Errorf("standard input is longer than %d bytes: that is no token", maxInput)
	}
	return token, nil
}

func readInput(ctx context.Context, in io.Reader, prompt io.Writer) ([]byte, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return io.ReadAll(io.LimitReader(in, maxInput+1))
	}
	if _, err := fmt.Fprint(prompt, "Access token (it will not be shown; pipe it in if it is longer than 4000 characters): "); err != nil {
		return nil, err
	}
	data, err := readHidden(ctx, int(f.Fd()))
	_, newline := fmt.Fprintln(prompt) // the one that was typed is hidden too
	return data, errors.Join(err, newline)
}

// readHidden reads a line from a terminal without showing it. If ctx ends first, the terminal gets its echo back.
func readHidden(ctx context.Context, fd int) ([]byte, error) {
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	var line []byte
	done := make(chan error, 1)
	go func() {
		var err error
		line, err = term.ReadPassword(fd)
		done <- err
	}()
	select {
	case err := <-done:
		return line, err
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}
