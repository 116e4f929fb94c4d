package jwksendpoint_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/keys"
)

func ExampleHandler() {
	pem, err := keys.Generate("EC") // in earnest: read from a file
	if err != nil {
		panic(err)
	}
	set, err := keys.Parse(pem, "ECDH-ES", "A256GCM")
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/jwks", jwksendpoint.Handler(set))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/jwks", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"))
	// Output: 200 application/jwk-set+json public, max-age=300
}
