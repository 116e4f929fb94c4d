package rs

import "net/http"

// Wrap is net/http middleware: h sees only requests with a good token, and finds the principal with [FromContext]. All
// others are answered by [WriteError].
func (s *Server) Wrap(h http.Handler) http.Handler { return wrap(s.Admit, h) }

func wrap(admit func(*http.Request) (*http.Request, error), h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		admitted, err := admit(r)
		if err != nil {
			WriteError(w, err)
			return
		}
		MarkStale(admitted.Context(), w.Header())
		h.ServeHTTP(w, admitted)
	})
}
