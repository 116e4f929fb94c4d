package docs_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// wiretap keeps the last answer of the authorization server.
type wiretap struct {
	http.RoundTripper

	body []byte
}

func (w *wiretap) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(r)
	if err == nil && r.Method == http.MethodPost {
		w.body, err = io.ReadAll(resp.Body)
		resp.Body = io.NopCloser(bytes.NewReader(w.body))
	}
	return resp, err
}

// TestAnatomy: an answer of RFC 9701 looks as docs/explanation/rfc-9701-in-pictures.md shows it.
func TestAnatomy(t *testing.T) {
	t.Parallel()
	as := rstest.NewServer(t)
	cfg, tap := as.Config(rstest.JWT), &wiretap{RoundTripper: as.Client().Transport}
	cfg.HTTPClient = &http.Client{Transport: tap}
	server, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Authenticate(t.Context(), as.Issue(nil)); err != nil {
		t.Fatal(err)
	}
	jwe := bytes.Split(bytes.TrimSpace(tap.body), []byte("."))
	jwt, err := cfg.Decrypter.Decrypt(bytes.TrimSpace(tap.body))
	if err != nil {
		t.Fatal(err)
	}
	jws := bytes.Split(jwt, []byte("."))
	if len(jwe) != 5 || len(jws) != 3 {
		t.Fatalf("%d and %d segments, want 5 and 3", len(jwe), len(jws))
	}
	page := read(t, "docs/explanation/rfc-9701-in-pictures.md")
	for name, segment := range map[string][]byte{"the JWE header": jwe[0], "the JWS header": jws[0], "the claims": jws[1]} {
		text, err := base64.RawURLEncoding.AppendDecode(nil, segment)
		if err != nil {
			t.Fatal(err)
		}
		shown := regexp.MustCompile("<!-- " + name + " -->\n```json\n((?s).*?)```").FindStringSubmatch(page)
		if shown == nil {
			t.Errorf("the page does not show %s", name)
			continue
		}
		if got, want := shape(t, []byte(shown[1])), shape(t, text); !slices.Equal(got, want) {
			t.Errorf("%s has %q, but the page shows %q", name, want, got)
		}
	}
}

// shape is the members of an object and of the objects in it; of those that are the same in every answer, the values too.
func shape(t *testing.T, text []byte) (members []string) {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for name, value := range object {
		switch inner := value.(type) {
		case map[string]any:
			nested, _ := json.Marshal(inner)
			for _, member := range shape(t, nested) {
				members = append(members, name+"/"+member)
			}
		case string:
			if name != "kid" && name != "aud" {
				name += "=" + inner
			}
			members = append(members, name)
		default:
			members = append(members, name)
		}
	}
	slices.Sort(members)
	return members
}
