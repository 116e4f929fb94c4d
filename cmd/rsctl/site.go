package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/service"
	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// site is the configuration of serve: one issuer by the environment, or several by a file.
type site struct {
	process  *rsenv.Process
	file     *rsenv.File          // nil: one issuer
	issuers  []*rsenv.Environment // at least one
	keys     jwksendpoint.PublicKeys
	warnings []string
}

// readSite reports everything that is wrong at once, in the environment and in the file.
func readSite() (*site, error) {
	process, err := rsenv.ReadProcess()
	if process.ConfigFile == "" {
		return oneIssuer(process)
	}
	file, fileErr := rsenv.ReadFile(process.ConfigFile)
	if err := errors.Join(err, fileErr); err != nil {
		return nil, err
	}
	return &site{process, file, file.Issuers, file, append(process.Warnings, file.Warnings...)}, nil
}

// oneIssuer is the site that rsenv.Read reads; it judges the variables of the process too.
func oneIssuer(process *rsenv.Process) (*site, error) {
	env, err := rsenv.Read()
	if err != nil {
		return nil, err
	}
	return &site{process, nil, []*rsenv.Environment{env}, env, env.Warnings}, nil
}

// about is the logger for what concerns one issuer. Where there is but one, nobody needs its name.
func (s *site) about(env *rsenv.Environment, log logrus.FieldLogger) logrus.FieldLogger {
	if s.file == nil {
		return log
	}
	return log.WithField("issuer", env.Config.Issuer)
}

// authority decides on tokens: an *rs.Server or an *rs.Issuers.
type authority interface {
	rsgin.Authenticator
	Ready() error
	CacheStats() rs.CacheStats
	Close(ctx context.Context) error
}

// open makes the authority, and the function that fetches what it needs to know of every authorization server.
func (s *site) open(observer rs.Observer) (authority, func(context.Context) error, error) {
	if s.file == nil {
		cfg := s.issuers[0].Config
		cfg.Observer = observer
		server, err := rs.New(cfg)
		if err != nil {
			return nil, nil, err
		}
		return server, func(ctx context.Context) error { return inAdvance(server.Discover(ctx)) }, nil
	}
	cfg := s.file.Config()
	cfg.Realm, cfg.Observer = s.process.Realm, observer
	all, err := rs.NewIssuers(cfg)
	if err != nil {
		return nil, nil, err
	}
	return all, func(ctx context.Context) error {
		var problems []error
		for _, each := range cfg.Issuers {
			if err := all.Server(each.Issuer).Discover(ctx); err != nil {
				problems = append(problems, inAdvance(fmt.Errorf("%s: %w", each.Issuer, err)))
			}
		}
		return errors.Join(problems...)
	}, nil
}

// inAdvance says why an error ends the start.
func inAdvance(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("OIDC_RS_FAIL_FAST: %w", err)
}

// limits allows a decision the time of all issuers, unless hosts keep them apart: one that cannot be asked may come
// before the one whose token it is.
func (s *site) limits() service.Limits {
	var limits service.Limits
	for _, env := range s.issuers {
		decision := max(env.Config.Timeout, env.Config.Budget)
		if s.file != nil && len(s.file.Hosts) == 0 {
			decision += limits.Decision
		}
		limits.Decision = max(limits.Decision, decision)
		limits.Token = max(limits.Token, env.Config.MaxTokenLength)
	}
	return limits
}
