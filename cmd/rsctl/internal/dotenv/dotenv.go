// Package dotenv writes lines for shells and .env files.
package dotenv

import "strings"

// Line is NAME=value, with the value in quotes if it needs them.
func Line(name, value string) string { return name + "=" + Quote(value) }

// Quote leaves plain words as they are and puts others in single quotes.
func Quote(value string) string {
	if value != "" && !strings.ContainsFunc(value, func(r rune) bool { return !isPlain(r) }) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// isPlain: the character means nothing to a shell.
func isPlain(r rune) bool {
	return strings.ContainsRune("/._-+,:@%", r) || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
