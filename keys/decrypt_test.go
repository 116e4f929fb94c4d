package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// Every pair of algorithms that the package offers.
var (
	keyAlgorithms      = []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"}
	contentEncryptions = []string{"A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"}
)

func encrypter(t testing.TB, set *keys.Set, alg, enc string) *keys.Encrypter {
	t.Helper()
	e, err := keys.NewEncrypter(set.PublicJWKS(), alg, enc)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func encrypt(t testing.TB, e *keys.Encrypter, plaintext string, header map[string]any) string {
	t.Helper()
	message, err := e.Encrypt([]byte(plaintext), header)
	if err != nil {
		t.Fatal(err)
	}
	return string(message)
}

// TestJWXAgrees has the same with another implementation on the other side.
func TestDecryptEveryAlgorithm(t *testing.T) {
	t.Parallel()
	p384 := pkcs8(must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)))
	p521 := pkcs8(must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)))
	for _, k := range []struct {
		name, alg, kty string
		data           []byte
	}{
		{"RSA-OAEP", "RSA-OAEP", "RSA", rsaPEM()},
		{"RSA-OAEP-256", "RSA-OAEP-256", "RSA", rsaPEM()},
		{"P-256", "ECDH-ES", "EC", ecPEM()},
		{"P-384", "ECDH-ES", "EC", p384},
		{"P-521", "ECDH-ES", "EC", p521},
		{"X25519", "ECDH-ES", "OKP", okpPEM()},
	} {
		for _, enc := range contentEncryptions {
			t.Run(k.name+"/"+enc, func(t *testing.T) {
				t.Parallel()
				set := parseSet(t, k.data, k.alg, enc)
				if got := set.Type(); got != k.kty {
					t.Errorf("Type = %q, want %q", got, k.kty)
				}
				e := encrypter(t, set, k.alg, enc)
				for _, plaintext := range []string{"x", "fifteen octets.", "sixteen octets..", strings.Repeat("long ", 50_000)} {
					for _, header := range []map[string]any{nil, {"kid": nil}, {"cty": "JWT", "iss": "https://as", "aud": "me"}} {
						got, err := set.Decrypt([]byte(encrypt(t, e, plaintext, header)))
						if err != nil || string(got) != plaintext {
							t.Errorf("Decrypt = %.20q, %v, want %.20q", got, err, plaintext)
						}
					}
				}
			})
		}
	}
}

func TestDecryptStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, header := range []string{
		`{"alg":"RSA-OAEP","enc":"A256GCM"}`,
		"{ \"enc\" : \"A256GCM\",\r\n\t\"alg\":\"RSA-OAEP\" }",
		" \t{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}\r\n",
		`{"alg":"RSA-OAEP","enc":"A256GCM","cty":"jwt","jku":"https://evil","jwk":{"kty":"oct","k":"AA"},"x5u":"https://evil","foo":[{}]}`,
	} {
		got, err := rsaSet(t).Decrypt([]byte(sealed(header, "plaintext")))
		if err != nil || string(got) != "plaintext" {
			t.Errorf("Decrypt with header %s = %q, %v", header, got, err)
		}
	}
}

// What the message says about algorithms is compared, never followed.
func TestDecryptPinsAlgorithms(t *testing.T) {
	t.Parallel()
	foreign := []string{"none", "dir", "RSA1_5", "RSA-OAEP-384", "RSA-OAEP-512", "rsa-oaep", "RSA-OAEP ", "A128KW", "A256KW", "A256GCMKW", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "PBES2-HS256+A128KW", "HS256", "ES256"}
	for _, tt := range []struct {
		alg  string
		data []byte
	}{{"RSA-OAEP", rsaPEM()}, {"RSA-OAEP-256", rsaPEM()}, {"ECDH-ES", ecPEM()}, {"ECDH-ES", okpPEM()}} {
		set := parseSet(t, tt.data, tt.alg, "A256GCM")
		e := encrypter(t, set, tt.alg, "A256GCM")
		for _, other := range append(foreign, keyAlgorithms...) {
			if other == tt.alg {
				continue
			}
			message := encrypt(t, e, "x", map[string]any{"alg": other})
			_, err := set.Decrypt([]byte(message))
			wantError(t, err, keys.ErrAlgorithm, "configured is "+tt.alg)
			// also with an empty encrypted key, which has made libraries panic with A*KW
			_, err = set.Decrypt([]byte(segment(message, 1, "")))
			wantError(t, err, keys.ErrAlgorithm, "")
		}
		for _, other := range append(contentEncryptions, "none", "A512GCM", "a256gcm") {
			if other == "A256GCM" {
				continue
			}
			_, err := set.Decrypt([]byte(encrypt(t, e, "x", map[string]any{"enc": other})))
			wantError(t, err, keys.ErrAlgorithm, "configured is "+"A256GCM")
		}
	}
	// A message that is good for another configuration of the same key.
	for _, enc := range contentEncryptions {
		set := parseSet(t, rsaPEM(), "RSA-OAEP", enc)
		message := encrypt(t, encrypter(t, set, "RSA-OAEP", enc), "x", nil)
		if enc != "A256GCM" {
			_, err := rsaSet(t).Decrypt([]byte(message))
			wantError(t, err, keys.ErrAlgorithm, "enc is")
		}
	}
}

func TestDecryptChecksSizes(t *testing.T) {
	t.Parallel()
	for _, enc := range contentEncryptions {
		t.Run(enc, func(t *testing.T) {
			t.Parallel()
			set := parseSet(t, rsaPEM(), "RSA-OAEP", enc)
			message := encrypt(t, encrypter(t, set, "RSA-OAEP", enc), strings.Repeat("x", 64), nil)
			parts := strings.Split(message, ".")
			iv, ciphertext, tag := unb64(parts[2]), unb64(parts[3]), unb64(parts[4])
			for _, n := range []int{0, 1, 4, 8, 11, 12, 13, 15, 16, 17, 20, 24, 32, 48, 64} {
				if n != len(iv) {
					_, err := set.Decrypt([]byte(segment(message, 2, b64(make([]byte, n)))))
					wantError(t, err, keys.ErrMalformed, "initialization vector has")
				}
				if n != len(tag) {
					// The octets stay in order: only the border between ciphertext and tag moves.
					all := append(append([]byte{}, ciphertext...), tag...)
					moved := segment(segment(message, 3, b64(all[:len(all)-n])), 4, b64(all[len(all)-n:]))
					_, err := set.Decrypt([]byte(moved))
					wantError(t, err, keys.ErrMalformed, "authentication tag has")
				}
			}
			for _, size := range []int{0, 1, 255, 257, 384, 512} {
				_, err := set.Decrypt([]byte(segment(message, 1, b64(make([]byte, size)))))
				wantError(t, err, keys.ErrMalformed, "encrypted key does not have the size of our key")
			}
			if strings.Contains(enc, "CBC") {
				for _, cut := range []int{1, 8, 15, len(ciphertext)} {
					_, err := set.Decrypt([]byte(segment(message, 3, b64(ciphertext[:len(ciphertext)-cut]))))
					wantError(t, err, keys.ErrMalformed, "whole blocks")
				}
			}
		})
	}
}

// Each segment is flipped bit by bit at some places: always the same error.
func TestDecryptHasOneError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		alg, enc string
		data     []byte
	}{
		{"RSA-OAEP", "A256GCM", rsaPEM()}, {"RSA-OAEP-256", "A128CBC-HS256", rsaPEM()},
		{"ECDH-ES", "A256GCM", ecPEM()}, {"ECDH-ES", "A256CBC-HS512", okpPEM()},
	} {
		set := parseSet(t, tt.data, tt.alg, tt.enc)
		message := encrypt(t, encrypter(t, set, tt.alg, tt.enc), "plaintext", map[string]any{"kid": nil})
		for i, s := range strings.Split(message, ".") {
			if i == 0 || s == "" {
				continue
			}
			octets := unb64(s)
			for _, at := range []int{0, len(octets) / 2, len(octets) - 1} {
				spoiled := append([]byte{}, octets...)
				spoiled[at] ^= 1
				plaintext, err := set.Decrypt([]byte(segment(message, i, b64(spoiled))))
				if err != keys.ErrDecrypt || plaintext != nil { //nolint:errorlint // the very same value
					t.Errorf("%s, segment %d: Decrypt = %q, %v, want ErrDecrypt itself", tt.alg, i, plaintext, err)
				}
			}
		}
		// The header is authenticated, too, though another text may mean the same.
		header := strings.Replace(string(unb64(strings.Split(message, ".")[0])), "{", "{ ", 1)
		if _, err := set.Decrypt([]byte(segment(message, 0, b64(header)))); err != keys.ErrDecrypt { //nolint:errorlint // the very same value
			t.Errorf("%s: with a changed header: %v, want ErrDecrypt itself", tt.alg, err)
		}
	}
	// An encrypted key that holds a key of another size.
	set := parseSet(t, rsaPEM(), "RSA-OAEP", "A128GCM")
	long := encrypt(t, encrypter(t, rsaSet(t), "RSA-OAEP", "A256GCM"), "x", map[string]any{"enc": "A128GCM"})
	if _, err := set.Decrypt([]byte(long)); err != keys.ErrDecrypt { //nolint:errorlint // the very same value
		t.Errorf("content key of 32 octets for A128GCM: %v, want ErrDecrypt", err)
	}
	empty := encrypt(t, encrypter(t, rsaSet(t), "RSA-OAEP", "A256GCM"), "", nil)
	if _, err := rsaSet(t).Decrypt([]byte(empty)); !errors.Is(err, keys.ErrDecrypt) {
		t.Errorf("empty plaintext: %v, want ErrDecrypt", err)
	}
}

func TestDecryptPicksKey(t *testing.T) {
	t.Parallel()
	// next → current → retiring: what was encrypted to any of the keys still opens.
	now, old := rsaSet(t), parseSet(t, oldRSAPEM(), "RSA-OAEP", "A256GCM")
	both := parseSet(t, join(rsaPEM(), oldRSAPEM()), "RSA-OAEP", "A256GCM")
	for _, set := range []*keys.Set{now, old} {
		e := encrypter(t, set, "RSA-OAEP", "A256GCM")
		for _, header := range []map[string]any{nil, {"kid": nil}} {
			if got, err := both.Decrypt([]byte(encrypt(t, e, "x", header))); err != nil || string(got) != "x" {
				t.Errorf("Decrypt = %q, %v", got, err)
			}
		}
	}
	e := encrypter(t, now, "RSA-OAEP", "A256GCM")
	_, err := both.Decrypt([]byte(encrypt(t, e, "x", map[string]any{"kid": "who?\n"})))
	wantError(t, err, keys.ErrUnknownKey, "has the kid of the message")
	// kid decides, even if another key would do.
	if _, err := both.Decrypt([]byte(encrypt(t, e, "x", map[string]any{"kid": both.KeyIDs()[1]}))); !errors.Is(err, keys.ErrDecrypt) {
		t.Errorf("Decrypt with the kid of another key: %v, want ErrDecrypt", err)
	}
	if _, err := old.Decrypt([]byte(encrypt(t, e, "x", map[string]any{"kid": nil}))); !errors.Is(err, keys.ErrDecrypt) {
		t.Errorf("Decrypt with another key: %v, want ErrDecrypt", err)
	}
	// Keys on several curves: the epk shows which ones fit.
	p384 := pkcs8(must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)))
	mixed := parseSet(t, join(p384, ecPEM()), "ECDH-ES", "A256GCM")
	message := encrypt(t, encrypter(t, parseSet(t, ecPEM(), "ECDH-ES", "A256GCM"), "ECDH-ES", "A256GCM"), "x", map[string]any{"kid": nil})
	if got, err := mixed.Decrypt([]byte(message)); err != nil || string(got) != "x" {
		t.Errorf("Decrypt with several curves = %q, %v", got, err)
	}
	for _, set := range []*keys.Set{nil, {}} {
		if _, err := set.Decrypt([]byte(message)); !errors.Is(err, keys.ErrUnknownKey) {
			t.Errorf("Decrypt without keys: %v, want ErrUnknownKey", err)
		}
		if set.PublicJWKS() != nil || set.KeyIDs() != nil || set.Type() != "" {
			t.Error("a Set without keys publishes something")
		}
	}
}

// With one processor there is still a turn for each decryption, one after the other.
func TestDecryptOnOneProcessor(t *testing.T) { //nolint:paralleltest // the number of processors is everybody's
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	set := parseSet(t, ecPEM(), "ECDH-ES", "A128GCM")
	message := []byte(encrypt(t, encrypter(t, set, "ECDH-ES", "A128GCM"), "x", nil))
	for range 2 {
		if got, err := set.Decrypt(message); err != nil || string(got) != "x" {
			t.Errorf("Decrypt = %q, %v", got, err)
		}
	}
}

// One Set and one PublicSet serve all requests at once.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	set, ec, public := rsaSet(t), parseSet(t, ecPEM(), "ECDH-ES", "A128CBC-HS256"), es256Public(t)
	e, s := encrypter(t, ec, "ECDH-ES", "A128CBC-HS256"), signer(t, es256PEM(), "ES256")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				jws := sign(t, s, "{}", map[string]any{"kid": nil})
				if got, err := ec.Decrypt([]byte(encrypt(t, e, jws, nil))); err != nil || string(got) != jws {
					t.Errorf("Decrypt = %q, %v", got, err)
				}
				if got, err := set.Decrypt([]byte(sealed(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, jws))); err != nil || string(got) != jws {
					t.Errorf("Decrypt = %q, %v", got, err)
				}
				if got, _, err := public.Verify([]byte(jws)); err != nil || string(got) != "{}" {
					t.Errorf("Verify = %q, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

// A Set is often made once for many tests, by the first that needs it, which may run in a bubble of testing/synctest.
func TestASetMadeInABubbleWorksOutside(t *testing.T) {
	t.Parallel()
	var set *keys.Set
	synctest.Test(t, func(t *testing.T) {
		set = parseSet(t, ecPEM(), "ECDH-ES", "A128GCM")
	})
	message := []byte(encrypt(t, encrypter(t, set, "ECDH-ES", "A128GCM"), "x", nil))
	if got, err := set.Decrypt(message); err != nil || string(got) != "x" {
		t.Errorf("Decrypt = %q, %v", got, err)
	}
}
