package rs_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// dough is the fuzzer's input, read as instructions.
type dough struct{ data []byte }

func (d *dough) next() byte {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return b
}

// bite is up to 32 bytes of the fuzzer's own.
func (d *dough) bite() string {
	n := min(int(d.next()%33), len(d.data))
	s := string(d.data[:n])
	d.data = d.data[n:]
	return s
}

func pick[T any](d *dough, list []T) T { return list[int(d.next())%len(list)] }

// Names and values that mean something to somebody.
var (
	names = []string{
		"alg", "enc", "typ", "cty", "kid", "zip", "crit", "b64", "epk", "apu", "apv", "p2c", "p2s", "jwk", "jku", "x5c", "x5u", "iss", "aud", "iat", "exp", "nbf", "sub",
		"token_introspection", "active", "scope", "client_id", "token_type", "token_use", "cnf", "ACTIVE", "Alg", "aud ", "username",
	}
	values = []string{
		`null`, `true`, `false`, `0`, `1`, `-1`, `""`, `"true"`, `"none"`, `"HS256"`, `"RS256"`, `"ES384"`, `"dir"`, `"ECDH-ES+A256KW"`, `"PBES2-HS256+A128KW"`, `"RSA-OAEP"`, `"RSA1_5"`,
		`"A128GCM"`, `"A256GCM"`, `"A128CBC-HS256"`, `"DEF"`, `"JWT"`, `"at+jwt"`, `"application/Token-Introspection+JWT"`, `["b64"]`, `["exp"]`, `[]`, `{}`, `2147483647`, `1e300`, `1e999`,
		`1795348799.5`, `1795348800.5`, `1795348801`, `1795348680`, `1795348679`, `9223372036854775808`, `"https://as.example/api/v2/"`, `["https://as.example/api/v2"]`, `"HTTPS://as.example/api/v2"`,
		`["rs-client"]`, `["x","rs-client"]`, `"rs-clien"`, `"Bearer"`, `"bearer"`, `"DPoP"`, `"refresh_token"`, `"access_token"`, `{"jkt":"x"}`, `["groups"]`, `"group"`, `"groups"`, `"profile"`,
		`{"active":true}`, `{"active":true,"client_id":"docs","scope":"groups","token_type":"Bearer"}`, "\"\xff\"", `"\ud800"`, `"a","b":"c"`, `INNER`, `{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}`,
		`{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}`, `{"kty":"OKP","crv":"X25519","x":"AA"}`, `{"kty":"oct","k":"AA"}`, `"https://evil.example/jwks"`,
	}
	wrappers = []string{
		"", "%s", " %s ", "\ufeff%s", "%s{}", "%s,", "[%s]", "{%s", "//\n%s", `{"a":%s}`, `"%s"`, "%s\x00", `{"x":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `,"y":%s}`,
		strings.Repeat("[", 9000) + "%s", strings.Repeat(`{"a":`, 5000) + "%s", "%s" + strings.Repeat(" ", 10<<10), "%s" + strings.Repeat(" ", 64<<10),
	}
	orders = []string{"se", "s", "e", "es", "see", "ss", "sse", "", "ses", "ee"}
	tails  = []string{"\n", "\n\n", "\r\n", " ", ".", "=", ".AAAA", "\x00", "{}"}
)

// mutate is one change of the recipe.
func (r *recipe) mutate(d *dough) {
	object := [...]*[]pair{&r.jwe, &r.jws, &r.claims, &r.inner}[d.next()%4]
	switch what := d.next() % 20; what {
	case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9:
		mutateObject(object, what, d)
	case 10:
		r.signature = d.next()
	case 11:
		r.layers = pick(d, orders)
	case 12:
		r.recipient = d.next()
	case 13:
		r.enc = d.next()
	case 14:
		r.compressed = !r.compressed
	case 15:
		r.around[d.next()%3] = pick(d, wrappers)
	case 16:
		r.tail = pick(d, tails)
	case 17, 18:
		e := edit{d.next(), d.next(), d.next(), d.next()}
		if d.next()%2 == 0 {
			r.jwsEdits = append(r.jwsEdits, e)
		} else {
			r.jweEdits = append(r.jweEdits, e)
		}
	case 19: // a header of any size
		*object = append(*object, pair{`"x"`, `"` + strings.Repeat("x", 1<<(d.next()%17)) + `"`})
	}
}

func mutateObject(object *[]pair, what byte, d *dough) {
	pairs := append([]pair(nil), *object...)
	at := func() int { return int(d.next()) % len(pairs) }
	switch {
	case what == 0:
		pairs = append(pairs, pair{jsonString(pick(d, names)), pick(d, values)})
	case what == 1:
		pairs = append(pairs, pair{jsonString(d.bite()), `"` + d.bite() + `"`})
	case len(pairs) == 0:
	case what == 2:
		i := at()
		pairs = append(pairs[:i], pairs[i+1:]...)
	case what == 3:
		pairs = append(pairs, pairs[at()])
	case what == 4:
		i, j := at(), at()
		pairs[i], pairs[j] = pairs[j], pairs[i]
	case what == 5:
		pairs[at()].value = pick(d, values)
	case what == 6:
		pairs[at()].value = d.bite()
	case what == 7:
		pairs[at()].name = jsonString(pick(d, names))
	case what == 8:
		i := at()
		pairs[i].name = disguised(pairs[i].name, d.next())
	case what == 9: // a second one in front or behind, which some parsers take and others not
		i := at()
		pairs = append(pairs, pair{disguised(pairs[i].name, d.next()), pick(d, values)})
	}
	*object = pairs
}

func jsonString(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// disguised is another spelling of a name, the same for some readers.
func disguised(name string, how byte) string {
	if len(name) < 3 {
		return name
	}
	switch how % 4 {
	case 0:
		return strings.ToUpper(name)
	case 1:
		const hex = "0123456789abcdef"
		return `"\u00` + string([]byte{hex[name[1]>>4], hex[name[1]&15]}) + name[2:]
	case 2:
		return strings.Replace(name, "s", "\u017f", 1) // folds to s
	}
	return name
}

func applyAll(edits []edit, message string) string {
	for _, e := range edits {
		message = e.apply(message)
	}
	return message
}

// apply works on the text of segments, or on the bytes that they stand for.
func (e edit) apply(message string) string {
	parts := strings.Split(message, ".")
	i := int(e.segment) % len(parts)
	data, _ := base64.RawURLEncoding.DecodeString(parts[i])
	switch e.what % 12 {
	case 0: // flip bits of a byte
		if len(data) > 0 {
			data[int(e.at)%len(data)] ^= e.with
			parts[i] = b64(data)
		}
	case 1:
		parts[i] = b64(data[:min(int(e.at), len(data))])
	case 2:
		parts[i] = b64(append(data, e.with))
	case 3:
		parts[i] = ""
	case 4:
		j := int(e.at) % len(parts)
		parts[i], parts[j] = parts[j], parts[i]
	case 5:
		parts = append(parts, parts[i])
	case 6:
		parts = append(parts[:i], parts[i+1:]...)
	case 7: // one byte of the text
		at := int(e.at) % (len(parts[i]) + 1)
		parts[i] = parts[i][:at] + string([]byte{e.with}) + parts[i][at:]
	case 8: // padding, and the other alphabet
		parts[i] = base64.URLEncoding.EncodeToString(data)
	case 9:
		parts[i] = base64.RawStdEncoding.EncodeToString(data)
	case 10: // the border between ciphertext and tag
		if len(parts) == 5 {
			tag, _ := base64.RawURLEncoding.DecodeString(parts[4])
			body, _ := base64.RawURLEncoding.DecodeString(parts[3])
			n := min(int(e.at), len(tag))
			parts[3], parts[4] = b64(append(body, tag[:n]...)), b64(tag[n:])
		}
	case 11:
		parts[i] = b64(make([]byte, int(e.at)<<(e.with%12)))
	}
	return strings.Join(parts, ".")
}
