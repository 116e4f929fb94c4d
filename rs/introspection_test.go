package rs_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// answersToToken says active only to the one token.
func answersToToken(t testing.TB, want string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if form(t, r).Get("token") == want {
			good()(w, r)
			return
		}
		jsonAnswer(`{"active":false}`)(w, r)
	}
}

// bodies: what an authorization server may send, and what it means.
var bodies = []struct {
	name, body string
	want       rs.Reason
}{
	{"active", mustJSON(claims(nil)), ""},
	{"white space around", " \n" + mustJSON(claims(nil)) + "\r\n ", ""},
	{"unknown members", mustJSON(claims(map[string]any{"ext": map[string]any{"a": []int{1}}, "sid": "x"})), ""},
	{"null is absent", mustJSON(claims(map[string]any{"x": 1}))[:1] + `"nbf":null,"cnf":null,"aud":null,"token_use":null,` + mustJSON(claims(nil))[1:], ""},
	{"no subject", mustJSON(claims(map[string]any{"sub": nil})), ""},
	{"odd username", mustJSON(claims(map[string]any{"username": 5})), ""},
	{"fraction of a second", mustJSON(claims(map[string]any{"exp": 1.8e9 + 0.5})), ""},
	{"exponent", strings.Replace(mustJSON(claims(map[string]any{"exp": 1})), `"exp":1`, `"exp":1.8e9`, 1), ""},
	{"far future", mustJSON(claims(map[string]any{"exp": int64(1 << 62)})), ""},
	{"escapes", strings.Replace(mustJSON(claims(nil)), `"groups profile"`, `"\u0067roups"`, 1), ""},
	{"inactive", `{"active":false}`, rs.ReasonInactive},
	{"inactive with members", mustJSON(claims(map[string]any{"active": false})), rs.ReasonInactive},
	{"empty", ``, rs.ReasonBody},
	{"null", `null`, rs.ReasonBody},
	{"array", `[{"active":true}]`, rs.ReasonBody},
	{"string", `"active"`, rs.ReasonBody},
	{"true", `true`, rs.ReasonBody},
	{"no active", `{}`, rs.ReasonBody},
	{"active null", `{"active":null}`, rs.ReasonBody},
	{"active as string", mustJSON(claims(map[string]any{"active": "true"})), rs.ReasonBody},
	{"active as false string", mustJSON(claims(map[string]any{"active": "false"})), rs.ReasonBody},
	{"active as number", mustJSON(claims(map[string]any{"active": 1})), rs.ReasonBody},
	{"active as object", mustJSON(claims(map[string]any{"active": map[string]any{}})), rs.ReasonBody},
	{"other letter case", strings.Replace(mustJSON(claims(nil)), `"active"`, `"Active"`, 1), rs.ReasonBody},
	{"folded letters", strings.Replace(mustJSON(claims(map[string]any{"scope": nil})), `{`, `{"\u017fcope":"groups",`, 1), rs.ReasonInsufficientScope},
	{"duplicate active", strings.Replace(mustJSON(claims(nil)), `{`, `{"active":false,`, 1), rs.ReasonBody},
	{"duplicate unknown", strings.Replace(mustJSON(claims(nil)), `{`, `{"x":1,"x":2,`, 1), rs.ReasonBody},
	{"duplicate below", strings.Replace(mustJSON(claims(nil)), `{`, `{"x":{"y":1,"y":2},`, 1), rs.ReasonBody},
	{"duplicate by escape", strings.Replace(mustJSON(claims(nil)), `{`, `{"\u0061ctive":true,`, 1), rs.ReasonBody},
	{"duplicate in a long answer", strings.Replace(mustJSON(claims(map[string]any{"pad": strings.Repeat("x", 64<<10)})), `{`, `{"active":false,`, 1), rs.ReasonBody},
	{"a long answer", mustJSON(claims(map[string]any{"pad": strings.Repeat("x", 64<<10)})), ""},
	{"trailing object", mustJSON(claims(nil)) + `{}`, rs.ReasonBody},
	{"trailing text", mustJSON(claims(nil)) + `x`, rs.ReasonBody},
	{"truncated", mustJSON(claims(nil))[:40], rs.ReasonBody},
	{"comment", `{/**/"active":true}`, rs.ReasonBody},
	{"byte order mark", "\ufeff" + mustJSON(claims(nil)), rs.ReasonBody},
	{"invalid UTF-8", strings.Replace(mustJSON(claims(nil)), "alice", "al\xffice", 1), rs.ReasonBody},
	{"lone surrogate", strings.Replace(mustJSON(claims(nil)), "alice", `\ud800`, 1), rs.ReasonBody},
	{"deep nesting", `{"active":true,"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, rs.ReasonBody},
	{"scope as array", mustJSON(claims(map[string]any{"scope": []string{"groups"}})), rs.ReasonBody},
	{"scope as number", mustJSON(claims(map[string]any{"scope": 1})), rs.ReasonBody},
	{"exp as string", mustJSON(claims(map[string]any{"exp": "1800000000"})), rs.ReasonBody},
	{"exp beyond numbers", strings.Replace(mustJSON(claims(map[string]any{"exp": 1})), `"exp":1`, `"exp":1e999`, 1), rs.ReasonBody},
	{"nbf as boolean", mustJSON(claims(map[string]any{"nbf": true})), rs.ReasonBody},
	{"iat as string", mustJSON(claims(map[string]any{"iat": "now"})), rs.ReasonBody},
	{"iss as array", mustJSON(claims(map[string]any{"iss": []string{issuer}})), rs.ReasonBody},
	{"aud as object", mustJSON(claims(map[string]any{"aud": map[string]any{"a": 1}})), rs.ReasonBody},
	{"aud with a number", mustJSON(claims(map[string]any{"aud": []any{"a", 1}})), rs.ReasonBody},
	{"client_id as number", mustJSON(claims(map[string]any{"client_id": 7})), rs.ReasonBody},
	{"sub as number", mustJSON(claims(map[string]any{"sub": 7})), rs.ReasonBody},
	{"token_type as array", mustJSON(claims(map[string]any{"token_type": []string{"Bearer"}})), rs.ReasonBody},
	{"token_use as object", mustJSON(claims(map[string]any{"token_use": map[string]any{}})), rs.ReasonBody},
	{"cnf as string", mustJSON(claims(map[string]any{"cnf": "x"})), rs.ReasonBody},
}

func TestIntrospectionResponses(t *testing.T) {
	t.Parallel()
	for _, c := range bodies {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := outcome(newServer(t, config(newWire().on(endpoint, jsonAnswer(c.body)))), "token"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLenientScopeArray(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scope any
		want  rs.Reason
	}{
		{[]string{"profile", "groups"}, ""},
		{"groups", ""},
		{[]string{}, rs.ReasonInsufficientScope},
		{[]any{"groups", 1}, rs.ReasonBody},
		{[]string{"profile groups"}, rs.ReasonBody},
		{[]string{""}, rs.ReasonBody},
	} {
		cfg := config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(map[string]any{"scope": c.scope})))))
		cfg.LenientScopeArray = true
		if got := outcome(newServer(t, cfg), "token"); got != c.want {
			t.Errorf("%v: got %q, want %q", c.scope, got, c.want)
		}
	}
}

// TestAScopeArrayInASharedCache: whoever takes one finds it there again, also as text, and who does not is not made to.
func TestAScopeArrayInASharedCache(t *testing.T) {
	t.Parallel()
	for name, cache := range map[string]rs.Cache{
		"in the process": &memory{facts: map[rs.CacheKey]*rs.Introspection{}},
		"as text":        &throughJSON{memory{facts: map[rs.CacheKey]*rs.Introspection{}}},
	} {
		w := newWire().on(endpoint, jsonAnswer(mustJSON(claims(object{"scope": []string{"groups"}}))))
		strict := config(w)
		strict.Cache = cache
		lenient := strict
		lenient.LenientScopeArray = true
		s := newServer(t, lenient)
		for range 2 {
			if got := outcome(s, "token"); got != "" {
				t.Errorf("%s: lenient: %q", name, got)
			}
		}
		if got := outcome(newServer(t, strict), "token"); got != rs.ReasonBody || w.count(endpoint) != 2 {
			t.Errorf("%s: strict: %q after %d calls, want %q after 2", name, got, w.count(endpoint), rs.ReasonBody)
		}
	}
}

func FuzzIntrospection(f *testing.F) {
	for _, c := range bodies {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := newServer(t, config(newWire().on(endpoint, jsonAnswer(string(body)))))
		p, err := s.Authenticate(t.Context(), "token")
		if err != nil {
			return
		}
		// Whatever is accepted must also read as active to the standard library, with the same scopes.
		var other map[string]any
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber() // a member of no interest may be beyond float64
		if err := decoder.Decode(&other); err != nil || other["active"] != true {
			t.Fatalf("accepted %q as %+v", body, p)
		}
		scopes := strings.Split(other["scope"].(string), " ")
		if !slices.Contains(scopes, "groups") && !slices.Contains(scopes, "documents") {
			t.Fatalf("accepted %q for its scopes %q", body, scopes)
		}
	})
}

func TestIntrospectionRoundTrip(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		``, `{}`, `null`, mustJSON(claims(nil)), `{"received":1}`, `{"received":1,"response":{}}`,
		`{"received":"1","response":{"active":true}}`, `{"response":{"active":true},"received":"1"}`, `{"received":1,"response":{"active":"true"}}`,
		`{"received":1,"response":{"active":true},"until":2}`, // of a version that knows more about it than this one
		`{"received":1,"response":{"active":true}}{}`, `{"received":1,"received":2,"response":{"active":true}}`, `{"received":1,"response":{"active":true}`,
	} {
		if err := new(rs.Introspection).UnmarshalJSON([]byte(bad)); err == nil || strings.Contains(err.Error(), "alice") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, want := range []string{
		`{"received":1795348800000000000,"response":` + mustJSON(claims(nil)) + `}`,
		`{"received":1795348800000000000,"local":true,"response":` + mustJSON(claims(nil)) + `}`,
	} {
		var in rs.Introspection
		if err := json.Unmarshal([]byte(want), &in); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(&in); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}
