package keys_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// published is kid and use of each key.
func published(t *testing.T, p keys.Publisher) []string {
	t.Helper()
	var set struct{ Keys []struct{ Kid, Use string } }
	if err := json.Unmarshal(p.PublicJWKS(), &set); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, k := range set.Keys {
		all = append(all, k.Kid+" "+k.Use)
	}
	return all
}

func TestSignerRing(t *testing.T) {
	t.Parallel()
	first, second := es256PEM(), must(keys.GenerateSigning("ES256"))
	one, two := must(keys.ParseSigner(first, "ES256")).KeyID(), must(keys.ParseSigner(second, "ES256")).KeyID()
	file, failure := first, error(nil)
	ring, err := keys.NewSignerRing(func() ([]byte, error) { return file, failure }, "ES256")
	if err != nil {
		t.Fatal(err)
	}
	check := func(step, signs string, publishes ...string) {
		t.Helper()
		if got := published(t, ring); ring.KeyID() != signs || !slices.Equal(got, publishes) {
			t.Errorf("%s: signs with %s and publishes %q", step, ring.KeyID(), got)
		}
		public := must(keys.ParsePublic(ring.PublicJWKS(), ring.Algorithm()))
		if _, header, err := public.Verify(must(ring.Sign([]byte("x"), nil))); err != nil || header.KeyID != signs {
			t.Errorf("%s: %v by %s", step, err, header.KeyID)
		}
	}
	check("start", one, one+" sig")
	for _, step := range []struct {
		name      string
		file      []byte
		failure   error
		bad       bool
		signs     string
		publishes []string
	}{
		{"the next key", join(first, second), nil, false, one, []string{one + " sig", two + " sig"}},
		{"it takes over", join(second, first), nil, false, two, []string{two + " sig", one + " sig"}},
		{"no file", nil, errors.New("gone"), true, two, []string{two + " sig", one + " sig"}},
		{"nonsense", []byte("x"), nil, true, two, []string{two + " sig", one + " sig"}},
		{"one of another type", join(second, rsaPEM()), nil, true, two, []string{two + " sig", one + " sig"}},
		{"the old one leaves", second, nil, false, two, []string{two + " sig"}},
	} {
		file, failure = step.file, step.failure
		if err := ring.Reload(); (err != nil) != step.bad {
			t.Errorf("%s: %v", step.name, err)
		}
		check(step.name, step.signs, step.publishes...)
	}
	if _, err := keys.NewSignerRing(func() ([]byte, error) { return rsaPEM(), nil }, "ES256"); err == nil {
		t.Error("an RSA key for ES256")
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	set, signer := rsaSet(t), must(keys.ParseSigner(es256PEM(), "ES256"))
	for _, c := range []struct {
		name string
		sets []keys.Publisher
		want []string
	}{
		{"both", []keys.Publisher{set, signer}, []string{set.KeyIDs()[0] + " enc", signer.KeyID() + " sig"}},
		{"order", []keys.Publisher{signer, set}, []string{signer.KeyID() + " sig", set.KeyIDs()[0] + " enc"}},
		{"the same twice", []keys.Publisher{set, signer, keys.Publish(signer, set)}, []string{set.KeyIDs()[0] + " enc", signer.KeyID() + " sig"}},
		{"nil and empty ones", []keys.Publisher{nil, (*keys.Set)(nil), signer, keys.Publish()}, []string{signer.KeyID() + " sig"}},
	} {
		if got := published(t, keys.Publish(c.sets...)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := keys.Publish((*keys.Set)(nil)).PublicJWKS(); got != nil {
		t.Errorf("nothing to publish: %s", got)
	}
}
