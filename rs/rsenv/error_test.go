package rsenv_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

const (
	noDuration = "is no duration: write seconds (5 or 2.5) or a Go duration (5s or 1m30s), for example "
	noBool     = "is no truth value: write true or false, for example "
	noInt      = "is no whole number: write digits alone, for example "
	noLimit    = "is zero: this limit cannot be switched off, for example "
)

func TestProblems(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name    string
		changes env
		want    env // problem by variable
	}{
		{"issuer", env{"OIDC_OP_URL": "https://auth.example/%"}, env{
			"OIDC_OP_URL": "is no absolute URL: copy it exactly from the authorization server's metadata, for example OIDC_OP_URL=https://auth.example/api/v2",
		}},
		{"http endpoint", env{"OIDC_OP_INTROSPECTION_ENDPOINT": "http://auth.example/i"}, env{
			"OIDC_OP_INTROSPECTION_ENDPOINT": "is http: use https (or OIDC_RS_ALLOW_HTTP=true, on a network where nobody can listen or answer in its place), " +
				"for example OIDC_OP_INTROSPECTION_ENDPOINT=https://auth.example/api/v2/introspection",
		}},
		{"RP credentials", env{"OIDC_RS_CLIENT_ID": "", "OIDC_RS_CLIENT_SECRET": " ", "OIDC_RP_CLIENT_ID": "x", "OIDC_RP_CLIENT_SECRET": "y"}, env{
			"OIDC_RS_CLIENT_ID": "is not set: set the client id given to this service at its registration" +
				" (OIDC_RP_CLIENT_ID is for signing users in and is not read), for example OIDC_RS_CLIENT_ID=documents",
			"OIDC_RS_CLIENT_SECRET": "is not set: set the client secret given to this service at its registration" +
				" (OIDC_RP_CLIENT_SECRET is for signing users in and is not read), for example OIDC_RS_CLIENT_SECRET=the-secret-of-your-registration",
		}},
		{"client authentication", env{"OIDC_RS_CLIENT_AUTH_METHOD": "none"}, env{
			"OIDC_RS_CLIENT_AUTH_METHOD": "is not one of client_secret_post, client_secret_basic, client_secret_jwt, private_key_jwt, tls_client_auth, " +
				"self_signed_tls_client_auth, bearer, for example OIDC_RS_CLIENT_AUTH_METHOD=client_secret_basic",
		}},
		{"short secret", env{"OIDC_RS_CLIENT_AUTH_METHOD": "client_secret_jwt"}, env{
			"OIDC_RS_CLIENT_SECRET": "is too short for client_secret_jwt: RFC 7518 section 3.2 wants 32 bytes at least, " +
				"for example OIDC_RS_CLIENT_SECRET=the-secret-of-your-registration",
		}},
		{"no signing key", env{"OIDC_RS_CLIENT_AUTH_METHOD": "private_key_jwt"}, env{
			"OIDC_RS_CLIENT_PRIVATE_KEY_STR": "is not set: give it our signing key, of which the authorization server knows the public half, for example " + exampleClientKey,
		}},
		{"no usable signing key", env{"OIDC_RS_CLIENT_PRIVATE_KEY_STR": "x"}, env{
			"OIDC_RS_CLIENT_PRIVATE_KEY_STR": "does not hold a usable key (neither PEM nor a JWK nor a JWK Set): make one with rsctl keygen, or give the whole PEM, JWK or JWK Set as it was made",
		}},
		{"no usable signing key in the file", env{
			"OIDC_RS_CLIENT_AUTH_METHOD": "private_key_jwt", "OIDC_RS_CLIENT_PRIVATE_KEY_STR_FILE": file(t, "key", "x"),
		}, env{
			"OIDC_RS_CLIENT_PRIVATE_KEY_STR_FILE": "does not hold a usable key (neither PEM nor a JWK nor a JWK Set): make one with rsctl keygen, or give the whole PEM, JWK or JWK Set as it was made",
		}},
		{"symmetric signing key", env{"OIDC_RS_CLIENT_PRIVATE_KEY_STR": "x", "OIDC_RS_CLIENT_SIGNING_ALGO": "HS256"}, env{
			"OIDC_RS_CLIENT_SIGNING_ALGO": "is not supported: use one of ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512, EdDSA, Ed25519, " +
				"for example OIDC_RS_CLIENT_SIGNING_ALGO=PS256",
		}},
		{"no certificate", env{"OIDC_RS_CLIENT_AUTH_METHOD": "tls_client_auth"}, env{
			"OIDC_RS_CLIENT_CERT_FILE": "is not set: name the file with our certificate, for example OIDC_RS_CLIENT_CERT_FILE=/run/secrets/client.crt",
		}},
		{"certificate without key", env{"OIDC_RS_CLIENT_CERT_FILE": "/nowhere"}, env{
			"OIDC_RS_CLIENT_KEY_FILE": "is not set, but OIDC_RS_CLIENT_CERT_FILE is: name the file with the key of the certificate, " +
				"for example OIDC_RS_CLIENT_KEY_FILE=/run/secrets/client.key",
		}},
		{"key without certificate", env{"OIDC_RS_CLIENT_KEY_FILE": "/nowhere"}, env{
			"OIDC_RS_CLIENT_CERT_FILE": "is not set, but OIDC_RS_CLIENT_KEY_FILE is: name the file with our certificate, " +
				"for example OIDC_RS_CLIENT_CERT_FILE=/run/secrets/client.crt",
		}},
		{"no certificate in it", env{"OIDC_RS_CLIENT_CERT_FILE": file(t, "crt", "x"), "OIDC_RS_CLIENT_KEY_FILE": file(t, "key", "x")}, env{
			"OIDC_RS_CLIENT_CERT_FILE": "does not hold a certificate in PEM for the key in OIDC_RS_CLIENT_KEY_FILE, " +
				"for example OIDC_RS_CLIENT_CERT_FILE=/run/secrets/client.crt",
		}},
		{"no key file", env{"OIDC_RS_CLIENT_CERT_FILE": file(t, "crt", "x"), "OIDC_RS_CLIENT_KEY_FILE": "/nowhere"}, env{
			"OIDC_RS_CLIENT_KEY_FILE": `names the file "/nowhere", which does not exist, for example OIDC_RS_CLIENT_KEY_FILE=/run/secrets/client.key`,
		}},
		{"no bearer token", env{"OIDC_RS_CLIENT_AUTH_METHOD": "bearer"}, env{
			"OIDC_RS_CLIENT_BEARER_TOKEN": "is not set: give it the bearer token for introspection, for example OIDC_RS_CLIENT_BEARER_TOKEN=the-token-of-your-registration",
		}},
		{"no bearer token file", env{"OIDC_RS_CLIENT_AUTH_METHOD": "bearer", "OIDC_RS_CLIENT_BEARER_TOKEN_FILE": "/nowhere"}, env{
			"OIDC_RS_CLIENT_BEARER_TOKEN_FILE": `names the file "/nowhere", which does not exist, for example OIDC_RS_CLIENT_BEARER_TOKEN_FILE=/run/secrets/oidc_client_token`,
		}},
		{"not a bearer token", env{"OIDC_RS_CLIENT_AUTH_METHOD": "bearer", "OIDC_RS_CLIENT_BEARER_TOKEN": "a b"}, env{
			"OIDC_RS_CLIENT_BEARER_TOKEN": "is no bearer token: it has a character that a header cannot carry, for example OIDC_RS_CLIENT_BEARER_TOKEN=the-token-of-your-registration",
		}},
		{"class of the application", env{"OIDC_RS_BACKEND_CLASS": "core.authentication.FinderResourceServerBackend"}, env{
			"OIDC_RS_BACKEND_CLASS": "is not one of json, jwt, jwt-signed or the class paths of django-lasuite " +
				"(of a class of your own, name what it extends), for example OIDC_RS_BACKEND_CLASS=jwt",
		}},
		{"class with a suffix", env{"OIDC_RS_BACKEND_CLASS": "x.ResourceServerBackend2"}, env{
			"OIDC_RS_BACKEND_CLASS": "is not one of json, jwt, jwt-signed or the class paths of django-lasuite " +
				"(of a class of your own, name what it extends), for example OIDC_RS_BACKEND_CLASS=jwt",
		}},
		{"scopes in brackets", env{"OIDC_RS_SCOPES": `["a"]`}, env{
			"OIDC_RS_SCOPES": "is written with brackets: write the words alone, with commas between them, for example OIDC_RS_SCOPES=documents,groups",
		}},
		{"scopes in quotes", env{"OIDC_RS_SCOPES": `"a","b`}, env{
			"OIDC_RS_SCOPES": "contains a scope that is empty or has a character outside RFC 6749 section 3.3 (no spaces, quotes or backslashes)," +
				" for example OIDC_RS_SCOPES=documents,groups",
		}},
		{"lists of nothing", env{"OIDC_RS_ALLOWED_AUDIENCES": ",", "OIDC_RS_TOKEN_AUDIENCES": ", ,", "OIDC_RS_RESPONSE_AUDIENCES": ",,"}, env{
			"OIDC_RS_ALLOWED_AUDIENCES":  "names nothing: name at least one audience, or unset it, for example OIDC_RS_ALLOWED_AUDIENCES=visio,drive",
			"OIDC_RS_TOKEN_AUDIENCES":    "names nothing: name at least one audience, or unset it, for example OIDC_RS_TOKEN_AUDIENCES=https://documents.example",
			"OIDC_RS_RESPONSE_AUDIENCES": "names nothing: name at least one audience, or unset it, for example OIDC_RS_RESPONSE_AUDIENCES=documents,https://documents.example",
		}},
		{"no scopes", env{"OIDC_RS_SCOPES": ", ,"}, env{
			"OIDC_RS_SCOPES": "is not set: name at least one scope, or every token of the authorization server would do, for example OIDC_RS_SCOPES=documents,groups",
		}},
		{"truth values", env{"OIDC_VERIFY_SSL": "maybe", "OIDC_RS_ALLOW_HTTP": "maybe", "OIDC_RS_BASE64_TOKENS": "2", "OIDC_RS_REQUIRE_TOKEN_TYPE": "maybe"}, env{
			"OIDC_VERIFY_SSL":            noBool + "OIDC_VERIFY_SSL=true",
			"OIDC_RS_ALLOW_HTTP":         noBool + "OIDC_RS_ALLOW_HTTP=true",
			"OIDC_RS_BASE64_TOKENS":      noBool + "OIDC_RS_BASE64_TOKENS=false",
			"OIDC_RS_REQUIRE_TOKEN_TYPE": noBool + "OIDC_RS_REQUIRE_TOKEN_TYPE=true",
		}},
		{"durations", env{"OIDC_TIMEOUT": "five", "OIDC_RS_CACHE_TTL": "-1", "OIDC_RS_CLOCK_SKEW": "-10s", "OIDC_RS_NEGATIVE_CACHE_TTL": "1d"}, env{
			"OIDC_TIMEOUT":               noDuration + "OIDC_TIMEOUT=5s",
			"OIDC_RS_CACHE_TTL":          noDuration + "OIDC_RS_CACHE_TTL=30s",
			"OIDC_RS_CLOCK_SKEW":         noDuration + "OIDC_RS_CLOCK_SKEW=10s",
			"OIDC_RS_NEGATIVE_CACHE_TTL": noDuration + "OIDC_RS_NEGATIVE_CACHE_TTL=5s",
		}},
		{"limits", env{"OIDC_RS_BUDGET": "0", "OIDC_TIMEOUT": "0", "OIDC_RS_RESPONSE_MAX_AGE": "0s", "OIDC_RS_JWKS_TTL": "0", "OIDC_RS_MAX_TOKEN_LENGTH": "0", "OIDC_RS_MAX_RESPONSE_SIZE": "0"}, env{
			"OIDC_TIMEOUT":              noLimit + "OIDC_TIMEOUT=5s",
			"OIDC_RS_BUDGET":            noLimit + "OIDC_RS_BUDGET=5s",
			"OIDC_RS_RESPONSE_MAX_AGE":  noLimit + "OIDC_RS_RESPONSE_MAX_AGE=2m",
			"OIDC_RS_JWKS_TTL":          noLimit + "OIDC_RS_JWKS_TTL=10m",
			"OIDC_RS_MAX_TOKEN_LENGTH":  noLimit + "OIDC_RS_MAX_TOKEN_LENGTH=8192",
			"OIDC_RS_MAX_RESPONSE_SIZE": noLimit + "OIDC_RS_MAX_RESPONSE_SIZE=1048576",
		}},
		{"numbers", env{"OIDC_RS_CACHE_SIZE": "-1", "OIDC_RS_MAX_TOKEN_LENGTH": "8k", "OIDC_RS_MAX_RESPONSE_SIZE": "1e6"}, env{
			"OIDC_RS_CACHE_SIZE":        noInt + "OIDC_RS_CACHE_SIZE=10000",
			"OIDC_RS_MAX_TOKEN_LENGTH":  noInt + "OIDC_RS_MAX_TOKEN_LENGTH=8192",
			"OIDC_RS_MAX_RESPONSE_SIZE": noInt + "OIDC_RS_MAX_RESPONSE_SIZE=1048576",
		}},
		{"proxy without scheme", env{"OIDC_PROXY": "proxy.example:3128"}, env{
			"OIDC_PROXY": "is no proxy URL, for example OIDC_PROXY=http://proxy.example:3128",
		}},
		{"proxy that is no URL", env{"OIDC_PROXY": "http://us%er:pass@proxy.example"}, env{
			"OIDC_PROXY": "is no URL, for example OIDC_PROXY=http://proxy.example:3128",
		}},
		{"stale header", env{"OIDC_RS_STALE_HEADER": "X Stale"}, env{
			"OIDC_RS_STALE_HEADER": "is no header name: use letters, digits and hyphens, for example OIDC_RS_STALE_HEADER=X-Auth-Stale",
		}},
		{"realm", env{"OIDC_RS_REALM": "réalm"}, env{
			"OIDC_RS_REALM": "has a character that a header cannot carry: use printable ASCII, for example OIDC_RS_REALM=documents",
		}},
		{"CA file", env{"OIDC_RS_CA_FILE": dir}, env{
			"OIDC_RS_CA_FILE": fmt.Sprintf("names the file %q, which is a directory, for example OIDC_RS_CA_FILE=/etc/ssl/private-ca.pem", dir),
		}},
		{"CA file without certificate", env{"OIDC_RS_CA_FILE": file(t, "ca.pem", "x")}, env{
			"OIDC_RS_CA_FILE": "names a file without a certificate in PEM, for example OIDC_RS_CA_FILE=/etc/ssl/private-ca.pem",
		}},
		{"rsctl", env{"OIDC_RS_LISTEN": "8080", "OIDC_RS_LOG_LEVEL": "verbose", "OIDC_RS_LOG_FORMAT": "xml"}, env{
			"OIDC_RS_LISTEN":     "is no address: write host:port, for example OIDC_RS_LISTEN=0.0.0.0:8080",
			"OIDC_RS_LOG_LEVEL":  "is not one of panic, fatal, error, warn, warning, info, debug, trace, for example OIDC_RS_LOG_LEVEL=debug",
			"OIDC_RS_LOG_FORMAT": "is not one of text, json, for example OIDC_RS_LOG_FORMAT=json",
		}},
		{"metrics", env{"OIDC_RS_METRICS_LISTEN": "9464"}, env{
			"OIDC_RS_METRICS_LISTEN": "is no address: write host:port, for example OIDC_RS_METRICS_LISTEN=127.0.0.1:9464",
		}},
		{"metrics for clients", env{"OIDC_RS_LISTEN": ":80", "OIDC_RS_METRICS_LISTEN": ":80"}, env{
			"OIDC_RS_METRICS_LISTEN": "is OIDC_RS_LISTEN too: metrics need an address of their own, away from clients, for example OIDC_RS_METRICS_LISTEN=127.0.0.1:9464",
		}},
		{"port", env{"OIDC_RS_LISTEN": "127.0.0.1:http"}, env{
			"OIDC_RS_LISTEN": "is no address: write host:port, for example OIDC_RS_LISTEN=0.0.0.0:8080",
		}},
		{"jwt without its parts", env{"OIDC_RS_BACKEND_CLASS": "jwt"}, env{
			"OIDC_RS_PRIVATE_KEY_STR": "is not set: answers are encrypted to our private key, so make one with rsctl keygen, for example " + exampleKey,
		}},
		{"jwt-signed needs no private key", env{"OIDC_RS_BACKEND_CLASS": "jwt-signed", "OIDC_RS_SIGNING_ALGO": "HS256"}, env{
			"OIDC_RS_SIGNING_ALGO": "is not supported: use one of ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512, EdDSA, Ed25519," +
				" for example OIDC_RS_SIGNING_ALGO=RS256",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			minimal.with(test.changes).set(t)
			wantProblems(t, test.want)
		})
	}
}

const exampleClientKey = `OIDC_RS_CLIENT_PRIVATE_KEY_STR=-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----`

const exampleKey = `OIDC_RS_PRIVATE_KEY_STR=-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----`

func wantProblems(t *testing.T, want env) {
	t.Helper()
	_, err := rsenv.Read()
	got := env{}
	for _, e := range rsenv.VariableErrors(err) {
		got[e.Variable] = e.Problem
	}
	for _, name := range slices.Sorted(maps.Keys(want.with(got))) {
		if got[name] != want[name] {
			t.Errorf("%s\ngot  %s\nwant %s", name, got[name], want[name])
		}
	}
}

// Everything that is missing, in one error, in the order of the reference.
func TestNothingSet(t *testing.T) {
	env{}.set(t)
	_, err := rsenv.Read()
	want := `rsenv: OIDC_OP_URL is not set: set the issuer identifier of the authorization server, for example OIDC_OP_URL=https://auth.example/api/v2
rsenv: OIDC_RS_CLIENT_ID is not set: set the client id given to this service at its registration, for example OIDC_RS_CLIENT_ID=documents
rsenv: OIDC_RS_CLIENT_SECRET is not set: set the client secret given to this service at its registration, for example OIDC_RS_CLIENT_SECRET=the-secret-of-your-registration
rsenv: OIDC_RS_SCOPES is not set: name at least one scope, or every token of the authorization server would do, for example OIDC_RS_SCOPES=documents,groups`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Whatever is put in whichever variable: it is not told.
func TestNoErrorOrWarningTellsAValue(t *testing.T) {
	const canary = "CaNaRy%"
	base := full(t)
	for name := range base {
		value := canary
		if strings.HasSuffix(name, "_FILE") {
			value = file(t, "f", canary) // the path is told, the content is not
		}
		base.with(env{name: value}).set(t)
		got, err := rsenv.Read()
		text := fmt.Sprint(err)
		for _, e := range rsenv.VariableErrors(err) {
			text += e.Error() + e.Problem
		}
		if got != nil {
			text += fmt.Sprint(got.Warnings)
		}
		if strings.Contains(strings.ToLower(text), strings.ToLower(canary)) {
			t.Errorf("%s is told: %s", name, text)
		}
	}
}

func TestVariableErrors(t *testing.T) {
	t.Parallel()
	a, b := &rsenv.VariableError{Variable: "A", Problem: "is bad"}, &rsenv.VariableError{Variable: "B"}
	for _, test := range []struct {
		err  error
		want []*rsenv.VariableError
	}{
		{nil, nil},
		{errors.New("other"), nil},
		{a, []*rsenv.VariableError{a}},
		{fmt.Errorf("start: %w", a), []*rsenv.VariableError{a}},
		{errors.Join(a, errors.New("other"), errors.Join(b)), []*rsenv.VariableError{a, b}},
	} {
		if got := rsenv.VariableErrors(test.err); !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.err, got, test.want)
		}
	}
	if got := a.Error(); got != "rsenv: A is bad" {
		t.Errorf("got %q", got)
	}
}
