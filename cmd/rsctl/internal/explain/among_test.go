package explain_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/explain"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func wantLines(t *testing.T, out string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile("(?m)" + pattern).MatchString(out) {
			t.Errorf("no line is like %s", pattern)
		}
	}
	for _, private := range []string{secret, "private-"} {
		if strings.Contains(out, private) {
			t.Errorf("told: %q", private)
		}
	}
	if t.Failed() {
		t.Log("\n" + out)
	}
}

func TestTokenJudgedHere(t *testing.T) {
	t.Parallel()
	as, cfg := server(t, rs.JSON)
	local := rs.Config{Issuer: cfg.Issuer, JWKSEndpoint: as.JWKSEndpoint(), AcceptedScopes: cfg.AcceptedScopes, AccessTokenMode: rs.Local, AccessTokenAlg: "ES256", TokenAudiences: []string{"documents"}}
	var out strings.Builder
	err := explain.Token(t.Context(), local, "opaque", show.New(&out))
	if e := rs.AsError(err); e == nil || e.Reason != rs.ReasonTokenFormat {
		t.Errorf("the error is %v", err)
	}
	wantLines(t, out.String(), "^token +6 characters, not base64-wrapped: looked at as it is$", "^call +none: tokens are judged here", "^ +header +token_format +[0-9.]+[nµm]?s$")
	if strings.Contains(out.String(), "client_secret") {
		t.Error("it tells how we would authenticate")
	}
}

func TestAmong(t *testing.T) {
	t.Parallel()
	first, a := server(t, rs.JSON)
	second, b := server(t, rs.JSON)
	token := second.Issue(devas.Claims{"sub": "private-subject", "azp": "private-caller", "scope": "documents"})
	cfg := rs.IssuersConfig{Issuers: []rs.Config{a, b}, Choose: rs.ByHost(map[string]string{"a.example": a.Issuer})}
	var out strings.Builder
	if err := explain.Among(t.Context(), cfg, token, show.New(&out)); err != nil {
		t.Error(err)
	}
	wantLines(t, out.String(),
		"^token +[0-9]+ characters, for 2 issuers$", "^hosts +not looked at", "^issuer +"+first.Issuer()+"$", "^ +asked because .*its turn$", "^ +active +inactive ",
		"^issuer +"+second.Issuer()+"$", "^ +scope +ok ", "^decision  accepted")
	out.Reset()
	err := explain.Among(t.Context(), cfg, "unknown", show.New(&out))
	if e := rs.AsError(err); e == nil || e.Reason != rs.ReasonInactive {
		t.Errorf("the error is %v", err)
	}
	wantLines(t, out.String(), "^decision  refused: invalid token .inactive.$", "^client +sees 401")
	out.Reset()
	err = explain.Among(t.Context(), cfg, "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL290aGVyLmV4YW1wbGUifQ.AAAA", show.New(&out))
	if e := rs.AsError(err); e == nil || e.Reason != rs.ReasonIssuer {
		t.Errorf("the error is %v", err)
	}
	wantLines(t, out.String(), "^issuer +none of those that are configured .issuer.$")
	if err := explain.Among(t.Context(), rs.IssuersConfig{}, "unknown", show.New(&out)); err == nil {
		t.Error("no issuers, and no error")
	}
}
