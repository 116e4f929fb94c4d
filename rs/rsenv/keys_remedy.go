package rsenv

import (
	"encoding/base64"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// unusableKey reports why a key cannot be used, and what to do. What is said of data is what people really put there; none of
// it is repeated.
func (r *reader) unusableKey(blamed *spec.Variable, data string, err error) {
	why := strings.NewReplacer("keys: ", "", "\n", "; ").Replace(err.Error())
	if mangled, fix := mangledKey(blamed.Name, data); mangled != "" {
		r.report(blamed, "does not hold a usable key ("+mangled+"): "+fix)
		return
	}
	fix := "make one with rsctl keygen, or give the whole PEM, JWK or JWK Set as it was made"
	for _, before := range []string{"no private key (", "private key 1 is unusable ("} {
		if inner, is := strings.CutPrefix(why, before); is && !strings.Contains(why, "; ") {
			why = strings.TrimSuffix(inner, ")")
		}
	}
	switch what, remedy, found := strings.Cut(why, ": "); {
	case found && !strings.Contains(why, "; "):
		why, fix = what, remedy
	case strings.Contains(why, " does not fit a"):
		fix = "set the algorithm that fits the key (ES256 for P-256, RS256 or PS256 for RSA), as it is registered"
	case strings.Contains(why, " needs an "):
		fix = "make a key of that type with rsctl keygen, or set the algorithm as it is registered, so that both fit together"
	}
	r.report(blamed, "does not hold a usable key ("+why+"): "+fix)
}

const pemBegin = "-----BEGIN "

// mangledKey recognises a key that was spoilt on its way into the environment; "" is none that is known.
func mangledKey(name, data string) (what, fix string) {
	text := strings.TrimSpace(data)
	inFile := name + suffixFile
	if strings.HasSuffix(name, suffixFile) {
		inFile = name
	}
	switch oneLine := !strings.Contains(text, "\n"); {
	case oneLine && !strings.HasPrefix(text, "{") && !strings.Contains(text, pemBegin) && looksLikePath(text):
		return "it is the path of a file", "write the path into " + inFile
	case strings.HasPrefix(text, pemBegin) && strings.Contains(text, `\\n`):
		return "its line breaks are escaped twice", `write \n in the place of each line break, or name its file in ` + inFile
	case strings.HasPrefix(text, pemBegin) && oneLine && !strings.Contains(text, "-----END "):
		return "only the first line of the PEM is there", `write \n in the place of each line break, or name its file in ` + inFile
	case strings.HasPrefix(text, pemBegin) && oneLine && !strings.Contains(text, `\n`):
		return "its line breaks are gone", `write \n in the place of each line break, or name its file in ` + inFile
	}
	inner, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	switch {
	case err != nil || len(inner) == 0:
		return "", ""
	case strings.HasPrefix(strings.TrimSpace(string(inner)), pemBegin):
		return "it is base64 around a PEM", "decode it, with base64 -d, and give the PEM itself"
	case inner[0] == 0x30 && len(inner) > 32: // a SEQUENCE of ASN.1
		return "the lines with BEGIN and END are missing", "give the whole PEM, or name its file in " + inFile
	}
	return "", ""
}
