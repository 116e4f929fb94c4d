package docs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

type account struct{ Subject string }

// accountStore stands in for a database.
type accountStore map[string]*account

func (s accountStore) BySubject(_ context.Context, subject string) (*account, error) {
	if a, found := s[subject]; found {
		return a, nil
	}
	return nil, errNoRow
}

func (s accountStore) Create(_ context.Context, subject string) (*account, error) {
	s[subject] = &account{subject}
	return s[subject], nil
}

// TestUsersAreMade: the find of docs/how-to/users-in-a-database.md makes a user once.
func TestUsersAreMade(t *testing.T) {
	t.Parallel()
	accounts := accountStore{}
	find := func(ctx context.Context, p *rs.Principal) (*account, error) {
		a, err := accounts.BySubject(ctx, p.Subject)
		if errors.Is(err, errNoRow) {
			return accounts.Create(ctx, p.Subject) // INSERT … ON CONFLICT (sub) DO NOTHING, then read: two requests may come at once
		}
		return a, err
	}
	for range 2 {
		if status, _ := askFor(t, find, &rs.Principal{Subject: "alice"}); status != http.StatusOK || len(accounts) != 1 {
			t.Errorf("%d, and %d accounts: want 200 and one", status, len(accounts))
		}
	}
}

// askFor sends a request of p to a route that wants a user, and returns the status, and the reason if it was refused.
func askFor(t *testing.T, find func(context.Context, *rs.Principal) (*account, error), p *rs.Principal) (int, rs.Reason) {
	t.Helper()
	var reason rs.Reason
	router := gin.New()
	router.Use(func(c *gin.Context) {
		c.Next()
		for _, err := range c.Errors {
			reason = rs.AsError(err.Err).Reason
		}
	})
	router.GET("/me", rsgin.ResolveUser(find), ok)
	request := rstest.Request("GET", "/me", "")
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, request.WithContext(rs.NewContext(request.Context(), p)))
	return recorder.Code, reason
}

// TestWhatFindReturns holds the table of docs/how-to/users-in-a-database.md.
func TestWhatFindReturns(t *testing.T) {
	t.Parallel()
	returned := map[string]error{
		"a user":                                nil,
		"`rs.ErrUnknownUser`, wrapped or not":   fmt.Errorf("no row: %w", rs.ErrUnknownUser),
		"an `*rs.Error`":                        &rs.Error{Kind: rs.ErrForbidden},
		"any other error: the database is down": errors.New("connection refused"),
		"(is not called":                        nil,
	}
	table := rows(read(t, "docs/how-to/users-in-a-database.md"))
	if len(table) != len(returned)+1 {
		t.Fatalf("the table has %d rows, want %d", len(table), len(returned)+1)
	}
	for _, row := range table[1:] {
		name := row[0]
		for key := range returned {
			if strings.HasPrefix(name, key) {
				name = key
			}
		}
		err, known := returned[name]
		if !known {
			t.Errorf("the row %q is new: it needs a line here", name)
			continue
		}
		p := &rs.Principal{Subject: "alice"}
		if name == "(is not called" {
			p.Subject = ""
		}
		status, reason := askFor(t, func(context.Context, *rs.Principal) (*account, error) { return &account{}, err }, p)
		if status != http.StatusOK && !strings.Contains(row[1], itoa(status)) || status == http.StatusOK && err != nil {
			t.Errorf("%s: status %d, and the page says %s", name, status, row[1])
		}
		if want := strings.Trim(row[2], "`"); want != "its own, if it has one" && string(reason) != want {
			t.Errorf("%s: reason %q, and the page says %q", name, reason, want)
		}
	}
}
