package reference

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Update writes the page, and the table in the README. A README that does not exist or has no markers is left alone,
// which is said on log.
func Update(page, readme string, log io.Writer) error {
	if err := write(page, Page()); err != nil {
		return err
	}
	old, err := os.ReadFile(readme) //nolint:gosec // G304: the path is the developer's
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reference: %w", err)
	}
	updated, err := InReadme(string(old))
	if err != nil {
		_, err = fmt.Fprintf(log, "reference: %s left alone: %v\n", readme, err)
		return err
	}
	return write(readme, updated)
}

func write(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // G306: documentation is for everybody
		return fmt.Errorf("reference: %w", err)
	}
	return nil
}
