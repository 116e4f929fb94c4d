package rs_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// hostileAnswers are answers that hold together but for one thing, each signed and encrypted with the right keys where that
// helps it to get further.
var hostileAnswers = []struct {
	name        string
	spoil       func(*recipe)
	signed, jwt rs.Reason // what JWTSigned and JWT make of it
}{
	{"nothing wrong", func(*recipe) {}, "", ""},

	// Algorithm confusion (RFC 8725 sections 2.1 and 3.1).
	{"alg none", func(r *recipe) { set(&r.jws, "alg", `"none"`); r.signature = 3 }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"alg none in odd case", func(r *recipe) { set(&r.jws, "alg", `"nOnE"`); r.signature = 3 }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"no signature under the right alg", func(r *recipe) { r.signature = 3 }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"HMAC with the public key", func(r *recipe) { set(&r.jws, "alg", `"HS256"`); r.signature = 2 }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"the right signature under alg HS256", func(r *recipe) { set(&r.jws, "alg", `"HS256"`) }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"the right signature under alg ES384", func(r *recipe) { set(&r.jws, "alg", `"ES384"`) }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"the right signature under no alg", func(r *recipe) { drop(&r.jws, "alg") }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"a signature in ASN.1", func(r *recipe) { r.signature = 4 }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"a signature of zeros", func(r *recipe) { r.signature = 5 }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"the key comes along", func(r *recipe) {
		r.signature = 1
		set(&r.jws, "jwk", strangersJWK())
		set(&r.jws, "jku", `"https://evil.example/jwks"`)
	}, rs.ReasonResponseSignature, rs.ReasonResponseSignature},

	// Extensions that change what a message means (RFC 7515 section 4.1.11, RFC 7797, RFC 7516 section 4.1.3).
	{"crit", func(r *recipe) { set(&r.jws, "crit", `["exp"]`) }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"b64", func(r *recipe) { set(&r.jws, "b64", `false`) }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"crit around the JWE", func(r *recipe) { set(&r.jwe, "crit", `["exp"]`) }, "", rs.ReasonResponseEncryption},
	{"zip, with something compressed", func(r *recipe) { r.compressed = true }, "", rs.ReasonResponseEncryption},
	{"a zip bomb", func(r *recipe) { r.compressed = true; r.around[0] = "%s" + strings.Repeat(" ", 32<<20) }, rs.ReasonTooLarge, rs.ReasonResponseEncryption},

	// Key management that we never offered, and its knobs.
	{"p2c", func(r *recipe) {
		set(&r.jwe, "alg", `"PBES2-HS256+A128KW"`)
		set(&r.jwe, "p2c", `2147483647`)
		set(&r.jwe, "p2s", `"AAAAAAAAAAA"`)
	}, "", rs.ReasonResponseEncryption},
	{"dir", func(r *recipe) { set(&r.jwe, "alg", `"dir"`) }, "", rs.ReasonResponseEncryption},
	{"key wrapping with nothing wrapped", func(r *recipe) { set(&r.jwe, "alg", `"ECDH-ES+A256KW"`) }, "", rs.ReasonResponseEncryption},
	{"another content encryption, rightly done", func(r *recipe) { r.enc = 1; set(&r.jwe, "enc", `"A128GCM"`) }, "", rs.ReasonResponseEncryption},
	{"for somebody else", func(r *recipe) { r.recipient = 1 }, "", rs.ReasonResponseEncryption},
	{"a tag of 8 bytes", func(r *recipe) { r.jweEdits = []edit{{4, 1, 8, 0}} }, "", rs.ReasonResponseEncryption},
	{"the border of the tag moved", func(r *recipe) { r.jweEdits = []edit{{4, 10, 8, 0}} }, "", rs.ReasonResponseEncryption},
	{"an encrypted key where none belongs", func(r *recipe) { r.jweEdits = []edit{{1, 2, 0, 1}} }, "", rs.ReasonResponseEncryption},

	// Layers (RFC 7519 section 11.2).
	{"encrypted, then signed", func(r *recipe) { r.layers = "es" }, rs.ReasonResponseClaims, rs.ReasonResponseEncryption},
	{"encrypted only", func(r *recipe) { r.layers = "e" }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"neither", func(r *recipe) { r.layers = "" }, rs.ReasonResponseSignature, rs.ReasonResponseEncryption},
	{"signed twice", func(r *recipe) { r.layers = "ss" }, rs.ReasonResponseClaims, rs.ReasonResponseEncryption},
	{"encrypted twice", func(r *recipe) { r.layers = "see" }, rs.ReasonResponseSignature, rs.ReasonResponseSignature},
	{"signed twice inside", func(r *recipe) { r.layers = "sse" }, rs.ReasonResponseSignature, rs.ReasonResponseClaims},

	// Sizes. The body may have 1 MiB.
	{"a header of 700 KB", func(r *recipe) { r.around[1], r.around[2] = wide(700<<10), wide(700<<10) }, rs.ReasonResponseSignature, rs.ReasonTooLarge},
	{"a JWE header of 700 KB", func(r *recipe) { r.around[2] = wide(700 << 10) }, "", rs.ReasonResponseEncryption},
	{"a header nested 3000 levels deep", func(r *recipe) { set(&r.jws, "x", deep(3000)); set(&r.jwe, "x", deep(3000)) }, rs.ReasonResponseSignature, rs.ReasonResponseEncryption},
	{"claims nested 100000 levels deep", func(r *recipe) { set(&r.claims, "x", deep(100000)) }, rs.ReasonResponseClaims, rs.ReasonResponseClaims},
	{"facts nested 100000 levels deep", func(r *recipe) { set(&r.inner, "x", deep(100000)) }, rs.ReasonResponseClaims, rs.ReasonResponseClaims},
	{"brackets that never close", func(r *recipe) { r.around[0] = strings.Repeat(`{"a":`, 100000) + "%s" }, rs.ReasonResponseClaims, rs.ReasonResponseClaims},
	{"30000 members", func(r *recipe) { r.inner = append(r.inner, many(30000)...) }, "", ""},
	{"a number of 300000 digits", func(r *recipe) { set(&r.inner, "exp", strings.Repeat("9", 300000)) }, rs.ReasonBody, rs.ReasonBody},
	{"an exponent beyond all", func(r *recipe) { set(&r.inner, "exp", "1e999999999") }, rs.ReasonBody, rs.ReasonBody},
	{"an audience of 50000", func(r *recipe) { set(&r.inner, "aud", `["a"`+strings.Repeat(`,"a"`, 50000)+"]") }, "", ""},
	{"a scope of 300 KB", func(r *recipe) { set(&r.inner, "scope", `"groups`+strings.Repeat(" x", 150000)+`"`) }, "", ""},
	{"50000 escapes", func(r *recipe) { set(&r.inner, "sub", `"`+strings.Repeat(`\u0061`, 50000)+`"`) }, "", ""},
}

func set(pairs *[]pair, name, value string) {
	drop(pairs, name)
	*pairs = append(*pairs, pair{quote(name), value})
}

func drop(pairs *[]pair, name string) {
	var kept []pair
	for _, p := range *pairs {
		if p.name != quote(name) {
			kept = append(kept, p)
		}
	}
	*pairs = kept
}

func wide(n int) string { return "%s" + strings.Repeat(" ", n) }
func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func many(n int) []pair {
	pairs := make([]pair, n)
	for i := range pairs {
		pairs[i] = pair{quote("m" + strings.Repeat("x", i%3) + string(rune('a'+i%26)) + b64([]byte{byte(i >> 16), byte(i >> 8), byte(i)})), "1"}
	}
	return pairs
}

func strangersJWK() string {
	point := must(forging().stranger.PublicKey.Bytes())
	return `{"kty":"EC","crv":"P-256","x":"` + b64(point[1:33]) + `","y":"` + b64(point[33:]) + `"}`
}

// TestHostileAnswers: each is refused for the right reason, and none costs more memory than some times its size.
func TestHostileAnswers(t *testing.T) {
	for _, c := range hostileAnswers {
		for _, signedOnly := range []bool{true, false} {
			name, want := c.name+"/jwt", c.jwt
			if signedOnly {
				name, want = c.name+"/jwt-signed", c.signed
			}
			t.Run(name, func(t *testing.T) {
				r := newRecipe(signedOnly)
				c.spoil(r)
				wire := &replay{jwks: forging().jwks(), body: string(r.cook())}
				s := unwrapper(t, wire, signedOnly)
				warm(t, s, wire, signedOnly)
				got, spent := cost(s)
				t.Logf("%d KiB for %d KiB", spent>>10, len(wire.body)>>10)
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if bound := bound(wire.body); spent > bound {
					t.Errorf("%d bytes allocated, want at most %d", spent, bound)
				}
			})
		}
	}
}

// bound is what reading an answer may cost. The worst are tens of thousands of members: each name is kept until the end, to find
// duplicates, and that costs some 36 times what they take on the wire.
func bound(body string) uint64 { return uint64(128<<10 + 40*min(len(body), bodyLimit)) }

// warm lets the server fetch its keys first, so that only the answer is measured.
func warm(t *testing.T, s *rs.Server, wire *replay, signedOnly bool) {
	t.Helper()
	hostile := wire.body
	wire.body = string(newRecipe(signedOnly).cook())
	if got := outcome(s, "token"); got != "" {
		t.Fatal(got)
	}
	wire.body = hostile
}

// jsonReplay answers everything with one JSON text.
type jsonReplay string

func (body jsonReplay) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Request: req, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(body))), ContentLength: int64(len(body)),
	}, nil
}

// TestHostileJSON is for the format without any signature.
func TestHostileJSON(t *testing.T) {
	facts := func(spoil func(*recipe)) string {
		r := newRecipe(true)
		spoil(r)
		return text(r.inner)
	}
	for _, c := range []struct {
		name, body string
		want       rs.Reason
	}{
		{"nested 100000 levels deep", facts(func(r *recipe) { set(&r.inner, "x", deep(100000)) }), rs.ReasonBody},
		{"half a million brackets", strings.Repeat("[", 500000), rs.ReasonBody},
		{"objects that never close", strings.Repeat(`{"a":`, 200000), rs.ReasonBody},
		{"70000 members", facts(func(r *recipe) { r.inner = append(r.inner, many(70000)...) }), ""},
		{"70000 members, the last twice", facts(func(r *recipe) { r.inner = append(append(r.inner, many(70000)...), many(1)...) }), rs.ReasonBody},
		{"an audience of 200000", facts(func(r *recipe) { set(&r.inner, "aud", `["a"`+strings.Repeat(`,"a"`, 200000)+"]") }), ""},
		{"a number of a million digits", facts(func(r *recipe) { set(&r.inner, "exp", strings.Repeat("9", 1000000)) }), rs.ReasonBody},
		{"a string of a million bytes", facts(func(r *recipe) { set(&r.inner, "sub", `"`+strings.Repeat("x", 1000000)+`"`) }), ""},
		{"white space", strings.Repeat(" ", 1<<20), rs.ReasonBody},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(nil)
			cfg.HTTPClient = &http.Client{Transport: jsonReplay(c.body)}
			cfg.CacheSize, cfg.NegativeCacheSize = -1, -1
			s := newServer(t, cfg)
			outcome(s, "warm")
			got, spent := cost(s)
			t.Logf("%d KiB for %d KiB", spent>>10, len(c.body)>>10)
			if got != c.want || spent > bound(c.body) {
				t.Errorf("got %q for %d bytes, want %q for at most %d", got, spent, c.want, bound(c.body))
			}
		})
	}
}

// TestHostileKeys: a JWK Set that is too much is no JWK Set.
func TestHostileKeys(t *testing.T) {
	one := strings.TrimSuffix(strings.TrimPrefix(forging().jwks(), `{"keys":[`), "]}")
	for _, c := range []struct {
		name, jwks string
		want       rs.Reason
	}{
		{"100 keys, the right one last", `{"keys":[` + strings.Repeat(`{"kty":"AKP","kid":"x"},`, 99) + one + "]}", ""},
		{"101 keys", `{"keys":[` + strings.Repeat(`{"kty":"AKP","kid":"x"},`, 100) + one + "]}", rs.ReasonKeysUnavailable},
		{"30000 keys", `{"keys":[` + strings.Repeat(`{"kty":"oct","k":"AAAAAA"},`, 30000) + one + "]}", rs.ReasonKeysUnavailable},
		{"nested deeply", `{"keys":[` + one + `],"x":` + deep(100000) + "}", rs.ReasonKeysUnavailable},
		{"a modulus of 500 KB", `{"keys":[` + one + `,{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("_", 500000) + `"}]}`, ""},
		{"more than the limit", forging().jwks() + strings.Repeat(" ", 1<<20), rs.ReasonKeysUnavailable},
		{"keys twice", `{"keys":[` + one + `],"keys":[]}`, rs.ReasonKeysUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			wire := &replay{jwks: c.jwks, body: string(newRecipe(true).cook())}
			got, spent := cost(unwrapper(t, wire, true))
			t.Logf("%d KiB for %d KiB", spent>>10, len(c.jwks)>>10)
			if got != c.want || spent > 16*bodyLimit {
				t.Errorf("got %q for %d bytes, want %q for at most %d", got, spent, c.want, 16*bodyLimit)
			}
		})
	}
}
