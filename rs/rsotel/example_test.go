package rsotel_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsotel"
)

func ExampleNew() {
	as := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"active": false}`)
	}))
	defer as.Close()

	spans := tracetest.NewInMemoryExporter() // an application has an exporter to its collector instead
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))

	observer, err := rsotel.New(rsotel.Config{TracerProvider: provider})
	if err != nil {
		log.Fatal(err)
	}
	server, err := rs.New(rs.Config{
		Issuer:                as.URL,
		IntrospectionEndpoint: as.URL + "/introspection",
		ClientID:              "documents",
		ClientSecret:          "s3cr3t",
		AcceptedScopes:        []string{"documents"},
		Observer:              observer,
		WrapTransport:         observer.Transport,
	})
	if err != nil {
		log.Fatal(err)
	}
	_, _ = server.Authenticate(context.Background(), "revoked-token")

	for _, span := range spans.GetSpans() {
		fmt.Println(span.SpanKind, span.Name)
	}
	// Output:
	// client POST
	// internal rs.introspect
	// internal rs.authenticate
}
