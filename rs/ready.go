package rs

// Ready says whether a new token could be decided on now: nil, or the *[Error] that it would meet (the circuit is open,
// our credentials are refused, the authorization server asked for a pause, the Server was closed). It does not wait. A Server
// that has not been asked for anything yet is ready, unless it still lacks metadata or, with [Local], keys: then Ready starts
// to fetch them.
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
	if err := s.isDiscovered(); err != nil {
		return err
	}
	return s.hasKeys()
}
