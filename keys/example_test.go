package keys_test

import (
	"errors"
	"fmt"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// A private key for the examples; in earnest it comes from a file with mode
// 0600, or from a secret store.
const exampleKey = `{"kty":"EC","crv":"P-256",
	"x":"Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0","y":"HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw",
	"d":"r_kHyZ-a06rmxM3yESK84r1otSg-aQcVStkRhA-iCM8"}`

func ExampleParse() {
	set, err := keys.Parse([]byte(exampleKey), "ECDH-ES", "A256GCM")
	if err != nil {
		panic(err)
	}
	fmt.Println(set.Type(), set.KeyIDs())
	fmt.Printf("%s\n", set.PublicJWKS())
	// Output:
	// EC [HsSFalww3yP-dO-lWGYgFcyV5H22oScIFc4V2Y6GOto]
	// {"keys":[{"kty":"EC","crv":"P-256","x":"Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0","y":"HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw","use":"enc","alg":"ECDH-ES","kid":"HsSFalww3yP-dO-lWGYgFcyV5H22oScIFc4V2Y6GOto"}]}
}

// Once the new key has been known for long enough, it goes in front of the old
// one: it is published first, and what is encrypted to the old one can still be
// read.
func ExampleParse_rotation() {
	current, err := keys.Generate("EC")
	if err != nil {
		panic(err)
	}
	next, err := keys.Generate("EC")
	if err != nil {
		panic(err)
	}
	before, err := keys.Parse(current, "ECDH-ES", "A256GCM")
	if err != nil {
		panic(err)
	}
	after, err := keys.Parse(append(next, current...), "ECDH-ES", "A256GCM")
	if err != nil {
		panic(err)
	}
	fmt.Println(len(after.KeyIDs()), after.KeyIDs()[1] == before.KeyIDs()[0])
	// Output: 2 true
}

// A Ring is for a service: its keys are replaced while it runs.
func ExampleNewRing() {
	text := exampleKey // a file, in earnest: os.ReadFile
	ring, err := keys.NewRing(func() ([]byte, error) { return []byte(text), nil }, "ECDH-ES", "A256GCM", nil)
	if err != nil {
		panic(err)
	}
	text = "half of a key"
	fmt.Println(ring.Reload())
	for _, key := range ring.States() {
		fmt.Println(key.KeyID, key.State)
	}
	// Output:
	// the keys in use are kept: keys: no private key (neither PEM nor a JWK nor a JWK Set)
	// HsSFalww3yP-dO-lWGYgFcyV5H22oScIFc4V2Y6GOto current
}

func ExampleSet_Decrypt() {
	set, err := keys.Parse([]byte(exampleKey), "ECDH-ES", "A256GCM")
	if err != nil {
		panic(err)
	}

	// The authorization server encrypts with what we publish.
	encrypter, err := keys.NewEncrypter(set.PublicJWKS(), "ECDH-ES", "A256GCM")
	if err != nil {
		panic(err)
	}
	message, err := encrypter.Encrypt([]byte("a signed response"), map[string]any{"cty": "JWT"})
	if err != nil {
		panic(err)
	}

	plaintext, err := set.Decrypt(message)
	fmt.Printf("%s %v\n", plaintext, err)
	// Output: a signed response <nil>
}

// That a message can be decrypted says nothing about who wrote it: everybody
// can encrypt to a published key. Verify the signature inside.
func ExampleSet_Decrypt_incorrect() {
	set, err := keys.Parse([]byte(exampleKey), "ECDH-ES", "A256GCM")
	if err != nil {
		panic(err)
	}
	attacker, err := keys.NewEncrypter(set.PublicJWKS(), "ECDH-ES", "A256GCM")
	if err != nil {
		panic(err)
	}
	forged, err := attacker.Encrypt([]byte(`{"active":true}`), nil)
	if err != nil {
		panic(err)
	}
	plaintext, err := set.Decrypt(forged) // it works
	fmt.Printf("%s %v\n", plaintext, err)
	// Output: {"active":true} <nil>
}

func ExamplePublicSet_Verify() {
	pem, err := keys.GenerateSigning("ES256")
	if err != nil {
		panic(err)
	}
	signer, err := keys.ParseSigner(pem, "ES256")
	if err != nil {
		panic(err)
	}
	message, err := signer.Sign([]byte(`{"iss":"https://as.example"}`), map[string]any{"typ": "token-introspection+jwt"})
	if err != nil {
		panic(err)
	}

	server, err := keys.ParsePublic(signer.PublicJWKS(), "ES256")
	if err != nil {
		panic(err)
	}
	payload, header, err := server.Verify(message)
	fmt.Printf("%s %s %v\n", payload, header.Type, err)

	// The message does not choose the algorithm.
	message, err = signer.Sign([]byte(`{}`), map[string]any{"alg": "none"})
	if err != nil {
		panic(err)
	}
	_, _, err = server.Verify(message)
	fmt.Println(errors.Is(err, keys.ErrAlgorithm))
	// Output:
	// {"iss":"https://as.example"} token-introspection+jwt <nil>
	// true
}
