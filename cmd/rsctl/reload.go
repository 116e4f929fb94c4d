package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// reloadOnHangup reads the files with keys and credentials again at every SIGHUP until stop is called: at the very end,
// since the signal would then end the process. What is bad is told, and what was good before stays in use.
func reloadOnHangup(s *site, log logrus.FieldLogger) (stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for range hangups {
			for _, env := range s.issuers { // what is bad for one does not keep the next from its new keys
				reload(env, s.about(env, log))
			}
		}
	}()
	return func() { signal.Stop(hangups); close(hangups) }
}

func reload(env *rsenv.Environment, log logrus.FieldLogger) {
	if err := env.Reload(); err != nil {
		log.WithError(err).Error("keys or credentials could not be reloaded")
		return
	}
	log.Info("keys and credentials reloaded")
	if env.Keys == nil {
		return
	}
	for _, key := range env.Keys.States() {
		line := log.WithFields(logrus.Fields{"kid": key.KeyID, "state": key.State})
		if !key.Until.IsZero() {
			line = line.WithField("until", key.Until.UTC().Format(time.RFC3339)) // without a monotonic reading
		}
		line.Info("private key")
	}
}
