package rsdoctor

import "strconv"

// maxForeign bounds what is repeated of foreign text.
const maxForeign = 160

// printable makes foreign text, an issuer or a URL of metadata, fit for a terminal and a log.
func printable(foreign string) string {
	if len(foreign) > maxForeign {
		foreign = foreign[:maxForeign] + "..."
	}
	quoted := strconv.QuoteToASCII(foreign)
	return quoted[1 : len(quoted)-1]
}
