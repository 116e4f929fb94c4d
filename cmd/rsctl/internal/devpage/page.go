package devpage

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"time"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/registration"
)

// Prefix is where everything but the page itself is.
const Prefix = "/dev/page/"

//go:embed html static
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"clock": func(t time.Time) string { return t.Format(time.TimeOnly) },
	"stamp": func(t time.Time) string { return t.Format(time.RFC3339) },
}).ParseFS(files, "html/*.html"))

// Config is what the page is made for. Book and Feed are required.
type Config struct {
	Book    *Book
	Feed    *Feed
	Clients []registration.Client
	Users   []registration.User
	Service string // URL of something that the tokens open
	Now     func() time.Time
}

// page is the page with what it remembers.
type page struct {
	Config

	faults faultSwitch
	fresh  once
}

// New is the page at / and what belongs to it below [Prefix].
func New(cfg Config) http.Handler {
	p := &page{Config: cfg, faults: faultSwitch{as: cfg.Book.Server}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.home)
	mux.HandleFunc("GET "+Prefix+"log", p.log)
	mux.HandleFunc("GET "+Prefix+"log/entries", p.entries)
	mux.HandleFunc("POST "+Prefix+"tokens", p.mint)
	mux.HandleFunc("POST "+Prefix+"tokens/revoke", p.revoke)
	mux.HandleFunc("POST "+Prefix+"keys", p.rotate)
	mux.HandleFunc("POST "+Prefix+"faults", p.fail)
	mux.HandleFunc("POST "+Prefix+"faults/heal", p.heal)
	static, _ := fs.Sub(files, "static") // cannot fail: it is embedded
	mux.Handle("GET "+Prefix+"static/", http.StripPrefix(Prefix+"static/", http.FileServerFS(static)))
	return guard(mux)
}
