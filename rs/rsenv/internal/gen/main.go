// Command gen writes the documentation of the environment variables. Run it with go generate ./rs/rsenv.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/reference"
)

func main() {
	page := flag.String("reference", "", "write the reference page to this `file`")
	readme := flag.String("readme", "", "replace the table between the markers in this `file`")
	flag.Parse()
	if err := reference.Update(*page, *readme, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
