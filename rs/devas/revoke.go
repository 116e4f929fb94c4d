package devas

import "net/http"

// serveRevocation is RFC 7009 section 2: an unknown token is as good as a revoked one.
func (s *Server) serveRevocation(w http.ResponseWriter, r *http.Request) {
	_, _, failure := s.authenticate(w, r)
	if failure == nil && r.PostForm.Get("token") == "" {
		failure = invalidRequest("missing required parameter 'token'")
	}
	if failure != nil {
		s.writeOAuthError(w, r, failure)
		return
	}
	s.Revoke(r.PostForm.Get("token"))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}
