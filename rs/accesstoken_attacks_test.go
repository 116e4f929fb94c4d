package rs_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

func url64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func std64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// attacker has a key of his own and knows everything that is public.
var attacker = sync.OnceValue(func() *keys.Signer { return newSigner("ES256") })

// fake is a token with any text as header and claims, signed by the attacker.
func fake(t testing.TB, header, payload string) string {
	t.Helper()
	jws := sign(t, attacker(), nil, payload)
	return url64(header) + jws[strings.IndexByte(jws, '.'):]
}

// part replaces a part of a token: 0 the header, 1 the claims, 2 the signature.
func part(token string, i int, replacement string) string {
	parts := strings.Split(token, ".")
	parts[i] = replacement
	return strings.Join(parts, ".")
}

// keyOf is the one public JWK of a signer.
func keyOf(s *keys.Signer) string {
	return strings.TrimSuffix(strings.TrimPrefix(string(s.PublicJWKS()), `{"keys":[`), `]}`)
}

func hs256(input, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// attacks are the published ways to make a verifier accept what the issuer did not sign as an access token for us.
func attacks(t testing.TB) map[string]string {
	claims := mustJSON(accessClaims())
	kid := signer().KeyID()
	good := accessToken(t, nil, nil)
	payload := strings.Split(good, ".")[1]
	header := func(members object) string {
		return mustJSON(mergeHeader(object{"alg": "ES256", "typ": "at+jwt", "kid": kid}, members))
	}
	text := func(replace, by string) string { return strings.Replace(claims, replace, by, 1) }
	own := func(members object, text string) string {
		return sign(t, signer(), mergeHeader(accessHeader, members), text)
	}
	zeros := func(n int) string { return base64.RawURLEncoding.EncodeToString(make([]byte, n)) }
	all := map[string]string{
		// No signature.
		"alg none":                       url64(`{"alg":"none","typ":"at+jwt"}`) + "." + payload + ".",
		"alg None":                       url64(`{"alg":"None","typ":"at+jwt"}`) + "." + payload + ".",
		"alg NONE with a signature":      part(good, 0, url64(header(object{"alg": "NONE"}))),
		"alg nOnE":                       url64(header(object{"alg": "nOnE"})) + "." + payload + ".",
		"alg empty":                      url64(header(object{"alg": ""})) + "." + payload + ".",
		"alg null":                       url64(header(object{"alg": json.RawMessage("null")})) + "." + payload + ".",
		"alg missing":                    url64(`{"typ":"at+jwt"}`) + "." + payload + ".",
		"alg list":                       url64(header(object{"alg": []string{"ES256", "none"}})) + "." + payload + ".",
		"signature removed":              part(good, 2, ""),
		"signature and its dot removed":  good[:strings.LastIndexByte(good, '.')],
		"signature of zeros (r = s = 0)": part(good, 2, zeros(64)),
		"signature of zeros, short":      part(good, 2, zeros(2)),
		"signature of zeros, DER":        part(good, 2, base64.RawURLEncoding.EncodeToString([]byte{0x30, 6, 2, 1, 0, 2, 1, 0})),
		"signature r = s = n":            part(good, 2, url64(strings.Repeat("\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51", 2))),
		"signature cut":                  good[:len(good)-4],
		"signature longer":               good + "AAAA",
		"signature of another message":   part(good, 2, strings.Split(own(nil, text("alice", "bob")), ".")[2]),
		"claims changed":                 part(good, 1, url64(text("alice", "admin"))),
		"header changed":                 part(good, 0, url64(header(object{"x": 1}))),
		// Another algorithm.
		"HS256 with the JWK as secret":  hs256(url64(header(object{"alg": "HS256"}))+"."+payload, keyOf(signer())),
		"HS256 with the JWKS as secret": hs256(url64(header(object{"alg": "HS256"}))+"."+payload, string(signer().PublicJWKS())),
		"HS256 with an empty secret":    hs256(url64(header(object{"alg": "HS256"}))+"."+payload, ""),
		"HS256 that says ES256":         hs256(url64(header(nil))+"."+payload, keyOf(signer())),
		"ES384 in the header":           own(object{"alg": "ES384"}, claims),
		"es256 in the header":           own(object{"alg": "es256"}, claims),
		"ES256K":                        own(object{"alg": "ES256K"}, claims),
		"EdDSA":                         sign(t, newSigner("EdDSA"), accessHeader, claims),
		"RS256":                         sign(t, newSigner("RS256"), accessHeader, claims),
		"RS256 that says ES256":         sign(t, newSigner("RS256"), object{"typ": "at+jwt", "alg": "ES256", "kid": kid}, claims),
		// Another key.
		"the attacker's key":           sign(t, attacker(), accessHeader, claims),
		"the attacker's key, our kid":  sign(t, attacker(), mergeHeader(accessHeader, object{"kid": kid}), claims),
		"the attacker's key, no kid":   sign(t, attacker(), mergeHeader(accessHeader, object{"kid": nil}), claims),
		"jwk in the header":            sign(t, attacker(), mergeHeader(accessHeader, object{"jwk": json.RawMessage(keyOf(attacker()))}), claims),
		"jwk in the header, our kid":   sign(t, attacker(), mergeHeader(accessHeader, object{"kid": kid, "jwk": json.RawMessage(keyOf(attacker()))}), claims),
		"jwk in the header, no kid":    sign(t, attacker(), mergeHeader(accessHeader, object{"kid": nil, "jwk": json.RawMessage(keyOf(attacker()))}), claims),
		"jku":                          sign(t, attacker(), mergeHeader(accessHeader, object{"jku": "https://as.example/evil"}), claims),
		"jku beside our kid":           sign(t, attacker(), mergeHeader(accessHeader, object{"kid": kid, "jku": "https://as.example/evil"}), claims),
		"x5u":                          sign(t, attacker(), mergeHeader(accessHeader, object{"x5u": "https://as.example/evil"}), claims),
		"x5c":                          sign(t, attacker(), mergeHeader(accessHeader, object{"x5c": []string{"MIIB"}}), claims),
		"x5t":                          sign(t, attacker(), mergeHeader(accessHeader, object{"x5t": "AAAA", "x5t#S256": "AAAA"}), claims),
		"kid as a path":                sign(t, attacker(), mergeHeader(accessHeader, object{"kid": "../../../dev/null"}), claims),
		"kid as SQL":                   sign(t, attacker(), mergeHeader(accessHeader, object{"kid": "x' UNION SELECT 'k';--"}), claims),
		"kid as a URL":                 sign(t, attacker(), mergeHeader(accessHeader, object{"kid": "https://as.example/evil"}), claims),
		"kid with a NUL":               sign(t, attacker(), mergeHeader(accessHeader, object{"kid": kid + "\x00"}), claims),
		"kid empty":                    own(object{"kid": ""}, claims),
		"kid number":                   own(object{"kid": 1}, claims),
		"kid list":                     own(object{"kid": []string{kid}}, claims),
		"kid of four thousand letters": sign(t, attacker(), mergeHeader(accessHeader, object{"kid": strings.Repeat("k", 4000)}), claims),
		// What changes the meaning of a message.
		"crit":             own(object{"crit": []string{"exp"}, "exp": 1}, claims),
		"crit empty":       own(object{"crit": []string{}}, claims),
		"crit null":        own(object{"crit": json.RawMessage("null")}, claims),
		"b64 false":        own(object{"b64": false, "crit": []string{"b64"}}, claims),
		"b64 without crit": own(object{"b64": false}, claims),
		"zip":              own(object{"zip": "DEF"}, claims),
		"enc in a JWS":     own(object{"enc": "A256GCM"}, claims),
		// Two readings.
		"alg twice":                     fake(t, `{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"`+kid+`"}`, claims),
		"kid twice":                     fake(t, `{"alg":"ES256","typ":"at+jwt","kid":"a","kid":"`+kid+`"}`, claims),
		"alg in capitals":               fake(t, `{"ALG":"ES256","typ":"at+jwt","kid":"`+kid+`"}`, claims),
		"header with data behind":       fake(t, header(nil)+`{}`, claims),
		"header as list":                fake(t, `[`+header(nil)+`]`, claims),
		"header too deep":               fake(t, `{"alg":"ES256","typ":"at+jwt","x":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)+`}`, claims),
		"iss twice":                     own(nil, text(`{`, `{"iss":"https://other.example",`)),
		"aud twice":                     own(nil, text(`{`, `{"aud":"https://other.example",`)),
		"exp twice":                     own(nil, text(`{`, `{"exp":1,`)),
		"scope twice, by escape":        own(nil, text(`{`, `{"sc\u006fpe":"admin",`)),
		"duplicate below":               own(nil, text(`{`, `{"x":{"y":1,"y":2},`)),
		"claims with data behind":       own(nil, claims+`{}`),
		"claims as list":                own(nil, `[`+claims+`]`),
		"claims as string":              own(nil, mustJSON(claims)),
		"claims null":                   own(nil, `null`),
		"claims empty":                  own(nil, ``),
		"claims with a byte order mark": own(nil, "\ufeff"+claims),
		"claims with invalid UTF-8":     own(nil, text("alice", "al\xffice")),
		"claims in capitals":            own(nil, text(`"aud"`, `"AUD"`)),
		// Another serialization.
		"padding":                    part(good, 1, payload+"="),
		"standard alphabet":          part(good, 2, "+/"+strings.Split(good, ".")[2][2:]),
		"stray bits":                 strayBits(good),
		"a dot more":                 good + ".",
		"two dots more":              good + "..",
		"a dot in front":             "." + good,
		"nested JWS":                 own(object{"cty": "JWT"}, good),
		"nested JWS of the attacker": sign(t, attacker(), mergeHeader(accessHeader, object{"cty": "JWT", "kid": kid}), good),
		// Encryption proves nothing.
		"JWE of claims":             encrypt(t, nil, claims),
		"JWE of alg none":           encrypt(t, nil, url64(`{"alg":"none","typ":"at+jwt"}`)+"."+payload+"."),
		"JWE of the attacker's JWS": encrypt(t, nil, sign(t, attacker(), accessHeader, claims)),
		"JWE of a JWE":              encrypt(t, nil, encrypt(t, nil, good)),
		"JWE with zip":              part5(encrypt(t, nil, good), func(h object) { h["zip"] = "DEF" }),
		"JWE with dir":              part5(encrypt(t, nil, good), func(h object) { h["alg"] = "dir" }),
		"JWE with PBES2":            part5(encrypt(t, nil, good), func(h object) { h["alg"], h["p2c"] = "PBES2-HS256+A128KW", 1e9 }),
		"JWE with RSA1_5":           part5(encrypt(t, nil, good), func(h object) { h["alg"] = "RSA1_5" }),
		"JWE with another enc":      part5(encrypt(t, nil, good), func(h object) { h["enc"] = "A128CBC-HS256" }),
		"JWE with crit":             part5(encrypt(t, nil, good), func(h object) { h["crit"] = []string{"exp"} }),
		"JWE with a foreign iss":    encrypt(t, object{"iss": "https://other.example"}, good),
		"JWE with a foreign aud":    encrypt(t, object{"aud": "https://other.example"}, good),
		"JWE with an off-curve epk": part5(encrypt(t, nil, good), func(h object) { h["epk"].(object)["x"] = zeros(32) }),
		"JWE without a tag":         part(encrypt(t, nil, good), 4, ""),
	}
	return all
}

// strayBits sets a bit of the last letter that decoders ignore: the same signature in another spelling.
func strayBits(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	return token[:len(token)-1] + string(alphabet[last|1])
}

// part5 changes the header of a JWE.
func part5(jwe string, change func(object)) string {
	first, _, _ := strings.Cut(jwe, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		panic(err)
	}
	var header object
	if err := json.Unmarshal(text, &header); err != nil {
		panic(err)
	}
	change(header)
	return part(jwe, 0, url64(mustJSON(header)))
}

// TestPublishedAttacks: none is accepted, in either mode, none is passed on to the authorization server, and none makes us fetch
// anything but the configured key set.
func TestPublishedAttacks(t *testing.T) {
	t.Parallel()
	for name, token := range attacks(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, mode := range []rs.AccessTokenMode{rs.Local, rs.LocalThenIntrospect} {
				w := newWire().on(endpoint, good()).on("https://as.example/evil", answers(200, "application/json", string(attacker().PublicJWKS())))
				cfg := bothConfig(w, 0)
				cfg.AccessTokenMode, cfg.Decrypter = mode, ecdh()
				cfg.LenientKeycloak, cfg.LenientEntra, cfg.LenientScopeArray = true, true, true
				s := newServer(t, cfg)
				_, err := s.Authenticate(t.Context(), token)
				looksLikeJWT := strings.Count(token, ".") == 2 || strings.Count(token, ".") == 4
				switch e := rs.AsError(err); {
				case e == nil && mode == rs.LocalThenIntrospect && !looksLikeJWT: // it is the authorization server that says so
				case e == nil:
					t.Fatalf("%v: accepted", mode)
				case e.Status() != http.StatusUnauthorized && e.Status() != http.StatusBadRequest:
					t.Errorf("%v: status %d (%v)", mode, e.Status(), e)
				}
				if w.count("https://as.example/evil") != 0 || looksLikeJWT && strings.HasPrefix(token, "ey") && w.count(endpoint) != 0 {
					t.Errorf("%v: a call that the token asked for", mode)
				}
			}
		})
	}
}

// TestSerializationsOfJSON: what is no b64token does not get past the header field.
func TestSerializationsOfJSON(t *testing.T) {
	t.Parallel()
	parts := strings.Split(accessToken(t, nil, nil), ".")
	flat := `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`
	general := `{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`
	s := newServer(t, localConfig(newWire()))
	for _, token := range []string{flat, general} {
		_, err := s.AuthenticateRequest(request("Bearer " + token))
		refusal(t, err, rs.ErrInvalidRequest, rs.ReasonMalformedAuthorization)
		if got := outcome(s, url64(token)); got != rs.ReasonTokenFormat {
			t.Errorf("in base64: %q", got)
		}
	}
}

func FuzzAccessToken(f *testing.F) {
	for _, token := range attacks(f) {
		f.Add(token)
	}
	f.Add(accessToken(f, nil, nil))
	cfg := localConfig(newWire())
	cfg.Decrypter, cfg.LenientKeycloak, cfg.LenientEntra = ecdh(), true, true
	s := newServer(f, cfg)
	f.Fuzz(func(t *testing.T, token string) {
		p, err := s.Authenticate(t.Context(), token)
		if err != nil {
			if status := rs.AsError(err).Status(); status != 401 && status != 400 && status != 403 && status != 503 {
				t.Errorf("status %d: %v", status, err)
			}
			return
		}
		if p.Subject != "alice" || !p.HasTokenAudience(audience) {
			t.Errorf("accepted %q as %+v", token, p)
		}
	})
}

// FuzzAccessTokenClaims: whatever is signed and accepted reads the same to the standard library.
func FuzzAccessTokenClaims(f *testing.F) {
	for _, c := range accessTokens {
		f.Add([]byte(mustJSON(with(accessClaims(), c.claims))))
	}
	s := newServer(f, localConfig(newWire()))
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, err := s.Authenticate(t.Context(), sign(t, signer(), accessHeader, string(payload)))
		if err != nil {
			return
		}
		var other map[string]any
		if err := json.Unmarshal(payload, &other); err != nil {
			t.Fatalf("accepted %q", payload)
		}
		if other["iss"] != issuer || other["sub"] != p.Subject || other["client_id"] != p.ClientID || !strings.Contains(mustJSON(other["aud"]), audience) {
			t.Fatalf("accepted %q as %+v", payload, p)
		}
	})
}
