package rsdoctor

import (
	"context"
	"fmt"
	"os"
	"runtime"
)

// checkFiles looks at the modes of the files with secrets: others than the owner and its group should not read them. A group
// may, since that is how container platforms mount secrets.
func checkFiles(_ context.Context, p *patient) (found []Finding) {
	looked := 0
	for _, f := range p.files {
		name, path := f.Variable, f.Path
		info, err := os.Stat(path)
		if err != nil {
			continue // rsenv has read it
		}
		looked++
		if mode := info.Mode().Perm(); mode&0o004 != 0 && runtime.GOOS != "windows" {
			found = append(found, warning(FileReadable, fmt.Sprintf("every user of this machine may read the file of %s (mode %04o)", name, mode),
				"chmod 600 "+printable(path))...)
		}
	}
	switch {
	case found != nil:
		return found
	case looked == 0:
		return ok("no secret comes from a file")
	}
	return ok("readable by those alone who may")
}
