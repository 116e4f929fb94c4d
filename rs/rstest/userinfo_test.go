package rstest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// profile is a handler that asks who the user is.
func profile(server *rs.Server) http.Handler {
	return server.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info, err := server.UserInfo(r)
		if err != nil {
			rs.WriteError(w, err)
			return
		}
		var user struct {
			Email string `json:"email"`
		}
		if err := info.Claims(&user); err != nil {
			rs.WriteError(w, err)
			return
		}
		fmt.Fprint(w, user.Email)
	}))
}

// A handler that asks who the user is: alice, bob and carol are known, and SetUser says of others what the test is about.
func ExampleServer_SetUser() {
	as := rstest.NewServer(t)
	server, err := rs.New(as.Config())
	if err != nil {
		t.Fatal(err)
	}
	handler := profile(server) // calls server.UserInfo(r)
	get := func(token string) *http.Response {
		return rstest.Do(handler, rstest.Request("GET", "/api/profile", token))
	}

	fmt.Println(text(get(as.Issue(rstest.Claims{"sub": "alice"}))))

	as.SetUser("dave", rstest.Claims{"email": "dave@example.org"})
	fmt.Println(text(get(as.Issue(rstest.Claims{"sub": "dave"}))))

	service := as.Issue(rstest.Claims{"scope": rstest.Scope}) // without openid
	fmt.Println("needed:", rstest.CheckRefusal(t, get(service), rs.ErrInsufficientScope).Scope)

	as.FailNext(rstest.AtUserInfo(503)) // introspection goes on to work
	rstest.CheckRefusal(t, get(as.Issue(nil)), rs.ErrUnavailable)
	// Output:
	// alice@example.org
	// dave@example.org
	// needed: openid
}

func TestUserInfoForms(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]devas.Client{
		"json":                       {ID: "app"},
		"signed":                     {ID: "app", UserInfoSigningAlg: "RS256"},
		"both signed":                {ID: "app", SigningAlg: "ES256", UserInfoSigningAlg: "ES256"},
		"encrypted":                  {ID: "app", UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "ECDH-ES"},
		"encrypted, another enc":     {ID: "app", UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "RSA-OAEP", UserInfoEncryptionEnc: "A128CBC-HS256"},
		"encrypted as introspection": {ID: "app", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "ECDH-ES"},
		"introspection alone":        {ID: "app", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			as := rstest.NewServer(t)
			server := newServer(t, as.ConfigFor(client))
			token := as.Issue(rstest.Claims{"client_id": "app"})
			if got := text(rstest.Do(profile(server), rstest.Request("GET", "/", token))); got != "alice@example.org" {
				t.Errorf("got %q", got)
			}
			asked := as.UserInfoRequests()
			if len(asked) != 1 || asked[0].Client != "app" || asked[0].Encrypted != (client.UserInfoEncryptionAlg != "") {
				t.Errorf("asked %+v", asked)
			}
		})
	}
}

// TestUserInfoListening: the endpoint is found by its metadata too, on a real connection.
func TestUserInfoListening(t *testing.T) {
	t.Parallel()
	as := rstest.NewListeningServer(t)
	cfg := as.Config()
	cfg.UserInfoEndpoint, cfg.IntrospectionEndpoint, cfg.JWKSEndpoint = "", "", ""
	server := newServer(t, cfg)
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	if got := text(rstest.Do(profile(server), rstest.Request("GET", "/", as.Issue(nil)))); got != "alice@example.org" {
		t.Errorf("got %q", got)
	}
}

// TestUserInfoFaults: whatever goes wrong there, a good token is never 401, and nobody gets another's address.
func TestUserInfoFaults(t *testing.T) {
	t.Parallel()
	harmless := map[rstest.Fault]bool{
		rstest.AtUserInfo(rstest.NoKID): true, rstest.AtUserInfo(rstest.AudienceList): true,
		// What OpenID Connect leaves open.
		rstest.AtUserInfo(rstest.NoIAT): true, rstest.AtUserInfo(rstest.OldIAT): true, rstest.AtUserInfo(rstest.FutureIAT): true,
	}
	for _, f := range devas.UserInfoFaults() {
		t.Run(f.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				as := rstest.NewServer(t)
				server := newServer(t, as.ConfigFor(devas.Client{ID: "app", UserInfoSigningAlg: "ES256", UserInfoEncryptionAlg: "ECDH-ES"}))
				defer server.Close(t.Context())
				handler, token := profile(server), as.Issue(rstest.Claims{"client_id": "app"})
				get := func() *http.Response { return rstest.Do(handler, rstest.Request("GET", "/", token)) }
				as.FailNext(f)
				if harmless[f] {
					if got := text(get()); got != "alice@example.org" {
						t.Errorf("an unusual answer that is right: %q", got)
					}
					return
				}
				rstest.CheckRefusal(t, get(), rs.ErrUnavailable)
				skipPause()
				if got := text(get()); got != "alice@example.org" {
					t.Errorf("when it is over: %q", got)
				}
			})
		})
	}
}

// text is the body of an answer that is no refusal.
func text(resp *http.Response) string {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Sprintf("%s: %s (%v)", resp.Status, body, err)
	}
	return string(body)
}
