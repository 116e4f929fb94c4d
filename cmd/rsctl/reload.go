package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// reloadOnHangup reads the key file again at every SIGHUP until ctx ends. A bad file is told and changes nothing.
func reloadOnHangup(ctx context.Context, ring *keys.Ring, log logrus.FieldLogger) {
	if ring == nil {
		return
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer signal.Stop(hangups)
		for {
			select {
			case <-hangups:
				reload(ring, log)
			case <-ctx.Done():
				return
			}
		}
	}()
}

func reload(ring *keys.Ring, log logrus.FieldLogger) {
	if err := ring.Reload(); err != nil {
		log.WithError(err).Error("the private keys could not be reloaded")
		return
	}
	for _, key := range ring.States() {
		line := log.WithFields(logrus.Fields{"kid": key.KeyID, "state": key.State})
		if !key.Until.IsZero() {
			line = line.WithField("until", key.Until)
		}
		line.Info("private key")
	}
}
