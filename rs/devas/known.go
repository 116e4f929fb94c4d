package devas

// Known says whether the server has something to say about a token: it was issued here, was not revoked, and the lifetime after
// which it is forgotten has not ended. Of any other token it states active false, and nothing else. Safe for concurrent use.
func (s *Server) Known(name string) bool {
	s.mu.Lock()
	t, found := s.tokens[name]
	s.mu.Unlock()
	return found && (t.expires.IsZero() || s.cfg.Now().Before(t.expires))
}
