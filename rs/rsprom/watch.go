package rsprom

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Watch adds what the caches of server hold, at the time of each scrape: those that it made itself (see rs.CacheStats).
// It is an *rs.Server or *rs.Issuers. Several are added up.
func (o *Observer) Watch(server interface{ CacheStats() rs.CacheStats }) {
	o.caches.mu.Lock()
	defer o.caches.mu.Unlock()
	o.caches.servers = append(o.caches.servers, server)
}

// caches collects from the servers that are watched.
type caches struct {
	entries, evictions *prometheus.Desc

	mu      sync.Mutex
	servers []interface{ CacheStats() rs.CacheStats }
}

func newCaches() *caches {
	name := func(metric string) string { return prometheus.BuildFQName(namespace, "lru", metric) }
	return &caches{
		entries: prometheus.NewDesc(name("entries"),
			"Entries in the caches that the server made itself, those past their time included.", []string{"holds"}, nil),
		evictions: prometheus.NewDesc(name("evictions_total"),
			"Entries of these caches that had to make room for others.", []string{"holds"}, nil),
	}
}

func (c *caches) Describe(descs chan<- *prometheus.Desc) {
	descs <- c.entries
	descs <- c.evictions
}

func (c *caches) Collect(metrics chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.servers) == 0 {
		return
	}
	sum := map[string]rs.CacheFill{}
	for _, server := range c.servers {
		stats := server.CacheStats()
		for holds, fill := range map[string]rs.CacheFill{"active": stats.Active, "inactive": stats.Inactive, "userinfo": stats.UserInfo} {
			sum[holds] = rs.CacheFill{Entries: sum[holds].Entries + fill.Entries, Evictions: sum[holds].Evictions + fill.Evictions}
		}
	}
	for holds, fill := range sum {
		metrics <- prometheus.MustNewConstMetric(c.entries, prometheus.GaugeValue, float64(fill.Entries), holds)
		metrics <- prometheus.MustNewConstMetric(c.evictions, prometheus.CounterValue, float64(fill.Evictions), holds)
	}
}
