package rsenv

import (
	"os"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// UnknownVariable is a variable that is set and has no effect, though its name looks like one of ours.
type UnknownVariable struct {
	Name       string // as it is set
	DidYouMean string // the variable that was probably meant; may be empty
}

// Unknown finds misspelled variables among those that are set: a misspelled switch is a switch that was never turned. Names
// of other programs are left alone, but OIDC_RS_ is ours. [Read] warns of the same, once nothing else is wrong.
func Unknown() (unknown []UnknownVariable) {
	var ours []string
	for _, v := range spec.Table().All() {
		ours = append(ours, v.Name)
	}
	names := os.Environ()
	slices.Sort(names)
	for _, entry := range names {
		name, _, _ := strings.Cut(entry, "=")
		if slices.Contains(ours, name) || slices.Contains(django, name) {
			continue
		}
		suggestion, isOurs := nearest(name, ours), strings.HasPrefix(name, "OIDC_RS_")
		if meant := otherNames[strings.ToUpper(name)]; meant != "" && os.Getenv(meant) != "" && !isOurs && !strings.HasPrefix(name, "OIDC_OP_") {
			continue // it may be another program's
		}
		if suggestion != "" || isOurs {
			unknown = append(unknown, UnknownVariable{name, suggestion})
		}
	}
	return unknown
}

// String is a warning.
func (u UnknownVariable) String() string {
	if u.DidYouMean == "" {
		return u.Name + " is not known and has no effect"
	}
	return u.Name + " is not known: did you mean " + u.DidYouMean + "?"
}

// nearest is the one of ours that name was probably meant to be, or "". Within OIDC_RS_ the guess may be bolder:
// OIDC_RS_SIGN_ALGO, three letters away from OIDC_RS_SIGNING_ALGO, is what one documentation of La Suite says.
func nearest(name string, ours []string) string {
	upper := strings.ToUpper(name)
	best, limit := "", 2
	switch {
	case strings.HasPrefix(upper, "OIDC_RS_"):
		limit = 3
	case !strings.HasPrefix(upper, "OIDC_"):
		return ""
	}
	if meant, is := otherNames[upper]; is {
		return meant
	}
	for _, each := range ours {
		if d := distance(upper, each); d <= limit {
			best, limit = each, d-1
		}
	}
	return best
}

// otherNames are what other libraries and people call ours.
var otherNames = map[string]string{
	"OIDC_ISSUER": "OIDC_OP_URL", "OIDC_ISSUER_URL": "OIDC_OP_URL", "OIDC_OP_ISSUER": "OIDC_OP_URL", "OIDC_OP_ISSUER_URL": "OIDC_OP_URL",
	"OIDC_OP_DISCOVERY_ENDPOINT": "OIDC_OP_URL", "OIDC_OP_METADATA_URL": "OIDC_OP_URL", "OIDC_URL": "OIDC_OP_URL",
	"OIDC_OP_INTROSPECTION_URL": "OIDC_OP_INTROSPECTION_ENDPOINT", "OIDC_OP_INTROSPECTION_URI": "OIDC_OP_INTROSPECTION_ENDPOINT",
	"OIDC_OP_INTROSPECT_ENDPOINT": "OIDC_OP_INTROSPECTION_ENDPOINT", "OIDC_INTROSPECTION_ENDPOINT": "OIDC_OP_INTROSPECTION_ENDPOINT",
	"OIDC_OP_JWKS_URL": "OIDC_OP_JWKS_ENDPOINT", "OIDC_OP_JWKS_URI": "OIDC_OP_JWKS_ENDPOINT", "OIDC_JWKS_ENDPOINT": "OIDC_OP_JWKS_ENDPOINT",
	"OIDC_OP_USERINFO_ENDPOINT": "OIDC_OP_USER_ENDPOINT", "OIDC_OP_USER_INFO_ENDPOINT": "OIDC_OP_USER_ENDPOINT",
	"OIDC_CLIENT_ID": "OIDC_RS_CLIENT_ID", "OIDC_CLIENT_SECRET": "OIDC_RS_CLIENT_SECRET", "OIDC_SCOPES": "OIDC_RS_SCOPES",
	"OIDC_RS_PRIVATE_KEY": "OIDC_RS_PRIVATE_KEY_STR", "OIDC_RS_PRIVATE_KEY_FILE": "OIDC_RS_PRIVATE_KEY_STR_FILE",
	"OIDC_RS_AUDIENCES": "OIDC_RS_ALLOWED_AUDIENCES", "OIDC_RS_BACKEND": "OIDC_RS_BACKEND_CLASS", "OIDC_RS_TIMEOUT": "OIDC_TIMEOUT",
	"OIDC_RS_PROXY": "OIDC_PROXY", "OIDC_RS_VERIFY_SSL": "OIDC_VERIFY_SSL", "OIDC_CA_FILE": "OIDC_RS_CA_FILE",
}

// distance is Levenshtein's: how many letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// django lists the other variables of django-lasuite, of mozilla-django-oidc below it, and of the applications of La
// Suite: a .env file that has them works unchanged and without a warning.
var django = []string{
	"OIDC_ALLOW_DUPLICATE_EMAILS",
	"OIDC_ALLOW_UNSECURED_JWT",
	"OIDC_AUTHENTICATE_CLASS",
	"OIDC_AUTHENTICATION_CALLBACK_URL",
	"OIDC_AUTH_REQUEST_EXTRA_PARAMS",
	"OIDC_CALLBACK_CLASS",
	"OIDC_CREATE_USER",
	"OIDC_DRF_AUTH_BACKEND",
	"OIDC_EXEMPT_URLS",
	"OIDC_FALLBACK_TO_EMAIL_FOR_IDENTIFICATION",
	"OIDC_MAX_STATES",
	"OIDC_NONCE_SIZE",
	"OIDC_OP_AUTHORIZATION_ENDPOINT",
	"OIDC_OP_LOGOUT_ENDPOINT",
	"OIDC_OP_LOGOUT_URL_METHOD",
	"OIDC_OP_TOKEN_ENDPOINT",
	"OIDC_PKCE_CODE_CHALLENGE_METHOD",
	"OIDC_PKCE_CODE_VERIFIER_SIZE",
	"OIDC_REDIRECT_ALLOWED_HOSTS",
	"OIDC_REDIRECT_FIELD_NAME",
	"OIDC_REDIRECT_REQUIRE_HTTPS",
	"OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS",
	"OIDC_RESOURCE_SERVER_ENABLED",
	"OIDC_RP_CLIENT_ID",
	"OIDC_RP_CLIENT_SECRET",
	"OIDC_RP_CLIENT_SECRET_FILE",
	"OIDC_RP_IDP_SIGN_KEY",
	"OIDC_RP_SCOPES",
	"OIDC_RP_SIGN_ALGO",
	"OIDC_STATE_SIZE",
	"OIDC_STORE_ACCESS_TOKEN",
	"OIDC_STORE_CLAIMS",
	"OIDC_STORE_ID_TOKEN",
	"OIDC_STORE_REFRESH_TOKEN",
	"OIDC_STORE_REFRESH_TOKEN_KEY",
	"OIDC_STORE_REFRESH_TOKEN_KEY_FILE",
	"OIDC_TOKEN_USE_BASIC_AUTH",
	"OIDC_USERINFO_ESSENTIAL_CLAIMS",
	"OIDC_USERINFO_FULLNAME_FIELDS",
	"OIDC_USERINFO_SHORTNAME_FIELD",
	"OIDC_USERNAME_ALGO",
	"OIDC_USER_INFO",
	"OIDC_USER_SUB_FIELD",
	"OIDC_USER_SUB_FIELD_IMMUTABLE",
	"OIDC_USE_NONCE",
	"OIDC_USE_PKCE",
	"OIDC_VERIFY_JWT",
	"OIDC_VERIFY_KID",
}
