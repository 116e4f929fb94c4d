package devpage

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/registration"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// maxTokens bounds the list. What falls off its end goes on to be good, and can no longer be revoked by its digest.
const maxTokens = 500

// Book is an authorization server that remembers which tokens it made, and forgets each when it expires, as a real one does.
// Make one with [NewBook]. It is safe for concurrent use.
type Book struct {
	*devas.Server

	users []registration.User
	now   func() time.Time

	mu      sync.Mutex
	entries []*entry // oldest first
}

// entry is a token that was made.
type entry struct {
	token    string // to revoke it; never shown again
	Digest   string
	Subject  string
	ClientID string
	Scope    string
	Expires  time.Time
	Revoked  bool
}

// NewBook keeps a list of the tokens of as.
func NewBook(as *devas.Server, users []registration.User, now func() time.Time) *Book {
	return &Book{Server: as, users: users, now: now}
}

// Issue makes a token. If its subject is one of the users, what is known of that user goes with it.
func (b *Book) Issue(claims devas.Claims) string {
	token, _ := b.issue(claims, func(all devas.Claims) (string, error) { return b.Server.Issue(all), nil }) // cannot fail
	return token
}

// IssueJWT is Issue for a JWT (RFC 9068).
func (b *Book) IssueJWT(claims devas.Claims) (string, error) {
	return b.issue(claims, b.Server.IssueJWT)
}

// issue makes a token, by one of the two ways, and enters it.
func (b *Book) issue(claims devas.Claims, by func(devas.Claims) (string, error)) (token string, err error) {
	all := devas.Claims{"sub": "alice", "client_id": "service-provider"} // the defaults of devas, to be known here too
	subject := text(cmpOr(claims, "sub", all["sub"]))
	for _, u := range b.users {
		if u.Subject == subject {
			maps.Copy(all, u.Claims)
			if u.Username != "" {
				all["username"] = u.Username
			}
		}
	}
	maps.Copy(all, claims)
	e := &entry{Subject: subject, ClientID: text(all["client_id"]), Scope: text(all["scope"])}
	if exp, ok := all["exp"].(int64); ok {
		e.Expires = time.Unix(exp, 0)
	}
	if e.token, err = by(all); err != nil {
		return "", err
	}
	e.Digest = devas.TokenDigest(e.token)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(b.entries, e)
	if len(b.entries) > maxTokens {
		b.entries = slices.Clone(b.entries[1:])
	}
	return e.token, nil
}

// cmpOr is a claim, or a default where claims does not name it.
func cmpOr(claims devas.Claims, name string, otherwise any) any {
	if value, found := claims[name]; found {
		return value
	}
	return otherwise
}

// text is a claim that is a string, or nothing.
func text(claim any) string {
	s, _ := claim.(string)
	return s
}

// ServeHTTP answers as the authorization server does, of which every token that has expired is inactive.
func (b *Book) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.sweep()
	b.Server.ServeHTTP(w, r)
}

// sweep takes away what has expired.
func (b *Book) sweep() {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	for _, e := range b.entries {
		if e.expired(now) {
			b.Revoke(e.token)
		}
	}
}

func (e *entry) expired(now time.Time) bool { return !e.Expires.IsZero() && !now.Before(e.Expires) }

// state is good, revoked or expired. A token that somebody revoked at the server itself is noticed here.
func (b *Book) state(e *entry) string {
	switch {
	case e.Revoked:
		return "revoked"
	case e.expired(b.now()):
		return "expired"
	case !b.Known(e.token):
		e.Revoked = true
		return "revoked"
	}
	return "good"
}

// RevokeDigest revokes the token with that digest, and says whether there is one.
func (b *Book) RevokeDigest(digest string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		if e.Digest == digest {
			e.Revoked = true
			b.Revoke(e.token)
			return true
		}
	}
	return false
}

// Token is what the page shows of a token.
type Token struct {
	Digest, Subject, ClientID string
	Scopes                    []string
	Expires                   time.Time
	State                     string // good, revoked or expired
}

// Tokens lists the tokens, newest first.
func (b *Book) Tokens() []Token {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]Token, 0, len(b.entries))
	for _, e := range slices.Backward(b.entries) {
		all = append(all, Token{e.Digest, e.Subject, e.ClientID, strings.Fields(e.Scope), e.Expires, b.state(e)})
	}
	return all
}

// find is the token with that digest.
func (b *Book) find(digest string) (Token, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		if e.Digest == digest {
			return Token{e.Digest, e.Subject, e.ClientID, strings.Fields(e.Scope), e.Expires, b.state(e)}, true
		}
	}
	return Token{}, false
}
