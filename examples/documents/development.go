package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rsslog"
)

// development is the service with an authorization server of its own, which gives a token to anybody.
type development struct {
	as      *devas.Server
	server  *rs.Server
	store   *store
	handler http.Handler // both: the authorization server below /as
}

// newDevelopment knows alice and bob. base is the address at which handler will be reached.
func newDevelopment(ctx context.Context, base string) (*development, error) {
	key, err := keys.Generate("EC")
	if err != nil {
		return nil, err
	}
	ours, err := keys.Parse(key, "ECDH-ES", "A256GCM")
	if err != nil {
		return nil, err
	}
	as, err := devas.New(devas.Config{Issuer: base + "/as", Clients: []devas.Client{{
		ID: "documents", Secret: "development", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", JWKS: ours.PublicJWKS(),
	}}})
	if err != nil {
		return nil, err
	}
	server, err := rs.New(rs.Config{
		Issuer: as.Issuer(), IntrospectionEndpoint: as.IntrospectionEndpoint(), JWKSEndpoint: as.JWKSEndpoint(),
		ClientID: "documents", ClientSecret: "development",
		Format: rs.JWT, Decrypter: ours, AcceptedScopes: []string{"documents", "documents:read"}, Realm: "documents",
		Observer: rsslog.New(nil), // why a request was refused
	})
	if err != nil {
		return nil, err
	}
	s, err := openStore(ctx, ":memory:")
	if err != nil {
		return nil, err
	}
	err = errors.Join(s.addUser(ctx, user{"alice", "Alice Martin"}), s.addUser(ctx, user{"bob", "Bob Durand"}))
	mux := http.NewServeMux()
	mux.Handle("/", newRouter(server, ours, s))
	mux.Handle("/as/", as)
	return &development{as, server, s, mux}, err
}

// token is one that the service "notes" uses for the user.
func (d *development) token(subject, scope string) string {
	return d.as.Issue(devas.Claims{"sub": subject, "client_id": "notes", "scope": scope})
}

func serveDevelopment(ctx context.Context, out io.Writer) error {
	gin.SetMode(gin.ReleaseMode)
	listener, err := net.Listen("tcp", "127.0.0.1:8000")
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil { // ListenAndServe takes it again
		return err
	}
	d, err := newDevelopment(ctx, "http://"+address)
	if err != nil {
		return err
	}
	defer d.store.Close()
	d.explain(out, "http://"+address)
	return serve(ctx, &http.Server{Addr: address, Handler: d.handler}, d.server)
}

func (d *development) explain(out io.Writer, base string) {
	fmt.Fprintf(out, `documents is at %s, with an authorization server for development. In another terminal:

  ALICE=%s   # may read and write
  BOB=%s   # may read
  NOBODY=%s   # is no user of this application

  curl -i -H "Authorization: Bearer $ALICE" %[1]s/api/me
  curl -i -H "Authorization: Bearer $ALICE" -d '{"title": "Minutes"}' %[1]s/api/documents   # 201; source is the calling service
  curl -i -H "Authorization: Bearer $ALICE" %[1]s/api/documents
  curl -i -H "Authorization: Bearer $BOB" %[1]s/api/documents/1                             # 403: it is Alice's
  curl -i -H "Authorization: Bearer $BOB" -d '{"title": "Budget"}' %[1]s/api/documents      # 403: a scope is missing
  curl -i -H "Authorization: Bearer $NOBODY" %[1]s/api/me                                   # 401: an unknown user
  curl -i %[1]s/api/me                                                                      # 401: no token

`, base, d.token("alice", "documents"), d.token("bob", "documents:read"), d.token("mallory", "documents"))
}
