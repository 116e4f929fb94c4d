package keys

// The two calls of jwx, for the tests of what happens when it panics.
var (
	JWXDecrypt = jwxDecrypt
	JWXVerify  = jwxVerify
)

// Retiring is how many keys a Ring tries beside those in the file.
func Retiring(r *Ring) int { return len(r.state.Load().retired) }
