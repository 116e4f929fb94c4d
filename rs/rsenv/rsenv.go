package rsenv

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// Environment is everything that the variables say. Formatting it shows no secret; formatting its Config may show the
// password of a proxy.
type Environment struct {
	Config        rs.Config        // valid; its Decrypter is Keys
	Keys          *keys.Ring       // our private keys; nil if none is set. The public halves of them and of Signer are in PublicJWKS
	Signer        *keys.SignerRing // our signing keys, for private_key_jwt; nil if none is set. They are published too
	FailFast      bool             // whether to call Server.Discover at the start, and not to go on after an error
	Listen        string           // address of rsctl serve
	MetricsListen string           // another one, for its metrics; empty: none
	LogLevel      string           // as logrus names them, in lower case: error, warn, info, debug, trace …
	LogFormat     string           // text or json
	Warnings      []string         // one line each, to be logged at every start; they hold no values

	reloads []reload
	files   []SecretFile
}

// SecretFile is a file that holds a secret, and the variable that names it.
type SecretFile struct{ Variable, Path string }

// SecretFiles lists the files with our secrets that are in use, for a look at who may read them.
func (e Environment) SecretFiles() []SecretFile { return slices.Clone(e.files) }

// String names the environment by whom it is for.
func (e Environment) String() string {
	return fmt.Sprintf("rsenv.Environment[%q at %q]", e.Config.ClientID, e.Config.Issuer)
}

// GoString is String: %#v would print the fields.
func (e Environment) GoString() string { return e.String() }

// Load reads what [rs.New] needs. Warnings go to [slog.Default]; use [Read] to log them yourself. The error joins one
// *[VariableError] for every variable that is wrong.
func Load() (rs.Config, error) {
	env, err := Read()
	if err != nil {
		return rs.Config{}, err
	}
	for _, warning := range env.Warnings {
		slog.Warn("rsenv: " + warning)
	}
	return env.Config, nil
}

// Read reads all variables. It reads files where a variable names one, and does no other I/O. The error joins one
// *[VariableError] for every variable that is wrong, in the order of the reference. Where OIDC_RS_CONFIG_FILE is set, that is
// the only thing wrong: the environment describes one issuer, see [ReadProcess].
func Read() (*Environment, error) {
	r, err := newReaderOfOne()
	if err != nil {
		return nil, err
	}
	env := r.environment()
	process := r.process()
	env.FailFast, env.Listen, env.MetricsListen = process.FailFast, process.Listen, process.MetricsListen
	env.LogLevel, env.LogFormat = process.LogLevel, process.LogFormat
	if err := r.err(); err != nil {
		return nil, err
	}
	for _, unknown := range Unknown() {
		r.warnings = append(r.warnings, unknown.String())
	}
	env.Warnings = r.warnings
	return env, nil
}

// environment is all that concerns one issuer.
func (r *reader) environment() *Environment {
	env := &Environment{Config: r.config()}
	required := env.Config.Format == rs.JWT && env.Config.AccessTokenMode != rs.Local || env.Config.UserInfoFormat == rs.JWT
	if env.Keys = r.keys(required); env.Keys != nil {
		env.Config.Decrypter = env.Keys
	}
	r.validate(env.Config)
	env.Signer, env.reloads = r.signer, r.reloads
	for _, v := range []*spec.Variable{
		&r.vars.ClientSecretFile, &r.vars.ClientPrivateKeyFile, &r.vars.ClientKeyFile, &r.vars.ClientBearerTokenFile, &r.vars.PrivateKeyFile,
	} {
		if v.Value != "" {
			env.files = append(env.files, SecretFile{v.Name, v.Value})
		}
	}
	return env
}

// PublicJWKS reads our keys alone, those that decrypt and those that sign, and returns what /jwks publishes of them. It
// needs no registration at the authorization server, which wants to know our public keys first. As [Read], it is for
// one issuer.
func PublicJWKS() ([]byte, error) {
	r, err := newReaderOfOne()
	if err != nil {
		return nil, err
	}
	env := &Environment{Signer: r.clientSigner()}
	env.Keys = r.keys(env.Signer == nil)
	if err := r.err(); err != nil {
		return nil, err
	}
	return env.PublicJWKS(), nil
}

// reader goes through the variables and collects what is wrong with them.
type reader struct {
	vars     *spec.Variables
	problems map[string]string // by variable: the first problem, of which others are mostly consequences
	warnings []string
	signer   *keys.SignerRing
	reloads  []reload
}

func newReader() (*reader, error) {
	vars, err := spec.Read()
	if err != nil {
		return nil, err
	}
	return &reader{vars: vars, problems: map[string]string{}}, nil
}

// newReaderOfOne refuses an environment that leads to a file of several issuers: what it says about one was not meant.
func newReaderOfOne() (*reader, error) {
	r, err := newReader()
	if err != nil {
		return nil, err
	}
	if v := &r.vars.ConfigFile; v.Value != "" {
		return nil, &VariableError{v.Name, "is set, and this works on one issuer: only rsctl reads that file, and programs that call " +
			"rsenv.ReadFile; unset it, and set the variables of one of its issuers"}
	}
	return r, nil
}
