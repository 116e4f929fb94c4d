package rs_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func ExampleWithTrace() {
	wire := newWire().on(endpoint, jsonAnswer(`{"active":false}`))
	server, err := rs.New(config(wire))
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest(http.MethodGet, "/documents", nil)
	r.Header.Set("Authorization", "Bearer unknown")

	ctx := rs.WithTrace(r.Context(), func(step rs.Step) {
		fmt.Printf("%s %q %q\n", step.Name, step.Cache, step.Reason)
	})
	_, err = server.AuthenticateRequest(r.WithContext(ctx))
	fmt.Println(err)
	// Output:
	// extract "" ""
	// token "" ""
	// cache "miss" ""
	// call "" ""
	// response "" ""
	// active "" "inactive"
	// decision "miss" "inactive"
	// rs: invalid token (inactive)
}
