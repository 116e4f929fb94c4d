package devas

import (
	"encoding/json"
	"slices"
	"strings"
)

var responseIncidents = map[Fault]incident{
	Oversize:        {name: "oversize", about: "a response of more than 1 MiB", facts: oversize},
	DuplicateMember: {name: "duplicate-member", about: `"active" twice, true first`, facts: prepend(`"active":true`)},
	StringActive:    {name: "string-active", about: `"active" is a string`, facts: edit(stringActive)},
	NoActive:        {name: "no-active", about: `"active" is missing`, facts: edit(func(m members) { delete(m, "active") })},
	CaseFolded:      {name: "case-folded", about: `"Active" in place of "active"`, facts: edit(caseFold)},
	TrailingData:    {name: "trailing-data", about: "a second object behind the response", facts: func(r []byte) []byte { return append(slices.Clip(r), `{"active":true}`...) }},
	ScopeArray:      {name: "scope-array", about: `"scope" is an array`, facts: edit(scopeArray)},
	InvalidUTF8:     {name: "invalid-utf8", about: "a string that is no UTF-8", facts: prepend("\"name\":\"\xff\"")},
	NotAnObject:     {name: "not-an-object", about: "an array around the response", facts: func(r []byte) []byte { return []byte("[" + string(r) + "]") }},
	DeepNesting:     {name: "deep-nesting", about: "a member nested 100000 levels deep", facts: deepNest},
}

// members are those of a response, still as JSON text.
type members map[string]json.RawMessage

// edit changes members. A response that is no JSON object stays as it is: it is fault enough.
func edit(change func(members)) func([]byte) []byte {
	return func(response []byte) []byte {
		var m members
		if json.Unmarshal(response, &m) != nil || m == nil {
			return response
		}
		change(m)
		text, err := json.Marshal(m)
		if err != nil {
			return response
		}
		return text
	}
}

// prepend puts a member first, as text: no JSON encoder would write what it is for.
func prepend(member string) func([]byte) []byte {
	return func(response []byte) []byte {
		rest, isObject := strings.CutPrefix(string(response), "{")
		if !isObject {
			return response
		}
		if !strings.HasPrefix(rest, "}") {
			rest = "," + rest
		}
		return []byte("{" + member + rest)
	}
}

func stringActive(m members) {
	if active, found := m["active"]; found {
		m["active"] = json.RawMessage(`"` + string(active) + `"`)
	}
}

func caseFold(m members) {
	if active, found := m["active"]; found {
		m["Active"] = active
		delete(m, "active")
	}
}

func scopeArray(m members) {
	var scope string
	if json.Unmarshal(m["scope"], &scope) == nil {
		m["scope"], _ = json.Marshal(strings.Split(scope, " ")) // cannot fail: strings
	}
}

func oversize(response []byte) []byte {
	return prepend(`"padding":"` + strings.Repeat("x", 1<<20) + `"`)(response)
}

func deepNest(response []byte) []byte {
	const depth = 100000
	return prepend(`"deep":` + strings.Repeat("[", depth) + strings.Repeat("]", depth))(response)
}
