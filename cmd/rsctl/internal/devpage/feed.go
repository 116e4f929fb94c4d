package devpage

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// maxArrivals is how many requests the page shows.
const maxArrivals = 50

// Feed remembers the introspections, and requests for UserInfo, that arrived last. Make one with [NewFeed]. It is safe
// for concurrent use.
type Feed struct {
	now func() time.Time

	mu       sync.Mutex
	book     *Book
	arrivals []Arrival // oldest first
	count    int
}

// Arrival is one request as the page tells it.
type Arrival struct {
	At       time.Time
	UserInfo bool   // for UserInfo; else an introspection
	Tone     string // good, bad or plain: how the verdict looks
	Verdict  string // active, inactive, answered, refused, no answer
	Why      string // the reason, as far as the server knows
	Client   string // who asked, and how it proved that; of UserInfo: who got the token
	Subject  string // of the token; empty: a token that was not made here
	Digest   string
	Form     string // of the answer
	Fault    string // what went wrong on command
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
	client := e.Client
	if e.AuthMethod != "" && e.AuthMethod != "none" {
		client += " (" + strings.TrimPrefix(e.AuthMethod, "client_secret_") + ")"
	}
	f.note(e, Arrival{Client: client}, verdict)
}

// NoteUserInfo takes a request for UserInfo in. It is for devas.Config.OnUserInfo.
func (f *Feed) NoteUserInfo(e devas.Exchange) {
	f.note(e, Arrival{Client: e.Client, UserInfo: true}, userInfoVerdict)
}

func (f *Feed) note(e devas.Exchange, a Arrival, judge func(e devas.Exchange, t Token, ours bool) (tone, word, why string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a.At, a.Digest, a.Form = f.now(), e.TokenDigest, formOf(e)
	if e.Fault != 0 {
		a.Fault = e.Fault.String()
	}
	var t Token
	var ours bool
	if f.book != nil {
		t, ours = f.book.find(e.TokenDigest)
	}
	a.Subject = t.Subject
	a.Tone, a.Verdict, a.Why = judge(e, t, ours)
	f.arrivals = append(f.arrivals, a)
	if len(f.arrivals) > maxArrivals {
		f.arrivals = slices.Clone(f.arrivals[1:])
	}
	f.count++
}

// verdict says how an introspection was answered, and why: what a resource server is never told.
func verdict(e devas.Exchange, t Token, ours bool) (tone, word, why string) {
	switch {
	case e.Error == "invalid_client":
		return "bad", "refused", "401 invalid_client: unknown client id or wrong secret"
	case e.Error != "" || e.Status != 200: //nolint:usestdlibvars // it reads like the page
		return failure(e)
	case e.Active:
		return "good", "active", ""
	}
	return "plain", "inactive", cmp.Or(whyInactive(t, ours), "said so on command")
}

// userInfoVerdict is the same for UserInfo.
func userInfoVerdict(e devas.Exchange, t Token, ours bool) (tone, word, why string) {
	tone, word, why = failure(e)
	switch {
	case e.Active:
		return "good", "answered", ""
	case e.Error == "insufficient_scope":
		why += ": the token lacks openid"
	case e.Error == "invalid_token":
		why += ": " + cmp.Or(whyInactive(t, ours), "the token is no user's")
	case e.Status == 401 && e.TokenDigest == "": //nolint:usestdlibvars // as above
		return tone, "refused", "401: no token came with it"
	}
	return tone, word, why
}

// failure is what both endpoints have.
func failure(e devas.Exchange) (tone, word, why string) {
	status := strconv.Itoa(e.Status)
	switch {
	case e.Status == 0:
		return "bad", "no answer", "the connection ended before"
	case e.Error != "":
		return "bad", "refused", status + " " + e.Error
	}
	return "bad", "status " + status, ""
}

// whyInactive is what is wrong with a token, or empty.
func whyInactive(t Token, ours bool) string {
	switch {
	case !ours:
		return "no token of this server: it never made it, or was restarted since"
	case t.State == "expired":
		return "expired at " + t.Expires.Format(time.TimeOnly)
	case t.State == "revoked":
		return "revoked"
	}
	return ""
}

func formOf(e devas.Exchange) string {
	switch {
	case e.Encrypted:
		return "JWT, signed and encrypted"
	case strings.HasPrefix(e.ContentType, "application/token-introspection+jwt"), strings.HasPrefix(e.ContentType, "application/jwt"):
		return "JWT, signed"
	case strings.HasPrefix(e.ContentType, "application/json"):
		return "JSON"
	}
	return ""
}

// Arrivals lists the last requests, newest first, and how many there were in all.
func (f *Feed) Arrivals() (last []Arrival, count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	last = slices.Clone(f.arrivals)
	slices.Reverse(last)
	return last, f.count
}
