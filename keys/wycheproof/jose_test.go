package wycheproof_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

type jwk = map[string]any

// members of a JWK that are private (RFC 7518 section 6).
var private = []string{"d", "p", "q", "dp", "dq", "qi", "oth"}

// keysOf is the one key of a group, or the keys of its set.
func keysOf(t *testing.T, g group, which string) []jwk {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(g.whole, &all); err != nil {
		t.Fatal(err)
	}
	if all[which] == nil {
		return nil
	}
	var set struct{ Keys []jwk }
	var one jwk
	if json.Unmarshal(all[which], &set) == nil && set.Keys != nil {
		return set.Keys
	}
	if err := json.Unmarshal(all[which], &one); err != nil {
		t.Fatal(err)
	}
	return []jwk{one}
}

// publicKeys are the public keys of a group, or what is public of its private ones.
func publicKeys(t *testing.T, g group) []jwk {
	list := keysOf(t, g, "public")
	if list != nil {
		return list
	}
	for _, k := range keysOf(t, g, "private") {
		for _, name := range private {
			delete(k, name)
		}
		list = append(list, k)
	}
	return list
}

// judgeSignature verifies with every algorithm that a key of the group names, and is content with one. What is symmetric is
// left in the set: package keys must skip it.
func judgeSignature(t *testing.T, g group, v vector) verdict {
	var test struct {
		JWS json.RawMessage
		JWE json.RawMessage
	}
	v.decode(t, &test)
	if test.JWS == nil {
		return judgeEncryption(t, g, v)
	}
	message := serialized(test.JWS)
	set := publicKeys(t, g)
	if !slices.ContainsFunc(set, func(k jwk) bool { return k["kty"] != "oct" }) {
		return verdict{foreign: true, why: "HMAC is not offered"}
	}
	document, err := json.Marshal(map[string]any{"keys": set})
	if err != nil {
		t.Fatal(err)
	}
	result := verdict{why: "no key of the set has an algorithm that is offered"}
	for _, k := range set {
		alg, _ := k["alg"].(string)
		if alg == "" {
			alg = header(message)["alg"]
		}
		public, err := keys.ParsePublic(document, alg)
		if err != nil {
			continue
		}
		if public.Len() == 0 {
			result.why = "the key: " + public.Skipped()[0].Reason
			continue
		}
		if _, _, err = public.Verify([]byte(message)); err == nil {
			return verdict{accepted: true}
		}
		result.why = kindOf(err)
	}
	if allSymmetric(message) && v.Result == "valid" {
		return verdict{foreign: true, why: "HMAC is not offered"}
	}
	return result
}

// allSymmetric: the message says HS256 or the like.
func allSymmetric(message string) bool { return strings.HasPrefix(header(message)["alg"], "HS") }

func header(message string) map[string]string {
	first, _, _ := strings.Cut(message, ".")
	data, _ := base64.RawURLEncoding.DecodeString(first)
	var all map[string]any
	_ = json.Unmarshal(data, &all)
	text := map[string]string{}
	for name, value := range all {
		text[name], _ = value.(string)
	}
	return text
}

// serialized is a message: the text of a string, or a JSON serialization as it is.
func serialized(raw json.RawMessage) string {
	var compact string
	if json.Unmarshal(raw, &compact) == nil {
		return compact
	}
	return string(raw)
}

func kindOf(err error) string {
	for _, kind := range []error{keys.ErrMalformed, keys.ErrAlgorithm, keys.ErrUnknownKey, keys.ErrDecrypt, keys.ErrSignature} {
		if errors.Is(err, kind) {
			return err.Error()
		}
	}
	return "an error of no kind: " + err.Error()
}

// judgeEncryption decrypts with the key of the group, under the algorithms that key and vector name.
func judgeEncryption(t *testing.T, g group, v vector) verdict {
	var test struct {
		JWE     json.RawMessage
		Enc, Pt string
	}
	v.decode(t, &test)
	message := serialized(test.JWE)
	key := keysOf(t, g, "private")[0]
	alg, _ := key["alg"].(string)
	if alg == "" {
		alg = header(message)["alg"]
	}
	if test.Enc == "" {
		test.Enc = header(message)["enc"]
	}
	if !slices.Contains([]string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"}, alg) {
		return verdict{foreign: true, why: alg + " is not offered"}
	}
	document, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	set, err := keys.Parse(document, alg, test.Enc)
	if err != nil {
		return verdict{why: "the key: " + err.Error()}
	}
	plaintext, err := set.Decrypt([]byte(message))
	if err != nil {
		return verdict{why: kindOf(err)}
	}
	if v.Result == "valid" && hex.EncodeToString(plaintext) != test.Pt {
		t.Errorf("tcId %d: decrypted to %x, want %s", v.TcID, plaintext, test.Pt)
	}
	return verdict{accepted: true}
}
