package rs_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// replaceableSigner is a Signer whose key can be another one.
type replaceableSigner struct{ *keys.Signer }

// TestNewCredentialsEndThePause: it is about those that were refused. Whoever repairs a signing key or a certificate need not wait, and what
// is shown then is the new one, whatever connections there are.
func TestNewCredentialsEndThePause(t *testing.T) {
	t.Parallel()
	for name, method := range map[string]rs.ClientAuth{"a signing key": rs.PrivateKeyJWT, "a certificate": rs.TLSClientAuth} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				signing := &replaceableSigner{newSigner("ES256")}
				certificate := newCertificate(t, "old")
				var failure error
				cfg := live(nil)
				cfg.ClientAuth, cfg.ClientSecret, cfg.ClientSigner = method, "", signing
				cfg.ClientCertificate = func(context.Context) (*tls.Certificate, error) { return certificate, failure }
				newer := newSigner("ES256")
				calls := 0
				cfg.UserInfoEndpoint = userInfoURL
				newNetwork(t, &cfg, "h2", func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet {
						jsonAnswer(userClaims(nil))(w, r)
						return
					}
					calls++
					isGood := r.TLS.PeerCertificates[0].Subject.CommonName == "new"
					if method == rs.PrivateKeyJWT {
						header, err := keys.ParseJWSHeader([]byte(r.PostFormValue("client_assertion")))
						isGood = err == nil && header.KeyID == newer.KeyID()
					}
					if !isGood {
						answers(401, "application/json", `{"error":"invalid_client"}`)(w, r)
						return
					}
					good()(w, r)
				})
				s := newServer(t, cfg)
				ask := func(why string, want int, token string, reason rs.Reason) {
					t.Helper()
					before := calls
					if got := outcome(s, token); got != reason {
						t.Errorf("%s: got %q, want %q", why, got, reason)
					}
					if synctest.Wait(); calls-before != want {
						t.Errorf("%s: %d calls, want %d", why, calls-before, want)
					}
					time.Sleep(time.Second)
				}
				ask("refused", 2, "a", rs.ReasonClientCredentials)
				ask("paused", 0, "b", rs.ReasonClientCredentials)
				failure = x509.ErrUnsupportedAlgorithm
				ask("none can be had", 0, "c", rs.ReasonClientCredentials)
				failure = nil
				r := request("Bearer token") // a call that is made meanwhile, over a connection of its own
				if _, err := s.UserInfo(r.WithContext(rs.NewContext(r.Context(), &rs.Principal{Issuer: issuer, Subject: "alice"}))); err != nil {
					t.Fatal(err)
				}
				if method == rs.PrivateKeyJWT {
					signing.Signer = newer
				} else {
					certificate = newCertificate(t, "new")
				}
				ask("the right one", 1, "d", "")
			})
		})
	}
}
