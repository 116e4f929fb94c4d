package rs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// replay answers at once with what it was told to, in the goroutine of the call: fuzzing wants no more of them than needed.
type replay struct{ jwks, body string }

func (r *replay) RoundTrip(req *http.Request) (*http.Response, error) {
	contentType, body := responseType, r.body
	if strings.HasSuffix(req.URL.Path, "/jwks") {
		contentType, body = "application/json", r.jwks
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: req, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// unwrapper is a server, signed-only or not, which asks about every token anew.
func unwrapper(t testing.TB, wire *replay, signedOnly bool) *rs.Server {
	cfg := config(nil)
	cfg.HTTPClient, cfg.JWKSEndpoint, cfg.Format, cfg.Decrypter = &http.Client{Transport: wire}, jwksURL, rs.JWT, forging().decrypter
	if signedOnly {
		cfg.Format = rs.JWTSigned
	}
	cfg.CacheSize, cfg.NegativeCacheSize, cfg.CircuitOpen, cfg.CredentialsPause, cfg.NoRetry = -1, -1, -1, -1, true
	return newServer(t, cfg)
}

// allocated is how many bytes this process has ever asked for, give or take what its processors hold in small pieces.
func allocated() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// FuzzUnwrap goes the whole way of an RFC 9701 answer. The input is no answer but how to spoil one: which members, headers,
// algorithms, keys, layers and bytes to change, before or after signing and encrypting, so that what is wrong deep inside gets past
// the layers around it. An answer may be accepted, and a token be called bad, only if the oracle finds its envelope right.
func FuzzUnwrap(f *testing.F) {
	wire := &replay{jwks: forging().jwks()}
	servers := [...]*rs.Server{unwrapper(f, wire, false), unwrapper(f, wire, true)}
	for _, seed := range unwrapSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		d := &dough{input}
		which := d.next() % 2
		r := newRecipe(which == 1)
		for range 12 {
			if len(d.data) > 0 {
				r.mutate(d)
			}
		}
		body := r.cook()
		wire.body = string(body)
		before := allocated()
		principal, err := servers[which].Authenticate(context.Background(), "token")
		// Finding duplicate members costs up to some 36 times the size of what is deeply nested.
		if spent, bound := allocated()-before, int64(2<<20+48*len(body)); spent > bound {
			t.Errorf("%d bytes allocated for an answer of %d, want at most %d", spent, len(body), bound)
		}
		judge(t, body, which == 1, principal, err)
	})
}

// judge compares a verdict with the oracle's.
func judge(t *testing.T, body []byte, signedOnly bool, principal *rs.Principal, err error) {
	t.Helper()
	in, wrong := rightAnswer(body, signedOnly)
	if err == nil {
		if wrong == nil {
			wrong = rightToken(in)
		}
		if wrong != nil || principal.Subject != in.string("sub") || principal.ClientID != in.string("client_id") {
			t.Fatalf("accepted (%v), as %q from %q: %q", wrong, principal.Subject, principal.ClientID, shortened(body))
		}
		return
	}
	e := rs.AsError(err)
	switch {
	case errors.Is(err, rs.ErrUnavailable):
	case (errors.Is(err, rs.ErrInvalidToken) || errors.Is(err, rs.ErrInsufficientScope)) && wrong == nil:
	default:
		t.Fatalf("%v (%v), though the envelope says: %v: %q", e.Kind, e, wrong, shortened(body))
	}
}

func shortened(body []byte) []byte { return body[:min(len(body), 4096)] }

// unwrapSeeds has every kind of change once, and every choice of it.
func unwrapSeeds() [][]byte {
	seeds := [][]byte{{0}, {1}}
	for object := range byte(4) {
		for what := range byte(10) {
			for at := range byte(4) {
				seeds = append(seeds, []byte{0, object, what, at, at + 1, 3}, []byte{1, object, what, at, 5 * at, 40})
			}
		}
		for n := range byte(len(names)) {
			seeds = append(seeds, []byte{0, object, 0, n, n}, []byte{0, object, 0, n, 3}) // a name with some value, and with 0
		}
		seeds = append(seeds, []byte{0, object, 19, 12}, []byte{1, object, 19, 16})
	}
	for choice := range byte(20) {
		for what := byte(10); what < 17; what++ {
			seeds = append(seeds, []byte{choice, 0, what, choice}, []byte{choice, 0, what, choice % 3, choice})
		}
		for segment := range byte(5) {
			seeds = append(seeds, []byte{0, 0, 17, segment, choice, 9, 1, 0}, []byte{1, 0, 17, segment, choice, 9, 1, 1})
		}
	}
	return seeds
}

// TestUnwrapAcceptsWhatIsRight keeps FuzzUnwrap from being satisfied by a server that refuses everything.
func TestUnwrapAcceptsWhatIsRight(t *testing.T) {
	t.Parallel()
	for _, signedOnly := range []bool{false, true} {
		wire := &replay{jwks: forging().jwks(), body: string(bytes.Clone(newRecipe(signedOnly).cook()))}
		principal, err := unwrapper(t, wire, signedOnly).Authenticate(t.Context(), "token")
		if err != nil {
			t.Fatal(err)
		}
		judge(t, []byte(wire.body), signedOnly, principal, err)
	}
}
