package devas

import (
	"encoding/json"
	"net/http"
)

// serveKeys publishes the keys as oidc-provider does: each with kid, alg and use, and without Cache-Control.
func (s *Server) serveKeys(w http.ResponseWriter, r *http.Request) {
	fault, healed := s.faults.take(atKeys)
	s.log.mu.Lock()
	s.log.keyFetches++
	s.log.mu.Unlock()
	rep := s.newReply(atKeys)
	rep.header = http.Header{"Content-Type": {"application/jwk-set+json; charset=utf-8"}}
	set := s.ring.public()
	if change := incidents[fault].keys; change != nil {
		set = change(set)
	}
	body, err := json.Marshal(map[string][]jwk{"keys": set})
	if err != nil {
		rep.fail(broken("the keys cannot be written as JSON"))
	} else {
		rep.body = body
	}
	incident := rep.suffer(fault)
	(&delivery{w, r, rep, healed, func() {}}).send(incident)
}
