package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/service"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsprom"
)

const (
	scrapeTime = 5 * time.Second // for one scrape, of which there are
	maxScrapes = 4               // at once
)

// metrics are what serve counts for Prometheus, and tells at an address of its own. A nil *metrics counts nothing.
type metrics struct {
	address  string
	registry *prometheus.Registry
	observer *rsprom.Observer
}

// newMetrics is nil if no address is configured.
func newMetrics(s *site) (*metrics, error) {
	if s.process.MetricsListen == "" {
		return nil, nil //nolint:nilnil // a nil *metrics is good
	}
	m := &metrics{address: s.process.MetricsListen, registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	var issuers []string
	for _, env := range s.issuers {
		if s.file != nil { // else there is but one, and events do not name it
			issuers = append(issuers, env.Config.Issuer)
		}
	}
	var err error
	m.observer, err = rsprom.New(m.registry, issuers...)
	return m, err
}

// with is observer, and that of the metrics.
func (m *metrics) with(observer rs.Observer) rs.Observer {
	if m == nil {
		return observer
	}
	return rs.Observers(observer, m.observer)
}

// serve serves /metrics until it is stopped: after the last request has ended, and not when ctx ends. It breaks nothing
// but itself.
func (m *metrics) serve(ctx context.Context, server authority, logger *logrus.Logger) (stop func(), err error) {
	if m == nil {
		return func() {}, nil
	}
	m.observer.Watch(server)
	listener, err := listen(ctx, "OIDC_RS_METRICS_LISTEN", m.address)
	if err != nil {
		return nil, err
	}
	logger.WithField("address", listener.Addr().String()).Info("serving metrics")
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.run(ctx, listener, logger)
	}()
	return func() { cancel(); <-ended }, nil
}

func (m *metrics) run(ctx context.Context, listener net.Listener, logger *logrus.Logger) {
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes, Timeout: scrapeTime}))
	if err := service.Run(ctx, service.NewHTTPServer(routes, service.Limits{}, logger), listener, scrapeTime); err != nil {
		logger.WithError(err).Error("metrics are no longer served")
	}
}
