// Package forwardauth shows nginx in front of an application in any language, with rsctl serve to decide which requests
// may pass: nginx.conf, and a test that runs it with a real nginx. In proxy.conf nginx is a mere proxy, before a
// service that decides by itself. The package has tests only.
package forwardauth
