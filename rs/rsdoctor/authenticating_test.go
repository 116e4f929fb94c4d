package rsdoctor_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// quiet is the log of servers that are spoken to in the wrong way.
var quiet = log.New(io.Discard, "", 0)

const longSecret = "a secret of 32 bytes, as HS256 wants it"

// authenticating are the misconfigurations of the other ways to authenticate.
var authenticating = []illness{
	{"a secret from a file", rs.JSON, func(w *ward) { w.cfg.ClientSecretFrom = secretOf(secret); w.cfg.ClientSecret = "" }, "", nil},
	{"a wrong secret from a file", rs.JSON, func(w *ward) { w.cfg.ClientSecretFrom = secretOf("another"); w.cfg.ClientSecret = "" }, rsdoctor.Credentials, nil},
	{"a secret that cannot be had", rs.JSON, func(w *ward) {
		w.cfg.ClientSecretFrom = func(context.Context) (rs.Secret, error) { return "", errors.New("no vault") }
	}, rsdoctor.CredentialsUnavailable, nil},
	{"a form-encoded secret", rs.JSON, func(w *ward) { w.cfg.ClientSecret = rs.Secret(url.QueryEscape(secret)); w.guard(isPost) }, rsdoctor.SecretEncoded, nil},
	{"a secret in base64", rs.JSON, func(w *ward) { w.cfg.ClientSecret = "cHJpdmF0ZSArc2VjcmV0JTJCOsOp"; w.guard(isPost) }, rsdoctor.SecretEncoded, nil},

	{"private_key_jwt", rs.JSON, func(w *ward) { w.sign("ES256"); w.guard(isAssertion) }, "", notOffered},
	{"private_key_jwt, in jwt", rs.JWT, func(w *ward) { w.sign("ES256"); w.guard(isAssertion) }, rsdoctor.AnswerJSON, notOffered},
	{"a key that is not known", rs.JSON, func(w *ward) { w.sign("ES256"); w.guard(never) }, rsdoctor.Credentials, notOffered},
	{"private_key_jwt for a secret", rs.JSON, func(w *ward) { w.sign("ES256"); w.cfg.ClientSecret = secret; w.guard(isPost) }, rsdoctor.AuthMethod, nil},
	{"a secret for private_key_jwt", rs.JSON, func(w *ward) {
		w.sign("ES256")
		w.cfg.ClientAuth, w.cfg.ClientSecret = rs.ClientSecretPost, secret
		w.guard(isAssertion)
	}, rsdoctor.AuthMethod, nil},
	{"a key that cannot sign", rs.JSON, func(w *ward) { w.cfg.ClientAuth, w.cfg.ClientSigner = rs.PrivateKeyJWT, broken{} }, rsdoctor.KeyRoundTrip, notOffered},
	{"private_key_jwt, clocks apart", rs.JSON, func(w *ward) { w.sign("ES256"); w.cfg.Now = off(hour); w.guard(never) }, rsdoctor.Clock, notOffered},

	{"client_secret_jwt", rs.JSON, func(w *ward) {
		w.cfg.ClientAuth, w.cfg.ClientSecret = rs.ClientSecretJWT, longSecret
		w.guard(isAssertion)
	}, "", notOffered},
	{"client_secret_post for client_secret_jwt", rs.JSON, func(w *ward) { w.cfg.ClientSecret = longSecret; w.guard(isAssertion) }, rsdoctor.AuthMethod, nil},
	{"bearer", rs.JSON, func(w *ward) { w.cfg.ClientAuth, w.cfg.ClientSecret = rs.ClientBearerToken, "t0ken"; w.guard(isBearer) }, "", nil},
	{"a wrong bearer token", rs.JSON, func(w *ward) { w.cfg.ClientAuth, w.cfg.ClientSecret = rs.ClientBearerToken, "t0ken"; w.guard(never) }, rsdoctor.Credentials, nil},

	{"a certificate that has expired", rs.JSON, func(w *ward) { w.cfg.ClientCertificate = certificate(w.t, -hour) }, rsdoctor.CertificateExpired, nil},
	{"a certificate that expires soon", rs.JSON, func(w *ward) { w.cfg.ClientCertificate = certificate(w.t, 50*hour) }, "", []rsdoctor.Code{rsdoctor.CertificateExpiresSoon}},
	{"a certificate is wanted", rs.JSON, func(w *ward) { w.mutual() }, rsdoctor.TLSClient, []rsdoctor.Code{rsdoctor.EndpointDiffers}},
	{"a certificate is wanted, and shown", rs.JSON, func(w *ward) { w.mutual(); w.cfg.ClientCertificate = certificate(w.t, 5000*hour) }, "", []rsdoctor.Code{rsdoctor.EndpointDiffers}},
	{"a certificate is wanted, by nginx", rs.JSON, func(w *ward) {
		w.instead(status(400, "text/html", "<html>400 No required SSL certificate was sent"))
	}, rsdoctor.TLSClient, nil},
	{"another certificate is registered", rs.JSON, func(w *ward) {
		w.cfg.ClientAuth, w.cfg.ClientCertificate = rs.TLSClientAuth, certificate(w.t, 5000*hour)
		w.guard(never)
	}, rsdoctor.Credentials, notOffered},
}

// notOffered: the metadata of devas lists only what it has itself.
var notOffered = []rsdoctor.Code{rsdoctor.AuthMethodNotOffered}

func secretOf(s rs.Secret) rs.SecretSource {
	return func(context.Context) (rs.Secret, error) { return s, nil }
}

func never(*http.Request) bool { return false }

func isAssertion(r *http.Request) bool {
	return strings.Count(r.PostForm.Get("client_assertion"), ".") == 2
}

func isBearer(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer t0ken" }

// sign gives the client a signing key in the place of its secret.
func (w *ward) sign(alg string) {
	w.t.Helper()
	pem, err := keys.Generate("EC")
	if err != nil {
		w.t.Fatal(err)
	}
	signer, err := keys.ParseSigner(pem, alg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.cfg.ClientAuth, w.cfg.ClientSecret, w.cfg.ClientSigner = rs.PrivateKeyJWT, "", signer
}

// broken is a key management service that is out of reach.
type broken struct{}

func (broken) Algorithm() string                           { return "ES256" }
func (broken) Sign([]byte, map[string]any) ([]byte, error) { return nil, errors.New("out of reach") }

// mutual moves the introspection endpoint to a server that wants a certificate, any certificate.
func (w *ward) mutual() {
	w.t.Helper()
	server := newUnstarted(w.t, w.as)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13}
	server.StartTLS()
	w.t.Cleanup(server.Close)
	w.cfg.RootCAs = x509.NewCertPool()
	w.cfg.RootCAs.AddCert(server.Certificate())
	w.move(server.URL)
}

// silentTLS is the address of a server that speaks TLS, and hangs up on everything else.
func silentTLS(t *testing.T) string {
	t.Helper()
	pair, err := certificate(t, 5000*hour)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				secured := tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{*pair}, MinVersion: tls.VersionTLS12})
				_ = secured.HandshakeContext(t.Context())
			}()
		}
	}()
	return listener.Addr().String()
}
