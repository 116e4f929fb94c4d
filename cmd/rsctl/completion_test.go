package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/keyfile"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// TestCompletionKnowsEveryFlag that has a value: words, text, or a file.
func TestCompletionKnowsEveryFlag(t *testing.T) {
	t.Parallel()
	files := []string{"out", "clients", "jwks"}
	withValue := regexp.MustCompile(`(?m)^ +(?:-\w, )?--([\w-]+) (?:string|stringArray|int|duration)\b`)
	seen := 0
	for _, cmd := range newRoot().Commands() {
		for _, flag := range withValue.FindAllStringSubmatch(cmd.LocalFlags().FlagUsages(), -1) {
			seen++
			if _, known := flagWords[flag[1]]; known == slices.Contains(files, flag[1]) {
				t.Errorf("%s --%s: say in flagWords what a shell should offer", cmd.Name(), flag[1])
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d flags were seen", seen)
	}
}

// TestWhatIsOfferedIsTaken: no word that a shell offers is refused.
func TestWhatIsOfferedIsTaken(t *testing.T) {
	t.Parallel()
	for _, kty := range flagWords["type"] {
		if _, err := keyfile.SuiteFor(kty); err != nil {
			t.Error(err)
		}
	}
	as, err := devas.New(devas.Config{Issuer: "https://as.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, signing := range flagWords["signing-alg"] {
		for _, alg := range flagWords["encryption-alg"] {
			for _, enc := range flagWords["encryption-enc"] {
				client := devas.Client{
					ID: strings.Join([]string{signing, alg, enc}, " "), Secret: "secret", SigningAlg: signing,
					EncryptionAlg: alg, EncryptionEnc: enc, JWKSURI: "https://rs.example/jwks",
				}
				if err := as.Register(client); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// TestHelp: every command says what it is for, with examples whose flags exist.
func TestHelp(t *testing.T) {
	t.Parallel()
	root := newRoot()
	for _, cmd := range root.Commands() {
		if cmd.Short == "" || cmd.Long == "" || !strings.Contains(cmd.Example, "rsctl "+cmd.Name()) {
			t.Errorf("rsctl %s has no description or no example", cmd.Name())
		}
		for line := range strings.Lines(cmd.Example) {
			_, call, _ := strings.Cut(line, "rsctl ")
			for _, flag := range regexp.MustCompile(`--([\w-]+)`).FindAllStringSubmatch(call, -1) {
				if cmd.Flags().Lookup(flag[1]) == nil {
					t.Errorf("rsctl %s: an example has --%s, which does not exist", cmd.Name(), flag[1])
				}
			}
		}
		for line := range strings.Lines(cmd.Long) {
			if width := len([]rune(strings.TrimRight(line, "\n"))); width > 104 {
				t.Errorf("rsctl %s: a line of the description has %d columns: %s", cmd.Name(), width, line)
			}
		}
	}
}
