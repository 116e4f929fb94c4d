package rsenv

import (
	"os"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// Process is what the environment says about rsctl serve as a whole, whatever its issuers are. It holds no secret.
type Process struct {
	ConfigFile    string   // for [ReadFile]: the configuration of several issuers; empty: [Read] reads that of one
	Realm         string   // of the challenge, where an issuer has none of its own
	FailFast      bool     // whether to call Server.Discover of every issuer at the start, and not to go on after an error
	Listen        string   // address
	MetricsListen string   // another one, for metrics; empty: none
	LogLevel      string   // as logrus names them, in lower case: error, warn, info, debug, trace …
	LogFormat     string   // text or json
	Warnings      []string // one line each, to be logged at every start; they hold no values. None if ConfigFile is empty: [Read] warns
}

// ReadProcess reads the variables that are not about one issuer, and does no other I/O. The error joins one
// *[VariableError] for every one of them that is wrong; the Process has its ConfigFile then too, and nothing else, so
// that what is wrong in the file can be told at the same time. If there is a ConfigFile, the other variables have no
// effect, and Warnings names those that are set.
func ReadProcess() (*Process, error) {
	r, err := newReader()
	if err != nil {
		return &Process{}, err
	}
	p := r.process()
	if err := r.err(); err != nil {
		return &Process{ConfigFile: p.ConfigFile}, err
	}
	if p.ConfigFile == "" {
		return p, nil
	}
	for _, name := range withoutEffect() {
		p.Warnings = append(p.Warnings, name+" has no effect: "+r.vars.ConfigFile.Name+" is set, so write it into that file")
	}
	for _, unknown := range Unknown() {
		p.Warnings = append(p.Warnings, unknown.String())
	}
	return p, nil
}

func (r *reader) process() *Process {
	v := r.vars
	return &Process{
		ConfigFile:    v.ConfigFile.Value,
		Realm:         v.Realm.Value,
		FailFast:      r.boolean(&v.FailFast),
		Listen:        r.listen(&v.Listen),
		MetricsListen: r.metricsListen(),
		LogLevel:      r.choice(&v.LogLevel, "panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"),
		LogFormat:     r.choice(&v.LogFormat, "text", "json"),
	}
}

// metricsListen is none unless it is set, and never where clients come.
func (r *reader) metricsListen() string {
	v := &r.vars.MetricsListen
	if v.Value == "" {
		return ""
	}
	address := r.listen(v)
	if address == r.vars.Listen.Value && !strings.HasSuffix(address, ":0") {
		r.wrong(v, "is "+r.vars.Listen.Name+" too: metrics need an address of their own, away from clients")
	}
	return address
}

// withoutEffect lists the variables of one issuer that are set, but no secrets: a member …_ENV of the file may name those.
func withoutEffect() (set []string) {
	ours, ofProcess := names()
	ofProcess = append(slices.Clone(ofProcess), spec.Table().Realm.Name)
	for _, name := range ours {
		isSecret := slices.Contains(ours, name+suffixFile)
		if strings.TrimSpace(os.Getenv(name)) != "" && !isSecret && !slices.Contains(ofProcess, name) {
			set = append(set, name)
		}
	}
	return set
}
