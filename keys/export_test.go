package keys

// The two calls of jwx, for the tests of what happens when it panics.
var (
	JWXDecrypt = jwxDecrypt
	JWXVerify  = jwxVerify
)
