//go:build unix

package docs_test

import (
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin/binding"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

const deploy = "examples/deploy/"

// deployment is what matters here of deployment.yaml.
type deployment struct {
	Spec struct {
		Template struct {
			Spec struct {
				Grace      int `yaml:"terminationGracePeriodSeconds"`
				Containers []struct {
					Env       []struct{ Name, Value string }
					Ready     probe `yaml:"readinessProbe"`
					Live      probe `yaml:"livenessProbe"`
					Lifecycle struct {
						PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
					}
					Resources struct{ Limits struct{ Memory string } }
					Mounts    []struct {
						Path string `yaml:"mountPath"`
					} `yaml:"volumeMounts"`
				}
			}
		}
	}
}

type probe struct {
	Get struct {
		Path string
		Port int
	} `yaml:"httpGet"`
}

// compose is what matters here of compose.yaml.
type compose struct {
	Services map[string]struct {
		Command     []string
		Environment map[string]string
		Secrets     []string
	}
	Secrets map[string]struct{ File string }
}

func readYAML(t *testing.T, name string, v any) {
	t.Helper()
	if err := binding.YAML.BindBody([]byte(read(t, deploy+name)), v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func (d *deployment) environment() map[string]string {
	env := map[string]string{}
	for _, each := range d.Spec.Template.Spec.Containers[0].Env {
		env[each.Name] = each.Value
	}
	return env
}

// TestDeployment: what depends on each other in deployment.yaml fits.
func TestDeployment(t *testing.T) {
	t.Parallel()
	var d deployment
	readYAML(t, "deployment.yaml", &d)
	pod := d.Spec.Template.Spec
	if len(pod.Containers) != 1 || len(pod.Containers[0].Mounts) != 1 {
		t.Fatalf("not one container with one mount: %+v", pod)
	}
	c, env := pod.Containers[0], d.environment()
	for _, p := range []probe{c.Ready, c.Live} {
		if p.Get.Path != "/healthz" || !strings.HasSuffix(env["OIDC_RS_LISTEN"], fmt.Sprint(":", p.Get.Port)) {
			t.Errorf("a probe asks for %+v, and the service listens on %s", p.Get, env["OIDC_RS_LISTEN"])
		}
	}
	budget, err := time.ParseDuration(env["OIDC_RS_BUDGET"])
	if err != nil {
		t.Fatal(err)
	}
	const rest = 10 * time.Second // what "rsctl serve" takes beyond a decision, and examples/documents in all
	if stop := time.Duration(c.Lifecycle.PreStop.Sleep.Seconds)*time.Second + budget + rest; time.Duration(pod.Grace)*time.Second <= stop {
		t.Errorf("a grace period of %d s is not more than %v", pod.Grace, stop)
	}
	var limit, soft int
	if _, err := fmt.Sscanf(c.Resources.Limits.Memory+" "+env["GOMEMLIMIT"], "%dMi %dMiB", &limit, &soft); err != nil || soft >= limit {
		t.Errorf("GOMEMLIMIT %s, limit %s", env["GOMEMLIMIT"], c.Resources.Limits.Memory)
	}
	for name, value := range env {
		if strings.HasSuffix(name, "_FILE") && !strings.HasPrefix(value, c.Mounts[0].Path+"/") {
			t.Errorf("%s is %s, which is not mounted", name, value)
		}
	}
}

// TestVariablesOfDeployExist, in the page and in its files.
func TestVariablesOfDeployExist(t *testing.T) {
	t.Parallel()
	listed := read(t, "docs/reference/environment.md")
	text := read(t, "docs/how-to/deploy.md") + read(t, deploy+"compose.yaml") + read(t, deploy+"deployment.yaml")
	for _, name := range regexp.MustCompile(`\bOIDC_[A-Z_]*[A-Z]`).FindAllString(text, -1) {
		if !strings.Contains(listed, "`"+name+"`") {
			t.Errorf("%s is in no table of environment.md", name)
		}
	}
}

// TestDeployedProgram builds the program with the command of the Dockerfile, and runs it as the two YAML files do: alone, and beside
// the development authorization server. There is no Docker in between.
func TestDeployedProgram(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	program := buildAsInDockerfile(t)
	secrets := writeSecrets(t)
	here := func(env map[string]string) (all []string) {
		for _, name := range slices.Sorted(maps.Keys(env)) {
			value := env[name]
			if strings.HasSuffix(name, "_FILE") {
				value = filepath.Join(secrets, filepath.Base(value))
			}
			all = append(all, name+"="+strings.Replace(value, "0.0.0.0:8080", "127.0.0.1:0", 1))
		}
		return all
	}
	run := func(env []string, args ...string) *terminal {
		before := w.env
		defer func() { w.env = before }()
		w.env = append(slices.Clone(before), env...)
		return w.open("", append([]string{program}, args...)...)
	}
	find := func(c *terminal, pattern string) string {
		t.Helper()
		match, output := c.await(regexp.MustCompile(pattern))
		if match == nil {
			t.Fatalf("%s is not in\n%s", pattern, output)
		}
		return match[1]
	}
	status := func(url, token string) string {
		t.Helper()
		output, err := exec.CommandContext(t.Context(), "curl", "-s", "--noproxy", "*", "-o", os.DevNull, "-w", "%{http_code}", "-H", "Authorization: Bearer "+token, url).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(output)
	}

	var d deployment
	readYAML(t, "deployment.yaml", &d)
	alone := run(here(d.environment()), "serve")
	if got := status("http://"+find(alone, `msg=serving address="(.+)"`)+"/healthz", ""); got != "200" {
		t.Errorf("/healthz without an authorization server: %s", got)
	}
	if err := alone.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	find(alone, `msg=(stopped)`)

	var c compose
	readYAML(t, "compose.yaml", &c)
	if file := c.Secrets["client-secret"].File; file != "client-secret" || !slices.Equal(c.Services["documents"].Secrets, []string{file}) {
		t.Errorf("the secret is %q, and the service has %q", file, c.Services["documents"].Secrets)
	}
	args := slices.Clone(c.Services["auth"].Command)
	i := slices.Index(args, "--listen=0.0.0.0:9000")
	if i < 0 {
		t.Fatalf("auth does not listen: %q", args)
	}
	args[i] = "--listen=127.0.0.1:0"
	auth := run(nil, args...)
	token := find(auth, `good for 86400 seconds:\n  (\S+)`)
	inside := "OIDC_OP_INTERNAL_URL=http://" + find(auth, `http://(127\.0\.0\.1:\d+)/dev/tokens`) // in the place of Docker's DNS
	documents := run(append(here(c.Services["documents"].Environment), inside), "serve")
	address := "http://" + find(documents, `msg=serving address="(.+)"`)
	if got := status(address+"/api/whoami", token); got != "200" {
		_, log := documents.await(regexp.MustCompile(``))
		t.Errorf("the token of the start: %s\n%s", got, log)
	}
	if got := status(address+"/api/whoami", "made-up"); got != "401" {
		t.Errorf("another token: %s", got)
	}
}

// buildAsInDockerfile runs the RUN line of the Dockerfile here.
func buildAsInDockerfile(t *testing.T) (program string) {
	t.Helper()
	line := regexp.MustCompile(`(?m)^RUN (?:--mount=\S+ |\\\n +)*(CGO_ENABLED=0 go build -o )/out/service( "\$PACKAGE")$`).FindStringSubmatch(read(t, deploy+"Dockerfile"))
	if line == nil {
		t.Fatal("the Dockerfile has no command that builds /out/service")
	}
	program = filepath.Join(t.TempDir(), "service")
	build := exec.CommandContext(t.Context(), "sh", "-c", line[1]+`"$PROGRAM"`+line[2])
	build.Dir = top
	build.Env = append(environment(), "PROGRAM="+program, "PACKAGE=./cmd/rsctl", "GOFLAGS=-buildvcs=false")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if runtime.GOOS != "linux" {
		return program // elsewhere there are no programs for distroless
	}
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if libraries, _ := file.ImportedLibraries(); len(libraries) > 0 || slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Errorf("the program is not static: %q", libraries)
	}
	return program
}

// writeSecrets writes the files that the _FILE variables name.
func writeSecrets(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	key, err := keys.Generate("RSA")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"client-secret": "secret\n", "private-key.pem": string(key)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
