// Command gen writes the documentation of the environment variables. Run it with go generate ./rs/rsenv.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/reference"
)

func main() {
	page := flag.String("reference", "", "write the reference page to this `file`")
	readme := flag.String("readme", "", "replace the table between the markers in this `file`")
	flag.Parse()
	if err := errors.Join(writePage(*page), updateReadme(*readme)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func writePage(path string) error {
	if path == "" {
		return nil
	}
	return os.WriteFile(path, []byte(reference.Page()), 0o644) //nolint:gosec // G306: documentation is for everybody
}

// updateReadme leaves a README without markers as it is, and says so.
func updateReadme(path string) error {
	if path == "" {
		return nil
	}
	old, err := os.ReadFile(path) //nolint:gosec // G304: the path is the developer's
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(os.Stderr, "gen: %s does not exist: no table written\n", path)
		return nil
	}
	if err != nil {
		return err
	}
	updated, err := reference.InReadme(string(old))
	if err != nil {
		fmt.Fprintf(os.Stderr, "gen: %s left alone: %v\n", path, err)
		return nil
	}
	if updated == string(old) {
		return nil
	}
	return os.WriteFile(path, []byte(updated), 0o644) //nolint:gosec // G306: documentation is for everybody
}
