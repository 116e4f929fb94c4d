package dotenv_test

import (
	"os/exec"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/dotenv"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":                    "A=''",
		"/run/secrets/key":    "A=/run/secrets/key",
		"http://[::1]:9000/x": "A='http://[::1]:9000/x'",
		"a b":                 "A='a b'",
		"it's":                `A='it'\''s'`,
		"$HOME":               "A='$HOME'",
		"é":                   "A='é'",
		"#":                   "A='#'",
	} {
		if got := dotenv.Line("A", value); got != want {
			t.Errorf("Line(%q) = %s, want %s", value, got, want)
		}
	}
}

// TestShellReadsItBack lets a shell judge.
func TestShellReadsItBack(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatalf("no shell to ask: %v", err) // make needs one too
	}
	for _, value := range []string{"", "plain", "a b", "it's", "$HOME `id` \"x\" \\", "a\nb", "*", "~", "é", "!"} {
		got, err := exec.CommandContext(t.Context(), sh, "-c", dotenv.Line("A", value)+`; printf %s "$A"`).Output()
		if err != nil || string(got) != value {
			t.Errorf("the shell reads %q as %q, %v", value, got, err)
		}
	}
}
