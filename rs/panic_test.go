package rs_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// panicsOnce is an Observer that panics at the begin or the end of one operation, and goes well before and after.
type panicsOnce struct {
	op    rs.Op
	begin bool
	at    int32 // which operation of that name; 1 is the first
	seen  atomic.Int32
}

func (p *panicsOnce) Begin(ctx context.Context, op rs.Op) context.Context {
	p.tell(op, true)
	return ctx
}

func (p *panicsOnce) End(_ context.Context, ev rs.Event) { p.tell(ev.Op, false) }

func (p *panicsOnce) tell(op rs.Op, begin bool) {
	if op == p.op && begin == p.begin && p.seen.Add(1) == p.at {
		panic("the token")
	}
}

// TestAPanicIsReported by the operation in which it happened, and not as its success.
func TestAPanicIsReported(t *testing.T) {
	t.Parallel()
	broken := func(cfg rs.Config) rs.Config {
		cfg.HTTPClient = &http.Client{Transport: panickingTransport{}}
		return cfg
	}
	discovering := config(newWire())
	discovering.IntrospectionEndpoint = ""
	decrypting := localConfig(newWire())
	decrypting.Decrypter = brokenDecrypter{}
	for op, c := range map[rs.Op]struct {
		cfg   rs.Config
		token string
	}{
		rs.OpIntrospect:    {broken(config(newWire())), "token"},
		rs.OpFetchMetadata: {broken(discovering), "token"},
		rs.OpFetchKeys:     {broken(localConfig(newWire())), accessToken(t, nil, nil)},
		rs.OpVerify:        {decrypting, encrypt(t, nil, accessToken(t, nil, nil))},
	} {
		seen := &recorder{}
		c.cfg.Observer = seen
		_, err := newServer(t, c.cfg).Authenticate(t.Context(), c.token)
		refusal(t, err, rs.ErrInternal, rs.ReasonUnexpected)
		if events := seen.of(op); len(events) != 1 || reason(events[0].Err) != rs.ReasonUnexpected {
			t.Errorf("%s: reported as %v", op, events)
		}
	}
}

// TestAPanicBesideTheRequestsIsNoCrash: what runs beside the requests has no handler around it, whose recovery would catch
// a panic. It must end neither the process nor the work that the next request needs.
func TestAPanicBesideTheRequestsIsNoCrash(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		op    rs.Op
		at    int32
		setUp func(*signing) rs.Config
		cause func(*testing.T, *signing, *rs.Server)
	}{
		{"first keys", rs.OpFetchKeys, 1, (*signing).config, func(t *testing.T, _ *signing, s *rs.Server) {
			_, err := s.Authenticate(t.Context(), "token")
			refusal(t, err, rs.ErrInternal, rs.ReasonUnexpected)
			time.Sleep(time.Second)
		}},
		{"refresh of keys", rs.OpFetchKeys, 2, (*signing).config, func(t *testing.T, _ *signing, s *rs.Server) {
			for range 2 {
				if got := outcome(s, "token"); got != "" {
					t.Errorf("with keys at hand: %q", got)
				}
				time.Sleep(11 * time.Minute)
			}
		}},
		{"metadata", rs.OpFetchMetadata, 1, func(a *signing) rs.Config {
			cfg := a.config()
			cfg.Format, cfg.JWKSEndpoint, cfg.IntrospectionEndpoint = rs.JSON, "", ""
			a.on(endpoint, jsonAnswer(mustJSON(claims(object{"exp": nil}))))
			a.on("/.well-known/oauth-authorization-server/api/v2", jsonAnswer(mustJSON(object{"issuer": issuer, "introspection_endpoint": endpoint})))
			return cfg
		}, func(t *testing.T, _ *signing, s *rs.Server) {
			_, err := s.Authenticate(t.Context(), "token")
			refusal(t, err, rs.ErrInternal, rs.ReasonUnexpected)
			time.Sleep(time.Second)
		}},
		{"second opinion", rs.OpIntrospect, 2, func(a *signing) rs.Config {
			a.on(endpoint, answers(401, "", ""))
			cfg := a.config()
			cfg.Format, cfg.JWKSEndpoint = rs.JSON, ""
			return cfg
		}, func(t *testing.T, a *signing, s *rs.Server) {
			_, err := s.Authenticate(t.Context(), "token")
			refusal(t, err, rs.ErrInternal, rs.ReasonClientCredentials)
			synctest.Wait()
			a.on(endpoint, jsonAnswer(mustJSON(claims(object{"exp": nil}))))
		}},
	} {
		for _, begin := range []bool{true, false} {
			t.Run(c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					a := newSigning(t)
					cfg := c.setUp(a)
					observer := &panicsOnce{op: c.op, begin: begin, at: c.at}
					cfg.Observer = observer
					s := newServer(t, cfg)
					c.cause(t, a, s)
					synctest.Wait()
					if observer.seen.Load() < c.at {
						t.Fatal("there was no panic")
					}
					if got := outcome(s, "token"); got != "" {
						t.Errorf("afterwards: %q", got)
					}
				})
			})
		}
	}
}
