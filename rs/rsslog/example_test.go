package rsslog_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsslog"
)

func ExampleNew() {
	as := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"active": false}`)
	}))
	defer as.Close()

	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	server, err := rs.New(rs.Config{
		Issuer:                as.URL,
		IntrospectionEndpoint: as.URL + "/introspection",
		ClientID:              "documents",
		ClientSecret:          "s3cr3t",
		AcceptedScopes:        []string{"documents"},
		Observer:              rsslog.New(log),
		Now:                   func() time.Time { return time.Unix(0, 0) }, // for the sake of the output: every duration is zero
	})
	if err != nil {
		log.Error(err.Error())
		return
	}
	_, _ = server.Authenticate(context.Background(), "revoked-token")
	// Output:
	// level=INFO msg="request refused" op=authenticate duration=0s cache=miss kind="invalid token" reason=inactive
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
