package rsenv

// Forget drops what cannot be compared.
func Forget(e *Environment) { e.reloads = nil }

// ForgetFiles leaves what can be compared.
func ForgetFiles(env *Environment) { env.files = nil }
