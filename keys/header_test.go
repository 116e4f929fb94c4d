package keys_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

func TestParseJWEHeader(t *testing.T) {
	t.Parallel()
	plain := keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM"}
	tests := []struct {
		name   string
		header string
		want   keys.Header
	}{
		{"least", `{"alg":"RSA-OAEP","enc":"A256GCM"}`, plain},
		{"as oidc-provider sends it", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT","kid":"k","iss":"https://as","aud":"me"}`,
			keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM", ContentType: "JWT", KeyID: "k", Issuer: new("https://as"), Audience: []string{"me"}, HasAudience: true}},
		{"as Glewlwyd sends it", `{"typ":"JWT","cty":"JWT","alg":"RSA-OAEP","enc":"A256GCM"}`,
			keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM", Type: "JWT", ContentType: "JWT"}},
		{"as Authelia's provider sends it", `{"alg":"RSA-OAEP","cty":"token-introspection+jwt","enc":"A256GCM","kid":"k","typ":"JWT"}`,
			keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM", Type: "JWT", ContentType: "token-introspection+jwt", KeyID: "k"}},
		{"cty of a kind of JWT, with prefix", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"application/AT+JWT"}`,
			keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM", ContentType: "application/AT+JWT"}},
		{"cty in lower case", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"jwt"}`,
			keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM", ContentType: "jwt"}},
		{"cty with prefix", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"Application/JWT"}`,
			keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM", ContentType: "Application/JWT"}},
		{"empty iss", `{"alg":"RSA-OAEP","enc":"A256GCM","iss":""}`,
			keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM", Issuer: new("")}},
		{"aud is a list", `{"alg":"RSA-OAEP","enc":"A256GCM","aud":["a","b"]}`,
			keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM", Audience: []string{"a", "b"}, HasAudience: true}},
		{"aud is an empty list", `{"alg":"RSA-OAEP","enc":"A256GCM","aud":[]}`,
			keys.Header{Algorithm: "RSA-OAEP", Encryption: "A256GCM", Audience: []string{}, HasAudience: true}},
		{"foreign members", `{"alg":"RSA-OAEP","enc":"A256GCM","Alg":"none","x":{"y":[1,{"z":null}]},"jku":"https://evil"}`, plain},
		{"white space", "{ \r\n\"alg\" : \"RSA-OAEP\" ,\t\"enc\" : \"A256GCM\" }", plain},
		{"escaped name and value", `{"\u0061lg":"RSA-OA\u0045P","enc":"A256GCM"}`, plain},
		{"braces and quotes in a string", `{"alg":"RSA-OAEP","enc":"A256GCM","x":"` + strings.Repeat(`\"[{`, 100) + `"}`, plain},
		{"nested as deep as allowed", `{"alg":"RSA-OAEP","enc":"A256GCM","x":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `}`, plain},
		{"many beside each other", `{"alg":"RSA-OAEP","enc":"A256GCM","x":[` + strings.Repeat("[],", 40) + `{}],"y":[` + strings.Repeat("{},", 40) + `[]]}`, plain},
		{"as long as allowed", `{"alg":"RSA-OAEP","enc":"A256GCM"` + strings.Repeat(" ", 8192-34) + `}`, plain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := keys.ParseJWEHeader([]byte(sealed(tt.header, "x")))
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParseJWEHeader = %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

// badHeaders are refused in a JWE and in a JWS alike. REST stands for what makes
// a header good.
var badHeaders = []struct{ name, header, reason string }{
	{"empty", ``, "JSON is invalid"},
	{"null", `null`, "not an object"},
	{"array", `[{REST}]`, "not an object"},
	{"string", `"alg"`, "not an object"},
	{"null behind", "{REST}\x00", "JSON is invalid"},
	{"another white space", "\u00a0{REST}", "JSON is invalid"},
	{"truncated", `{REST`, "JSON is invalid"},
	{"trailing data", `{REST}{}`, "JSON is invalid"},
	{"trailing comma", `{REST,}`, "JSON is invalid"},
	{"comment", `{REST/**/}`, "JSON is invalid"},
	{"byte order mark", "\ufeff{REST}", "JSON is invalid"},
	{"invalid UTF-8", "{REST,\"x\":\"\xff\"}", "JSON is invalid"},
	{"lone surrogate", `{REST,"x":"\ud800"}`, "JSON is invalid"},
	{"duplicate", `{REST,"kid":"a","kid":"a"}`, "duplicate member"},
	{"duplicate in disguise", `{REST,"kid":"a","\u006bid":"b"}`, "duplicate member"},
	{"duplicate further down", `{REST,"x":{"y":1,"y":2}}`, "duplicate member"},
	{"too deep", `{REST,"x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`, "deeper than 16"},
	{"far too deep", `{REST,"x":` + strings.Repeat("[", 7000), "deeper than 16"},
	{"too long", `{REST` + strings.Repeat(" ", 8200) + `}`, "more than 8192"},
	{"no alg", `{"kid":"a"}`, "alg is missing"},
	{"alg empty", `{"alg":""}`, "alg is empty"},
	{"alg null", `{"alg":null}`, "alg is not a string"},
	{"alg number", `{"alg":1}`, "alg is not a string"},
	{"alg list", `{"alg":["ES256"]}`, "alg is not a string"},
	{"kid number", `{REST,"kid":1}`, "kid is not a string"},
	{"kid null", `{REST,"kid":null}`, "kid is not a string"},
	{"kid empty", `{REST,"kid":""}`, "kid is empty"},
	{"typ number", `{REST,"typ":1}`, "typ is not a string"},
	{"typ empty", `{REST,"typ":""}`, "typ is empty"},
	{"cty object", `{REST,"cty":{}}`, "cty is not a string"},
	{"jku number", `{REST,"jku":1}`, "jku is not a string"},
	{"x5u number", `{REST,"x5u":1}`, "x5u is not a string"},
	{"SHA-1 x5t list", `{REST,"x5t":[]}`, "x5t is not a string"},
	{"x5t list", `{REST,"x5t#S256":[]}`, "x5t#S256 is not a string"},
	{"x5c string", `{REST,"x5c":"AAAA"}`, "x5c is not an array"},
	{"jwk string", `{REST,"jwk":"x"}`, "jwk is not an object"},
	{"crit", `{REST,"crit":["exp"]}`, "crit is not supported"},
	{"crit empty", `{REST,"crit":[]}`, "crit is not supported"},
	{"crit null", `{REST,"crit":null}`, "crit is not supported"},
	{"b64 false", `{REST,"b64":false}`, "b64 is not supported"},
	{"b64 true", `{REST,"b64":true}`, "b64 is not supported"},
	{"b64 critical", `{REST,"b64":false,"crit":["b64"]}`, "is not supported"},
	{"zip", `{REST,"zip":"DEF"}`, "zip is not supported"},
	{"zip unknown", `{REST,"zip":"GZIP"}`, "zip is not supported"},
	{"zip empty", `{REST,"zip":""}`, "zip is not supported"},
}

func TestParseJWEHeaderRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range badHeaders {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := strings.ReplaceAll(tt.header, "REST", `"alg":"RSA-OAEP","enc":"A256GCM"`)
			_, err := keys.ParseJWEHeader([]byte(sealed(header, "x")))
			wantError(t, err, keys.ErrMalformed, tt.reason)
			_, err = rsaSet(t).Decrypt([]byte(sealed(header, "x")))
			wantError(t, err, keys.ErrMalformed, tt.reason)
		})
	}
	for _, tt := range []struct{ name, header, reason string }{
		{"no enc", `{"alg":"RSA-OAEP"}`, "enc is missing"},
		{"enc empty", `{"alg":"RSA-OAEP","enc":""}`, "enc is missing"},
		{"enc number", `{"alg":"RSA-OAEP","enc":1}`, "enc is not a string"},
		{"cty of something else", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"text/plain"}`, "cty is not JWT"},
		{"cty with another prefix", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"text/plain//JWT"}`, "cty is not JWT"},
		{"cty of a kind of JWT with another prefix", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"text/at+jwt"}`, "cty is not JWT"},
		{"cty is only a suffix", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"+jwt"}`, "cty is not JWT"},
		{"cty that only ends so", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"notjwt"}`, "cty is not JWT"},
		{"cty empty", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":""}`, "cty is empty"},
		{"cty is only a prefix", `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"application/"}`, "cty is not JWT"},
		{"iss number", `{"alg":"RSA-OAEP","enc":"A256GCM","iss":1}`, "iss is not a string"},
		{"iss null", `{"alg":"RSA-OAEP","enc":"A256GCM","iss":null}`, "iss is not a string"},
		{"iss list", `{"alg":"RSA-OAEP","enc":"A256GCM","iss":["https://as"]}`, "iss is not a string"},
		{"aud number", `{"alg":"RSA-OAEP","enc":"A256GCM","aud":1}`, "aud is neither"},
		{"aud null", `{"alg":"RSA-OAEP","enc":"A256GCM","aud":null}`, "aud is neither"},
		{"aud mixed", `{"alg":"RSA-OAEP","enc":"A256GCM","aud":["a",1]}`, "aud is neither"},
		{"aud object", `{"alg":"RSA-OAEP","enc":"A256GCM","aud":{"a":1}}`, "aud is neither"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := keys.ParseJWEHeader([]byte(sealed(tt.header, "x")))
			wantError(t, err, keys.ErrMalformed, tt.reason)
		})
	}
}

func TestParseJWSHeader(t *testing.T) {
	t.Parallel()
	header := `{"alg":"ES256","typ":"token-introspection+jwt","kid":"k","cty":"x","iss":1,"aud":null,"jwk":{},"x5c":["AA"],"x5u":"https://evil"}`
	want := keys.Header{Algorithm: "ES256", Type: "token-introspection+jwt", KeyID: "k", ContentType: "x"}
	got, err := keys.ParseJWSHeader([]byte(signed(header, "{}")))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ParseJWSHeader = %+v, %v, want %+v", got, err, want)
	}
}

func TestParseJWSHeaderRefuses(t *testing.T) {
	t.Parallel()
	refuse := func(t *testing.T, header, reason string) {
		t.Helper()
		message := []byte(signed(strings.ReplaceAll(header, "REST", `"alg":"ES256"`), "{}"))
		_, err := keys.ParseJWSHeader(message)
		wantError(t, err, keys.ErrMalformed, reason)
		_, _, err = es256Public(t).Verify(message)
		wantError(t, err, keys.ErrMalformed, reason)
	}
	for _, tt := range badHeaders {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refuse(t, tt.header, tt.reason)
		})
	}
	t.Run("enc", func(t *testing.T) {
		t.Parallel()
		refuse(t, `{"alg":"ES256","enc":"A256GCM"}`, "enc in a signed message")
	})
}

// es256Public has the public half of es256Key, without a kid.
func es256Public(t testing.TB) *keys.PublicSet {
	t.Helper()
	return parsePublic(t, jwks(jwkOf(&es256Key().PublicKey, nil)), "ES256")
}

func parsePublic(t testing.TB, data []byte, alg string) *keys.PublicSet {
	t.Helper()
	set, err := keys.ParsePublic(data, alg)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// badSegments are ways to spoil the segment of a compact message.
var badSegments = []struct {
	name  string
	spoil func(segment string) string
}{
	{"line end in front", func(s string) string { return "\n" + s }},
	{"carriage return in front", func(s string) string { return "\r" + s }},
	{"padding", func(s string) string { return s + "=" }},
	{"two paddings", func(s string) string { return s + "==" }},
	{"space in front", func(s string) string { return " " + s }},
	{"space inside", func(s string) string { return s[:2] + " " + s[2:] }},
	{"line feed", func(s string) string { return s[:2] + "\n" + s[2:] }},
	{"carriage return", func(s string) string { return s[:2] + "\r" + s[2:] }},
	{"line break at the end", func(s string) string { return s + "\r\n" }},
	{"standard alphabet", func(s string) string { return s[:2] + "+/" + s[4:] }},
	{"odd character", func(s string) string { return s[:2] + "%" + s[3:] }},
	{"NUL", func(s string) string { return s[:2] + "\x00" + s[3:] }},
	{"not ASCII", func(s string) string { return s[:2] + "é" + s[3:] }},
	{"impossible length", func(s string) string { return s[:len(s)/4*4] + "A" }},
	// The last character has unused bits: set one of them.
	{"stray bits", func(s string) string {
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		switch len(s) % 4 {
		case 0:
			return s + "AB" // a whole number of bytes has none: append one
		default:
			return s[:len(s)-1] + string(alphabet[strings.IndexByte(alphabet, s[len(s)-1])|1])
		}
	}},
}

func TestSegmentsAreStrict(t *testing.T) {
	t.Parallel()
	jwe := sealed(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, "plaintext")
	jws := signed(`{"alg":"ES256"}`, `{"a":1}`)
	for _, tt := range badSegments {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for i, s := range strings.Split(jwe, ".") {
				_, err := rsaSet(t).Decrypt([]byte(segment(jwe, i, tt.spoil(s))))
				wantError(t, err, keys.ErrMalformed, "is not strict base64url")
			}
			for i, s := range strings.Split(jws, ".") {
				_, _, err := es256Public(t).Verify([]byte(segment(jws, i, tt.spoil(s))))
				wantError(t, err, keys.ErrMalformed, "is not strict base64url")
			}
		})
	}
}

// TestOneForTheOther: an operator who configured the other form is told so.
func TestOneForTheOther(t *testing.T) {
	t.Parallel()
	_, err := rsaSet(t).Decrypt([]byte(signed(`{"alg":"ES256"}`, `{"a":1}`)))
	wantError(t, err, keys.ErrMalformed, "keys: malformed message (5 segments wanted, not 3: it is signed and not encrypted)")
	_, _, err = es256Public(t).Verify([]byte(sealed(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, "plaintext")))
	wantError(t, err, keys.ErrMalformed, "keys: malformed message (3 segments wanted, not 5: it is encrypted)")
}

func TestSerializationIsCompact(t *testing.T) {
	t.Parallel()
	jwe := sealed(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, "plaintext")
	jws := signed(`{"alg":"ES256"}`, `{"a":1}`)
	e, s := strings.Split(jwe, "."), strings.Split(jws, ".")
	flatJWE := `{"protected":"` + e[0] + `","encrypted_key":"` + e[1] + `","iv":"` + e[2] + `","ciphertext":"` + e[3] + `","tag":"` + e[4] + `"}`
	flatJWS := `{"payload":"` + s[1] + `","protected":"` + s[0] + `","signature":"` + s[2] + `"}`
	for _, tt := range []struct{ name, message string }{
		{"empty", ""}, {"dots", "...."}, {"two dots", ".."}, {"JSON JWE", flatJWE}, {"JSON JWS", flatJWS},
		{"JSON JWS with dots", `{"payload":"...","signatures":[]}`},
		{"one more segment in the JWE", jwe + ".AAAA"}, {"one more segment in the JWS", jws + ".AAAA"},
		{"dot after the JWE", jwe + "."}, {"dot after the JWS", jws + "."}, {"dot in front", "." + jwe},
		{"one segment less", strings.Join(e[:4], ".")}, {"no signature", strings.Join(s[:2], ".")},
		{"claims", `{"active":true}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := rsaSet(t).Decrypt([]byte(tt.message))
			wantError(t, err, keys.ErrMalformed, "")
			_, _, err = es256Public(t).Verify([]byte(tt.message))
			wantError(t, err, keys.ErrMalformed, "")
		})
	}
}
