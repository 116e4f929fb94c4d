package devpage

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/dotenv"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/registration"
)

// homeView is what the template of the page shows.
type homeView struct {
	Issuer   string
	Metadata string
	Keys     string
	Prefix   string
	Service  string
	Users    []registration.User
	Clients  []registration.Client
	Scopes   []string
	Form     url.Values // of a token that could not be made, or of the new one
	Problem  string
	Notice   string
	New      *shown
	Curl     string
	Tokens   []Token
	Log      logView
	Groups   []faultGroup
	Standing []faultItem
	Fetches  int
	Choices  []choice
}

// choice is a lifetime to choose.
type choice struct{ Seconds, Name string }

var lifetimes = []choice{{"15", "15 seconds"}, {"300", "5 minutes"}, {"3600", "1 hour"}, {"86400", "1 day"}}

// logView is the requests, on the page and alone.
type logView struct {
	Prefix string
	Last   []Arrival
	Count  int
}

func (p *page) logView() logView {
	last, count := p.Feed.Arrivals()
	return logView{Prefix, last, count}
}

// notices are the texts that can follow a form; nothing of a URL is shown.
var notices = map[string]string{
	"revoked":   "The token is revoked. A resource server may go on to accept it for as long as it caches.",
	"unknown":   "There is no token with that digest any more.",
	"rotated":   "New signing keys. The old public keys stay published beside them.",
	"replaced":  "New signing keys. The old public keys are gone at once.",
	"failing":   "The fault is on, until you switch it off.",
	"next":      "The next answer will have the fault.",
	"healed":    "All faults are off.",
	"forgotten": "That token was shown before, and is shown once only. Make another one.",
}

// view is the page as it is now.
func (p *page) view() *homeView {
	return &homeView{
		Issuer: p.Book.Issuer(), Keys: p.Book.JWKSEndpoint(), Metadata: strings.TrimSuffix(p.Book.Issuer(), "/") + "/.well-known/openid-configuration",
		Prefix: Prefix, Service: p.Service, Users: p.Users, Clients: p.Clients, Scopes: p.scopes(),
		Form:   url.Values{"scope": strings.Fields(p.Clients[0].Scope)},
		Tokens: p.Book.Tokens(), Log: p.logView(), Groups: faultGroups, Standing: p.faults.standing(),
		Fetches: p.Book.KeyFetches(), Choices: lifetimes,
	}
}

// scopes are those of all clients, after those that UserInfo goes by.
func (p *page) scopes() []string {
	all := []string{"openid", "profile", "email"}
	for _, c := range p.Clients {
		for scope := range strings.FieldsSeq(c.Scope) {
			if !slices.Contains(all, scope) {
				all = append(all, scope)
			}
		}
	}
	return all
}

// Chosen says whether a form had that value, for the template.
func (v *homeView) Chosen(name, value string) bool { return slices.Contains(v.Form[name], value) }

// home shows the page. What a form did before is in the query: a notice, or the name of a new token.
func (p *page) home(w http.ResponseWriter, r *http.Request) {
	v := p.view()
	query := r.URL.Query()
	v.Notice = notices[query.Get("done")]
	if name := query.Get("new"); name != "" {
		if fresh, found := p.fresh.take(name); found {
			v.New, v.Curl, v.Form = &fresh, curl(fresh.AccessToken, p.Service), fresh.form
		} else {
			v.Notice = notices["forgotten"]
		}
	}
	render(w, http.StatusOK, "home.html", v)
}

// curl is a line for a shell that opens the service with the token.
func curl(token, service string) string {
	return "curl -H " + dotenv.Quote("Authorization: Bearer "+token) + " " + dotenv.Quote(service)
}

func (p *page) log(w http.ResponseWriter, _ *http.Request) {
	render(w, http.StatusOK, "log.html", p.logView())
}

func (p *page) entries(w http.ResponseWriter, _ *http.Request) {
	render(w, http.StatusOK, "entries", p.logView())
}

// render writes a template as a whole or not at all.
func render(w http.ResponseWriter, status int, name string, v any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, v); err != nil {
		http.Error(w, "the page cannot be made: "+err.Error(), http.StatusInternalServerError) // no token in it: names of fields
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the browser may be gone
}
