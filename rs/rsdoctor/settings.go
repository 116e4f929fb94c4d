package rsdoctor

import (
	"context"
	"os"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// wrongSettings makes a finding of each variable that is missing or wrong.
func wrongSettings(err error) (found []Finding) {
	problems := rsenv.VariableErrors(err)
	if len(problems) == 0 {
		return []Finding{{Status: Problem, Code: SettingWrong, Text: "the environment cannot be read", Fix: "look at the names of its variables", settings: true}}
	}
	for _, e := range problems {
		what, fix := split(e.Problem)
		found = append(found, Finding{Status: Problem, Code: variableCode(e), Text: e.Variable + " " + what, Fix: fix, settings: true})
	}
	return found
}

// variableCode tells apart what has a different remedy. In a file of several issuers, names have the place before them.
func variableCode(e *rsenv.VariableError) Code {
	name := e.Variable[strings.LastIndexByte(e.Variable, '.')+1:]
	switch {
	case strings.HasPrefix(e.Problem, "is not set"), strings.HasSuffix(name, "_ENV") && strings.Contains(e.Problem, " is not set"):
		return SettingMissing
	case strings.HasPrefix(e.Problem, "is not known"):
		return SettingUnknown
	case name == "OIDC_RS_ENCRYPTION_KEY_TYPE", strings.Contains(e.Problem, " needs an "), strings.Contains(e.Problem, " does not fit a"):
		return KeyType
	case strings.Contains(name, "PRIVATE_KEY_STR"):
		return KeyUnusable
	}
	return SettingWrong
}

// fileFixes are the remedies for files that are of no use, by what is wrong with them.
var fileFixes = map[string]string{
	"which does not exist":                   "correct the path, or put the file there (in a container: mount it)",
	"which is a directory":                   "name the file in that directory",
	"which this process may not read":        "let the user that runs the service read it (owner, or group with mode 0640)",
	"which is empty":                         "write the secret into the file",
	"without a certificate in PEM":           "name a file with certificates in PEM (-----BEGIN CERTIFICATE-----)",
	"for the key in OIDC_RS_CLIENT_KEY_FILE": "name a certificate in PEM and the private key that it was issued for: they are not a pair",
}

// split takes the remedy off a problem: what stands behind the first colon, or the example.
func split(text string) (what, fix string) {
	if what, fix, found := strings.Cut(text, ": "); found {
		return what, fix
	}
	if what, example, found := strings.Cut(text, ", for example "); found {
		for end, fix := range fileFixes {
			if strings.HasSuffix(what, end) {
				return what, fix
			}
		}
		return what, "write it like " + example
	}
	return text, "see docs/reference/environment.md"
}

func wrongFields(err error) (found []Finding) {
	for _, e := range rs.FieldErrors(err) {
		what, fix := split(e.Problem)
		found = append(found, Finding{Status: Problem, Code: SettingWrong, Text: "Config." + e.Field + " " + what, Fix: fix, settings: true})
	}
	return found
}

// checkNames finds variables that look like ours and are not.
func checkNames(context.Context, *patient) (found []Finding) {
	for _, unknown := range rsenv.Unknown() {
		fix := "remove it, or look its name up in docs/reference/environment.md"
		if unknown.DidYouMean != "" {
			fix = "write " + unknown.DidYouMean + " in its place"
		}
		found = append(found, warning(SettingUnknown, unknown.String(), fix)...)
	}
	if found == nil {
		return ok("none looks misspelt")
	}
	return found
}

// checkWarnings repeats what the environment warns of, names and secret aside.
func checkWarnings(env *rsenv.Environment) []Finding {
	found := append(dangers(env.Config), settingsTwice()...)
	for _, text := range env.Warnings {
		name, _, _ := strings.Cut(text, " ")
		if strings.HasPrefix(text, name+" is above ") {
			found = append(found, warning(SettingUnusual, text, "write the unit behind the number, for example 5s")...)
		}
	}
	return orComplete(found)
}

func orComplete(found []Finding) []Finding {
	if len(found) == 0 {
		return ok("complete and well-formed")
	}
	return found
}

// settingsTwice finds secrets that are set directly and by a file, of which the file wins.
func settingsTwice() (found []Finding) {
	for _, name := range []string{"OIDC_RS_CLIENT_SECRET", "OIDC_RS_CLIENT_PRIVATE_KEY_STR", "OIDC_RS_CLIENT_BEARER_TOKEN", "OIDC_RS_PRIVATE_KEY_STR"} {
		if os.Getenv(name) != "" && os.Getenv(name+"_FILE") != "" {
			found = append(found, warning(SettingTwice, name+" and "+name+"_FILE are both set, and the file wins", "remove one of the two")...)
		}
	}
	return found
}

// dangers are the switches that weaken.
func dangers(cfg rs.Config) (found []Finding) {
	if cfg.InsecureSkipVerify {
		found = append(found, warning(TLSUnchecked, "OIDC_VERIFY_SSL is false: certificates are not checked, and whoever is on the way can let anybody in",
			"set OIDC_VERIFY_SSL=true, and OIDC_RS_CA_FILE for a private authority")...)
	}
	if cfg.InsecureAllowHTTP {
		found = append(found, warning(HTTPAllowed, "OIDC_RS_ALLOW_HTTP is true: on the way, tokens and the client secret can be read, and answers forged",
			"use https endpoints and remove OIDC_RS_ALLOW_HTTP")...)
	}
	return found
}
