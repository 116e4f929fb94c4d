package keys_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

func TestPublicJWKS(t *testing.T) {
	t.Parallel()
	ec, okp := with(privateEC(), map[string]any{"kid": "e<&>\"\u2028é"}), privateX25519()
	set := rsaSet(t)
	for _, tt := range []struct {
		name, alg string
		data      []byte
		want      string
	}{
		{"RSA", "RSA-OAEP", rsaPEM(), fmt.Sprintf(`{"keys":[{"kty":"RSA","n":%q,"e":"AQAB","use":"enc","alg":"RSA-OAEP","kid":%q}]}`, b64(rsaKey().N.Bytes()), set.KeyIDs()[0])},
		{"RSA-OAEP-256", "RSA-OAEP-256", rsaPEM(), fmt.Sprintf(`{"keys":[{"kty":"RSA","n":%q,"e":"AQAB","use":"enc","alg":"RSA-OAEP-256","kid":%q}]}`, b64(rsaKey().N.Bytes()), set.KeyIDs()[0])},
		{"EC", "ECDH-ES", text(ec), fmt.Sprintf("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":%q,\"y\":%q,\"use\":\"enc\",\"alg\":\"ECDH-ES\",\"kid\":\"e<&>\\\"\u2028é\"}]}", ec["x"], ec["y"])},
		{"OKP", "ECDH-ES", text(with(okp, map[string]any{"kid": "k"})), fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"X25519","x":%q,"use":"enc","alg":"ECDH-ES","kid":"k"}]}`, okp["x"])},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := parseSet(t, tt.data, tt.alg, "A256GCM")
			for range 3 {
				got := set.PublicJWKS()
				if string(got) != tt.want {
					t.Errorf("PublicJWKS = %s, want %s", got, tt.want)
				}
				got[0] = 'x' // what a caller does with it does not matter
			}
		})
	}
}

// Nothing but the public key leaves, whatever came in with the private one.
func TestPublicJWKSHasNoPrivateMembers(t *testing.T) {
	t.Parallel()
	members := map[string]any{"kid": "k", "x5c": []string{"AAAA"}, "k": "secret", "secret": "secret", "iat": 1, "x5u": "https://x"}
	set := parseSet(t, jwks(with(privateRSA(), members), with(privateRSA(), map[string]any{"kid": "old"})), "RSA-OAEP", "A256GCM")
	var got struct{ Keys []map[string]any }
	if err := json.Unmarshal(set.PublicJWKS(), &got); err != nil || len(got.Keys) != 2 {
		t.Fatalf("PublicJWKS = %s, %v", set.PublicJWKS(), err)
	}
	if got.Keys[0]["kid"] != "k" || got.Keys[1]["kid"] != "old" {
		t.Errorf("PublicJWKS = %s, want the current key first", set.PublicJWKS())
	}
	for _, key := range got.Keys {
		for name := range key {
			if !slices.Contains([]string{"kty", "n", "e", "use", "alg", "kid"}, name) {
				t.Errorf("PublicJWKS publishes %q", name)
			}
		}
	}
}

// spellings are the ways in which a number of a key could show up in a text.
func spellings(n *big.Int) []string {
	raw := n.Bytes()[:16]
	return []string{
		b64(raw)[4:20], // not the first: it depends on what precedes
		n.String()[:20],
		fmt.Sprintf("%x", raw),
		fmt.Sprintf("%X", raw),
		strings.Trim(fmt.Sprint(raw), "[]"), //nolint:staticcheck // QF1010: bytes are meant
		string(raw),
	}
}

func TestNothingPrintsKeyMaterial(t *testing.T) {
	t.Parallel()
	set, s := rsaSet(t), signer(t, rsaPEM(), "RS256")
	key := rsaKey()
	var texts []string
	for _, v := range []any{set, *set, s, *s, []any{set, s}, struct{ S any }{*s}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts = append(texts, fmt.Sprintf(format, v))
		}
		data, _ := json.Marshal(v)
		texts = append(texts, string(data))
	}
	for _, out := range texts {
		for _, n := range []*big.Int{key.D, key.Primes[0], key.Primes[1], key.Precomputed.Dp, key.Precomputed.Qinv} {
			for _, secret := range spellings(n) {
				if strings.Contains(out, secret) {
					t.Fatalf("%q shows key material", out)
				}
			}
		}
	}
}

// Errors about a private key quote nothing of it: every input here is spoiled
// at every place, and no run of secretRun characters may come back.
func TestErrorsHoldNoKeyMaterial(t *testing.T) {
	t.Parallel()
	inputs := [][]byte{rsaPEM(), ecPEM(), okpPEM(), text(privateRSA()), jwks(privateEC(), privateX25519())}
	for _, input := range inputs {
		secret := secretRuns(string(input))
		for i := 0; i < len(input); i += 1 + len(input)/150 {
			for _, spoiled := range [][]byte{
				input[:i], input[i:],
				append(append(append([]byte{}, input[:i]...), '"'), input[i:]...),
				append(append(append([]byte{}, input[:i]...), '!'), input[i+1:]...),
				append(append(append([]byte{}, input[:i]...), "\x00\\"...), input[i:]...),
			} {
				for _, alg := range []string{"RSA-OAEP", "ECDH-ES"} {
					_, err := keys.Parse(spoiled, alg, "A256GCM")
					_, signErr := keys.ParseSigner(spoiled, "ES256")
					for _, err := range []error{err, signErr} {
						if err != nil && showsSecret(err.Error(), secret) {
							t.Fatalf("error shows key material: %v", err)
						}
					}
				}
			}
		}
	}
}

// secretRun is so long that no word of an error is one by chance, once in 10^12 runs of the test.
const secretRun = 10

// secretRuns are all runs of base64 characters of that length, without the labels.
func secretRuns(input string) map[string]bool {
	runs := map[string]bool{}
	for line := range strings.FieldsFuncSeq(input, func(r rune) bool { return strings.ContainsRune("\n\":,{}[]", r) }) {
		if strings.Contains(line, "-----") {
			continue
		}
		for i := 0; i+secretRun <= len(line); i++ {
			runs[line[i:i+secretRun]] = true
		}
	}
	return runs
}

func showsSecret(text string, secret map[string]bool) bool {
	for i := 0; i+secretRun <= len(text); i++ {
		if secret[text[i:i+secretRun]] {
			return true
		}
	}
	return false
}
