package keys_test

import (
	"errors"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// Whoever looks at the header first sees what ParseJWEHeader returns, and has the last word.
func TestDecryptIf(t *testing.T) {
	t.Parallel()
	first, second := ringPEM(t), ringPEM(t)
	file := first
	ring := newRing(t, &file)
	jwe := sealToFirst(t, ring.PublicJWKS(), map[string]any{"iss": "https://as.example"})
	file = second // the key of the message is a retiring one
	if err := ring.Reload(); err != nil {
		t.Fatal(err)
	}
	set := parseSet(t, []byte(first), "ECDH-ES", "A256GCM")
	refused := errors.New("refused")
	for name, open := range map[string]func([]byte, func(keys.Header) error) ([]byte, error){"Set": set.DecryptIf, "Ring": ring.DecryptIf} {
		for _, c := range []struct {
			name      string
			message   string
			answer    error
			plaintext string
			want      error
			calls     int
		}{
			{"accepted", string(jwe), nil, "plaintext", nil, 1},
			{"refused", string(jwe), refused, "", refused, 1},
			{"refused with an error of ours", string(jwe), keys.ErrUnknownKey, "", keys.ErrUnknownKey, 1},
			{"malformed", string(jwe) + "=", nil, "", keys.ErrMalformed, 0},
			{"not for us", string(sealToFirst(t, parseSet(t, []byte(ringPEM(t)), "ECDH-ES", "A256GCM").PublicJWKS(), map[string]any{"iss": "https://as.example"})), nil, "", keys.ErrUnknownKey, 1},
		} {
			calls := 0
			plaintext, err := open([]byte(c.message), func(h keys.Header) error {
				calls++
				if h.Issuer == nil || *h.Issuer != "https://as.example" || h.Algorithm != "ECDH-ES" {
					t.Errorf("%s, %s: header %+v", name, c.name, h)
				}
				return c.answer
			})
			if string(plaintext) != c.plaintext || !errors.Is(err, c.want) || calls != c.calls {
				t.Errorf("%s, %s: %q, %v after %d calls; want %q, %v after %d", name, c.name, plaintext, err, calls, c.plaintext, c.want, c.calls)
			}
		}
	}
	if _, err := (*keys.Set)(nil).DecryptIf(jwe, func(keys.Header) error { return refused }); !errors.Is(err, keys.ErrUnknownKey) {
		t.Errorf("a nil Set: %v", err)
	}
}
