// Package rsdoctor examines the configuration of a resource server, alone and against the live authorization server, and says
// of everything that is wrong how to put it right:
//
//	report := rsdoctor.Environment(ctx, rsdoctor.Options{})
//	for _, finding := range report.Findings {
//		fmt.Println(finding.Status, finding.Code, finding.Text, finding.Fix)
//	}
//
// [Environment] examines what [rsenv.Read] reads; [Examine] a configuration that was made in code. [AtStart] is the part
// that is good to have at every start of a service: it makes no call, and its findings are for the log.
//
// The authorization server is asked about a token that nobody issued, under the credentials of the configuration, and, only if
// these are refused, a few times more in other ways. No finding holds a secret, a token or a claim.
package rsdoctor
