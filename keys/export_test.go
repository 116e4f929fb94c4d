package keys

// JWXVerify is the call of jwx, for the test of what happens when it panics.
var JWXVerify = jwxVerify

// Retiring is how many keys a Ring tries beside those in the file.
func Retiring(r *Ring) int { return len(r.state.Load().retired) }
