package rsenv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// watched is what some files say. They are read again when one of them has changed; if what they say then is of no use,
// because the other file is not there yet for example, what they said before holds.
type watched[T any] struct {
	paths []string
	parse func(files [][]byte) (T, error)

	mu     sync.Mutex
	value  T
	stamps []fs.FileInfo
}

// same tells one state of a file from another. Kubernetes swaps a link to it, others bring its time along: then it is
// another file.
func same(now, before fs.FileInfo) bool {
	return os.SameFile(now, before) && now.ModTime().Equal(before.ModTime()) && now.Size() == before.Size()
}

// reload is something to read again on demand, and the variable to name if that fails.
type reload struct {
	variable *spec.Variable
	again    func() error
}

// watch reads the files that variables name. It is nil, and the problem is reported, if they are of no use.
func watch[T any](r *reader, variables []*spec.Variable, parse func([][]byte) (T, error)) *watched[T] {
	w := &watched[T]{parse: parse}
	for _, v := range variables {
		if _, ok := r.file(v); !ok {
			return nil
		}
		w.paths = append(w.paths, v.Value)
	}
	if err := w.read(); err != nil {
		r.wrong(variables[0], err.Error())
		return nil
	}
	r.reloads = append(r.reloads, reload{variables[0], w.again})
	return w
}

// get is the value of this moment.
func (w *watched[T]) get(context.Context) (T, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, path := range w.paths {
		if now, err := os.Stat(path); err == nil && !same(now, w.stamps[i]) {
			_ = w.read() // Environment.Reload says what is wrong
			break
		}
	}
	return w.value, nil
}

func (w *watched[T]) again() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.read()
}

// read takes the stamps first: a change while it reads is noticed the next time.
func (w *watched[T]) read() error {
	stamps, files := make([]fs.FileInfo, len(w.paths)), make([][]byte, len(w.paths))
	for i, path := range w.paths {
		var err error
		if stamps[i], err = os.Stat(path); err != nil {
			err = describeFile(err)
		} else {
			files[i], err = readFile(path)
		}
		if err != nil {
			return fmt.Errorf("names %s, which %w", theFile(path), err)
		}
	}
	value, err := w.parse(files)
	if err != nil {
		return err
	}
	w.value, w.stamps = value, stamps
	return nil
}

// Reload reads the files of keys, secrets and certificates again; a signal such as SIGHUP is a good moment. The files of the
// client secret, the bearer token and the certificate are also read again, before they are used, when they have changed.
// What cannot be used leaves what was there in use: the error joins a *[VariableError] for each.
func (e Environment) Reload() error {
	var problems []error
	for _, each := range e.reloads {
		if err := each.again(); err != nil {
			problems = append(problems, &VariableError{each.variable.Name, "was not reloaded: " + err.Error()})
		}
	}
	return errors.Join(problems...)
}

// PublicJWKS is all our public keys, for jwksendpoint: those that answers are encrypted to, and those that prove who we are.
func (e Environment) PublicJWKS() []byte {
	var all []keys.Publisher
	if e.Keys != nil {
		all = append(all, e.Keys)
	}
	if e.Signer != nil {
		all = append(all, e.Signer)
	}
	return keys.Publish(all...).PublicJWKS()
}
