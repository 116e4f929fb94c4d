package rs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// FuzzUserInfo: whatever comes back, it is used only if every reader would find alice in it.
func FuzzUserInfo(f *testing.F) {
	for _, seed := range []string{
		userClaims(nil), userClaims(object{"sub": "bob"}), `{"sub":"alice","sub":"bob"}`, `{"Sub":"alice"}`, `{"sub":"\u0061lice"}`,
		`{"sub":null}`, `{"sub":"alice"}{}`, "\xef\xbb\xbf{}", `{"sub":"alice","exp":1e99,"aud":{}}`, ``,
	} {
		f.Add(seed)
	}
	var body atomic.Value
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		text, _ := body.Load().(string)
		return &http.Response{
			StatusCode: 200, Request: r, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text)),
		}, nil
	})
	_, cfg := withUserInfo(nil)
	cfg.HTTPClient, cfg.CacheSize = &http.Client{Transport: transport}, -1
	s := newServer(f, cfg)
	f.Fuzz(func(t *testing.T, text string) {
		body.Store(text)
		r := request("Bearer token")
		got, err := s.UserInfo(r.WithContext(rs.NewContext(r.Context(), &rs.Principal{Issuer: issuer, Subject: "alice"})))
		if err != nil {
			if kind := rs.AsError(err).Kind; kind != rs.ErrUnavailable {
				t.Errorf("got %v for %q", err, text)
			}
			return
		}
		// Members that nobody asked for may hold anything, a number beyond every float64 for one.
		var claims map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &claims) != nil || !isString(claims["sub"], "alice") {
			t.Errorf("accepted %q", text)
		}
		var decoded struct {
			Subject string `json:"sub"`
		}
		if err := got.Claims(&decoded); err != nil || decoded.Subject != "alice" {
			t.Errorf("claims of %q: %v, %v", text, decoded, err)
		}
	})
}

func isString(value json.RawMessage, want string) bool {
	var got string
	return json.Unmarshal(value, &got) == nil && got == want
}
