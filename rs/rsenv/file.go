package rsenv

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// File is a configuration of several issuers. Formatting it shows no secret.
type File struct {
	Issuers  []*Environment    // in the order of the file; FailFast to LogFormat are empty here, and in [Process]
	Hosts    map[string]string // the issuer for each host, for [rs.ByHost]; empty: tokens decide
	Warnings []string          // one line each, to be logged at every start; they hold no values
}

// PublicJWKS is the public keys of all issuers, for jwksendpoint: see [Environment.PublicJWKS]. A key that several of them
// have stands there once.
func (f *File) PublicJWKS() []byte {
	var all []keys.Publisher
	for _, each := range f.Issuers {
		all = append(all, each)
	}
	return keys.Publish(all...).PublicJWKS()
}

// Config is what [rs.NewIssuers] needs. Realm and Observer are for the caller to set.
func (f *File) Config() rs.IssuersConfig {
	cfg := rs.IssuersConfig{}
	for _, each := range f.Issuers {
		cfg.Issuers = append(cfg.Issuers, each.Config)
	}
	if len(f.Hosts) > 0 {
		cfg.Choose = rs.ByHost(f.Hosts)
	}
	return cfg
}

// ReadFile reads a configuration of several issuers: one JSON object (RFC 8259), with the variables of the reference as
// members.
//
//	{
//	  "defaults": {"OIDC_RS_SCOPES": ["documents"], "OIDC_RS_CLIENT_ID": "documents"},
//	  "issuers": [
//	    {"OIDC_OP_URL": "https://a.example", "OIDC_RS_CLIENT_SECRET_FILE": "/run/secrets/a", "hosts": ["docs.a.example"]},
//	    {"OIDC_OP_URL": "https://b.example", "OIDC_RS_CLIENT_SECRET_ENV": "SECRET_OF_B", "hosts": ["docs.b.example"]}
//	  ]
//	}
//
// Values are strings as the environment has them, or numbers, truth values and lists of strings. A member of "defaults"
// counts for each issuer that does not have it. The environment itself is not read, but where a member NAME_ENV names
// the variable that holds the value of NAME. Secrets must come so, or from a file: they may not stand in the
// configuration. Where one issuer has "hosts", each must: a request then belongs to the issuer of its host, see [rs.ByHost].
//
// The whole file is judged. The error joins one *[VariableError] for everything that is wrong in it, with names like
// issuers[1].OIDC_RS_CLIENT_ID; a member that is not known is an error too.
func ReadFile(path string) (*File, error) {
	if path == "" {
		v := &spec.Table().ConfigFile
		return nil, &VariableError{v.Name, "is not set: name the file with the issuers, for example " + v.Name + "=" + v.Example}
	}
	data, err := readFile(path)
	if err != nil {
		return nil, &VariableError{path, "cannot be used (" + err.Error() + "): correct the path (" + spec.Table().ConfigFile.Name + "), or put the file there (in a container: mount it)"}
	}
	c := &fileReader{path: path}
	f := c.read(data)
	if err := errors.Join(c.problems...); err != nil {
		return nil, err
	}
	return f, nil
}

// fileReader goes through the file and collects what is wrong in it.
type fileReader struct {
	path     string
	problems []error
}

func (c *fileReader) wrong(at, problem string) {
	c.problems = append(c.problems, &VariableError{at, problem})
}

func (c *fileReader) isWrong(at string) bool {
	return slices.ContainsFunc(VariableErrors(errors.Join(c.problems...)), func(e *VariableError) bool { return e.Variable == at })
}

func (c *fileReader) read(data []byte) *File {
	top, err := parseMembers(data)
	if err != nil {
		c.wrong(c.path, err.Error())
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(top)) {
		if name != "defaults" && name != "issuers" {
			c.wrong(name, "is not known: write defaults or issuers")
		}
	}
	defaults := map[string]string{}
	if given, ok := top["defaults"]; ok {
		defaults, _ = c.entry("defaults", given)
	}
	list, ok := elements(top["issuers"])
	if !ok || len(list) == 0 {
		c.wrong("issuers", "is not a list of at least one issuer")
	}
	f := &File{Hosts: map[string]string{}}
	withHosts := 0
	for i, each := range list {
		at := fmt.Sprintf("issuers[%d]", i)
		values, hosts := c.entry(at, each)
		c.issuer(f, at, inherit(defaults, values), hosts)
		withHosts += min(len(hosts), 1)
	}
	if withHosts != 0 && withHosts != len(list) {
		c.wrong("issuers", "are mixed, some with hosts and some without: give hosts to every issuer, or to none")
	}
	return f
}

// inherit: a value of one's own wins over a default, however either is given.
func inherit(defaults, own map[string]string) map[string]string {
	all := maps.Clone(own)
	for name, value := range defaults {
		base := strings.TrimSuffix(strings.TrimSuffix(name, suffixEnv), suffixFile)
		_, direct := own[base]
		_, inFile := own[base+suffixFile]
		_, inEnv := own[base+suffixEnv]
		if !direct && !inFile && !inEnv {
			all[name] = value
		}
	}
	return all
}

const (
	suffixFile = "_FILE"
	suffixEnv  = "_ENV"
)

// issuer reads one issuer as Read reads the environment.
func (c *fileReader) issuer(f *File, at string, values map[string]string, hosts []string) {
	for name, variable := range values {
		base, isReference := strings.CutSuffix(name, suffixEnv)
		if !isReference {
			continue
		}
		delete(values, name)
		if values[base] = os.Getenv(variable); values[base] == "" {
			c.wrong(at+"."+name, fmt.Sprintf("names the variable %q, which is not set: set it, or name the right one", variable))
		}
	}
	r := &reader{vars: spec.From(values), problems: map[string]string{}}
	env := r.environment()
	for _, e := range VariableErrors(r.err()) {
		if !c.isWrong(at+"."+e.Variable) && !c.isWrong(at+"."+e.Variable+suffixEnv) { // or it is "not set" too
			c.wrong(at+"."+e.Variable, e.Problem)
		}
	}
	for _, warning := range r.warnings {
		f.Warnings = append(f.Warnings, at+"."+warning)
	}
	same := func(other *Environment) bool { return other.Config.Issuer == env.Config.Issuer }
	if first := slices.IndexFunc(f.Issuers, same); first >= 0 && env.Config.Issuer != "" {
		c.wrong(at+"."+r.vars.Issuer.Name, fmt.Sprintf("is that of issuers[%d] too: an issuer has one configuration", first))
	}
	f.Issuers = append(f.Issuers, env)
	for _, host := range hosts {
		if _, twice := f.Hosts[strings.ToLower(host)]; twice {
			c.wrong(at+".hosts", fmt.Sprintf("has %q, which another entry has too", host))
		}
		f.Hosts[strings.ToLower(host)] = env.Config.Issuer
	}
}

// entry reads the members of one issuer, or of the defaults, into texts as the environment has them.
func (c *fileReader) entry(at string, data []byte) (values map[string]string, hosts []string) {
	values = map[string]string{}
	members, err := parseMembers(data)
	if err != nil {
		c.wrong(at, err.Error())
		return values, nil
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name == "hosts" && at != "defaults" {
			if hosts, err = stringsOf(members[name]); err != nil || len(hosts) == 0 || !allHosts(hosts) {
				c.wrong(at+".hosts", `is not a list of host names: write them without https://, port and path, for example ["docs.example"]`)
			}
			continue
		}
		if problem := nameProblem(name); problem != "" {
			c.wrong(at+"."+name, problem)
			continue
		}
		value, err := textOf(members[name])
		if err != nil {
			c.wrong(at+"."+name, err.Error())
			continue
		}
		if hasPassword(value) {
			c.wrong(at+"."+name, "has a password in it: write "+name+suffixEnv+" with the name of a variable that holds it")
			continue
		}
		values[name] = value
	}
	return values, hosts
}

// names are those of all variables, and of those that are for the whole process. They are read from struct tags once.
var names = sync.OnceValues(func() (ours, ofProcess []string) {
	vars := spec.Table()
	for _, v := range vars.All() {
		ours = append(ours, v.Name)
	}
	return ours, []string{vars.ConfigFile.Name, vars.Listen.Name, vars.MetricsListen.Name, vars.LogLevel.Name, vars.LogFormat.Name, vars.FailFast.Name}
})

// nameProblem says why a member may not stand in the file.
func nameProblem(name string) string {
	ours, ofProcess := names()
	base := strings.TrimSuffix(name, suffixEnv)
	switch {
	case slices.Contains(ofProcess, base):
		return "is for the whole process: set it in the environment"
	case slices.Contains(ours, name) && slices.Contains(ours, name+suffixFile):
		return "is a secret: write " + name + suffixFile + " with the path of a file, or " + name + suffixEnv + " with the name of a variable"
	case slices.Contains(ours, base):
		return ""
	}
	if suggestion := nearest(base, ours); suggestion != "" {
		return "is not known: did you mean " + suggestion + "?"
	}
	if word := strings.ToLower(name); word == "host" || word == "hosts" {
		return "is not known: each of the issuers has a member hosts, and the defaults have none"
	}
	return "is not known: see docs/reference/environment.md"
}

// allHosts says whether [rs.ByHost] can find a request by each of them: it compares names, and addresses, and nothing
// around them.
func allHosts(hosts []string) bool {
	return !slices.ContainsFunc(hosts, func(host string) bool {
		_, err := netip.ParseAddr(host)
		return err != nil && (host == "" || strings.ContainsAny(host, ":/[]@* \t"))
	})
}

func hasPassword(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.User != nil
}
