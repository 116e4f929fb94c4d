package rsdoctor_test

import (
	"context"
	"fmt"
	"os"

	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// A service looks at its own configuration at every start; without Offline, rsdoctor.Environment also asks the
// authorization server.
func ExampleAtStart() {
	os.Clearenv()
	for name, value := range map[string]string{
		"OIDC_OP_URL":           "https://auth.example/.well-known/openid-configuration",
		"OIDC_RS_CLIENT_ID":     "documents",
		"OIDC_RS_CLIENT_SECRET": "from a file, in earnest",
		"OIDC_RS_SCOPES":        "documents",
	} {
		_ = os.Setenv(name, value)
	}
	env, err := rsenv.Read()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range rsdoctor.AtStart(context.Background(), env) {
		fmt.Println(finding.Code)
		fmt.Println(finding.Text)
		fmt.Println(finding.Fix)
	}
	// Output:
	// issuer_is_document
	// OIDC_OP_URL is the address of the metadata, not the issuer named in it
	// set OIDC_OP_URL to the issuer that stands in that document, most likely https://auth.example
}
