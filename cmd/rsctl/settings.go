package main

import (
	"io"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// newLogger logs as the environment says. What an operator needs to see at a start, warnings above all, goes to the log
// and not to standard output.
func newLogger(env *rsenv.Environment, w io.Writer) *logrus.Logger {
	logger := logrus.New()
	logger.SetOutput(w)
	if level, err := logrus.ParseLevel(env.LogLevel); err == nil { // rsenv knows the same words
		logger.SetLevel(level)
	}
	logger.SetFormatter(&logrus.TextFormatter{FullTimestamp: true})
	if env.LogFormat == "json" {
		logger.SetFormatter(&logrus.JSONFormatter{})
	}
	return logger
}

// warn logs the warnings about the configuration, at every start.
func warn(logger *logrus.Logger, env *rsenv.Environment) {
	for _, warning := range env.Warnings {
		logger.Warn(warning)
	}
}
