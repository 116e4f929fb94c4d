package rsdoctor

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// checkUserInfo asks the UserInfo endpoint without a token: it then says 401, or something of that kind (OpenID Connect
// Core section 5.3.3).
func checkUserInfo(ctx context.Context, p *patient) []Finding {
	if p.cfg.UserInfoEndpoint == "" && p.cfg.UserInfoFormat == rs.JSON {
		// It would be discovered when a handler first calls Server.UserInfo. Nothing says that one does, and where none
		// does, an endpoint that is broken, or that the metadata lacks, is no fault.
		return notChecked("set OIDC_OP_USER_ENDPOINT to have it looked at; without that, it is discovered when it is needed")
	}
	at, name, fix := p.userInfoEndpoint(ctx)
	if at == "" {
		return problem(UserInfoEndpoint, "OIDC_OP_USER_ENDPOINT is not set, and the metadata names none that may be asked, though OIDC_OP_USER_ENDPOINT_FORMAT says that there is one", fix)
	}
	r := p.get(ctx, at)
	switch {
	case r.err != nil:
		_, text, _ := p.explainTransport(ctx, r.err, at)
		return problem(UserInfoEndpoint, "no answer of "+name+": "+text, fix)
	case r.isHTML() || r.status == http.StatusOK || r.status/100 == 3 || r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed:
		return problem(UserInfoEndpoint, fmt.Sprintf("%s is another endpoint: without a token it answers with status %d", name, r.status), fix)
	case r.status >= http.StatusInternalServerError:
		return problem(UserInfoEndpoint, fmt.Sprintf("%s is in trouble: status %d", name, r.status), "look into the log of the authorization server")
	}
	return ok("something that wants a token, in the form " + userInfoForm(p.cfg.UserInfoFormat))
}

// userInfoEndpoint is the endpoint that is configured, or else discovered, what to call it, and what to do if it is not right.
func (p *patient) userInfoEndpoint(ctx context.Context) (at, name, fix string) {
	m := p.metadata(ctx)
	if m == nil {
		m = &metadata{}
	}
	at, name, fix = p.cfg.UserInfoEndpoint, "OIDC_OP_USER_ENDPOINT", "copy OIDC_OP_USER_ENDPOINT from the metadata of the authorization server (userinfo_endpoint)"
	switch {
	case at == "":
		return p.usable(m, p.inside(m.UserInfoEndpoint)), "the userinfo_endpoint of the metadata", "set OIDC_OP_USER_ENDPOINT, as the documentation of the authorization server has it"
	case m.UserInfoEndpoint != "" && m.UserInfoEndpoint != at:
		fix = "set OIDC_OP_USER_ENDPOINT=" + printable(m.UserInfoEndpoint)
	}
	return at, name, fix
}

// userInfoForm is how OIDC_OP_USER_ENDPOINT_FORMAT calls it.
func userInfoForm(f rs.Format) string {
	switch f {
	case rs.JWTSigned:
		return "jwt"
	case rs.JWT:
		return "jwt-encrypted"
	}
	return "json"
}
