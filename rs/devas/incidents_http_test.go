package devas_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestAnswerFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	for f, want := range map[devas.Fault]struct {
		status   int
		header   string
		value    string
		contains string
	}{
		devas.HTML:                  {200, "Content-Type", "text/html; charset=utf-8", "<!doctype html>"},
		devas.WrongContentType:      {200, "Content-Type", "text/plain; charset=utf-8", `{"active":false}`},
		devas.NoContentType:         {200, "Content-Type", "", `{"active":false}`},
		devas.Gzip:                  {200, "Content-Encoding", "gzip", "\x1f\x8b"},
		devas.EmptyBody:             {200, "Content-Type", "application/json; charset=utf-8", ""},
		devas.Redirect:              {307, "Location", issuer + "/introspect?redirected", ""},
		devas.RateLimited:           {429, "Retry-After", "120", "slow_down"},
		devas.ServerError:           {500, "Content-Type", "application/json; charset=utf-8", `"server_error"`},
		devas.InvalidClient:         {401, "WWW-Authenticate", "", `"invalid_client"`},
		devas.InvalidClientMetadata: {400, "Content-Type", "application/json; charset=utf-8", `"invalid_client_metadata"`},
		devas.InvalidRequest:        {400, "Content-Type", "application/json; charset=utf-8", `"invalid_request"`},
		devas.UnsupportedTokenType:  {400, "Content-Type", "application/json; charset=utf-8", `"unsupported_token_type"`},
		418:                         {418, "Content-Type", "text/plain; charset=utf-8", "418\n"},
	} {
		as.FailNext(f)
		w := introspect(as, "json", mediaJSON, "x")
		if w.Code != want.status || w.Header().Get(want.header) != want.value || !strings.Contains(w.Body.String(), want.contains) {
			t.Errorf("%v: %d %v %q", f, w.Code, w.Header(), w.Body)
		}
	}
	as.FailNext(devas.GarbageBody, devas.GarbageBody)
	if first, second := introspect(as, "json", mediaJSON, "x").Body.String(), introspect(as, "json", mediaJSON, "x").Body.String(); first != second || len(first) != 256 {
		t.Errorf("garbage differs between two runs, or has %d bytes", len(first))
	}
	if last := as.Introspections()[0]; last.Fault == 0 {
		t.Errorf("the fault is not noted: %+v", last)
	}
}

func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	aborted := func(run func()) (yes bool) {
		defer func() {
			err, _ := recover().(error)
			yes = errors.Is(err, http.ErrAbortHandler)
		}()
		run()
		return false
	}
	for _, f := range []devas.Fault{devas.Reset, devas.Truncated} {
		as.FailNext(f)
		if !aborted(func() { introspect(as, "json", mediaJSON, "x") }) {
			t.Errorf("%v does not abort", f)
		}
	}
	if all := as.Introspections(); all[0].Status != 0 || all[1].Status != 200 {
		t.Errorf("%+v", all)
	}
}

func TestSlowDrip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		as := newAS(t)
		as.Fail(devas.SlowDrip)
		w, done := httptest.NewRecorder(), make(chan struct{})
		form := url.Values{"client_id": {"json"}, "client_secret": {"json secret"}, "token": {"x"}}
		go func() {
			defer close(done)
			as.ServeHTTP(w, post("/api/v2/introspect", form, nil))
		}()
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		if got := w.Body.String(); got != `{"a` {
			t.Errorf("after 2.5 s: %q", got)
		}
		as.Heal()
		<-done
		if got := w.Body.String(); got != `{"active":false}` {
			t.Errorf("healed: %q", got)
		}
	})
}

func TestKeyFaults(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	get := func(f devas.Fault) *httptest.ResponseRecorder {
		as.FailNext(f)
		return serve(as, httptest.NewRequest(http.MethodGet, "/api/v2/jwks", http.NoBody))
	}
	if w := get(devas.KeysDown); w.Code != 503 {
		t.Errorf("keys-down: %d", w.Code)
	}
	if w := get(devas.KeysRedirect); w.Code != 307 || w.Header().Get("Location") != issuer+"/jwks?redirected" {
		t.Errorf("keys-redirect: %d %v", w.Code, w.Header())
	}
	if w := get(devas.KeysGarbage); w.Code != 200 || w.Body.Len() != 256 {
		t.Errorf("keys-garbage: %d %q", w.Code, w.Body)
	}
	if w := get(devas.KeysEmpty); w.Body.String() != `{"keys":[]}` {
		t.Errorf("keys-empty: %s", w.Body)
	}
	if w := get(devas.KeysPrivate); !strings.Contains(w.Body.String(), `"d":"AQAB"`) {
		t.Errorf("keys-private: %s", w.Body)
	}
	if w := get(devas.KeysForeign); len(object(t, w.Body.Bytes())["keys"].([]any)) != 6 {
		t.Errorf("keys-foreign: %s", w.Body)
	}
}
