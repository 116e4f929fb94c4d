package devas

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// form is how an answer is wrapped; each form includes the one before.
type form uint8

const (
	plain form = iota
	signed
	encrypted
)

const (
	typeJSON = "application/json; charset=utf-8"
	typeJWT  = "application/token-introspection+jwt; charset=utf-8"
)

// reply is an answer in the making. A fault changes it at the stage where the incident happened.
type reply struct {
	server   *Server
	endpoint endpoint
	client   Client // for whom the answer is, with its registration for this endpoint
	now      time.Time
	form     form

	facts     []byte         // the introspection response or the claims of the user, as JSON text
	claims    map[string]any // the JWT's other claims
	topLevel  bool           // the facts are beside the claims, and not in token_introspection
	layers    []layer        // what is done to the claims set, in this order
	signer    *keys.Signer
	jws       map[string]any // header, over alg and kid
	jwks      []byte         // of the client
	encrypter *keys.Encrypter
	jwe       map[string]any // header, over alg, enc and kid

	status int
	header http.Header
	body   []byte
}

// layer wraps what is inside: signs it, encrypts it.
type layer func(*reply, []byte) ([]byte, error)

func sign(rep *reply, inside []byte) ([]byte, error) { return rep.signer.Sign(inside, rep.jws) }
func encrypt(rep *reply, inside []byte) ([]byte, error) {
	return rep.encrypter.Encrypt(inside, rep.jwe)
}

func (s *Server) newReply(at endpoint) *reply {
	return &reply{
		server: s, endpoint: at, now: s.cfg.Now(), status: http.StatusOK, topLevel: at == atUserInfo,
		header: http.Header{"Content-Type": {typeJSON}, "Cache-Control": {"no-store"}},
	}
}

// encryptTo prepares the encryption to the first key of the client's set that fits.
func (rep *reply) encryptTo(jwks []byte, enc string) (err error) {
	rep.jwks = jwks
	rep.encrypter, err = keys.NewEncrypter(jwks, rep.client.EncryptionAlg, enc)
	return err
}

// prepareJWT fills in what RFC 9701 section 5, or OpenID Connect Core section 5.3.2, says of a JWT for the client. The JWE
// header repeats iss and aud (RFC 7519 section 5.3), as that of oidc-provider does.
func (rep *reply) prepareJWT() (err error) {
	issuer, id := rep.server.cfg.Issuer, rep.client.ID
	rep.header.Set("Content-Type", rep.endpoint.mediaType())
	rep.claims = map[string]any{"iss": issuer, "aud": id, "iat": rep.now.Unix()}
	rep.jws = map[string]any{"typ": rep.endpoint.typ()}
	rep.jwe = map[string]any{"cty": "JWT", "iss": issuer, "aud": id}
	rep.layers = []layer{sign}
	if rep.form == encrypted {
		rep.layers = []layer{sign, encrypt}
	}
	rep.signer, err = rep.server.ring.signer(rep.client.SigningAlg)
	return err
}

// seal makes the body of what was prepared.
func (rep *reply) seal() (err error) {
	if rep.form == plain {
		rep.body = rep.facts
		return nil
	}
	if rep.body, err = rep.claimsSet(); err != nil {
		return err
	}
	for _, wrap := range rep.layers {
		if rep.body, err = wrap(rep, rep.body); err != nil {
			return err
		}
	}
	return nil
}

// claimsSet puts the response into the claims verbatim: it may be what no JSON encoder would write.
func (rep *reply) claimsSet() ([]byte, error) {
	if rep.topLevel {
		return rep.beside()
	}
	set, err := json.Marshal(rep.claims)
	if err != nil || rep.facts == nil {
		return set, err
	}
	set = bytes.TrimSuffix(set, []byte("}"))
	if len(rep.claims) > 0 {
		set = append(set, ',')
	}
	set = append(append(set, `"token_introspection":`...), rep.facts...)
	return append(set, '}'), nil
}

// beside puts the claims before the members of the facts, which stay as they are, and which win where both name one.
func (rep *reply) beside() ([]byte, error) {
	own, stated := maps.Clone(rep.claims), members{}
	_ = json.Unmarshal(rep.facts, &stated) // what is no object has no members
	for name := range stated {
		delete(own, name)
	}
	set, err := json.Marshal(own)
	if err != nil || len(own) == 0 {
		return rep.facts, err
	}
	return prepend(string(set[1 : len(set)-1]))(rep.facts), nil
}

// fail makes the reply an error response.
func (rep *reply) fail(failure *oauthError) {
	rep.form, rep.status = plain, failure.status
	rep.header.Set("Content-Type", typeJSON)
	rep.body, _ = json.Marshal(failure) // cannot fail: plain strings
}

// refuse is fail with the challenge that may belong to it.
func (rep *reply) refuse(r *http.Request, failure *oauthError) {
	rep.fail(failure)
	if challenge := rep.server.challenge(r, failure); challenge != "" {
		rep.header.Set("WWW-Authenticate", challenge)
	}
}

// write sends the reply as it is.
func (rep *reply) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), rep.header)
	w.WriteHeader(rep.status)
	_, _ = w.Write(rep.body) // the client may be gone
}
