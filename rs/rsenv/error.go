package rsenv

import (
	"errors"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// VariableError is one variable that is missing or wrong. It never holds a value, but for the path that a …_FILE variable
// names.
type VariableError struct {
	Variable string // its name
	Problem  string // what is wrong and what to do, with an example
}

// Error names the variable and the problem.
func (e *VariableError) Error() string { return "rsenv: " + e.Variable + " " + e.Problem }

// VariableErrors lists every *VariableError in an error of this package.
func VariableErrors(err error) []*VariableError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*VariableError
		for _, each := range joined.Unwrap() {
			all = append(all, VariableErrors(each)...)
		}
		return all
	}
	if e, ok := errors.AsType[*VariableError](err); ok {
		return []*VariableError{e}
	}
	return nil
}

// wrong records a problem and adds an example to it.
func (r *reader) wrong(v *spec.Variable, problem string) {
	r.report(v, problem+", for example "+v.Name+"="+v.Example)
}

// report records a problem as it is.
func (r *reader) report(v *spec.Variable, problem string) {
	if _, reported := r.problems[v.Name]; !reported {
		r.problems[v.Name] = problem
	}
}

func (r *reader) isWrong(v *spec.Variable) bool {
	_, reported := r.problems[v.Name]
	return reported
}

// isWrongInFile: the variable is not set because its file, which wins, is of no use.
func (r *reader) isWrongInFile(v *spec.Variable) bool {
	for direct, inFile := range map[*spec.Variable]*spec.Variable{
		&r.vars.ClientSecret: &r.vars.ClientSecretFile, &r.vars.ClientPrivateKey: &r.vars.ClientPrivateKeyFile,
		&r.vars.ClientBearerToken: &r.vars.ClientBearerTokenFile, &r.vars.ClientCertFile: &r.vars.ClientKeyFile,
	} {
		if v == direct && r.isWrong(inFile) {
			return true
		}
	}
	return false
}

// err joins all problems, in the order of the table.
func (r *reader) err() error {
	var all []error
	for _, v := range r.vars.All() {
		if problem, reported := r.problems[v.Name]; reported {
			all = append(all, &VariableError{v.Name, problem})
		}
	}
	return errors.Join(all...)
}
