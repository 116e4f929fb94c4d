package rs

// Ready says whether a new token could be decided on now: nil, or the *[Error] that it would meet (the circuit is open,
// our credentials are refused, the authorization server asked for a pause, the Server was closed). It waits for
// nothing. A Server that has not been asked for anything yet is ready, unless it still lacks metadata: then it begins to
// fetch it.
func (s *Server) Ready() error {
	if s.background.life.Err() != nil {
		return closedError()
	}
	if failure := s.pause.refusal(s.cfg.Now()); failure != nil {
		return failure
	}
	if s.breaker.isOpen() {
		return s.breaker.refusal()
	}
	return s.isDiscovered()
}
