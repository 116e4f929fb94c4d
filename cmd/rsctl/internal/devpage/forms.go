package devpage

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// maxForm bounds what a form may send, in bytes.
const maxForm = 64 << 10

// read reads a form, or ends the request.
func read(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return false
	}
	return true
}

// done shows the page again, with a notice. A form that was sent is not sent again when the page is loaded again.
func done(w http.ResponseWriter, r *http.Request, notice, fragment string) {
	http.Redirect(w, r, "/?done="+notice+"#"+fragment, http.StatusSeeOther)
}

// mint makes the token that the form describes.
func (p *page) mint(w http.ResponseWriter, r *http.Request) {
	if !read(w, r) {
		return
	}
	wish := p.wish(r.PostForm)
	token, err := mint.Issue(p.Book, wish, p.Now())
	if err != nil {
		v := p.view()
		v.Problem, v.Form = err.Error(), r.PostForm
		render(w, http.StatusUnprocessableEntity, "home.html", v)
		return
	}
	http.Redirect(w, r, "/?new="+p.fresh.put(wish.Get("sub"), token, r.PostForm)+"#new", http.StatusSeeOther)
}

// wish is the form of the page in the parameters of [mint.Issue].
func (p *page) wish(form url.Values) url.Values {
	scopes := slices.Clone(form["scope"])
	scopes = append(scopes, strings.Fields(form.Get("more_scopes"))...)
	wish := url.Values{
		"sub":   {strings.TrimSpace(form.Get("sub"))},
		"scope": {strings.Join(scopes, " ")}, "expires_in": {form.Get("expires_in")}, "form": {form.Get("form")},
	}
	if other := strings.TrimSpace(form.Get("other_sub")); other != "" {
		wish.Set("sub", other)
	}
	if id := strings.TrimSpace(form.Get("client_id")); id != "" {
		wish.Set("client_id", id)
	}
	if audience := strings.Fields(form.Get("aud")); len(audience) > 0 {
		wish["aud"] = audience
	}
	return wish
}

func (p *page) revoke(w http.ResponseWriter, r *http.Request) {
	if !read(w, r) {
		return
	}
	notice := "unknown"
	if p.Book.RevokeDigest(r.PostForm.Get("digest")) {
		notice = "revoked"
	}
	done(w, r, notice, "tokens")
}

func (p *page) rotate(w http.ResponseWriter, r *http.Request) {
	if !read(w, r) {
		return
	}
	overlap := r.PostForm.Get("overlap") == "yes"
	if err := p.Book.RotateKeys(overlap); err != nil {
		http.Error(w, "the keys cannot be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	notice := "replaced"
	if overlap {
		notice = "rotated"
	}
	done(w, r, notice, "keys")
}

// fail switches a fault on, for every answer or for the next one.
func (p *page) fail(w http.ResponseWriter, r *http.Request) {
	if !read(w, r) {
		return
	}
	fault, err := devas.ParseFault(r.PostForm.Get("fault"))
	if err != nil || fault == 0 {
		http.Error(w, "there is no such fault: choose one of the page", http.StatusBadRequest)
		return
	}
	if r.PostForm.Get("when") == "next" {
		p.Book.FailNext(fault)
		done(w, r, "next", "faults")
		return
	}
	p.faults.always(fault)
	done(w, r, "failing", "faults")
}

func (p *page) heal(w http.ResponseWriter, r *http.Request) {
	p.faults.heal()
	done(w, r, "healed", "faults")
}
