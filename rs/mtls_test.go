package rs_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// newCertificate signs itself.
func newCertificate(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// newTLSServer is an authorization server that wants a certificate, and says whose it got.
func newTLSServer(t *testing.T, want tls.ClientAuthType, h http.HandlerFunc) (*httptest.Server, *x509.CertPool) {
	t.Helper()
	as := httptest.NewUnstartedServer(h)
	as.TLS = &tls.Config{ClientAuth: want}
	as.StartTLS()
	t.Cleanup(as.Close)
	pool := x509.NewCertPool()
	pool.AddCert(as.Certificate())
	return as, pool
}

func TestTLSClientAuth(t *testing.T) {
	t.Parallel()
	ours := newCertificate(t, "us")
	var mtls *httptest.Server
	served := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/.well-known/"):
			jsonAnswer(mustJSON(object{
				"issuer": "https://" + r.Host, "introspection_endpoint": "https://" + r.Host + "/i",
				"introspection_endpoint_auth_methods_supported": []string{"tls_client_auth", "self_signed_tls_client_auth"},
				"mtls_endpoint_aliases":                         object{"introspection_endpoint": mtls.URL + "/mtls", "token_endpoint": 1},
			}))(w, r)
		case r.URL.Path == "/mtls" && len(r.TLS.PeerCertificates) == 1 && r.PostFormValue("client_id") == clientID:
			jsonAnswer(mustJSON(claims(object{"iss": nil, "sub": r.TLS.PeerCertificates[0].Subject.CommonName})))(w, r)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	}
	as, pool := newTLSServer(t, tls.NoClientCert, served)
	mtls, _ = newTLSServer(t, tls.RequireAnyClientCert, served)
	pool.AddCert(mtls.Certificate())
	source := func(context.Context) (*tls.Certificate, error) { return ours, nil }
	cfg := rs.Config{
		Issuer: as.URL, ClientID: clientID, ClientAuth: rs.SelfSignedTLSClientAuth, ClientCertificate: source, RootCAs: pool,
		AcceptedScopes: []string{"groups"}, Now: func() time.Time { return epoch }, Timeout: time.Minute,
	}
	t.Run("alias", func(t *testing.T) {
		t.Parallel()
		p, err := newServer(t, cfg).Authenticate(t.Context(), "token")
		if err != nil || p.Subject != "us" {
			t.Errorf("got %v, %v", p, err)
		}
	})
	t.Run("configured", func(t *testing.T) {
		t.Parallel()
		cfg := cfg
		cfg.IntrospectionEndpoint, cfg.ClientAuth = mtls.URL+"/mtls", rs.TLSClientAuth
		if got := outcome(newServer(t, cfg), "token"); got != "" {
			t.Error(got)
		}
	})
	t.Run("no alias for others", func(t *testing.T) {
		t.Parallel()
		cfg := cfg
		cfg.ClientAuth, cfg.ClientSecret = rs.ClientBearerToken, "x" // any method that metadata does not judge
		if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonClientCredentials {
			t.Error(got)
		}
	})
	for name, source := range map[string]rs.CertificateSource{
		"error": func(context.Context) (*tls.Certificate, error) { return nil, errors.New("no file") },
		"none":  func(context.Context) (*tls.Certificate, error) { return nil, nil },
		"empty": func(context.Context) (*tls.Certificate, error) { return &tls.Certificate{}, nil },
		"panic": func(context.Context) (*tls.Certificate, error) { panic("the key") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := cfg
			cfg.ClientCertificate = source
			_, err := newServer(t, cfg).Authenticate(t.Context(), "token")
			e := refusal(t, err, rs.ErrUnavailable, rs.ReasonTransport)
			if !strings.Contains(e.Error(), "our client certificate could not be had") || strings.Contains(e.Error(), "the key") {
				t.Error(e)
			}
		})
	}
}

// TestNoCertificateWhereOneIsWanted: operators hear what the other side wants. TLS 1.2 says so before anything is sent.
func TestNoCertificateWhereOneIsWanted(t *testing.T) {
	t.Parallel()
	as := httptest.NewUnstartedServer(good())
	as.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	as.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}
	as.StartTLS()
	t.Cleanup(as.Close)
	cfg := config(newWire())
	cfg.HTTPClient, cfg.IntrospectionEndpoint, cfg.RootCAs = nil, as.URL, x509.NewCertPool()
	cfg.RootCAs.AddCert(as.Certificate())
	_, err := newServer(t, cfg).Authenticate(t.Context(), "token")
	if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonTransport); !strings.Contains(e.Err.Error(), "client certificate") {
		t.Errorf("the cause is %v", e.Err)
	}
}
