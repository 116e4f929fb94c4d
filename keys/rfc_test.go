package keys_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// rfcExample is one of testdata/rfc.json, whose README says where they are from.
type rfcExample struct {
	Source, Alg, Enc, Message, Want string
	Key                             json.RawMessage
}

func rfcExamples(t testing.TB) (examples struct{ Decrypt, Verify, Thumbprint []rfcExample }) {
	t.Helper()
	data, err := os.ReadFile("testdata/rfc.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	return examples
}

func TestRFCExamples(t *testing.T) {
	t.Parallel()
	examples := rfcExamples(t)
	for _, ex := range examples.Decrypt {
		t.Run(ex.Source, func(t *testing.T) {
			t.Parallel()
			set, err := keys.Parse(ex.Key, ex.Alg, ex.Enc)
			if err != nil {
				t.Fatal(err)
			}
			got, err := set.Decrypt([]byte(ex.Message))
			if err != nil || string(got) != ex.Want {
				t.Errorf("Decrypt = %q, %v, want %q", got, err, ex.Want)
			}
		})
	}
	for _, ex := range examples.Verify {
		t.Run(ex.Source, func(t *testing.T) {
			t.Parallel()
			set, err := keys.ParsePublic(fmt.Appendf(nil, `{"keys":[%s]}`, ex.Key), ex.Alg)
			if err != nil {
				t.Fatal(err)
			}
			got, h, err := set.Verify([]byte(ex.Message))
			if err != nil || string(got) != ex.Want || h.Algorithm != ex.Alg {
				t.Errorf("Verify = %q, %+v, %v, want %q", got, h, err, ex.Want)
			}
		})
	}
	for _, ex := range examples.Thumbprint {
		t.Run(ex.Source, func(t *testing.T) {
			t.Parallel()
			signer, err := keys.ParseSigner(ex.Key, ex.Alg)
			if err != nil {
				t.Fatal(err)
			}
			if got := signer.KeyID(); got != ex.Want {
				t.Errorf("KeyID = %s, want %s", got, ex.Want)
			}
		})
	}
}
