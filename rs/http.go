package rs

import "net/http"

// Wrap is net/http middleware: h sees only requests with a good token, and finds the principal with [FromContext]. All
// others are answered by [WriteError].
func (s *Server) Wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		admitted, err := s.Admit(r)
		if err != nil {
			WriteError(w, err)
			return
		}
		MarkStale(admitted.Context(), w.Header())
		h.ServeHTTP(w, admitted)
	})
}
