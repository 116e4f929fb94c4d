package main

import (
	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// logExchange logs an introspection: who asked about what, and how it was answered.
func logExchange(logger *logrus.Logger, e devas.Exchange) {
	entry := logger.WithFields(logrus.Fields{"client": e.Client, "auth": e.AuthMethod, "status": e.Status, "token": e.TokenDigest})
	if e.Error != "" {
		entry.WithField("error", e.Error).Warn("introspection refused")
		return
	}
	entry.WithField("active", e.Active).Info("introspection")
}

// logUserInfo logs a request for UserInfo: about which token, got by which client, and how it was answered.
func logUserInfo(logger *logrus.Logger, e devas.Exchange) {
	entry := logger.WithFields(logrus.Fields{"client": e.Client, "status": e.Status, "token": e.TokenDigest})
	if e.Error != "" {
		entry = entry.WithField("error", e.Error)
	}
	if e.Active {
		entry.Info("userinfo")
		return
	}
	entry.Warn("userinfo refused")
}
