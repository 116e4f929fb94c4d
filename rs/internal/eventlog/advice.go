package eventlog

import "github.com/gin-lasuite/gin-lasuite/rs"

// advice is for refusals that a wrong setting or clock makes of every token. Their errors have no cause, as nothing failed, and an
// operator who sees one line for each request should not have to look the reason up.
var advice = map[rs.Reason]string{
	rs.ReasonIssuer: "the token is of an issuer that is not configured: if it is every token, compare Config.Issuer (OIDC_OP_URL) with " +
		"its iss, the slash at the end included",
	rs.ReasonExpired:     "past its exp, though it was called active, now or lately: if it is often, compare the clocks",
	rs.ReasonNotYetValid: "before its time: if it is often, compare the clocks",
	rs.ReasonTokenTypeMissing: "no token_type: a refresh token, or a server that never states it, for which see Config.TokenType " +
		"(OIDC_RS_REQUIRE_TOKEN_TYPE)",
	rs.ReasonAudienceMissing:    "the claim of Config.AudienceClaim (OIDC_RS_AUDIENCE_CLAIM) is missing or empty: if it is every token, choose another claim",
	rs.ReasonAudienceNotAllowed: "the service that the token comes from is not in Config.AllowedAudiences (OIDC_RS_ALLOWED_AUDIENCES)",
	rs.ReasonTokenAudience:      "aud of the token has none of Config.TokenAudiences (OIDC_RS_TOKEN_AUDIENCES): it is not meant for this service",
}
