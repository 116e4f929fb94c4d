package rs_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestMain looks for goroutines that were left behind. On a machine that is busy they may end later than the half second that goleak
// waits for them.
func TestMain(m *testing.M) {
	code := m.Run()
	leaks := goleak.Find()
	for tries := 0; leaks != nil && tries < 60; tries++ {
		leaks = goleak.Find()
	}
	if code == 0 && leaks != nil {
		_, _ = os.Stderr.WriteString("goroutines were left behind: " + leaks.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

const (
	issuer   = "https://as.example/api/v2"
	endpoint = issuer + "/introspection"
	jwksURL  = issuer + "/jwks"
	clientID = "rs-client"
	secret   = "s3cr:t +%é"
)

// epoch is when every test begins: the clock is a parameter.
var epoch = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// wire is an authorization server without a socket: each path has a handler.
type wire struct {
	mu       sync.Mutex
	handlers map[string]http.HandlerFunc
	calls    map[string]int
}

func newWire() *wire {
	return &wire{handlers: map[string]http.HandlerFunc{}, calls: map[string]int{}}
}

func (w *wire) on(url string, h http.HandlerFunc) *wire {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.handlers[strings.TrimPrefix(url, "https://as.example")] = h
	return w
}

func (w *wire) count(url string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[strings.TrimPrefix(url, "https://as.example")]
}

// RoundTrip answers in memory and obeys the request's context, as net/http does.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	h := w.handlers[r.URL.Path]
	w.calls[r.URL.Path]++
	w.mu.Unlock()
	if h == nil {
		return nil, errors.New("nobody listens at " + r.URL.Path)
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	done := make(chan *http.Response, 1)
	go func() {
		defer func() { _ = recover() }() // http.ErrAbortHandler
		rec := httptest.NewRecorder()
		h(rec, r)
		done <- rec.Result()
	}()
	select {
	case resp := <-done:
		resp.Request = r
		return resp, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// answers is a handler with one fixed answer.
func answers(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func jsonAnswer(body string) http.HandlerFunc { return answers(200, "application/json", body) }

// claims are the facts of a good token; changes override them, nil removes.
func claims(changes map[string]any) map[string]any {
	all := map[string]any{
		"active": true, "sub": "alice", "client_id": "docs", "scope": "groups profile", "token_type": "Bearer",
		"iss": issuer, "exp": epoch.Add(time.Hour).Unix(), "iat": epoch.Unix(), "username": "Alice",
	}
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func good() http.HandlerFunc { return jsonAnswer(mustJSON(claims(nil))) }

// clock is a clock that tests set.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock { c := &clock{}; c.nanos.Store(epoch.UnixNano()); return c }

func (c *clock) Now() time.Time          { return time.Unix(0, c.nanos.Load()) }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }

// config is a complete configuration for JSON against w. Its time-outs run on the real clock, so they are long: a machine that is busy fails
// no test.
func config(w *wire) rs.Config {
	return rs.Config{
		Issuer: issuer, IntrospectionEndpoint: endpoint, ClientID: clientID, ClientSecret: secret,
		AcceptedScopes: []string{"groups", "documents"},
		HTTPClient:     &http.Client{Transport: w},
		Now:            func() time.Time { return epoch },
		Timeout:        time.Minute,
	}
}

func newServer(t testing.TB, cfg rs.Config) *rs.Server {
	t.Helper()
	s, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// refusal checks kind and reason exactly.
func refusal(t testing.TB, err error, kind rs.Kind, reason rs.Reason) *rs.Error {
	t.Helper()
	e, ok := errors.AsType[*rs.Error](err)
	if !ok {
		t.Fatalf("got error %v, want an *rs.Error", err)
	}
	if e.Kind != kind || e.Reason != reason {
		t.Fatalf("got %v / %q (%v), want %v / %q", e.Kind, e.Reason, e.Err, kind, reason)
	}
	if causeless(e) {
		t.Fatalf("%v / %q without a cause", kind, reason)
	}
	return e
}

// causeless: what went wrong here or elsewhere has a cause, which is all that an operator has to go by.
func causeless(e *rs.Error) bool {
	switch e.Reason {
	case rs.ReasonTokenSignature, rs.ReasonTokenKey, rs.ReasonTokenClaims: // what is wrong with a token that says so much of itself
		return e.Err == nil
	}
	return e.Err == nil && (e.Kind == rs.ErrUnavailable || e.Kind == rs.ErrInternal)
}

// outcome is "" for an accepted token, else its reason, which is followed by the kind if it is not the one that belongs to it.
func outcome(s *rs.Server, token string) rs.Reason {
	_, err := s.Authenticate(context.Background(), token)
	if err == nil {
		return ""
	}
	e := rs.AsError(err)
	if want := kindOf(e.Reason); e.Kind != want {
		return e.Reason + rs.Reason(" as "+e.Kind.String())
	}
	if causeless(e) {
		return e.Reason + " without a cause"
	}
	return e.Reason
}

// kindOf is the one kind that each reason of a decision has: whom a failure is blamed on decides whether clients throw their
// tokens away.
func kindOf(reason rs.Reason) rs.Kind {
	switch reason {
	case rs.ReasonMalformedAuthorization, rs.ReasonTokenTooLong:
		return rs.ErrInvalidRequest
	case rs.ReasonInactive, rs.ReasonUnsupportedToken, rs.ReasonIssuer, rs.ReasonExpired, rs.ReasonNotYetValid, rs.ReasonTokenType,
		rs.ReasonTokenTypeMissing, rs.ReasonSenderConstrained, rs.ReasonAudienceMissing, rs.ReasonAudienceNotAllowed, rs.ReasonTokenAudience,
		rs.ReasonTokenFormat, rs.ReasonTokenEncryption, rs.ReasonTokenSignature, rs.ReasonTokenKey, rs.ReasonTokenClaims:
		return rs.ErrInvalidToken
	case rs.ReasonInsufficientScope:
		return rs.ErrInsufficientScope
	case rs.ReasonClientCredentials, rs.ReasonMetadataMismatch, rs.ReasonUnexpected:
		return rs.ErrInternal
	}
	return rs.ErrUnavailable
}

func request(lines ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://rs.example/api", nil)
	if lines != nil {
		r.Header["Authorization"] = lines
	}
	return r
}

func form(t testing.TB, r *http.Request) url.Values {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	v, err := url.ParseQuery(string(body))
	if err != nil {
		t.Error(err)
	}
	return v
}
