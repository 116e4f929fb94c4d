package rsdoctor

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// checkKey encrypts to our own public key, as the authorization server will, and decrypts.
func checkKey(_ context.Context, p *patient) []Finding {
	if p.cfg.Format != rs.JWT {
		return notChecked("answers are not encrypted")
	}
	ours := p.ours()
	alg := ourAlgorithm(ours)
	if alg == "" {
		return notChecked("it is not in this process")
	}
	message := []byte("round trip")
	for _, enc := range []string{"A256GCM", "A128GCM", "A192GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"} {
		encrypter, err := keys.NewEncrypter(ours, alg, enc)
		if err != nil {
			break
		}
		sealed, err := encrypter.Encrypt(message, nil)
		if err != nil {
			break
		}
		if opened, err := p.cfg.Decrypter.Decrypt(sealed); err == nil && bytes.Equal(opened, message) {
			return ok(fmt.Sprintf("%s and %s: encrypted to our public key and decrypted", alg, enc))
		}
	}
	return problem(KeyRoundTrip, "what is encrypted to our public key cannot be decrypted", "make a new key with rsctl keygen, and publish it")
}

// checkFormatSetting finds settings that only make sense with another form of the answers.
func checkFormatSetting(_ context.Context, p *patient) []Finding {
	if p.cfg.Format == rs.JSON && p.cfg.Decrypter != nil {
		return warning(FormatDoubtful, "a private key is set, but plain JSON is configured, which needs none",
			"set OIDC_RS_BACKEND_CLASS=jwt if this client is registered for encrypted answers, else remove OIDC_RS_PRIVATE_KEY_STR")
	}
	return ok(p.cfg.Format.String())
}

// checkPolicy finds lists that nobody can have meant.
func checkPolicy(_ context.Context, p *patient) []Finding {
	if slices.Equal(p.cfg.AcceptedScopes, []string{"openid"}) {
		return warning(ScopeDoubtful, "openid is the only scope accepted, and every user's token has it", "name scopes of your own API in OIDC_RS_SCOPES")
	}
	if claim := p.cfg.AudienceClaim; claim == "client_id" && slices.Contains(p.cfg.AllowedAudiences, p.cfg.ClientID) && len(p.cfg.AllowedAudiences) == 1 {
		return warning(AudienceDoubtful, "OIDC_RS_ALLOWED_AUDIENCES names this service alone, but the claim client_id names the service that the token comes from",
			"list the services that may call this one, or set OIDC_RS_AUDIENCE_CLAIM=aud if tokens are made for this service")
	}
	if slices.ContainsFunc(p.cfg.AcceptedScopes, func(s string) bool { return strings.ContainsAny(s, ";|,[]'") }) {
		return warning(ScopeDoubtful, "a scope in OIDC_RS_SCOPES has a character of a list in it", "separate scopes with commas or spaces: OIDC_RS_SCOPES=documents,groups")
	}
	return ok("plausible")
}

// checkValues finds what is left of a line of a .env file that was read by something simpler than a shell.
func checkValues(_ context.Context, p *patient) (found []Finding) {
	for _, v := range []struct {
		name   string
		values []string
	}{
		{"OIDC_OP_URL", []string{p.cfg.Issuer}},
		{"OIDC_OP_INTROSPECTION_ENDPOINT", []string{p.configured.IntrospectionEndpoint}},
		{"OIDC_OP_JWKS_ENDPOINT", []string{p.configured.JWKSEndpoint}},
		{"OIDC_RS_CLIENT_ID", []string{p.cfg.ClientID}},
		{"OIDC_RS_CLIENT_SECRET", []string{string(p.cfg.ClientSecret)}},
		{"OIDC_RS_AUDIENCE_CLAIM", []string{p.cfg.AudienceClaim}},
		{"OIDC_RS_SCOPES", p.cfg.AcceptedScopes},
		{"OIDC_RS_ALLOWED_AUDIENCES", p.cfg.AllowedAudiences},
		{"OIDC_RS_TOKEN_AUDIENCES", p.cfg.TokenAudiences},
		{"OIDC_RS_RESPONSE_AUDIENCES", p.configured.ResponseAudiences},
	} {
		if slices.ContainsFunc(v.values, func(s string) bool { return strings.HasPrefix(s, "#") || strings.Contains(s, " #") }) {
			found = append(found, warning(SettingUnusual, v.name+" has a # behind white space in it, which is used as a part of it", "take the comment off the line of "+v.name)...)
		}
	}
	if p.cfg.Timeout < shortTimeout {
		found = append(found, warning(SettingUnusual, "OIDC_TIMEOUT is "+p.cfg.Timeout.String()+", in which few servers answer", "raise OIDC_TIMEOUT: 5s is the default")...)
	}
	if found == nil {
		return ok("nothing odd in them")
	}
	return found
}
