package rsenv

// Forget drops what cannot be compared.
func Forget(e *Environment) { e.reloads = nil }
