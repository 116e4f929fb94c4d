package devpage

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// maxArrivals is how many introspections the page shows.
const maxArrivals = 50

// Feed remembers the introspections that arrived last. Make one with [NewFeed]. It is safe for concurrent use.
type Feed struct {
	now func() time.Time

	mu       sync.Mutex
	book     *Book
	arrivals []Arrival // oldest first
	count    int
}

// Arrival is one introspection as the page tells it.
type Arrival struct {
	At      time.Time
	Tone    string // good, bad or plain: how the verdict looks
	Verdict string // active, inactive, refused, no answer
	Why     string // the reason, as far as the server knows
	Client  string // and how it proved who it is
	Subject string // of the token; empty: a token that was not made here
	Digest  string
	Form    string // of the answer
	Fault   string // what went wrong on command
}

// NewFeed makes a Feed. It must be told of a book with [Feed.Explain] before the first introspection can be explained.
func NewFeed(now func() time.Time) *Feed { return &Feed{now: now} }

// Explain lets the feed look tokens up in a book: the server is made with the feed, and the book with the server.
func (f *Feed) Explain(b *Book) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.book = b
}

// Note takes an introspection in. It is for devas.Config.OnExchange.
func (f *Feed) Note(e devas.Exchange) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := Arrival{At: f.now(), Client: e.Client, Digest: e.TokenDigest, Form: formOf(e)}
	if e.AuthMethod != "" && e.AuthMethod != "none" {
		a.Client += " (" + strings.TrimPrefix(e.AuthMethod, "client_secret_") + ")"
	}
	if e.Fault != 0 {
		a.Fault = e.Fault.String()
	}
	var t Token
	var ours bool
	if f.book != nil {
		t, ours = f.book.find(e.TokenDigest)
	}
	a.Subject = t.Subject
	a.Tone, a.Verdict, a.Why = verdict(e, t, ours)
	f.arrivals = append(f.arrivals, a)
	if len(f.arrivals) > maxArrivals {
		f.arrivals = slices.Clone(f.arrivals[1:])
	}
	f.count++
}

// verdict says how an introspection was answered, and why: what a resource server is never told.
func verdict(e devas.Exchange, t Token, ours bool) (tone, word, why string) {
	status := strconv.Itoa(e.Status)
	switch {
	case e.Status == 0:
		return "bad", "no answer", "the connection ended before"
	case e.Error == "invalid_client":
		return "bad", "refused", "401 invalid_client: unknown client id or wrong secret"
	case e.Error != "":
		return "bad", "refused", status + " " + e.Error
	case e.Status != 200: //nolint:usestdlibvars // it reads like the page
		return "bad", "status " + status, ""
	case e.Active:
		return "good", "active", ""
	case !ours:
		return "plain", "inactive", "no token of this server: it never made it, or was restarted since"
	case t.State == "expired":
		return "plain", "inactive", "expired at " + t.Expires.Format(time.TimeOnly)
	case t.State == "revoked":
		return "plain", "inactive", "revoked"
	}
	return "plain", "inactive", "said so on command"
}

func formOf(e devas.Exchange) string {
	switch {
	case e.Encrypted:
		return "JWT, signed and encrypted"
	case strings.HasPrefix(e.ContentType, "application/token-introspection+jwt"):
		return "JWT, signed"
	case strings.HasPrefix(e.ContentType, "application/json"):
		return "JSON"
	}
	return ""
}

// Arrivals lists the last introspections, newest first, and how many there were in all.
func (f *Feed) Arrivals() (last []Arrival, count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	last = slices.Clone(f.arrivals)
	slices.Reverse(last)
	return last, f.count
}
