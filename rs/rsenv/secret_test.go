package rsenv_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const wrapped = "OIDC_RS_CLIENT_SECRET has white space at an end, or stands in quotes: they are used as a part of the secret"

func TestClientSecret(t *testing.T) {
	const example = ", for example OIDC_RS_CLIENT_SECRET_FILE=/run/secrets/oidc_client_secret"
	dir := t.TempDir()
	for _, test := range []struct {
		name, direct, path string
		want               string
		warned             bool
		problem            string
	}{
		{name: "direct", direct: "a b+c%20&=é\"", want: "a b+c%20&=é\""},
		{name: "one quote", direct: `"`, want: `"`},
		{name: "white space", direct: "a ", want: "a ", warned: true},
		{name: "carriage return", direct: "a\r", want: "a\r", warned: true},
		{name: "quotes", direct: `"a"`, want: `"a"`, warned: true},
		{name: "single quotes", direct: `'a'`, want: `'a'`, warned: true},
		{name: "file", path: file(t, "s", "a"), want: "a"},
		{name: "file wins", direct: "b", path: file(t, "s", "a"), want: "a"},
		{name: "one newline is dropped", path: file(t, "s", "a\n"), want: "a"},
		{name: "one newline of Windows too", path: file(t, "s", "a\r\n"), want: "a"},
		{name: "a second newline stays", path: file(t, "s", "a\n\n"), want: "a\n", warned: true},
		{name: "white space before the newline stays", path: file(t, "s", "a \n"), want: "a ", warned: true},
		{name: "no file", path: dir + "/none", direct: "b", problem: `names the file "` + dir + `/none", which does not exist`},
		{name: "the secret for its path", path: "s3cr/et+of.ours==", problem: "names a file (what stands here does not look like a path, and is not repeated), which does not exist"},
		{name: "directory", path: dir, problem: `names the file "` + dir + `", which is a directory`},
		{name: "below a file", path: "/proc/self/stat/x", problem: `names the file "/proc/self/stat/x", which cannot be read`},
		{name: "broken", path: "/proc/self/mem", problem: `names the file "/proc/self/mem", which cannot be read`},
		{name: "endless", path: "/dev/zero", problem: `names the file "/dev/zero", which is longer than 1048576 bytes`},
		{name: "empty", path: "/dev/null", problem: `names the file "/dev/null", which is empty`},
	} {
		t.Run(test.name, func(t *testing.T) {
			minimal.with(env{"OIDC_RS_CLIENT_SECRET": test.direct, "OIDC_RS_CLIENT_SECRET_FILE": test.path}).set(t)
			if test.problem != "" {
				wantProblems(t, env{"OIDC_RS_CLIENT_SECRET_FILE": test.problem + example})
				return
			}
			got := mustRead(t)
			if string(got.Config.ClientSecret) != test.want {
				t.Errorf("got %q, want %q", string(got.Config.ClientSecret), test.want)
			}
			if slices.Contains(got.Warnings, wrapped) != test.warned {
				t.Errorf("warnings: %q", got.Warnings)
			}
		})
	}
}

// A multi-line key does not go into a line of a .env file, so its line breaks are spelled out there.
func TestPrivateKeyOnOneLine(t *testing.T) {
	line := strings.ReplaceAll(strings.TrimSpace(ecKey(t)), "\n", `\n`)
	for name, value := range map[string]string{
		"as it is":            ecKey(t),
		"on one line":         line,
		"with a last newline": line + `\n`,
		"in quotes":           `"` + line + `"`,
		"in quotes, broken":   `"` + ecKey(t) + `"`,
		"white space around":  " \n" + line + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			minimal.jwt(t).with(env{"OIDC_RS_PRIVATE_KEY_STR": value}).set(t)
			if got := mustRead(t); got.Keys.Type() != "EC" {
				t.Errorf("got %v", got.Keys)
			}
			minimal.jwt(t).with(env{"OIDC_RS_PRIVATE_KEY_STR": "", "OIDC_RS_PRIVATE_KEY_STR_FILE": file(t, "key", line+"\n")}).set(t)
			if got := mustRead(t); got.Keys.Type() != "EC" {
				t.Errorf("from a file: got %v", got.Keys)
			}
		})
	}
}

func TestFormattingHidesSecrets(t *testing.T) {
	minimal.jwt(t).with(env{"OIDC_PROXY": "http://user:s3cr3t@proxy.example:3128"}).set(t)
	got := mustRead(t)
	const want = `rsenv.Environment["documents" at "https://auth.example/api/v2"]`
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{got, *got} {
			if text := fmt.Sprintf(format, v); text != want {
				t.Errorf("%s of a %T is %s, want %s", format, v, text, want)
			}
		}
	}
}
