package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

var testKey = bytes.Repeat([]byte("k"), 32)

func newCache(t *testing.T, options *redis.Options, key []byte) *sealedCache {
	t.Helper()
	cache, err := newSealedCache(options, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.client.Close() })
	return cache
}

// patient is for tests that want Redis to answer, on however slow a machine.
func patient(m *miniredis.Miniredis) *redis.Options {
	return &redis.Options{Addr: m.Addr(), DialTimeout: time.Minute, ReadTimeout: time.Minute, WriteTimeout: time.Minute, PoolTimeout: time.Minute}
}

func TestSealedCache(t *testing.T) {
	rstest.TestCacheWithClock(t, func(t *testing.T) (rs.Cache, func(time.Duration)) {
		m := miniredis.RunT(t)
		return newCache(t, patient(m), testKey), m.FastForward
	})
}

func TestBehindAnLRU(t *testing.T) {
	rstest.TestCacheWithClock(t, func(t *testing.T) (rs.Cache, func(time.Duration)) {
		m, now := miniredis.RunT(t), time.Now()
		near, err := rs.NewLRU(1000, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		return rs.Tiered(near, newCache(t, patient(m), testKey)), func(d time.Duration) {
			now = now.Add(d)
			m.FastForward(d)
		}
	})
}

func TestAKeyOfAnotherLength(t *testing.T) {
	if _, err := newSealedCache(&redis.Options{}, testKey[1:]); err == nil {
		t.Error("taken")
	}
}

// TestAHangingRedisIsGivenUp: with the settings that go-redis has by default, this test would not end before its own time.
func TestAHangingRedisIsGivenUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	long := time.Hour
	cache := newCache(t, &redis.Options{Addr: silent.Addr().String(), DialTimeout: long, ReadTimeout: long, WriteTimeout: long, PoolTimeout: long}, testKey)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, found, err := cache.Get(ctx, rs.CacheKey{}); found || err == nil {
		t.Errorf("found %t, error %v", found, err)
	}
	if err := cache.Put(ctx, rs.CacheKey{}, nil, 1); err == nil {
		t.Error("stored")
	}
}

// replicas are two servers with the same settings, as two processes would have them.
func replicas(t *testing.T, as *rstest.Server, m *miniredis.Miniredis) (one, other *rs.Server) {
	t.Helper()
	server := func() *rs.Server {
		cfg := as.Config()
		cfg.CacheSize = 100
		s, err := newServer(cfg, newCache(t, patient(m), testKey))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close(context.Background()) })
		return s
	}
	return server(), server()
}

func accepts(t *testing.T, s *rs.Server, token string) bool {
	t.Helper()
	_, err := s.Authenticate(t.Context(), token)
	return err == nil
}

func TestANewTokenIsOneCall(t *testing.T) {
	as := rstest.NewServer(t)
	one, other := replicas(t, as, miniredis.RunT(t))
	token := as.Issue(nil)
	for range 10 {
		if !accepts(t, one, token) || !accepts(t, other, token) {
			t.Error("refused")
		}
	}
	if n := len(as.Introspections()); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// TestRedisKnowsNothing: neither the token nor what it says about a person.
func TestRedisKnowsNothing(t *testing.T) {
	as, m := rstest.NewServer(t), miniredis.RunT(t)
	one, _ := replicas(t, as, m)
	token := as.Issue(rstest.Claims{"sub": "alice"})
	accepts(t, one, token)
	kept := m.Dump()
	if len(m.Keys()) != 1 || strings.Contains(kept, token) || strings.Contains(kept, "alice") || strings.Contains(kept, "active") {
		t.Errorf("Redis has %s", kept)
	}
}

// TestWhoWritesToRedisLetsNobodyIn: what does not open is asked for.
func TestWhoWritesToRedisLetsNobodyIn(t *testing.T) {
	for name, forge := range map[string]func(good string) string{
		"another token's entry": func(good string) string { return good },
		"damaged":               func(good string) string { return good[1:] },
		"cut off":               func(string) string { return "x" },
		"not sealed":            func(string) string { return `{"received":1,"response":{"active":true}}` },
		"nothing":               func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			as, m := rstest.NewServer(t), miniredis.RunT(t)
			one, other := replicas(t, as, m)
			alices, revoked := as.Issue(nil), as.Issue(nil)
			accepts(t, one, alices)
			good, err := m.Get(m.Keys()[0])
			if err != nil {
				t.Fatal(err)
			}
			m.FlushAll()
			accepts(t, one, revoked)
			as.Revoke(revoked)
			if err := m.Set(m.Keys()[0], forge(good)); err != nil {
				t.Fatal(err)
			}
			if accepts(t, other, revoked) {
				t.Error("accepted")
			}
		})
	}
}

// TestWithoutRedis: then every replica asks for itself.
func TestWithoutRedis(t *testing.T) {
	as, m := rstest.NewServer(t), miniredis.RunT(t)
	one, other := replicas(t, as, m)
	m.Close()
	token := as.Issue(nil)
	for range 3 {
		if !accepts(t, one, token) || !accepts(t, other, token) {
			t.Error("refused")
		}
	}
	if n := len(as.Introspections()); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}
