package devas

// endpoint is one where answers go wrong on command: its path behind the issuer.
type endpoint string

const (
	atIntrospection endpoint = "/introspect"
	atUserInfo      endpoint = "/userinfo"
	atKeys          endpoint = "/jwks"
)

// typeUserInfo is the media type of OpenID Connect Core section 5.3.2.
const typeUserInfo = "application/jwt; charset=utf-8"

// mediaType is that of the endpoint's answers that are JWTs.
func (e endpoint) mediaType() string {
	if e == atUserInfo {
		return typeUserInfo
	}
	return typeJWT
}

// typ is the header of the endpoint's JWTs. OpenID Connect gives those of UserInfo no type of their own.
func (e endpoint) typ() string {
	if e == atUserInfo {
		return "JWT"
	}
	return "token-introspection+jwt"
}
