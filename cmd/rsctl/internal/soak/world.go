package main

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

const (
	clientID = "documents"
	scope    = "documents"
	cacheTTL = time.Second
	grace    = time.Second // beyond cacheTTL, for a request that was under way
)

// token is one of those that clients send, and what is known of it.
type token struct {
	text    string
	subject string
	revoked atomic.Int64 // Unix nanoseconds; 0: good
}

// world is the authorization server and the tokens that it gave out.
type world struct {
	as     *devas.Server
	http   *http.Server
	secret string
	pem    []byte
	calls  atomic.Int64

	mu     sync.Mutex
	tokens []*token
	bad    []string // active or not, but never good here

	healthySince atomic.Int64 // Unix nanoseconds; 0: a fault is on
	fault        atomic.Value // string: the last one
}

func newWorld() (*world, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &world{secret: rand.Text()}
	if w.pem, err = keys.Generate("EC"); err != nil {
		return nil, err
	}
	set, err := keys.Parse(w.pem, "ECDH-ES", "A256GCM")
	if err != nil {
		return nil, err
	}
	w.as, err = devas.New(devas.Config{
		Issuer:     "http://" + listener.Addr().String(),
		OnExchange: func(devas.Exchange) { w.calls.Add(1) },
		Clients: []devas.Client{{
			ID: clientID, Secret: rs.Secret(w.secret), SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", EncryptionEnc: "A256GCM", JWKS: set.PublicJWKS(),
		}},
	})
	if err != nil {
		return nil, err
	}
	for range 200 {
		w.issue()
	}
	past := time.Now().Add(-time.Minute).Unix()
	w.bad = []string{
		w.as.Issue(devas.Claims{"scope": "openid"}), w.as.Issue(devas.Claims{"scope": scope, "exp": past}),
		w.as.Issue(devas.Claims{"scope": scope, "token_type": nil}), w.as.Issue(devas.Claims{"scope": scope, "cnf": map[string]string{"jkt": "x"}}),
		w.as.Issue(devas.Claims{"scope": scope, "iss": "https://stranger.example"}), w.as.Issue(devas.Claims{"scope": scope, "client_id": nil}),
	}
	w.healthySince.Store(time.Now().UnixNano())
	w.http = &http.Server{Handler: w.as, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = w.http.Serve(listener) }() // ends by close
	return w, nil
}

func (w *world) close() { _ = w.http.Close() }

func (w *world) issue() {
	w.mu.Lock()
	defer w.mu.Unlock()
	subject := "user-" + strconv.Itoa(len(w.tokens))
	w.tokens = append(w.tokens, &token{text: w.as.Issue(devas.Claims{"sub": subject, "scope": scope}), subject: subject})
}

// environment of rsctl serve: times are short, so that much happens.
func (w *world) environment() []string {
	return []string{
		"OIDC_OP_URL=" + w.as.Issuer(), "OIDC_OP_INTROSPECTION_ENDPOINT=" + w.as.IntrospectionEndpoint(), "OIDC_OP_JWKS_ENDPOINT=" + w.as.JWKSEndpoint(),
		"OIDC_RS_CLIENT_ID=" + clientID, "OIDC_RS_CLIENT_SECRET=" + w.secret, "OIDC_RS_SCOPES=" + scope, "OIDC_RS_BACKEND_CLASS=jwt",
		"OIDC_RS_PRIVATE_KEY_STR=" + string(w.pem), "OIDC_RS_ENCRYPTION_KEY_TYPE=EC", "OIDC_RS_ENCRYPTION_ALGO=ECDH-ES",
		"OIDC_RS_LISTEN=127.0.0.1:0", "OIDC_RS_LOG_FORMAT=json", "OIDC_RS_LOG_LEVEL=info",
		"OIDC_TIMEOUT=2s", "OIDC_RS_CACHE_TTL=" + cacheTTL.String(), "OIDC_RS_NEGATIVE_CACHE_TTL=500ms", "OIDC_RS_CLOCK_SKEW=0",
		"OIDC_RS_CIRCUIT_OPEN=500ms", "OIDC_RS_CREDENTIALS_PAUSE=500ms", "OIDC_RS_JWKS_COOLDOWN=500ms",
	}
}

// Times of the weather. After recovery of good weather nothing excuses the refusal of a good token: it is longer than
// the circuit breaker, the pause and the cool-down of the keys.
const (
	storm    = 1500 * time.Millisecond
	sunshine = 4 * time.Second
	recovery = 2500 * time.Millisecond
)

// weather lets one fault after the other come and go, in an order that the seed decides, and between them rotates keys,
// gives out tokens and revokes some. Two faults are left out: UnsupportedTokenType is a verdict about the token, and
// RateLimited asks for a minute of silence, which it gets.
func (w *world) weather(ctx context.Context, r *report, seed uint64) {
	random := mathrand.New(mathrand.NewPCG(seed, 0)) //nolint:gosec // G404: to be repeated, not to be secret
	faults := slices.DeleteFunc(devas.Faults(), func(f devas.Fault) bool { return f == devas.UnsupportedTokenType || f == devas.RateLimited })
	faults = append(faults, 404, 429, 500, 502, 503, 504)
	for i := 0; ; i++ {
		if i%len(faults) == 0 {
			random.Shuffle(len(faults), func(a, b int) { faults[a], faults[b] = faults[b], faults[a] })
		}
		fault := faults[i%len(faults)]
		w.healthySince.Store(0)
		w.fault.Store(fault.String())
		if fault >= devas.KeysDown { // seen only when keys are fetched
			_ = w.as.RotateKeys(false)
		}
		w.as.Fail(fault)
		r.note(r.faults, fault.String())
		if !wait(ctx, storm) {
			return
		}
		w.as.Heal()
		w.healthySince.Store(time.Now().UnixNano())
		if random.IntN(3) == 0 {
			overlap := random.IntN(2) == 0
			_ = w.as.RotateKeys(overlap)
			r.note(r.faults, fmt.Sprintf("(rotation, overlap %t)", overlap))
		}
		w.renew(random)
		if !wait(ctx, sunshine) {
			return
		}
	}
}

// renew revokes a few tokens and makes as many new ones.
func (w *world) renew(random *mathrand.Rand) {
	for range 5 {
		w.issue()
		w.mu.Lock()
		t := w.tokens[random.IntN(len(w.tokens))]
		w.mu.Unlock()
		if t.revoked.CompareAndSwap(0, time.Now().UnixNano()) {
			w.as.Revoke(t.text)
		}
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// warm lets a service do everything once: keys, cache, a connection to here.
func (w *world) warm(ctx context.Context, url string) error {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, t := range w.tokens[:10] {
		if status, _, err := whoami(ctx, client, url, t.text); err != nil || status != http.StatusOK {
			return fmt.Errorf("a good token: status %d, %w", status, err)
		}
	}
	return nil
}

// settle closes idle connections to the service, gives it time to end what is under way, and ends it.
func (w *world) settle(s *service) (usage, error) {
	w.http.SetKeepAlivesEnabled(false)
	defer w.http.SetKeepAlivesEnabled(true)
	wait(context.Background(), 4*time.Second) // longer than OIDC_TIMEOUT
	return s.end()
}
