// Package misfit is why the authorization server's metadata and a configuration do not go together, as a type: rs tells it, and
// rsdoctor, which names the remedy, need not read texts.
package misfit

import "fmt"

// Error is the cause of an rs.Error with the reason metadata_mismatch. Its text is for operators who write Go.
type Error struct {
	Member   string // of the metadata (RFC 8414 section 2, RFC 9701 section 7) that does not fit
	Problem  string // of the URL that it holds; empty: there is none
	IsHTTP   bool   // that is the problem
	Lacks    string // where Member is a list: what is not in it
	Field    string // of rs.Config, to be set
	Variable string // the same in the environment
}

// What is wrong: a sentence whose subject is the metadata.
func (e *Error) What() string {
	switch {
	case e.Lacks != "":
		return fmt.Sprintf("does not list %s in %s", e.Lacks, e.Member)
	case e.Problem != "":
		return fmt.Sprintf("has a member %s that %s", e.Member, e.Problem)
	}
	return "has no " + e.Member
}

// Remedy is what to do, for those who know the setting by this name.
func (e *Error) Remedy(setting string) string {
	if e.Lacks != "" {
		return "set " + setting + " as this client is registered"
	}
	return "set " + setting
}

// Error says what is wrong and what to do.
func (e *Error) Error() string {
	return e.What() + ": " + e.Remedy(fmt.Sprintf("Config.%s (%s)", e.Field, e.Variable))
}
