package main_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestUserInfo: the endpoint is found, takes the token of a user who agreed to openid, and says so where one did not, or where
// the token is no longer good.
func TestUserInfo(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		p := newParties(t)
		as := p.start(t, version, "")
		s, err := rs.New(p.config(as, "post"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
		for _, c := range []struct {
			scope string
			want  rs.Reason
		}{
			{"openid groups", ""},
			{"groups", rs.ReasonUserInfoScope},
		} {
			token, err := as.Mint(t.Context(), authserver.Wish{Subject: "alice", Scope: c.scope})
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Admit(withToken(t, token))
			if err != nil {
				t.Fatal(err)
			}
			info, err := s.UserInfo(r)
			switch {
			case c.want == "" && (err != nil || info.Subject != "alice"):
				t.Errorf("%s: got %v, %v", c.scope, info, err)
			case c.want != "" && (err == nil || rs.AsError(err).Reason != c.want):
				t.Errorf("%s: got %v, want %s", c.scope, err, c.want)
			}
		}
		r := withToken(t, "nobody-issued-this")
		r = r.WithContext(rs.NewContext(r.Context(), &rs.Principal{Issuer: as.Issuer, Subject: "alice"}))
		if _, err := s.UserInfo(r); err == nil || rs.AsError(err).Reason != rs.ReasonUserInfoRefused {
			t.Errorf("an unknown token: %v", err)
		}
	})
}

func withToken(t *testing.T, token string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://rs.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}
