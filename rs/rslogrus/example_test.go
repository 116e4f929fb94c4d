package rslogrus_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rslogrus"
)

func ExampleNew() {
	as := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"active": false}`)
	}))
	defer as.Close()

	log := logrus.New()
	log.Out, log.Formatter = os.Stdout, &logrus.TextFormatter{DisableTimestamp: true}
	server, err := rs.New(rs.Config{
		Issuer:                as.URL,
		IntrospectionEndpoint: as.URL + "/introspection",
		ClientID:              "documents",
		ClientSecret:          "s3cr3t",
		AcceptedScopes:        []string{"documents"},
		Observer:              rslogrus.New(log),
		Now:                   func() time.Time { return time.Unix(0, 0) }, // for the sake of the output: every duration is zero
	})
	if err != nil {
		log.Error(err)
		return
	}
	_, _ = server.Authenticate(context.Background(), "revoked-token")
	// Output:
	// level=info msg="request refused" cache=miss duration=0s kind="invalid token" op=authenticate reason=inactive
}
