package rs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

const responseType = "application/token-introspection+jwt"

// signer is made once: the tests only read it.
var signer = sync.OnceValue(func() *keys.Signer { return newSigner("ES256") })

func newSigner(alg string) *keys.Signer {
	pem, err := keys.GenerateSigning(alg)
	if err != nil {
		panic(err)
	}
	s, err := keys.ParseSigner(pem, alg)
	if err != nil {
		panic(err)
	}
	return s
}

// ecdh is our key for tests: cheaper to make than an RSA key.
var ecdh = sync.OnceValue(func() *keys.Set {
	pem, err := keys.Generate("EC")
	if err != nil {
		panic(err)
	}
	set, err := keys.Parse(pem, "ECDH-ES", "A256GCM")
	if err != nil {
		panic(err)
	}
	return set
})

type object = map[string]any

// with is base with changes; nil removes.
func with(base, changes object) object {
	all := maps.Clone(base)
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

func goodEnvelope() object {
	return object{"iss": issuer, "aud": clientID, "iat": epoch.Unix(), "token_introspection": claims(nil)}
}

var goodHeader = object{"typ": "token-introspection+jwt"}

func sign(t testing.TB, s *keys.Signer, header object, payload string) string {
	t.Helper()
	jws, err := s.Sign([]byte(payload), header)
	if err != nil {
		t.Fatal(err)
	}
	return string(jws)
}

func encrypt(t testing.TB, header object, plaintext string) string {
	t.Helper()
	e, err := keys.NewEncrypter(ecdh().PublicJWKS(), "ECDH-ES", "A256GCM")
	if err != nil {
		t.Fatal(err)
	}
	jwe, err := e.Encrypt([]byte(plaintext), with(object{"cty": "JWT"}, header))
	if err != nil {
		t.Fatal(err)
	}
	return string(jwe)
}

func signedConfig(w *wire) rs.Config {
	cfg := config(w.on(jwksURL, answers(200, "application/json", string(signer().PublicJWKS()))))
	cfg.Format, cfg.JWKSEndpoint = rs.JWTSigned, jwksURL
	return cfg
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) int64 { return epoch.Add(d).Unix() }
	skewed := func(c *rs.Config) { c.ClockSkew = 10 * time.Second }
	later := func(c *rs.Config) { c.Now = func() time.Time { return epoch.Add(750 * time.Millisecond) } }
	for _, c := range []struct {
		name             string
		header, envelope object
		adjust           func(*rs.Config)
		want             rs.Reason
	}{
		{"good", nil, nil, nil, ""},
		{"typ with prefix", object{"typ": "application/token-introspection+jwt"}, nil, nil, ""},
		{"typ in capitals", object{"typ": "Token-Introspection+JWT"}, nil, nil, ""},
		{"typ with a letter that only folds to one of ours", object{"typ": "to\u212aen-introspection+jwt"}, nil, nil, rs.ReasonResponseType},
		{"typ with another", object{"typ": "token-\u0130ntrospection+jwt"}, nil, nil, rs.ReasonResponseType},
		{"no typ", object{"typ": nil}, nil, nil, rs.ReasonResponseType},
		{"no typ, lenient", object{"typ": nil}, nil, func(c *rs.Config) { c.LenientResponseType = true }, ""},
		{"JWT", object{"typ": "JWT"}, nil, func(c *rs.Config) { c.LenientResponseType = true }, rs.ReasonResponseType},
		{"access token", object{"typ": "at+jwt"}, nil, nil, rs.ReasonResponseType},
		{"prefix of typ", object{"typ": "token-introspection"}, nil, nil, rs.ReasonResponseType},
		{"aud list", nil, object{"aud": []string{"x", clientID}}, nil, ""},
		{"own identifiers", nil, object{"aud": "https://rs.example"}, func(c *rs.Config) { c.ResponseAudiences = []string{"https://rs.example"} }, ""},
		{"own identifiers replace the client id", nil, nil, func(c *rs.Config) { c.ResponseAudiences = []string{"https://rs.example"} }, rs.ReasonResponseAudience},
		{"aud of another", nil, object{"aud": "x"}, nil, rs.ReasonResponseAudience},
		{"aud in another case", nil, object{"aud": strings.ToUpper(clientID)}, nil, rs.ReasonResponseAudience},
		{"aud empty", nil, object{"aud": []string{}}, nil, rs.ReasonResponseAudience},
		{"no aud", nil, object{"aud": nil}, nil, rs.ReasonResponseClaims},
		{"aud number", nil, object{"aud": 1}, nil, rs.ReasonResponseClaims},
		{"no iss", nil, object{"iss": nil}, nil, rs.ReasonResponseClaims},
		{"iss of another", nil, object{"iss": "https://other.example"}, nil, rs.ReasonResponseIssuer},
		{"iss with slash", nil, object{"iss": issuer + "/"}, nil, rs.ReasonResponseIssuer},
		{"iss in another case", nil, object{"iss": strings.ToUpper(issuer)}, nil, rs.ReasonResponseIssuer},
		{"iss list", nil, object{"iss": []string{issuer}}, nil, rs.ReasonResponseClaims},
		{"no iat", nil, object{"iat": nil}, nil, rs.ReasonResponseClaims},
		{"iat string", nil, object{"iat": "1"}, nil, rs.ReasonResponseClaims},
		{"iat in the future", nil, object{"iat": at(time.Second)}, nil, rs.ReasonResponseTime},
		{"iat in the future within skew", nil, object{"iat": at(10 * time.Second)}, skewed, ""},
		{"iat in the future beyond skew", nil, object{"iat": at(11 * time.Second)}, skewed, rs.ReasonResponseTime},
		{"iat at the greatest age", nil, object{"iat": at(-2 * time.Minute)}, nil, ""},
		{"iat too old", nil, object{"iat": at(-2*time.Minute - time.Second)}, nil, rs.ReasonResponseTime},
		{"iat too old as configured", nil, object{"iat": at(-2 * time.Second)}, func(c *rs.Config) { c.ResponseMaxAge = time.Second }, rs.ReasonResponseTime},
		{"own exp", nil, object{"exp": at(time.Second)}, nil, ""},
		{"past its exp", nil, object{"exp": at(0)}, nil, rs.ReasonResponseTime},
		{"past its exp within skew", nil, object{"exp": at(-9 * time.Second)}, skewed, ""},
		{"past its exp at the skew", nil, object{"exp": at(-10 * time.Second)}, skewed, rs.ReasonResponseTime},
		{"own nbf", nil, object{"nbf": at(0)}, nil, ""},
		{"before its nbf", nil, object{"nbf": at(time.Second)}, nil, rs.ReasonResponseTime},
		{"half a second before its nbf", nil, object{"nbf": float64(at(0)) + 0.5}, nil, rs.ReasonResponseTime},
		{"half a second after its nbf", nil, object{"nbf": float64(at(0)) + 0.25}, later, ""},
		{"before its nbf, in this second", nil, object{"nbf": float64(at(0)) + 0.875}, later, rs.ReasonResponseTime},
		{"before its nbf within skew", nil, object{"nbf": at(10 * time.Second)}, skewed, ""},
		{"before its nbf beyond skew", nil, object{"nbf": at(11 * time.Second)}, skewed, rs.ReasonResponseTime},
		{"exp string", nil, object{"exp": "1"}, nil, rs.ReasonResponseClaims},
		{"no response", nil, object{"token_introspection": nil}, nil, rs.ReasonResponseClaims},
		{"response as string", nil, object{"token_introspection": `{"active":true}`}, nil, rs.ReasonResponseClaims},
		{"response as array", nil, object{"token_introspection": []any{claims(nil)}}, nil, rs.ReasonResponseClaims},
		{"active beside the response", nil, object{"active": true, "token_introspection": object{}}, nil, rs.ReasonBody},
		{"inactive", nil, object{"token_introspection": object{"active": false}}, nil, rs.ReasonInactive},
		{"inactive inside, active beside", nil, object{"active": true, "token_introspection": object{"active": false}}, nil, rs.ReasonInactive},
		{"inner issuer of another", nil, object{"token_introspection": claims(object{"iss": "https://other.example"})}, nil, rs.ReasonIssuer},
		{"no token_type", nil, object{"token_introspection": claims(object{"token_type": nil})}, nil, rs.ReasonTokenTypeMissing},
		{"no token_type, optional", nil, object{"token_introspection": claims(object{"token_type": nil})}, func(c *rs.Config) { c.TokenType = rs.TokenTypeOptional }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			jws := sign(t, signer(), with(goodHeader, c.header), mustJSON(with(goodEnvelope(), c.envelope)))
			for format, body := range map[rs.Format]string{rs.JWTSigned: jws, rs.JWT: encrypt(t, nil, jws)} {
				cfg := signedConfig(newWire().on(endpoint, answers(200, responseType, body)))
				cfg.Format, cfg.Decrypter = format, ecdh()
				if c.adjust != nil {
					c.adjust(&cfg)
				}
				if got := outcome(newServer(t, cfg), "token"); got != c.want {
					t.Errorf("%v: got %q, want %q", format, got, c.want)
				}
			}
		})
	}
}

func TestNothingButTheConfiguredFormat(t *testing.T) {
	t.Parallel()
	plain := mustJSON(claims(nil))
	jws := sign(t, signer(), goodHeader, mustJSON(goodEnvelope()))
	other := newSigner("ES256")
	for _, c := range []struct {
		name, contentType, body string
		format                  rs.Format
		want                    rs.Reason
	}{
		{"good", responseType, encrypt(t, nil, jws), rs.JWT, ""},
		{"charset", responseType + "; charset=utf-8", encrypt(t, nil, jws), rs.JWT, ""},
		{"final line end", responseType, encrypt(t, nil, jws) + "\n", rs.JWT, ""},
		{"header repeats iss and aud", responseType, encrypt(t, object{"iss": issuer, "aud": clientID}, jws), rs.JWT, ""},
		{"header repeats another iss", responseType, encrypt(t, object{"iss": "x"}, jws), rs.JWT, rs.ReasonResponseIssuer},
		{"header repeats another aud", responseType, encrypt(t, object{"aud": []string{"x"}}, jws), rs.JWT, rs.ReasonResponseAudience},
		{"signed only", responseType, jws, rs.JWT, rs.ReasonResponseEncryption},
		{"encrypted only", responseType, encrypt(t, nil, mustJSON(goodEnvelope())), rs.JWT, rs.ReasonResponseSignature},
		{"encrypted JSON", responseType, encrypt(t, nil, plain), rs.JWT, rs.ReasonResponseSignature},
		{"encrypted twice", responseType, encrypt(t, nil, encrypt(t, nil, jws)), rs.JWT, rs.ReasonResponseSignature},
		{"plain JSON", "application/json", plain, rs.JWT, rs.ReasonContentType},
		{"plain JSON under the JWT type", responseType, plain, rs.JWT, rs.ReasonResponseEncryption},
		{"JWT under the JSON type", "application/json", encrypt(t, nil, jws), rs.JWT, rs.ReasonContentType},
		{"empty", responseType, "", rs.JWT, rs.ReasonResponseEncryption},
		{"signed", responseType, jws, rs.JWTSigned, ""},
		{"encrypted where only signed was agreed", responseType, encrypt(t, nil, jws), rs.JWTSigned, rs.ReasonResponseSignature},
		{"plain JSON instead of signed", "application/json", plain, rs.JWTSigned, rs.ReasonContentType},
		{"signed JWT in a signed JWT", responseType, sign(t, signer(), goodHeader, jws), rs.JWTSigned, rs.ReasonResponseClaims},
		{"a key of nobody", responseType, sign(t, other, goodHeader, mustJSON(goodEnvelope())), rs.JWTSigned, rs.ReasonResponseKey},
		{"a key of nobody under a known name", responseType, sign(t, other, with(goodHeader, object{"kid": signer().KeyID()}), mustJSON(goodEnvelope())), rs.JWTSigned, rs.ReasonResponseSignature},
		{"no algorithm", responseType, sign(t, signer(), with(goodHeader, object{"alg": "none"}), mustJSON(goodEnvelope())), rs.JWTSigned, rs.ReasonResponseSignature},
		{"signed, wrong for JSON", responseType, jws, rs.JSON, rs.ReasonContentType},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(endpoint, answers(200, c.contentType, c.body))
			cfg := signedConfig(w)
			cfg.Format, cfg.Decrypter = c.format, ecdh()
			if got := outcome(newServer(t, cfg), "token"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if n := w.count(jwksURL); n > 1 && c.want != rs.ReasonResponseKey && !strings.Contains(c.name, "under a known name") {
				t.Errorf("%d fetches of keys, which fresh ones could not have changed", n)
			}
		})
	}
}

func TestAcceptHeaderNamesTheOneFormat(t *testing.T) {
	t.Parallel()
	jws := sign(t, signer(), goodHeader, mustJSON(goodEnvelope()))
	cfg := signedConfig(newWire().on(endpoint, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Values("Accept"); len(got) != 1 || got[0] != responseType {
			t.Errorf("Accept: %q", got)
		}
		answers(200, responseType, jws)(w, r)
	}))
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Error(got)
	}
}

// hsm is a Decrypter that is no keys.Set.
type hsm struct{ err error }

func (h hsm) Decrypt(jwe []byte) ([]byte, error) {
	if h.err != nil {
		return nil, h.err
	}
	return ecdh().Decrypt(jwe)
}

func TestAnotherDecrypter(t *testing.T) {
	t.Parallel()
	body := encrypt(t, nil, sign(t, signer(), goodHeader, mustJSON(goodEnvelope())))
	for want, d := range map[rs.Reason]hsm{
		"": {}, rs.ReasonDecryptionUnavailable: {errors.New("no session")}, rs.ReasonResponseEncryption: {fmt.Errorf("hsm: %w", keys.ErrDecrypt)},
	} {
		cfg := signedConfig(newWire().on(endpoint, answers(200, responseType, body)))
		cfg.Format, cfg.Decrypter = rs.JWT, d
		if got := outcome(newServer(t, cfg), "token"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// slowly is a Decrypter that takes a minute.
type slowly struct{ hsm }

func (s slowly) Decrypt(jwe []byte) ([]byte, error) {
	time.Sleep(time.Minute)
	return s.hsm.Decrypt(jwe)
}

// patiently is one that gives up in time.
type patiently struct{ slowly }

func (patiently) DecryptContext(ctx context.Context, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestADecrypterThatTakesLong: nothing else is blamed, and one that wants to know how long we wait is told.
func TestADecrypterThatTakesLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		token := encrypt(t, nil, sign(t, signer(), goodHeader, mustJSON(goodEnvelope())))
		asked := signedConfig(newWire().on(endpoint, answers(200, responseType, token)))
		asked.Format = rs.JWT
		for name, cfg := range map[string]rs.Config{"an answer": asked, "an access token": liveLocal(newWire())} {
			for d, want := range map[rs.Decrypter]time.Duration{slowly{}: time.Minute, patiently{}: time.Second} {
				cfg.Decrypter, cfg.Budget = d, time.Second
				begin := time.Now()
				if got := outcome(newServer(t, cfg), token); got != rs.ReasonDecryptionUnavailable || time.Since(begin) != want {
					t.Errorf("%s, %T: %q after %s, want it after %s", name, d, got, time.Since(begin), want)
				}
			}
		}
	})
}

// A private key that cannot be used blames no token, also where a token is opened with it, and does not open the circuit.
func TestAnotherDecrypterOfTokens(t *testing.T) {
	t.Parallel()
	for want, d := range map[rs.Reason]hsm{
		rs.ReasonDecryptionUnavailable: {errors.New("no session")}, rs.ReasonTokenEncryption: {fmt.Errorf("hsm: %w", keys.ErrDecrypt)},
	} {
		cfg := liveLocal(newWire())
		cfg.Decrypter = d
		s := newServer(t, cfg)
		for range 30 {
			if got := outcome(s, encrypt(t, nil, "whatever")); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	}
}

// eager is a Decrypter that checks nothing and always has the same plaintext.
type eager string

func (e eager) Decrypt([]byte) ([]byte, error) { return []byte(e), nil }

// What a message may look like is not left to the Decrypter, which can be anybody's.
func TestADecrypterIsGivenNothingMalformed(t *testing.T) {
	t.Parallel()
	jws := sign(t, signer(), goodHeader, mustJSON(goodEnvelope()))
	for body, want := range map[string]rs.Reason{
		encrypt(t, nil, jws):                                       "",
		encrypt(t, object{"zip": "DEF"}, jws):                      rs.ReasonResponseEncryption,
		encrypt(t, object{"crit": []string{"exp"}, "exp": 1}, jws): rs.ReasonResponseEncryption,
		encrypt(t, object{"iss": "https://other.example"}, jws):    rs.ReasonResponseIssuer,
		encrypt(t, object{"aud": "somebody"}, jws):                 rs.ReasonResponseAudience,
		encrypt(t, nil, jws) + "=":                                 rs.ReasonResponseEncryption,
		strings.Repeat(".", 4):                                     rs.ReasonResponseEncryption,
		jws:                                                        rs.ReasonResponseEncryption,
	} {
		cfg := signedConfig(newWire().on(endpoint, answers(200, responseType, body)))
		cfg.Format, cfg.Decrypter = rs.JWT, eager(jws)
		if got := outcome(newServer(t, cfg), "token"); got != want {
			t.Errorf("%.40s…: got %q, want %q", body, got, want)
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add(mustJSON(goodEnvelope()))
	f.Add(`{"iss":"` + issuer + `","aud":[],"iat":1}`)
	f.Add(mustJSON(with(goodEnvelope(), object{"token_introspection": object{"active": false}})))
	f.Fuzz(func(t *testing.T, payload string) {
		jws, err := signer().Sign([]byte(payload), goodHeader)
		if err != nil {
			t.Skip("not a payload that can be signed")
		}
		s := newServer(t, signedConfig(newWire().on(endpoint, answers(200, responseType, string(jws)))))
		if _, err := s.Authenticate(t.Context(), "token"); err != nil {
			return
		}
		var other struct {
			Iss      string                     `json:"iss"`
			Response map[string]json.RawMessage `json:"token_introspection"` // a number of no interest may be beyond float64
		}
		if err := json.Unmarshal([]byte(payload), &other); err != nil || other.Iss != issuer || string(other.Response["active"]) != "true" {
			t.Fatalf("accepted %q", payload)
		}
	})
}
