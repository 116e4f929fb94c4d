package rsdoctor

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// checkUserInfo asks the UserInfo endpoint, if it is configured, without a token: it then says 401, or something of that kind
// (OpenID Connect Core section 5.3.3).
func checkUserInfo(ctx context.Context, p *patient) []Finding {
	at := p.cfg.UserInfoEndpoint
	if at == "" {
		return notChecked("set OIDC_OP_USER_ENDPOINT to have it looked at; without that, it is discovered when it is needed")
	}
	r := p.get(ctx, at)
	fix := "copy OIDC_OP_USER_ENDPOINT from the metadata of the authorization server (userinfo_endpoint)"
	if m := p.metadata(ctx); m != nil && m.UserInfoEndpoint != "" && m.UserInfoEndpoint != at {
		fix = "set OIDC_OP_USER_ENDPOINT=" + printable(m.UserInfoEndpoint)
	}
	switch {
	case r.err != nil:
		_, text, _ := p.explainTransport(ctx, r.err, at)
		return problem(UserInfoEndpoint, "no answer of OIDC_OP_USER_ENDPOINT: "+text, fix)
	case r.isHTML() || r.status == http.StatusOK || r.status/100 == 3 || r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed:
		return problem(UserInfoEndpoint, fmt.Sprintf("OIDC_OP_USER_ENDPOINT is another endpoint: without a token it answers with status %d", r.status), fix)
	case r.status >= http.StatusInternalServerError:
		return problem(UserInfoEndpoint, fmt.Sprintf("OIDC_OP_USER_ENDPOINT is in trouble: status %d", r.status), "look into the log of the authorization server")
	}
	return ok("something that wants a token, in the form " + userInfoForm(p.cfg.UserInfoFormat))
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
