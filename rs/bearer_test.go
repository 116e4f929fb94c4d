package rs_test

import (
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

var bearerCases = []struct {
	name   string
	lines  []string
	token  string
	kind   rs.Kind
	reason rs.Reason
}{
	{"plain", []string{"Bearer abc"}, "abc", 0, ""},
	{"all characters", []string{"Bearer aZ09-._~+/=="}, "aZ09-._~+/==", 0, ""},
	{"scheme in lower case", []string{"bearer abc"}, "abc", 0, ""},
	{"scheme in mixed case", []string{"bEaReR abc"}, "abc", 0, ""},
	{"several spaces", []string{"Bearer    abc"}, "abc", 0, ""},
	{"no header", nil, "", rs.ErrMissingToken, rs.ReasonNoToken},
	{"other scheme", []string{"Basic dTpw"}, "", rs.ErrMissingToken, rs.ReasonOtherScheme},
	{"DPoP", []string{"DPoP abc"}, "", rs.ErrMissingToken, rs.ReasonOtherScheme},
	{"prefix of the scheme", []string{"Bear abc"}, "", rs.ErrMissingToken, rs.ReasonOtherScheme},
	{"longer scheme", []string{"Bearerx abc"}, "", rs.ErrMissingToken, rs.ReasonOtherScheme},
	{"empty header", []string{""}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"scheme alone", []string{"Bearer"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"scheme and space", []string{"Bearer "}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"tab", []string{"Bearer\tabc"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"space inside", []string{"Bearer abc def"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"trailing space", []string{"Bearer abc "}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"comma", []string{"Bearer abc,def"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"joined lines", []string{"Bearer abc, Bearer def"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"quoted", []string{`Bearer "abc"`}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"padding alone", []string{"Bearer ==="}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"padding inside", []string{"Bearer a=b"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"not ASCII", []string{"Bearer é"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"NUL", []string{"Bearer a\x00b"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"percent", []string{"Bearer a%20b"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"colon after the scheme", []string{"Bearer: abc"}, "", rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization},
	{"two lines", []string{"Bearer abc", "Bearer abc"}, "", rs.ErrInvalidRequest, rs.ReasonRepeatedAuthorization},
	{"two lines of two schemes", []string{"Basic dTpw", "Bearer abc"}, "", rs.ErrInvalidRequest, rs.ReasonRepeatedAuthorization},
}

func TestBearerToken(t *testing.T) {
	t.Parallel()
	for _, c := range bearerCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			token, err := rs.BearerToken(request(c.lines...))
			if c.reason != "" {
				refusal(t, err, c.kind, c.reason)
			} else if err != nil || token != c.token {
				t.Fatalf("got %q, %v, want %q", token, err, c.token)
			}
		})
	}
}

// TestEveryCharacterOfATokenAndAScheme: RFC 6750 section 2.1 and RFC 9110 section 5.6.2, and no neighbour of theirs in ASCII.
func TestEveryCharacterOfATokenAndAScheme(t *testing.T) {
	t.Parallel()
	const alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for c := range 256 {
		token := "a" + string([]byte{byte(c)}) + "a"
		_, err := rs.BearerToken(request("Bearer " + token))
		if want := strings.IndexByte(alnum+"-._~+/", byte(c)) >= 0; (err == nil) != want {
			t.Errorf("token %q: %v", token, err)
		}
		if c == ' ' {
			continue
		}
		_, err = rs.BearerToken(request(token + " b"))
		want := rs.ReasonMalformedAuthorization
		if strings.IndexByte(alnum+"!#$%&'*+-.^_`|~", byte(c)) >= 0 {
			want = rs.ReasonOtherScheme
		}
		if got := reason(err); got != want {
			t.Errorf("scheme %q: got %q, want %q", token, got, want)
		}
	}
}

func TestTokenInTheQueryIsNoToken(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]rs.Reason{
		"/?access_token=abc":           rs.ReasonSeveralMethods,
		"/?a=1&access_token=":          rs.ReasonSeveralMethods,
		"/?access%5Ftoken=abc":         rs.ReasonSeveralMethods,
		"/?a=%zz&access_token=abc":     rs.ReasonSeveralMethods,
		"/?q=access_token":             "",
		"/?my_access_token=abc&b=%20x": "",
		"/":                            "",
	} {
		r := httptest.NewRequest("GET", target, nil)
		_, err := rs.BearerToken(r)
		refusal(t, err, rs.ErrMissingToken, rs.ReasonNoToken)
		r.Header.Set("Authorization", "Bearer abc")
		if _, err = rs.BearerToken(r); want != "" {
			refusal(t, err, rs.ErrInvalidRequest, want)
		} else if err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
	r := request("Bearer abc")
	r.URL = nil // of a request that did not come from net/http
	if token, err := rs.BearerToken(r); token != "abc" || err != nil {
		t.Errorf("no URL: %q, %v", token, err)
	}
}

func TestBadTokensNeverReachTheAuthorizationServer(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, good())
	cfg := config(w)
	cfg.LenientBase64Token = true
	s := newServer(t, cfg)
	for _, c := range bearerCases {
		if c.reason != "" {
			_, err := s.AuthenticateRequest(request(c.lines...))
			refusal(t, err, c.kind, c.reason)
		}
	}
	for token, want := range map[string]rs.Reason{
		strings.Repeat("a", 8193): rs.ReasonTokenTooLong,
		"":                        rs.ReasonMalformedAuthorization,
		"a b":                     rs.ReasonMalformedAuthorization,
		base64.StdEncoding.EncodeToString([]byte("a\r\nb")):    rs.ReasonMalformedAuthorization,
		base64.StdEncoding.EncodeToString([]byte("user:pass")): rs.ReasonMalformedAuthorization,
	} {
		_, err := s.Authenticate(t.Context(), token)
		refusal(t, err, rs.ErrInvalidRequest, want)
	}
	_, err := s.Authenticate(t.Context(), base64.StdEncoding.EncodeToString([]byte("a b c")))
	if e := refusal(t, err, rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization); e.Description != "malformed token inside base64" {
		t.Errorf("described as %q", e.Description)
	}
	for _, header := range []string{"Bearer", "Bearer "} { // nothing, which is no base64 of nothing either
		_, err := s.AuthenticateRequest(request(header))
		if e := refusal(t, err, rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization); e.Description != "malformed Authorization header" {
			t.Errorf("%q is described as %q", header, e.Description)
		}
	}
	if n := w.count(endpoint); n != 0 {
		t.Errorf("the authorization server was called %d times", n)
	}
}

func TestMaxTokenLength(t *testing.T) {
	t.Parallel()
	for length, want := range map[int]rs.Reason{8192: "", 8193: rs.ReasonTokenTooLong} {
		if got := outcome(newServer(t, config(newWire().on(endpoint, good()))), strings.Repeat("a", length)); got != want {
			t.Errorf("%d characters: got %q, want %q", length, got, want)
		}
	}
	cfg := config(newWire().on(endpoint, good()))
	cfg.MaxTokenLength = 5
	s := newServer(t, cfg)
	if got := outcome(s, "abcde"); got != "" {
		t.Errorf("5 of 5: %q", got)
	}
	if got := outcome(s, "abcdef"); got != rs.ReasonTokenTooLong {
		t.Errorf("6 of 5: %q", got)
	}
}

func TestBase64Unwrapping(t *testing.T) {
	t.Parallel()
	std := base64.StdEncoding.EncodeToString
	for _, c := range []struct{ name, sent, asked string }{
		{"wrapped", std([]byte("opaque-token.1")), "opaque-token.1"},
		{"wrapped with padding", std([]byte("ab")), "ab"},
		{"only once", std([]byte(std([]byte("opaque-token")))), std([]byte("opaque-token"))},
		{"no base64", "opaque-token", "opaque-token"},
		{"JWT", "eyJh.eyJh.c2ln", "eyJh.eyJh.c2ln"},
		{"without padding", strings.TrimRight(std([]byte("ab")), "="), "YWI"},
		{"loose last bits", "YWJ=", "YWJ="},
		{"URL alphabet", "-_-_", "-_-_"},
		{"wrapped with a plus", "fn5+", "~~~"},
		{"the same in the URL alphabet", "fn5-", "fn5-"},
		{"not UTF-8", std([]byte{0xff, 0xfe, 0xfd}), std([]byte{0xff, 0xfe, 0xfd})},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for lenient, want := range map[bool]string{true: c.asked, false: c.sent} {
				w := newWire()
				cfg := config(w.on(endpoint, answersToToken(t, want)))
				cfg.LenientBase64Token = lenient
				if got := outcome(newServer(t, cfg), c.sent); got != "" {
					t.Errorf("lenient %v: refused (%s): asked for another token than %q", lenient, got, want)
				}
			}
		})
	}
}

func FuzzBearerToken(f *testing.F) {
	for _, c := range bearerCases {
		f.Add(strings.Join(c.lines, "\n"))
	}
	f.Fuzz(func(t *testing.T, header string) {
		token, err := rs.BearerToken(request(header))
		if err != nil {
			if k := rs.AsError(err).Kind; k != rs.ErrMissingToken && k != rs.ErrInvalidRequest {
				t.Fatalf("kind %v", k)
			}
			return
		}
		if token == "" || !strings.HasSuffix(header, token) || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") != "" {
			t.Fatalf("%q gave the token %q", header, token)
		}
	})
}
