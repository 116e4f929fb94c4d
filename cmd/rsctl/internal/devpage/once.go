package devpage

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
)

// once holds new tokens between the form that made them and the page that shows them, which it does once: a page that is loaded
// again makes no second token and shows none.
type once struct {
	mu      sync.Mutex
	waiting []shown
}

// shown is a token to be shown, and the name under which.
type shown struct {
	name    string
	Subject string
	mint.Token
	form url.Values // as it was sent: the next token is often much the same
}

// Lifetime is in the words of the form, where it has some for it.
func (s shown) Lifetime() string {
	seconds := strconv.FormatInt(s.ExpiresIn, 10)
	for _, each := range lifetimes {
		if each.Seconds == seconds {
			return each.Name
		}
	}
	return seconds + " seconds"
}

// maxWaiting is how many tokens can be waiting: as many as somebody made without looking.
const maxWaiting = 20

func (o *once) put(subject string, t mint.Token, form url.Values) (name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	name = rand.Text()
	if len(o.waiting) == maxWaiting {
		o.waiting = slices.Clone(o.waiting[1:])
	}
	o.waiting = append(o.waiting, shown{name, subject, t, form})
	return name
}

// take is the token of that name, which it forgets.
func (o *once) take(name string) (shown, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.IndexFunc(o.waiting, func(s shown) bool { return s.name == name })
	if i < 0 {
		return shown{}, false
	}
	found := o.waiting[i]
	o.waiting = slices.Delete(o.waiting, i, i+1)
	return found, true
}
