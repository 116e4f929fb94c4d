package rsprom_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsprom"
)

func ExampleNew() {
	as := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"active": false}`)
	}))
	defer as.Close()

	registry := prometheus.NewRegistry() // or prometheus.DefaultRegisterer
	observer, err := rsprom.New(registry)
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
	})
	if err != nil {
		log.Fatal(err)
	}
	_, _ = server.Authenticate(context.Background(), "revoked-token")

	scrape := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(scrape, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(scrape.Body.String()) {
		if strings.Contains(line, `reason="inactive"`) {
			fmt.Print(line)
		}
	}
	// Output:
	// lasuite_rs_operations_total{cache="miss",issuer="",kind="invalid token",op="authenticate",reason="inactive"} 1
}

func ExampleCache() {
	lru, err := rs.NewLRU(10000, nil)
	if err != nil {
		log.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	cfg := rs.Config{} // and the rest
	cfg.Cache, err = rsprom.Cache(registry, lru)
	fmt.Println(cfg.Cache != nil, err)
	// Output: true <nil>
}

// Two servers in one process: each has its own observer, and a label tells them apart.
func ExampleNew_severalServers() {
	registry := prometheus.NewRegistry()
	for _, api := range []string{"public", "internal"} {
		observer, err := rsprom.New(prometheus.WrapRegistererWith(prometheus.Labels{"api": api}, registry))
		if err != nil {
			log.Fatal(err)
		}
		_ = rs.Config{Observer: observer} // and the rest
	}
}

// The built-in caches are looked into once there is a server.
func ExampleObserver_Watch() {
	registry := prometheus.NewRegistry()
	observer, err := rsprom.New(registry)
	if err != nil {
		log.Fatal(err)
	}
	server, err := rs.New(rs.Config{
		Issuer:         "https://auth.example",
		ClientID:       "documents",
		ClientSecret:   "s3cr3t",
		AcceptedScopes: []string{"documents"},
		Observer:       observer,
	})
	if err != nil {
		log.Fatal(err)
	}
	observer.Watch(server)
	count, err := testutil.GatherAndCount(registry, "lasuite_rs_lru_entries")
	fmt.Println(count, err)
	// Output: 3 <nil>
}
