package rsprom_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsprom"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// countingCache knows how full it is.
type countingCache struct{ brokenCache }

func (countingCache) Len() int          { return 7 }
func (countingCache) Evictions() uint64 { return 3 }

type brokenCache struct{}

func (brokenCache) Get(context.Context, rs.CacheKey) (*rs.Introspection, bool, error) {
	return nil, false, errors.New("down")
}

func (brokenCache) Put(context.Context, rs.CacheKey, *rs.Introspection, time.Duration) error {
	return errors.New("down")
}

func newLRU(t *testing.T) rs.Cache {
	t.Helper()
	lru, err := rs.NewLRU(1000, nil)
	if err != nil {
		t.Fatal(err)
	}
	return lru
}

// With metrics around it a cache is still one.
func TestCacheConforms(t *testing.T) {
	t.Parallel()
	rstest.TestCache(t, func() rs.Cache {
		cache, err := rsprom.Cache(prometheus.NewRegistry(), newLRU(t))
		if err != nil {
			t.Fatal(err)
		}
		return cache
	})
}

func TestCacheMetrics(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		next rs.Cache
		want map[string]string
	}{
		{"lru", newLRU(t), map[string]string{
			`lasuite_rs_cache_calls_total{call="get",result="hit"}`:  "2",
			`lasuite_rs_cache_calls_total{call="get",result="miss"}`: "1",
			`lasuite_rs_cache_calls_total{call="put",result="ok"}`:   "1",
			`lasuite_rs_cache_entries`:                               "1",
			`lasuite_rs_cache_evictions_total`:                       "0",
		}},
		{"tiered", rs.Tiered(newLRU(t), brokenCache{}), map[string]string{`lasuite_rs_cache_entries`: "1"}},
		{"tiered, the near one does not know", rs.Tiered(brokenCache{}, newLRU(t)), map[string]string{`lasuite_rs_cache_entries`: "-"}},
		{"broken", brokenCache{}, map[string]string{
			`lasuite_rs_cache_calls_total{call="get",result="error"}`: "3",
			`lasuite_rs_cache_calls_total{call="put",result="error"}`: "1",
			`lasuite_rs_cache_entries`:                                "-",
			`lasuite_rs_cache_evictions_total`:                        "-",
		}},
		{"one that knows", countingCache{}, map[string]string{
			`lasuite_rs_cache_entries`:         "7",
			`lasuite_rs_cache_evictions_total`: "3",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			registry := prometheus.NewPedanticRegistry()
			cache, err := rsprom.Cache(registry, test.next)
			if err != nil {
				t.Fatal(err)
			}
			key, in := rs.CacheKey{1}, new(rs.Introspection)
			_, _, _ = cache.Get(t.Context(), key)
			_ = cache.Put(t.Context(), key, in, time.Minute)
			for range 2 {
				_, _, _ = cache.Get(t.Context(), key)
			}
			for name, want := range test.want {
				if got := value(t, registry, name); got != want {
					t.Errorf("%s: got %s, want %s", name, got, want)
				}
			}
		})
	}
}

func TestCacheRegistration(t *testing.T) {
	t.Parallel()
	if cache, err := rsprom.Cache(nil, brokenCache{}); err == nil || cache != nil {
		t.Errorf("got %v and %v without a registerer, want an error", cache, err)
	}
	registry := prometheus.NewRegistry()
	for side, reg := range map[string]prometheus.Registerer{
		"near": prometheus.WrapRegistererWith(prometheus.Labels{"side": "near"}, registry),
		"far":  prometheus.WrapRegistererWith(prometheus.Labels{"side": "far"}, registry),
	} {
		if _, err := rsprom.Cache(reg, brokenCache{}); err != nil {
			t.Errorf("%s: %v", side, err)
		}
	}
}
