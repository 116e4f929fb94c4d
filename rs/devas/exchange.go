package devas

import (
	"slices"
	"sync"
)

// Exchange is one introspection: what arrived, and how it was answered. It never holds a token or a secret. A request for
// UserInfo is one too: Client is then the one that got the token, AuthMethod and Hint are empty, and Active says that claims of
// the user were stated.
type Exchange struct {
	Client      string // client id claimed; who failed to prove it has Status 401
	AuthMethod  string // client_secret_basic, client_secret_post or none; empty: nothing readable
	Accept      string // the Accept header
	TokenDigest string // of the token asked about, see [TokenDigest]; empty: there was none
	Hint        string // token_type_hint

	Fault       Fault  // what went wrong on command; 0: nothing
	Status      int    // of the answer; 0: none was given (yet)
	ContentType string // of the answer
	Encrypted   bool   // the answer is a JWT that is signed and encrypted
	Active      bool   // the token was stated to be active
	Error       string // OAuth error code of the answer
}

// maxExchanges bounds the memory of a server that runs for long: when it is reached, the older half is dropped.
const maxExchanges = 10000

// exchangeLog remembers exchanges in the order in which they arrived.
type exchangeLog struct {
	told func(Exchange) // of each that was answered; nil: nobody

	mu         sync.Mutex
	entries    []*Exchange
	keyFetches int
}

func (l *exchangeLog) begin(e Exchange) *Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) == maxExchanges {
		l.entries = slices.Clone(l.entries[maxExchanges/2:])
	}
	l.entries = append(l.entries, &e)
	return &e
}

// update changes an entry and returns a copy of it.
func (l *exchangeLog) update(e *Exchange, change func(*Exchange)) Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(e)
	return *e
}

// Introspections lists what arrived at the introspection endpoint, oldest first: also what was refused, and what is not
// answered yet. Of very many only the last thousands are kept.
func (s *Server) Introspections() []Exchange { return s.log.list() }

// UserInfoRequests lists what arrived at the UserInfo endpoint, as Introspections does.
func (s *Server) UserInfoRequests() []Exchange { return s.userLog.list() }

func (l *exchangeLog) list() []Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Exchange, len(l.entries))
	for i, e := range l.entries {
		all[i] = *e
	}
	return all
}

// KeyFetches counts the requests for the server's own public keys.
func (s *Server) KeyFetches() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.keyFetches
}
