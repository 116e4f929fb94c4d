package jwksendpoint_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/keys"
)

// fixed is a JWK Set that never changes.
type fixed string

func (f fixed) PublicJWKS() []byte { return []byte(f) }

const public = `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","use":"enc","alg":"RSA-OAEP","kid":"k"}]}`

// ask sends one request to a handler.
func ask(h http.Handler, method string, header http.Header) *http.Response {
	r := httptest.NewRequest(method, "/jwks", nil)
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestHandlerPublishes(t *testing.T) {
	t.Parallel()
	if got := jwksendpoint.MaxAge.Seconds(); got != 300 {
		t.Errorf("MaxAge is %v seconds", got)
	}
	h := jwksendpoint.Handler(fixed(public))
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		resp := ask(h, method, nil)
		want := map[string]string{
			"Content-Type":           "application/jwk-set+json",
			"Cache-Control":          "public, max-age=300",
			"X-Content-Type-Options": "nosniff",
			"Last-Modified":          "",
			"Content-Length":         "85",
		}
		for name, value := range want {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", method, name, got, value)
			}
		}
		etag := resp.Header.Get("ETag")
		if len(etag) != 45 || etag[0] != '"' || etag[44] != '"' {
			t.Errorf("%s: ETag is %s, want a strong one", method, etag)
		}
		wantBody := map[string]string{http.MethodGet: public}[method]
		if got := bodyOf(t, resp); resp.StatusCode != http.StatusOK || got != wantBody {
			t.Errorf("%s: %d %q, want 200 %q", method, resp.StatusCode, got, wantBody)
		}
	}
}

func TestHandlerRefusesMethods(t *testing.T) {
	t.Parallel()
	h := jwksendpoint.Handler(fixed(public))
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND"} {
		resp := ask(h, method, nil)
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" ||
			resp.Header.Get("Cache-Control") != "no-store" || bodyOf(t, resp) != "" {
			t.Errorf("%s: %d, %v", method, resp.StatusCode, resp.Header)
		}
	}
}

func TestHandlerConditional(t *testing.T) {
	t.Parallel()
	h := jwksendpoint.Handler(fixed(public))
	etag := ask(h, http.MethodGet, nil).Header.Get("ETag")
	for _, tt := range []struct {
		name, value string
		want        int
	}{
		{"same", etag, http.StatusNotModified},
		{"weak", "W/" + etag, http.StatusNotModified},
		{"list", `"a", W/"b",` + etag + `, "c"`, http.StatusNotModified},
		{"any", "*", http.StatusNotModified},
		{"other", `"other"`, http.StatusOK},
		{"without quotes", strings.Trim(etag, `"`), http.StatusOK},
		{"empty", "", http.StatusOK},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			resp := ask(h, method, http.Header{"If-None-Match": {tt.value}})
			if resp.StatusCode != tt.want || resp.Header.Get("ETag") != etag || resp.Header.Get("Cache-Control") != "public, max-age=300" {
				t.Errorf("%s %s: %d, %v, want %d", method, tt.name, resp.StatusCode, resp.Header, tt.want)
			}
			if body := bodyOf(t, resp); (body == public) != (method == http.MethodGet && tt.want == http.StatusOK) {
				t.Errorf("%s %s: body is %q", method, tt.name, body)
			}
		}
	}
	// A date is no match: there is no Last-Modified.
	resp := ask(h, http.MethodGet, http.Header{"If-Modified-Since": {"Sat, 01 Jan 2050 00:00:00 GMT"}})
	if resp.StatusCode != http.StatusOK {
		t.Errorf("If-Modified-Since: %d, want 200", resp.StatusCode)
	}
}

func TestHandlerWithoutKeys(t *testing.T) {
	t.Parallel()
	var none *keys.Set
	for name, k := range map[string]jwksendpoint.PublicKeys{
		"nil": nil, "nil Set": none, "zero Set": &keys.Set{}, "nothing": fixed(""), "empty set": fixed(`{"keys":[]}`), "null": fixed(`{"keys":null}`), "spaced": fixed("{ \"keys\" : [ ] }\n"),
	} {
		for range 2 {
			resp := ask(jwksendpoint.Handler(k), http.MethodGet, nil)
			if resp.StatusCode != http.StatusNotFound || resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("ETag") != "" || bodyOf(t, resp) != "" {
				t.Errorf("%s: %d, %v, want a bare 404", name, resp.StatusCode, resp.Header)
			}
		}
	}
}

func TestHandlerNeverPublishesPrivateKeys(t *testing.T) {
	t.Parallel()
	documents := []string{
		`{"keys":[{"kty":"oct","K":"secret"}]}`,
		`{"keys":[{"kty":"RSA","n":"x"},{"kty":"RSA","\u0064":"secret"}]}`,
		`{"keys":[],"d":"secret"}`,
		`{"keys":[{"d":"secret"}],"keys":[{"kty":"RSA"}]}`,
		`{"keys":[{"kty":"RSA","x":{"y":[1,{"z":"a","d":"secret"}]}}]}`,
		`{"keys":[{"kty":"RSA","n":{},"d":"secret"}]}`,
		`{"keys":[{"kty":"RSA","n":[],"d":"secret"}]}`,
		`{"kty":"RSA","n":"AQAB"}`, // a JWK, not a set
		`{"Keys":[{"kty":"RSA"}]}`,
		`{"keys":{}}`, `{"keys":["secret"]}`, `{"keys":[null,"x"]}`,
		`[]`, `null`, `"keys"`, `{`, `secret`, `{"keys":[{"kty":"RSA"}]}{"d":"secret"}`, `{"keys":[{"kty":"RSA"}]}]`,
		public + `{}`,
	}
	for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv", "D", "Oth"} {
		documents = append(documents, `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","`+member+`":"secret"}]}`)
	}
	for _, document := range documents {
		h := jwksendpoint.Handler(fixed(document))
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
			resp := ask(h, method, http.Header{"If-None-Match": {"*"}})
			if body := bodyOf(t, resp); resp.StatusCode != http.StatusInternalServerError || body != "" || resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("ETag") != "" {
				t.Errorf("%s of %s: %d %q %v, want a bare 500", method, document, resp.StatusCode, body, resp.Header)
			}
		}
	}
	// Values are free to look like names, and numbers to be larger than ours.
	for _, document := range []string{`{"keys":[{"kty":"RSA","x":1e999}]}`, `{"keys":[{"kty":"RSA","kid":"d","x":["k","p"]}]}`, `{"keys":[{"kty":"RSA","x":[{},"d",[],"q"]}]}`} {
		if resp := ask(jwksendpoint.Handler(fixed(document)), http.MethodGet, nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d, want 200", document, resp.StatusCode)
		}
	}
}

// reloaded changes what it publishes.
type reloaded struct{ now atomic.Pointer[string] }

func (r *reloaded) PublicJWKS() []byte { return []byte(*r.now.Load()) }

func TestHandlerFollowsReload(t *testing.T) {
	t.Parallel()
	next := strings.Replace(public, `"k"`, `"next"`, 1)
	alike := strings.Replace(public, `"k"`, `"l"`, 1) // keys of one kind are as long as each other
	bad := strings.Replace(public, `"kid"`, `"d"`, 1)
	var k reloaded
	h := jwksendpoint.Handler(&k)
	var etags []string
	for _, tt := range []struct {
		document string
		want     int
	}{{public, 200}, {public, 200}, {next, 200}, {bad, 500}, {"", 404}, {public, 200}, {alike, 200}} {
		k.now.Store(&tt.document)
		resp := ask(h, http.MethodGet, nil)
		if body := bodyOf(t, resp); resp.StatusCode != tt.want || tt.want == 200 && body != tt.document {
			t.Errorf("%d %s, want %d %s", resp.StatusCode, body, tt.want, tt.document)
		}
		etags = append(etags, resp.Header.Get("ETag"))
	}
	if etags[0] != etags[1] || etags[0] == etags[2] || etags[0] != etags[5] || etags[5] == etags[6] {
		t.Errorf("ETags are %q", etags)
	}
}

// buffer publishes what its owner writes anew each time.
type buffer []byte

func (b buffer) PublicJWKS() []byte { return b }

// What was judged once is not believed of other bytes in the same place.
func TestHandlerOfABufferThatIsUsedAgain(t *testing.T) {
	t.Parallel()
	b := buffer(public)
	h := jwksendpoint.Handler(b)
	if resp := ask(h, http.MethodGet, nil); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d, want 200", resp.StatusCode)
	}
	copy(b, strings.Replace(public, `"n"`, `"d"`, 1))
	if resp := ask(h, http.MethodGet, nil); resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("with a private member: %d, want 500", resp.StatusCode)
	}
}

func TestHandlerIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var k reloaded
	documents := []string{public, strings.Replace(public, `"k"`, `"next"`, 1)}
	k.now.Store(&documents[0])
	server := httptest.NewServer(jwksendpoint.Handler(&k))
	t.Cleanup(server.Close)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				k.now.Store(&documents[(i+j)%2])
				resp, err := server.Client().Get(server.URL)
				if err != nil {
					t.Error(err)
					return
				}
				if body := bodyOf(t, resp); body != documents[0] && body != documents[1] {
					t.Errorf("body is %q", body)
				}
			}
		})
	}
	wg.Wait()
}

// A real set passes, and a server can encrypt with what was published.
func TestHandlerWithKeys(t *testing.T) {
	t.Parallel()
	for kty, alg := range map[string]string{"RSA": "RSA-OAEP", "EC": "ECDH-ES", "OKP": "ECDH-ES"} {
		pem, err := keys.Generate(kty)
		if err != nil {
			t.Fatal(err)
		}
		set, err := keys.Parse(pem, alg, "A256GCM")
		if err != nil {
			t.Fatal(err)
		}
		resp := ask(jwksendpoint.Handler(set), http.MethodGet, nil)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", kty, resp.StatusCode)
		}
		encrypter, err := keys.NewEncrypter([]byte(bodyOf(t, resp)), alg, "A256GCM")
		if err != nil {
			t.Fatal(err)
		}
		message, err := encrypter.Encrypt([]byte("hello"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := set.Decrypt(message); err != nil || string(got) != "hello" {
			t.Errorf("%s: Decrypt = %q, %v", kty, got, err)
		}
	}
}
