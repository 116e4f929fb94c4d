package wycheproof_test

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"testing"

	vectors "github.com/c2sp/wycheproof"
)

// elsewhere says of every file that is not in files why none of its vectors applies. The first that matches counts.
var elsewhere = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`^(ecdsa_secp(256|384|521)r1|ed25519|rsa_signature|rsa_pss|rsa_pkcs1_\d+_sig)`),
		"signs any message: what a JWS signs has a header of its own in front (RFC 7515 section 5.1), and no vector has that"},
	{regexp.MustCompile(`^(a\d+cbc_hs|aes_gcm_test|aes_cbc_pkcs5)`),
		"authenticates other data than the header of a JWE (RFC 7516 section 5.1, step 14)"},
	{regexp.MustCompile(`^(ecdh_secp(256|384|521)r1|x25519)`),
		"the same values as in the file in JWK form, in forms that we never read"},
	{regexp.MustCompile(`^(aes_|hmac|pbes2|pbkdf2|rsa_pkcs1)`), "belongs to JOSE algorithms that are not offered: key wrapping, HMAC, PBES2, RSA1_5"},
	{regexp.MustCompile(`^(rsa_oaep|rsa_three_primes)`), "RSA-OAEP with other hashes than JWA has"},
	{regexp.MustCompile(`^(ecdh|ecdsa|x448|ed448|ec_prime)`), "curves and hashes that are not offered"},
	{regexp.MustCompile(`^(mldsa|mlkem)`), "post-quantum algorithms, which JWA does not have yet"},
	{regexp.MustCompile(`.`), "no part of JOSE"},
}

// TestEveryFileIsAccountedFor counts the vectors of all files: those that are judged, and those that are not, by reason.
func TestEveryFileIsAccountedFor(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(vectors.TestVectors, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	counts, judged := tally{}, "judged by TestVectors"
	for _, name := range names {
		why := judged
		if _, found := files[name]; !found {
			for _, e := range elsewhere {
				if e.pattern.MatchString(name) {
					why = e.why
					break
				}
			}
		}
		counts[why] += size(t, name)
	}
	t.Logf("%d vectors in %d files:%s", counts.total(), len(names), counts)
	if len(names) != 343 || counts.total() != 144910 || counts[judged] != 4543 {
		t.Errorf("the vectors have changed: %d files, %d vectors, %d judged: see what is new, then change these numbers", len(names), counts.total(), counts[judged])
	}
}

func size(t *testing.T, name string) int {
	data, err := fs.ReadFile(vectors.TestVectors, name)
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ NumberOfTests int }
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return document.NumberOfTests
}
