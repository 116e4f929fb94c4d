package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

func TestRoutes(t *testing.T) {
	gin.SetMode(gin.TestMode)
	as := rstest.NewServer(t)
	cfg := as.Config(rstest.JWT)
	cfg.AcceptedScopes = []string{"openid", "groups"}
	server, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ours, ok := cfg.Decrypter.(*keys.Set)
	if !ok {
		t.Fatal("the configuration has no key set")
	}
	router := newRouter(server, ours)
	for _, test := range []struct {
		name, path, token string
		status            int
		body              string
	}{
		{"our public keys", "/jwks", "", http.StatusOK, `"use":"enc"`},
		{"no token", "/api/teams", "", http.StatusUnauthorized, `"status":401`},
		{"a stranger's token", "/api/teams", "stranger", http.StatusUnauthorized, `"error":"invalid_token"`},
		{"too little scope", "/api/teams", as.Issue(rstest.Claims{"sub": "alice", "scope": "openid"}), http.StatusForbidden, `"error":"insufficient_scope"`},
		{"a good token", "/api/teams", as.Issue(rstest.Claims{"sub": "alice", "scope": "groups"}), http.StatusOK, `"user":"alice"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, test.path, http.NoBody)
			if test.token != "" {
				request.Header.Set("Authorization", "Bearer "+test.token)
			}
			response := httptest.NewRecorder()
			router.ServeHTTP(response, request)
			if response.Code != test.status || !strings.Contains(response.Body.String(), test.body) {
				t.Errorf("got %d %s, want %d with %s", response.Code, response.Body, test.status, test.body)
			}
		})
	}
}
