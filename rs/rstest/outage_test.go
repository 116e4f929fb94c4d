package rstest_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

func noContent(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestOutageOfAWrappedHandler(t *testing.T) {
	t.Parallel()
	rstest.TestOutage(t, "/api", func(t *testing.T, cfg rs.Config) http.Handler {
		return newServer(t, cfg).Wrap(http.HandlerFunc(noContent))
	})
}

// TestOutageWithOtherTokens: a service that wants another user and another scope.
func TestOutageWithOtherTokens(t *testing.T) {
	t.Parallel()
	rstest.TestOutage(t, "/api", func(t *testing.T, cfg rs.Config) http.Handler {
		if !slices.Equal(cfg.AcceptedScopes, []string{"documents", "email"}) {
			t.Errorf("the configuration accepts %q", cfg.AcceptedScopes)
		}
		return newServer(t, cfg).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p, err := rs.RequirePrincipal(r.Context())
			if err == nil {
				err = rs.RequireAllScopes(r.Context(), "documents", "email")
			}
			if err == nil && p.Subject != "bob" {
				err = rs.ErrUnknownUser
			}
			if err != nil {
				rs.WriteError(w, err)
				return
			}
			noContent(w, r)
		}))
	}, rstest.Claims{"sub": "bob", "scope": "documents email"})
}

// TestOutageOfAProfile: a service that asks UserInfo, and one that goes on without it.
func TestOutageOfAProfile(t *testing.T) {
	t.Parallel()
	for name, service := range map[string]func(*rs.Server) http.Handler{"needed": profile, "not needed": greeting} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rstest.TestOutage(t, "/api", func(t *testing.T, cfg rs.Config) http.Handler { return service(newServer(t, cfg)) })
		})
	}
}

// greeting is a handler for which the user's name is an extra.
func greeting(server *rs.Server) http.Handler {
	return server.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := server.UserInfo(r); err != nil {
			fmt.Fprint(w, "Hello")
			return
		}
		fmt.Fprint(w, "Hello, I know you")
	}))
}

// brokenServices make a mistake each, as services have been seen to do, and a check that must fail for it.
var brokenServices = map[string]struct {
	check string
	serve func(*rs.Server, http.ResponseWriter, *http.Request)
}{
	"an outage is the client's fault": {"json/hang", func(s *rs.Server, w http.ResponseWriter, r *http.Request) {
		if _, err := s.AuthenticateRequest(r); err != nil {
			rs.WriteError(w, &rs.Error{Kind: rs.ErrInvalidToken})
			return
		}
		noContent(w, r)
	}},
	"an outage opens the door": {"jwt/wrong-signature", func(s *rs.Server, w http.ResponseWriter, r *http.Request) {
		if _, err := s.AuthenticateRequest(r); err != nil && !errors.Is(err, rs.ErrUnavailable) {
			rs.WriteError(w, err)
			return
		}
		noContent(w, r)
	}},
	"what it is told is passed on": {"json/server-error", func(s *rs.Server, w http.ResponseWriter, r *http.Request) {
		if _, err := s.AuthenticateRequest(r); err != nil {
			http.Error(w, err.Error(), rs.AsError(err).Status())
			return
		}
		noContent(w, r)
	}},
	"it tries for too long": {"json/hang", func(s *rs.Server, w http.ResponseWriter, r *http.Request) {
		_, err := s.AuthenticateRequest(r)
		for range 3 {
			if errors.Is(err, rs.ErrUnavailable) {
				time.Sleep(time.Second)
				_, err = s.AuthenticateRequest(r)
			}
		}
		if err != nil {
			rs.WriteError(w, err)
			return
		}
		noContent(w, r)
	}},
	"it wants another scope": {"without-a-fault", func(s *rs.Server, w http.ResponseWriter, r *http.Request) {
		r, err := s.Admit(r)
		if err == nil {
			err = rs.RequireAnyScope(r.Context(), "another")
		}
		if err != nil {
			rs.WriteError(w, err)
		}
	}},
	"who cannot be looked up is nobody": {"userinfo-hang", func(s *rs.Server, w http.ResponseWriter, r *http.Request) {
		s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := s.UserInfo(r); err != nil {
				rs.WriteError(w, rs.ErrUnknownUser)
				return
			}
			noContent(w, r)
		})).ServeHTTP(w, r)
	}},
	"nobody is let in any more": {"json/flapping", func(_ *rs.Server, w http.ResponseWriter, _ *http.Request) {
		rs.WriteError(w, &rs.Error{Kind: rs.ErrUnavailable})
	}},
}

const brokenServiceVariable = "RSTEST_BROKEN_SERVICE"

// TestBrokenService runs the suite on a broken service, but only in the process that TestOutageFindsBrokenServices starts for
// it: here it would fail.
func TestBrokenService(t *testing.T) {
	broken, chosen := brokenServices[os.Getenv(brokenServiceVariable)]
	if !chosen {
		return
	}
	rstest.TestOutage(t, "/api", func(t *testing.T, cfg rs.Config) http.Handler {
		s := newServer(t, cfg)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { broken.serve(s, w, r) })
	})
}

func TestOutageFindsBrokenServices(t *testing.T) {
	t.Parallel()
	for name, broken := range brokenServices {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBrokenService$/^"+strings.ReplaceAll(broken.check, "/", "$/^")+"$", "-test.v")
			cmd.Env = append(os.Environ(), brokenServiceVariable+"="+name)
			output, err := cmd.CombinedOutput()
			if err == nil || !bytes.Contains(output, []byte("--- FAIL: TestBrokenService/"+broken.check+" ")) {
				t.Errorf("%s did not fail: %v\n%.4000s", broken.check, err, output)
			}
		})
	}
}
