package rsdoctor

import (
	"context"
	"errors"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

var (
	settings = check{"settings", "Settings", nil}
	names    = check{"names", "Names of variables", nil}
	rest     = check{"rest", "Everything else", nil}
)

// Environment examines what the environment says: of one issuer, or of each in the file of OIDC_RS_CONFIG_FILE.
// Findings about one of several issuers name it.
func Environment(ctx context.Context, o Options) *Report {
	process, err := rsenv.ReadProcess()
	if process.ConfigFile != "" {
		return several(ctx, process, err, o)
	}
	env, err := rsenv.Read()
	if err != nil {
		return unusable(ctx, err)
	}
	if o.Issuer != "" && o.Issuer != env.Config.Issuer {
		return unusable(ctx, unknownIssuer(env))
	}
	report := &Report{Findings: settings.sign(checkWarnings(env))}
	report.Findings = append(report.Findings, names.sign(checkNames(ctx, nil))...)
	return patientOf(env, o).examine(ctx, report)
}

func patientOf(env *rsenv.Environment, o Options) *patient {
	p := newPatient(env.Config, o)
	p.files = env.SecretFiles()
	return p
}

// unusable is the report on an environment from which no configuration can be made.
func unusable(ctx context.Context, err error) *Report {
	report := &Report{Findings: settings.sign(wrongSettings(err))}
	report.Findings = append(report.Findings, names.sign(checkNames(ctx, nil))...)
	report.Findings = append(report.Findings, rest.sign(notChecked("these settings cannot be used"))...)
	return report.conclude()
}

func unknownIssuer(all ...*rsenv.Environment) error {
	var issuers []string
	for _, env := range all {
		issuers = append(issuers, env.Config.Issuer)
	}
	return &rsenv.VariableError{Variable: "--issuer", Problem: "names none of the issuers that are configured: choose one of " + strings.Join(issuers, ", ")}
}

// several examines each issuer of a file by itself, and then who takes the token.
func several(ctx context.Context, process *rsenv.Process, processErr error, o Options) *Report {
	file, err := rsenv.ReadFile(process.ConfigFile)
	if err := errors.Join(processErr, err); err != nil {
		return unusable(ctx, err)
	}
	whole := &Report{Findings: settings.sign(checkFileWarnings(process, file))}
	whole.Findings = append(whole.Findings, names.sign(checkNames(ctx, nil))...)
	whole.conclude()
	found := false
	for _, env := range file.Issuers {
		if o.Issuer != "" && o.Issuer != env.Config.Issuer {
			continue
		}
		found = true
		each := o
		if o.Issuer == "" {
			each.Token = "" // all of them decide on it, below
		}
		report := &Report{Findings: settings.sign(orComplete(dangers(env.Config)))}
		whole.add(env.Config.Issuer, patientOf(env, each).examine(ctx, report))
	}
	if !found {
		return unusable(ctx, unknownIssuer(file.Issuers...))
	}
	if o.Token != "" && o.Issuer == "" {
		whole.add("", (&Report{Findings: check{"token", "Your token", nil}.sign(amongIssuers(ctx, file, o.Token))}).conclude())
	}
	return whole
}

// add takes over the report on one issuer. A file of issuers can be used, or there is no such report.
func (r *Report) add(issuer string, part *Report) {
	for _, f := range part.Findings {
		if issuer != "" && f.Check == "token" && f.Status == NotChecked {
			continue // all decide on it, or there is none
		}
		f.Issuer = issuer
		r.Findings = append(r.Findings, f)
	}
	if part.Result != Good {
		r.Result = part.Result
	}
}

// checkFileWarnings repeats what the file, and the environment beside it, warn of.
func checkFileWarnings(process *rsenv.Process, file *rsenv.File) (found []Finding) {
	for _, text := range process.Warnings {
		if name, _, is := strings.Cut(text, " has no effect: "); is {
			found = append(found, warning(SettingWithoutEffect, name+" has no effect: OIDC_RS_CONFIG_FILE is set", "write it into that file, or unset it")...)
		}
	}
	for _, text := range file.Warnings {
		name, _, _ := strings.Cut(text, " ")
		if strings.HasPrefix(text, name+" is above ") {
			found = append(found, warning(SettingUnusual, text, "write the unit behind the number, for example 5s")...)
		}
	}
	return orComplete(found)
}

// amongIssuers lets all issuers decide on a token, as the service does where no host keeps them apart.
func amongIssuers(ctx context.Context, file *rsenv.File, token rs.Secret) []Finding {
	cfg := file.Config()
	for i := range cfg.Issuers {
		each := &cfg.Issuers[i]
		each.Observer, each.Cache, each.CacheSize, each.NoRetry = nil, nil, -1, true
	}
	all, err := rs.NewIssuers(cfg)
	if err != nil {
		return problem(SettingWrong, "the issuers do not go together", "look at the file of OIDC_RS_CONFIG_FILE")
	}
	defer func() { _ = all.Close(context.WithoutCancel(ctx)) }() // nothing that still runs is of interest
	principal, err := all.Authenticate(ctx, string(token))
	if err == nil {
		return ok("accepted by every check, as a token of " + principal.Issuer)
	}
	e := rs.AsError(err)
	found := problem(TokenRefused, "refused ("+string(e.Reason)+"): clients see "+e.Kind.String(), Hint(e.Reason)+" (of one issuer alone, --issuer tells more)")
	found[0].Reason = e.Reason
	return found
}
