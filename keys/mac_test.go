package keys_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

func TestSignHS256(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s", keys.MinSecret)
	got, err := keys.SignHS256([]byte(secret), []byte(`{"iss":"us"}`), map[string]any{"typ": "x"})
	if err != nil {
		t.Fatal(err)
	}
	input := b64(`{"alg":"HS256","typ":"x"}`) + "." + b64(`{"iss":"us"}`)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(input))
	if want := input + "." + b64(mac.Sum(nil)); string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := keys.SignHS256([]byte(secret[1:]), nil, nil); err == nil || strings.Contains(err.Error(), "sss") {
		t.Errorf("a short secret: %v", err)
	}
	if _, err := keys.SignHS256([]byte(secret), nil, map[string]any{"x": make(chan int)}); err == nil {
		t.Error("a header that is no JSON was signed")
	}
}
