package rsdoctor

import (
	"context"
	"slices"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// Options say how far an examination goes. The zero Options ask the authorization server, but about no token of yours.
type Options struct {
	Offline bool      // make no call
	JWKSURL string    // where our public keys are to be had, for the authorization server; empty: not checked
	Token   rs.Secret // an access token to decide on; empty: none
	Issuer  string    // of several issuers, the one to be examined; empty: all
}

// check is one thing to look at.
type check struct {
	name, title string
	run         func(ctx context.Context, p *patient) []Finding
}

// offline are the checks that make no call.
var offline = []check{
	{"files", "Files", checkFiles},
	{"secret", "Client secret", checkSecret},
	{"client_key", "Our signing key", checkClientKey},
	{"client_certificate", "Our certificate", checkCertificate},
	{"values", "Values", checkValues},
	{"key", "Private key", checkKey},
	{"issuer_setting", "Issuer setting", checkIssuerSetting},
	{"format_setting", "Form of the answers", checkFormatSetting},
	{"policy", "Scopes and audiences", checkPolicy},
}

// online are the checks against the authorization server, from the ground up: what an earlier one found explains a later.
var online = []check{
	{"dns", "Name of the host", checkDNS},
	{"connection", "Connection", checkConnection},
	{"tls", "Certificate", checkTLS},
	{"clock", "Clock", checkClock},
	{"metadata", "Metadata and issuer", checkMetadata},
	{"offer", "What the server offers", checkOffer},
	{"jwks", "Keys of the server", checkJWKS},
	{"endpoint", "Introspection endpoint", checkEndpoint},
	{"credentials", "Our credentials", checkCredentials},
	{"answer", "An answer about no token", checkAnswer},
	{"decision", "A decision on it", checkDecision},
	{"published", "Our published keys", checkPublished},
	{"userinfo", "UserInfo endpoint", checkUserInfo},
	{"token", "Your token", checkToken},
}

// asking are the checks that need an answer to a question of our own.
var asking = []string{"endpoint", "credentials", "answer"}

// Examine examines a configuration that was made in code. Findings name the environment variables that stand for its fields.
func Examine(ctx context.Context, cfg rs.Config, o Options) *Report {
	settings := check{"settings", "Settings", nil}
	if err := cfg.Validate(); err != nil {
		return (&Report{Findings: settings.sign(wrongFields(err))}).conclude()
	}
	return newPatient(cfg, o).examine(ctx, &Report{Findings: settings.sign(orComplete(dangers(cfg)))})
}

// AtStart is the part of an examination that makes no call and takes a few milliseconds, beyond the warnings that env has
// already. It returns warnings and problems alone.
func AtStart(ctx context.Context, env *rsenv.Environment) []Finding {
	p := newPatient(env.Config, Options{Offline: true})
	p.files = env.SecretFiles()
	var found []Finding
	for _, c := range offline {
		if c.name != "secret" { // env warns of it
			found = append(found, c.sign(c.run(ctx, p))...)
		}
	}
	return slices.DeleteFunc(found, func(f Finding) bool { return f.Status != Warning && f.Status != Problem })
}

func (p *patient) examine(ctx context.Context, report *Report) *Report {
	for _, c := range offline {
		report.Findings = append(report.Findings, c.sign(c.run(ctx, p))...)
	}
	if !p.options.Offline {
		p.resolve(ctx)
	}
	for _, c := range online {
		why := ""
		switch {
		case p.options.Offline:
			why = "offline"
		case slices.Contains(asking, c.name):
			why = p.cannotAsk()
		}
		if why != "" {
			report.Findings = append(report.Findings, c.sign(notChecked(why))...)
			continue
		}
		report.Findings = append(report.Findings, c.sign(c.run(ctx, p))...)
	}
	return report.conclude()
}

// sign puts the name of the check on its findings.
func (c check) sign(findings []Finding) []Finding {
	for i := range findings {
		findings[i].Check, findings[i].Title = c.name, c.title
	}
	return findings
}
