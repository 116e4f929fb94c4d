package jwksendpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

// A document is a JWK Set and what we answer with it.
type document struct {
	body   []byte
	status int
	etag   string // quoted; for status 200 only
}

func newDocument(body []byte) *document {
	doc := &document{body: body, status: status(body)}
	if doc.status == http.StatusOK {
		sum := sha256.Sum256(body)
		doc.etag = `"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`
	}
	return doc
}

// status decides whether a document is published (200), holds no keys (404), or
// must not be seen by anybody (500).
func status(body []byte) int {
	if len(body) == 0 {
		return http.StatusNotFound
	}
	names, err := memberNames(body)
	if err != nil || slices.ContainsFunc(names, isPrivate) {
		return http.StatusInternalServerError
	}
	// A map, and not a struct: encoding/json would take "Keys" for keys.
	var set map[string]json.RawMessage
	var keys []map[string]json.RawMessage
	if json.Unmarshal(body, &set) != nil || json.Unmarshal(set["keys"], &keys) != nil {
		return http.StatusInternalServerError
	}
	if len(keys) == 0 {
		return http.StatusNotFound
	}
	return http.StatusOK
}

// privateMembers are the members that only a private or a secret key has (RFC
// 7518 section 6; priv is that of the post-quantum type AKP).
var privateMembers = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

func isPrivate(name string) bool {
	// In any case, since some readers do not mind it.
	return slices.ContainsFunc(privateMembers[:], func(private string) bool { return strings.EqualFold(name, private) })
}

// memberNames returns the names of all members of all objects in one JSON text,
// duplicates among them: those that a decoded map would lose.
func memberNames(body []byte) ([]string, error) {
	var names []string
	var inObject []bool // per level
	name := false       // the next string is a member's name
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case json.Delim:
			if token == '{' || token == '[' {
				inObject = append(inObject, token == '{')
				name = token == '{'
				continue
			}
			inObject = inObject[:len(inObject)-1]
		case string:
			if name {
				names = append(names, token)
				name = false
				continue
			}
		}
		name = len(inObject) > 0 && inObject[len(inObject)-1]
	}
}
