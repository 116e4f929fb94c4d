package devas_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestPublishedKeys(t *testing.T) {
	t.Parallel()
	as := newAS(t, func(cfg *devas.Config) {
		cfg.SigningAlg = "EdDSA"
		cfg.Clients = []devas.Client{{ID: "a", Secret: "a secret", SigningAlg: "ES256"}}
	})
	w := serve(as, httptest.NewRequest(http.MethodGet, "/api/v2/jwks", http.NoBody))
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/jwk-set+json; charset=utf-8" || w.Header().Get("Cache-Control") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil || len(set.Keys) != 2 {
		t.Fatalf("%v, %s", err, w.Body)
	}
	for i, alg := range []string{"EdDSA", "ES256"} {
		if key := set.Keys[i]; key["alg"] != alg || key["use"] != "sig" || key["kid"] == "" || key["d"] != "" {
			t.Errorf("key %d: %v", i, key)
		}
	}
	if as.KeyFetches() != 1 {
		t.Errorf("%d fetches counted", as.KeyFetches())
	}
}

func TestRotateKeys(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	answer := func() []byte { return introspect(as, "signed", mediaJWT, "unknown").Body.Bytes() }
	verifies := func(set *keys.PublicSet, jws []byte) bool {
		_, _, err := set.Verify(jws)
		return err == nil
	}
	rotate := func(overlap bool) {
		if err := as.RotateKeys(overlap); err != nil {
			t.Fatal(err)
		}
	}
	first, firstSet := answer(), published(t, as, "ES256")
	rotate(true)
	second, secondSet := answer(), published(t, as, "ES256")
	if !verifies(secondSet, first) || !verifies(secondSet, second) || verifies(firstSet, second) || secondSet.Len() != 2 {
		t.Error("with overlap, both keys should be published, and the new one used")
	}
	rotate(true)
	if set := published(t, as, "ES256"); set.Len() != 3 || !verifies(set, first) {
		t.Error("the first key is gone after a second rotation with overlap")
	}
	rotate(false)
	third, thirdSet := answer(), published(t, as, "ES256")
	if !verifies(thirdSet, third) || verifies(thirdSet, first) || verifies(thirdSet, second) || thirdSet.Len() != 1 {
		t.Error("without overlap, only the new key should be published")
	}
}
