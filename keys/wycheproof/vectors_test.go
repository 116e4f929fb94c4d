package wycheproof_test

import (
	"maps"
	"testing"
)

// files are those with vectors that package keys can be asked about, who judges them, and what becomes of how many. What is
// valid and refused has a key whose alg is wrong: PS256 for a PS384 message, and ES521, which does not exist; the same examples
// of RFC 7520 are accepted with the right one in TestRFCExamples.
var files = map[string]struct {
	judge func(*testing.T, group, vector) verdict
	want  tally
}{
	"json_web_signature_test.json": {judgeSignature, tally{
		accepted:                           32,
		outOfScope + "HMAC is not offered": 40,
		refused:                            325,
		stricter + "keys: algorithm not allowed (alg is PS384, configured is PS256)": 2,
		stricter + "no key of the set has an algorithm that is offered":              2,
	}},
	"json_web_key_test.json": {judgeSignature, tally{
		accepted:                           1,
		outOfScope + "HMAC is not offered": 14,
		refused:                            11,
	}},
	"json_web_crypto_test.json": {judgeSignature, tally{
		accepted:                             2,
		outOfScope + "A256KW is not offered": 17,
		outOfScope + "ECDH-ES+A128KW is not offered": 17,
		outOfScope + "HMAC is not offered":           19,
		refused:                                      28,
	}},
	"json_web_encryption_test.json": {judgeEncryption, tally{
		accepted:                                     21,
		outOfScope + "A128GCM is not offered":        1,
		outOfScope + "A128GCMKW is not offered":      2,
		outOfScope + "A128KW is not offered":         4,
		outOfScope + "A192GCMKW is not offered":      1,
		outOfScope + "A192KW is not offered":         1,
		outOfScope + "A256GCMKW is not offered":      9,
		outOfScope + "A256KW is not offered":         33,
		outOfScope + "ECDH-ES+A128KW is not offered": 28,
		outOfScope + "ECDH-ES+A192KW is not offered": 2,
		outOfScope + "ECDH-ES+A256KW is not offered": 7,
		outOfScope + "RSA1_5 is not offered":         16,
		refused:                                      14,
	}},
	"ecdh_secp256r1_webcrypto_test.json": {judgeAgreement, tally{accepted: 330, refused: 23}},
	"ecdh_secp384r1_webcrypto_test.json": {judgeAgreement, tally{accepted: 771, refused: 23}},
	"ecdh_secp521r1_webcrypto_test.json": {judgeAgreement, tally{accepted: 632, refused: 23}},
	"ecdh_secp256k1_webcrypto_test.json": {judgeAgreement, tally{refused: 23, stricter + `our key: keys: private key 1 is unusable (crv "P-256K" is not supported)`: 473}},
	"x25519_jwk_test.json": {judgeAgreement, tally{
		accepted:                264,
		acceptable + "accepted": 223,
		acceptable + "refused":  31,
		refused:                 13,
	}},
	"x448_jwk_test.json": {judgeAgreement, tally{
		acceptable + "refused": 245,
		refused:                25,
		stricter + `our key: keys: private key 1 is unusable (crv "X448" is not supported)`: 253,
	}},
	"rsa_oaep_2048_sha1_mgf1sha1_test.json": {judgeOAEP("RSA-OAEP"), tally{
		accepted: 1,
		outOfScope + "what is encrypted has not the size of a key": 16,
		refused: 19,
	}},
	"rsa_oaep_2048_sha256_mgf1sha256_test.json": {judgeOAEP("RSA-OAEP-256"), tally{
		accepted: 1,
		outOfScope + "what is encrypted has not the size of a key": 17,
		refused: 19,
	}},
	"rsa_oaep_3072_sha256_mgf1sha256_test.json": {judgeOAEP("RSA-OAEP-256"), tally{
		accepted: 1,
		outOfScope + "what is encrypted has not the size of a key": 17,
		refused: 19,
	}},
	"rsa_oaep_4096_sha256_mgf1sha256_test.json": {judgeOAEP("RSA-OAEP-256"), tally{
		accepted: 1,
		outOfScope + "what is encrypted has not the size of a key": 17,
		refused: 19,
	}},
	"rsa_oaep_misc_test.json": {judgeOAEP("RSA-OAEP-256"), tally{outOfScope + "other hashes than those of RSA-OAEP-256": 361, outOfScope + "what is encrypted has not the size of a key": 34}},
}

// TestVectors judges every vector, and fails if one that is invalid is accepted, or if the counts are not those above: then
// the vectors have changed, or we have.
func TestVectors(t *testing.T) {
	t.Parallel()
	for file, f := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			got := eachVector(t, file, f.judge)
			t.Logf("%d vectors:%s", got.total(), got)
			if !maps.Equal(got, f.want) {
				t.Errorf("the counts have changed: got %v\nwant %v", got, f.want)
			}
		})
	}
}
