package rsprom

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Cache is next with metrics, registered with reg: the calls and how they ended and, if next has a method Len() int, the
// number of its entries and, if it has a method Evictions() uint64, how many of them had to make room for others.
// Those of rs.NewLRU have both, and so has rs.Tiered with one in front. It is as safe for concurrent use as next. It fails as
// [New] does.
//
// An [Observer] counts hits and misses without it, and [Observer.Watch] looks into the caches that a server makes
// itself; this is for rs.Config.Cache, in Redis for one, and for each side of rs.Tiered.
func Cache(reg prometheus.Registerer, next rs.Cache) (rs.Cache, error) {
	calls := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: "cache", Name: "calls_total",
		Help: "Calls to the cache by how they ended.",
	}, []string{"call", "result"})
	metrics := []prometheus.Collector{calls}
	if sized, ok := next.(interface{ Len() int }); ok {
		metrics = append(metrics, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Subsystem: "cache", Name: "entries",
			Help: "Entries in the cache, those past their time included.",
		}, func() float64 { return float64(sized.Len()) }))
	}
	if evicting, ok := next.(interface{ Evictions() uint64 }); ok {
		metrics = append(metrics, prometheus.NewCounterFunc(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: "cache", Name: "evictions_total",
			Help: "Entries that had to make room for others.",
		}, func() float64 { return float64(evicting.Evictions()) }))
	}
	c := &cache{
		next: next,
		hit:  calls.WithLabelValues("get", "hit"), miss: calls.WithLabelValues("get", "miss"), getError: calls.WithLabelValues("get", "error"),
		put: calls.WithLabelValues("put", ok), putError: calls.WithLabelValues("put", "error"),
	}
	if err := register(reg, metrics...); err != nil {
		return nil, err
	}
	return c, nil
}

type cache struct {
	next                               rs.Cache
	hit, miss, getError, put, putError prometheus.Counter
}

func (c *cache) Get(ctx context.Context, key rs.CacheKey) (*rs.Introspection, bool, error) {
	in, found, err := c.next.Get(ctx, key)
	switch {
	case err != nil:
		c.getError.Inc()
	case found:
		c.hit.Inc()
	default:
		c.miss.Inc()
	}
	return in, found, err
}

func (c *cache) Put(ctx context.Context, key rs.CacheKey, in *rs.Introspection, ttl time.Duration) error {
	err := c.next.Put(ctx, key, in, ttl)
	if err != nil {
		c.putError.Inc()
		return err
	}
	c.put.Inc()
	return nil
}
