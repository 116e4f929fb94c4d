package forwardauth_test

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a process may take to start, on a machine that is busy.
const patience = 4 * time.Minute

// findNginx is the program, or a skip that nobody overlooks: a failure where nothing may be skipped.
func findNginx(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const why = "no nginx is installed (Debian: apt-get install nginx-light)"
	if os.Getenv("CI") == "true" {
		t.Fatal("forward authentication must be tried here: " + why)
	}
	fmt.Fprintf(os.Stderr, "\n*** SKIPPED %s: no real nginx was tried.\n*** %s\n\n", t.Name(), why)
	t.Skip(why)
	return ""
}

// frame is what Debian's nginx.conf has around ours, for a process without privileges.
const frame = `daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events {}
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
%s
}
`

// startNginx runs nginx.conf of this directory with the addresses replaced: of nginx, of rsctl, of the application. It returns the URL.
func startNginx(t *testing.T, rsctl, application string) string {
	t.Helper()
	return runNginx(t, "nginx.conf", map[string]string{"127.0.0.1:8080": rsctl, "127.0.0.1:3000": application})
}

// runNginx runs nginx with a file of this directory, in which addresses are replaced, and that of nginx itself. It returns the URL.
// nginx inherits the socket, as at an upgrade: the port is nobody else's at any time, and requests wait until nginx is ready.
func runNginx(t *testing.T, file string, addresses map[string]string) string {
	t.Helper()
	program := findNginx(t)
	ours, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	listener, socket := listen(t)
	address := listener.Addr().String()
	addresses["127.0.0.1:8000"] = address
	conf := string(ours)
	for from, to := range addresses {
		if strings.Count(conf, from) != 1 {
			t.Fatalf("%s has the address %s %d times, want once", file, from, strings.Count(conf, from))
		}
		conf = strings.Replace(conf, from, to, 1)
	}
	dir := workDir(t, fmt.Sprintf(frame, conf))
	nginx := command(program, dir)
	nginx.ExtraFiles, nginx.Env = []*os.File{socket}, append(os.Environ(), "NGINX=3;") // the first of ExtraFiles is 3
	var said strings.Builder
	nginx.Stderr = &said
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = nginx.Process.Signal(syscall.SIGTERM)
		_ = nginx.Wait()
		if t.Failed() {
			t.Logf("nginx wrote\n%s", &said)
		}
	})
	_, _ = listener.Close(), socket.Close() // nginx has it: should it end, requests fail
	return "http://" + address
}

// nobody is the user that nginx gets where the test runs as root.
const nobody = 65534

// workDir is a directory that nginx may write to, whoever it runs as.
func workDir(t *testing.T, conf string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "forwardauth") //nolint:usetesting // t.TempDir lies in one that only its owner can enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		for _, each := range []string{dir, path} {
			if err := os.Chown(each, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// command is nginx in dir, never as root.
func command(program, dir string) *exec.Cmd {
	cmd := exec.Command(program, "-p", dir, "-c", "nginx.conf", "-e", "stderr")
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

// listen opens a port, and returns its socket twice: for this process and for another one.
func listen(t *testing.T) (net.Listener, *os.File) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	return listener, socket
}

// ask sends a request through nginx.
func ask(t *testing.T, method, url string, header http.Header) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, header) // as it is, not canonical
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}
