package wycheproof_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// rfcElsewhere are the examples of the RFCs that do not apply, and why.
var rfcElsewhere = map[string]string{
	"RFC 7515 appendix A.1, RFC 7520 section 4.4": "HMAC is not offered",
	"RFC 7515 appendix A.5":                       "alg none is not offered",
	"RFC 7515 appendix A.6 and A.7, RFC 7516 appendix A.4 and A.5, RFC 7520 sections 4.5 to 4.8 and 5.10 to 5.13": "JSON serializations, detached content: compact only",
	"RFC 7516 appendix A.2, RFC 7520 section 5.1":                                                                 "RSA1_5 is not offered",
	"RFC 7516 appendix A.3, RFC 7520 sections 5.4, 5.7 and 5.8":                                                   "key wrapping is not offered",
	"RFC 7520 section 5.3": "PBES2 is not offered",
	"RFC 7520 section 5.6": "dir is not offered",
	"RFC 7520 section 5.9": "zip is refused",
	"RFC 7520 section 4.1": "RS256: in the vectors of TestVectors (Figure13)",
	"RFC 7520 section 6":   "nests PS256 in RSA-OAEP with A128GCM: nesting is the matter of package rs and its FuzzUnwrap",
}

// TestRFCExamples counts what the tests of package keys run of testdata/rfc.json, and runs it again from here.
func TestRFCExamples(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/rfc.json")
	if err != nil {
		t.Fatal(err)
	}
	type example struct {
		Source, Alg, Enc, Message, Want string
		Key                             json.RawMessage
	}
	var all struct{ Decrypt, Verify, Thumbprint []example }
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	counts := tally{}
	check := func(kind string, e example, got string, err error) {
		if err != nil || got != e.Want {
			t.Errorf("%s: got %q, %v", e.Source, got, err)
			return
		}
		counts[kind]++
	}
	for _, e := range all.Decrypt {
		set, err := keys.Parse(e.Key, e.Alg, e.Enc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := set.Decrypt([]byte(e.Message))
		check("decrypted", e, string(got), err)
	}
	for _, e := range all.Verify {
		set, err := keys.ParsePublic([]byte(`{"keys":[`+string(e.Key)+`]}`), e.Alg)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := set.Verify([]byte(e.Message))
		check("verified", e, string(got), err)
	}
	for _, e := range all.Thumbprint {
		signer, err := keys.ParseSigner(e.Key, e.Alg)
		if err != nil {
			t.Fatal(err)
		}
		check("thumbprint", e, signer.KeyID(), nil)
	}
	for source, why := range rfcElsewhere {
		counts[outOfScope+source+": "+why]++
	}
	t.Logf("examples of the RFCs:%s", counts)
	if counts["decrypted"] != 3 || counts["verified"] != 6 || counts["thumbprint"] != 2 {
		t.Error("not 3 decrypted, 6 verified and 2 thumbprints")
	}
}
