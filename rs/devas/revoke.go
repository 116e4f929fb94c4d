package devas

import "net/http"

// serveRevocation is RFC 7009 section 2: an unknown token is as good as a revoked one.
func (s *Server) serveRevocation(w http.ResponseWriter, r *http.Request) {
	_, _, failure := s.authenticate(w, r)
	if failure == nil && r.PostForm.Get("token") == "" {
		failure = invalidRequest("missing required parameter 'token'")
	}
	rep := s.newReply("")
	if failure != nil {
		rep.refuse(r, failure)
	} else {
		s.Revoke(r.PostForm.Get("token"))
		rep.header.Del("Content-Type")
	}
	rep.write(w)
}
