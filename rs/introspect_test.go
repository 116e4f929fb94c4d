package rs_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestIntrospectionRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, basic string
		method      rs.ClientAuth
		want        url.Values
	}{
		// RFC 6749 section 2.3.1: both halves are form-urlencoded before they are joined.
		{"basic", "Basic cnMtY2xpZW50OnMzY3IlM0F0KyUyQiUyNSVDMyVBOQ==", rs.ClientSecretBasic, url.Values{"token": {"tok+en=="}, "token_type_hint": {"access_token"}}},
		{"post", "", rs.ClientSecretPost, url.Values{"token": {"tok+en=="}, "token_type_hint": {"access_token"}, "client_id": {clientID}, "client_secret": {secret}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(endpoint, func(w http.ResponseWriter, r *http.Request) {
				got := form(t, r)
				if got.Encode() != c.want.Encode() || r.Method != "POST" || r.Header.Get("Authorization") != c.basic {
					t.Errorf("got %s %v, Authorization %q", r.Method, got, r.Header.Get("Authorization"))
				}
				if h := r.Header; len(h.Values("Accept")) != 1 || h.Get("Accept") != "application/json" || h.Get("Content-Type") != "application/x-www-form-urlencoded" || h.Get("Cookie") != "" || h.Get("User-Agent") != "gin-lasuite" {
					t.Errorf("headers %v", h)
				}
				good()(w, r)
			})
			cfg := config(w)
			cfg.ClientAuth = c.method
			if got := outcome(newServer(t, cfg), "tok+en=="); got != "" {
				t.Error(got)
			}
		})
	}
}

// TestNothingIsCompressed: where there is no Accept-Encoding, every content coding will do (RFC 9110 section 12.5.3): proxies choose one
// then, and net/http by itself asks for gzip.
func TestNothingIsCompressed(t *testing.T) {
	t.Parallel()
	jws := sign(t, signer(), goodHeader, mustJSON(goodEnvelope()))
	w := newWire()
	asked := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Values("Accept-Encoding"); len(got) != 1 || got[0] != "identity" {
				t.Errorf("%s: Accept-Encoding is %q", r.URL.Path, got)
			}
			h(w, r)
		}
	}
	w.on(oauthInserted, asked(jsonAnswer(document(object{"userinfo_endpoint": userInfoURL}))))
	w.on(jwksURL, asked(jsonAnswer(string(signer().PublicJWKS()))))
	w.on(endpoint, asked(answers(200, responseType, jws)))
	w.on(userInfoURL, asked(jsonAnswer(userClaims(nil))))
	cfg := discovering(w)
	cfg.Format = rs.JWTSigned
	s := newServer(t, cfg)
	if _, err := s.UserInfo(admitted(t, s, "token")); err != nil {
		t.Error(err)
	}
	for _, url := range []string{oauthInserted, jwksURL, endpoint, userInfoURL} {
		if n := w.count(url); n != 1 {
			t.Errorf("%s: %d calls, want 1", url, n)
		}
	}
}

func TestStatusesOfTheAuthorizationServer(t *testing.T) {
	t.Parallel()
	body := mustJSON(claims(nil))
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		kind                    rs.Kind
		want                    rs.Reason
	}{
		{"charset", "application/json; charset=utf-8", body, 200, 0, ""},
		{"media type in capitals", "Application/JSON;charset=UTF-8", body, 200, 0, ""},
		{"text", "text/plain", body, 200, rs.ErrUnavailable, rs.ReasonContentType},
		{"html", "text/html", "<html>", 200, rs.ErrUnavailable, rs.ReasonContentType},
		{"no type", "", body, 200, rs.ErrUnavailable, rs.ReasonContentType},
		{"broken type", "application/json; =", body, 200, rs.ErrUnavailable, rs.ReasonContentType},
		{"signed, not asked for", "application/token-introspection+jwt", "a.b.c", 200, rs.ErrUnavailable, rs.ReasonContentType},
		{"jwt", "application/jwt", "a.b.c", 200, rs.ErrUnavailable, rs.ReasonContentType},
		{"unknown type", "x/y", body, 200, rs.ErrUnavailable, rs.ReasonContentType},
		{"created", "application/json", body, 201, rs.ErrUnavailable, rs.ReasonStatus},
		{"no content", "application/json", "", 204, rs.ErrUnavailable, rs.ReasonStatus},
		{"partial", "application/json", body, 206, rs.ErrUnavailable, rs.ReasonStatus},
		{"not modified", "application/json", "", 304, rs.ErrUnavailable, rs.ReasonStatus},
		{"bad request", "application/json", `{"error":"invalid_request"}`, 400, rs.ErrUnavailable, rs.ReasonStatus},
		{"bad request, empty", "", "", 400, rs.ErrUnavailable, rs.ReasonStatus},
		{"unsupported token", "application/json", `{"error":"unsupported_token_type"}`, 400, rs.ErrInvalidToken, rs.ReasonUnsupportedToken},
		{"client, as 400", "application/json", `{"error":"invalid_client","error_description":"x"}`, 400, rs.ErrInternal, rs.ReasonClientCredentials},
		{"client metadata", "application/json", `{"error":"invalid_client_metadata"}`, 400, rs.ErrInternal, rs.ReasonClientCredentials},
		{"wrong secret", "application/json", `{"error":"invalid_client"}`, 401, rs.ErrInternal, rs.ReasonClientCredentials},
		{"wrong secret, empty", "", "", 401, rs.ErrInternal, rs.ReasonClientCredentials},
		{"forbidden", "text/plain", "no", 403, rs.ErrInternal, rs.ReasonClientCredentials},
		{"not found", "text/html", "no", 404, rs.ErrUnavailable, rs.ReasonStatus},
		{"too many", "text/plain", "no", 429, rs.ErrUnavailable, rs.ReasonTooManyRequests},
		{"error with a verdict", "application/json", body, 500, rs.ErrUnavailable, rs.ReasonStatus},
		{"unavailable", "text/html", "no", 503, rs.ErrUnavailable, rs.ReasonStatus},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := newServer(t, config(newWire().on(endpoint, answers(c.status, c.contentType, c.body)))).Authenticate(t.Context(), "token")
			if c.want != "" {
				refusal(t, err, c.kind, c.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// serve is a real server on loopback, for what happens below HTTP.
func serve(t *testing.T, h http.HandlerFunc) (rs.Config, *httptest.Server) {
	as := httptest.NewServer(h)
	t.Cleanup(as.Close)
	cfg := config(nil)
	cfg.IntrospectionEndpoint, cfg.HTTPClient = as.URL+"/introspection", nil
	return cfg, as
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		followed := false
		cfg, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/introspection" {
				followed = true
				good()(w, r)
				return
			}
			http.Redirect(w, r, "/elsewhere", status)
		})
		for _, client := range []*http.Client{nil, {}} {
			cfg.HTTPClient = client
			if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonStatus || followed {
				t.Errorf("%d: got %q, followed %v", status, got, followed)
			}
		}
	}
}

// TestCookiesAreNotKept: what one caller's token made the authorization server set must not come along with the next one's.
func TestCookiesAreNotKept(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(newWire().on(endpoint, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header["Cookie"]; got != nil {
			t.Errorf("sent cookies %q", got)
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "alice", Path: "/"})
		good()(w, r)
	}))
	cfg.HTTPClient.Jar = jar
	s := newServer(t, cfg)
	for _, token := range []string{"a", "b"} {
		if got := outcome(s, token); got != "" {
			t.Error(got)
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	whole := mustJSON(claims(nil))
	padded := func(n int) string { return whole + strings.Repeat(" ", n-len(whole)) }
	zip := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, s)
		_ = z.Close()
		return b.String()
	}
	for _, c := range []struct {
		name string
		h    http.HandlerFunc
		want rs.Reason
	}{
		{"at the limit", jsonAnswer(padded(1 << 20)), ""},
		{"over the limit", jsonAnswer(padded(1<<20 + 1)), rs.ReasonTooLarge},
		{"compressed", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			jsonAnswer(zip(whole))(w, r)
		}, rs.ReasonBody},
		{"called compressed", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			good()(w, r)
		}, rs.ReasonBody},
		{"called identity", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "Identity") // in any case: RFC 9110 section 8.4.1
			good()(w, r)
		}, ""},
		{"two types", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Content-Type", "text/html")
			w.Header().Add("Content-Type", "application/json")
			_, _ = io.WriteString(w, whole)
		}, rs.ReasonContentType},
		{"two types, ours first", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Content-Type", "application/json")
			w.Header().Add("Content-Type", "text/html")
			_, _ = io.WriteString(w, whole)
		}, rs.ReasonContentType},
		{"shorter than promised", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, whole)
		}, rs.ReasonTransport},
		{"aborted", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, rs.ReasonTransport},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg, _ := serve(t, c.h)
			if got := outcome(newServer(t, cfg), "token"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// inflating is a transport that asks for gzip, whatever it is told, and inflates.
type inflating struct{ http.Transport }

func (i *inflating) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Del("Accept-Encoding")
	return i.Transport.RoundTrip(r)
}

func TestABombIsBoundedByAnInjectedClientToo(t *testing.T) {
	t.Parallel()
	cfg, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, strings.Repeat(" ", 4<<20))
		_ = z.Close()
	})
	cfg.HTTPClient = &http.Client{Transport: &inflating{}}
	cfg.Timeout = time.Minute
	if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonTooLarge {
		t.Error(got)
	}
}

func TestErrorsHoldNothingFromTheWire(t *testing.T) {
	t.Parallel()
	const token = "the-very-secret-token"
	echo := func(status int, contentType string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Location", "https://elsewhere.example/"+token)
			h.Set("WWW-Authenticate", token)
			answers(status, contentType, `{"error":"`+token+`","error_description":"`+token+`","`+token+`":`)(w, r)
		}
	}
	handlers := []http.HandlerFunc{
		echo(200, "application/json"), echo(200, "text/"+token), echo(400, "application/json"), echo(401, "application/json"), echo(302, "x/y"),
		jsonAnswer(`{"active":"` + token + `"}`), jsonAnswer(`{"` + token + `":1,"` + token + `":2}`),
		func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, token+" is no HTTP\r\n\r\n")
				_ = conn.Close()
			}
		},
		func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+token+"\r\n\r\n")
				_ = conn.Close()
			}
		},
	}
	for i, h := range handlers {
		cfg, _ := serve(t, h)
		_, err := newServer(t, cfg).Authenticate(context.Background(), token)
		if err == nil {
			t.Fatalf("handler %d: accepted", i)
		}
		for _, text := range []string{err.Error(), rs.AsError(err).Challenge()} {
			if strings.Contains(text, token) || strings.Contains(text, secret) {
				t.Errorf("handler %d: %q", i, text)
			}
		}
	}
}
