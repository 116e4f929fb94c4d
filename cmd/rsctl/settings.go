package main

import (
	"context"
	"io"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// newLogger logs as the environment says. What an operator needs to see at a start, warnings above all, goes to the log
// and not to standard output.
func newLogger(process *rsenv.Process, w io.Writer) *logrus.Logger {
	logger := plainLogger(w)
	if level, err := logrus.ParseLevel(process.LogLevel); err == nil { // rsenv knows the same words
		logger.SetLevel(level)
	}
	if process.LogFormat == "json" {
		logger.SetFormatter(&logrus.JSONFormatter{})
	}
	return logger
}

// plainLogger logs as text, which is coloured where the other output of a command would be.
func plainLogger(w io.Writer) *logrus.Logger {
	logger := logrus.New()
	logger.SetOutput(w)
	colours := show.Colours(w)
	logger.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, ForceColors: colours, DisableColors: !colours})
	return logger
}

// warn logs the warnings about the configuration, at every start, and what the offline part of an examination finds.
func warn(ctx context.Context, logger *logrus.Logger, s *site) {
	for _, warning := range s.warnings {
		logger.Warn(warning)
	}
	for _, env := range s.issuers {
		for _, f := range rsdoctor.AtStart(ctx, env) {
			s.about(env, logger).WithFields(logrus.Fields{"code": f.Code, "fix": f.Fix}).Warn(f.Title + ": " + f.Text)
		}
	}
}
