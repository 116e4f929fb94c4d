package rstest_test

import (
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

func newLRU() rs.Cache {
	cache, err := rs.NewLRU(1000, nil)
	if err != nil {
		panic(err)
	}
	return cache
}

func TestCacheLRU(t *testing.T) { rstest.TestCache(t, newLRU) }

func TestCacheTiered(t *testing.T) {
	rstest.TestCache(t, func() rs.Cache { return rs.Tiered(newLRU(), newLRU()) })
}

func TestCacheSplitLRU(t *testing.T) {
	rstest.TestCache(t, func() rs.Cache {
		cache, err := rs.NewLRU(100_000, nil) // large enough to be split into parts
		if err != nil {
			panic(err)
		}
		return cache
	})
}
