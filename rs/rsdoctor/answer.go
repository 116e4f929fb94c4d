package rsdoctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// checkAnswer opens the answer about no token layer by layer, and says which one is not as configured.
func checkAnswer(ctx context.Context, p *patient) []Finding {
	if p.wrong && !p.hasAnswer(ctx) {
		return notChecked("there is none")
	}
	found := p.judgeAnswer(ctx, p.first(ctx))
	if found[0].Status == Problem {
		p.wrong = true
	}
	return found
}

// hasAnswer: there may be one although the keys to verify it are missing.
func (p *patient) hasAnswer(ctx context.Context) bool {
	r := p.first(ctx)
	return r.err == nil && r.status == http.StatusOK && !r.isHTML()
}

const registration = "the registration of this client at the authorization server"

func (p *patient) judgeAnswer(ctx context.Context, r *reply) []Finding {
	if p.noJWT {
		return problem(AnswerUnknown, "asked for a JWT about a token that it does not know, the server says 400 (against RFC 9701 section 5), and active: false if asked for plain JSON: "+
			"clients with dead tokens would get 503, and not 401", "set OIDC_RS_BACKEND_CLASS=json, or use a server that signs this answer too")
	}
	if r.err != nil || r.status != http.StatusOK {
		return problem(EndpointOther, "the answer has no status of an introspection endpoint", p.rightEndpoint(ctx))
	}
	if r.encoding != "" && r.encoding != "identity" {
		return problem(AnswerUnusable, "the answer is compressed, though that was not asked for: it is refused", "let the authorization server, or the proxy before it, honour Accept-Encoding and send answers as they are")
	}
	body := bytes.TrimSpace(r.body)
	dots := bytes.Count(body, []byte("."))
	isJSON := bytes.HasPrefix(body, []byte("{"))
	switch {
	case p.cfg.Format == rs.JSON && !isJSON && (dots == 2 || dots == 4):
		return problem(AnswerJWT, "a JWT arrived (RFC 9701), and plain JSON is configured",
			"set OIDC_RS_BACKEND_CLASS=jwt (or jwt-signed), or have introspection_signed_response_alg removed from "+registration)
	case p.cfg.Format == rs.JSON:
		return p.judgeJSON(ctx, r, body)
	case isJSON:
		return problem(AnswerJSON, "plain JSON arrived, and "+p.cfg.Format.String()+" is configured: a downgrade, which is refused",
			"have introspection_signed_response_alg="+p.cfg.SigningAlg+" set in "+registration+", or set OIDC_RS_BACKEND_CLASS=json (also if the server signs only what it says about tokens that it knows)")
	case p.cfg.Format == rs.JWT && dots == 2:
		return problem(AnswerSignedOnly, "a JWT arrived that is signed"+p.otherwise(body)+" but not encrypted, and jwt (signed and encrypted) is configured",
			"have introspection_encrypted_response_alg="+ourAlgorithm(p.ours())+" and introspection_signed_response_alg="+p.cfg.SigningAlg+" set in "+registration+", or set OIDC_RS_BACKEND_CLASS=jwt-signed")
	case p.cfg.Format == rs.JWTSigned && dots == 4:
		return problem(AnswerEncrypted, "an encrypted JWT arrived, and jwt-signed (not encrypted) is configured",
			"set OIDC_RS_BACKEND_CLASS=jwt and our private key, or have introspection_encrypted_response_alg removed from "+registration)
	case dots != 2 && dots != 4:
		return problem(EndpointOther, "what arrived is neither JSON nor a JWT", p.rightEndpoint(ctx))
	case r.mediaType != mediaJWT:
		return problem(AnswerContentType, "a JWT arrived, but not as "+mediaJWT, "let the authorization server follow RFC 9701 section 5")
	}
	return p.judgeJWT(ctx, body)
}

// otherwise names the algorithm of a JWS if it is not the configured one.
func (p *patient) otherwise(jws []byte) string {
	if header, err := keys.ParseJWSHeader(jws); err == nil && header.Algorithm != p.cfg.SigningAlg {
		return " (with " + printable(header.Algorithm) + ", not " + p.cfg.SigningAlg + ")"
	}
	return ""
}

// response is an introspection response, as far as it matters about no token.
type response struct {
	Active *bool `json:"active"`
}

func (p *patient) judgeJSON(ctx context.Context, r *reply, body []byte) []Finding {
	var in response
	if err := json.Unmarshal(body, &in); err != nil || in.Active == nil {
		return problem(EndpointOther, "the answer is no introspection response: it has no member active that is true or false (RFC 7662 section 2.2)", p.rightEndpoint(ctx))
	}
	if r.mediaType != mediaJSON {
		return problem(AnswerContentType, "the answer is JSON, but does not call itself "+mediaJSON, "let the authorization server, or the proxy before it, send Content-Type: application/json")
	}
	return judgeActive(in)
}

func judgeActive(in response) []Finding {
	if *in.Active {
		return problem(AnswerActive, "the server calls a token active that nobody issued", "do not use this endpoint: it would let everybody in")
	}
	return ok("active: false, in the form that is configured")
}

// judgeJWT opens a JWE or JWS.
func (p *patient) judgeJWT(ctx context.Context, body []byte) []Finding {
	if p.cfg.Format == rs.JWT {
		opened, found := p.decrypt(body)
		if found != nil {
			return found
		}
		body = opened
	}
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return problem(AnswerUnsigned, "the answer is encrypted but not signed", "have introspection_signed_response_alg="+p.cfg.SigningAlg+" set in "+registration)
	}
	header, err := keys.ParseJWSHeader(body)
	if err != nil {
		return problem(AnswerMalformed, "the answer is no well-formed JWT, or uses a feature that is refused", "let the authorization server follow RFC 9701 and RFC 8725")
	}
	if header.Algorithm != p.cfg.SigningAlg {
		return problem(AnswerSigningAlg, "the answer is signed with "+printable(header.Algorithm)+", and "+p.cfg.SigningAlg+" is configured",
			"set OIDC_RS_SIGNING_ALGO="+printable(header.Algorithm)+", or have introspection_signed_response_alg="+p.cfg.SigningAlg+" set in "+registration)
	}
	set, err := keys.ParsePublic(p.keys(ctx).body, p.cfg.SigningAlg)
	if err != nil || set.Len() == 0 {
		return notChecked("there is no key to verify its signature with")
	}
	payload, header, err := set.Verify(body)
	if err != nil {
		return problem(AnswerSigningKey, "the answer is signed with a key that is not in the JWK Set of OIDC_OP_JWKS_ENDPOINT",
			"copy OIDC_OP_JWKS_ENDPOINT from the metadata of the server that answers; if it is right, its keys and its JWK Set disagree")
	}
	return p.judgeClaims(payload, header)
}

// decrypt opens the JWE, or says what keeps it shut.
func (p *patient) decrypt(jwe []byte) (opened []byte, found []Finding) {
	header, err := keys.ParseJWEHeader(jwe)
	if err != nil {
		return nil, problem(AnswerMalformed, "the answer is no well-formed JWE, or uses a feature that is refused (zip, crit)", "let the authorization server follow RFC 9701 and RFC 7516")
	}
	opened, err = p.cfg.Decrypter.Decrypt(jwe)
	alg := ourAlgorithm(p.ours())
	switch {
	case err == nil:
		return opened, nil
	case alg != "" && header.Algorithm != alg:
		return nil, problem(AnswerEncryptionAlg, "the answer is encrypted with "+printable(header.Algorithm)+", and "+alg+" is configured",
			"set OIDC_RS_ENCRYPTION_ALGO="+printable(header.Algorithm)+", or have introspection_encrypted_response_alg="+alg+" set in "+registration)
	case errors.Is(err, keys.ErrAlgorithm):
		return nil, problem(AnswerEncryptionEnc, "the content of the answer is encrypted with "+printable(header.Encryption)+", which is not what is configured",
			"set OIDC_RS_ENCRYPTION_ENCODING="+printable(header.Encryption)+", or change introspection_encrypted_response_enc in "+registration)
	}
	return nil, problem(AnswerEncryptionKey, "the answer is encrypted to a key that we do not have"+p.kids(header.KeyID)+": an old one of ours, or another service's",
		"compare the output of rsctl jwks with the keys (jwks or jwks_uri) in "+registration+"; after a change of key, wait for its cache")
}

// kids says to which key an answer is encrypted, and which are ours.
func (p *patient) kids(theirs string) string {
	ours, _ := readJWKS(p.ours())
	if theirs == "" || len(ours) == 0 {
		return ""
	}
	names := make([]string, len(ours))
	for i, k := range ours {
		names[i] = printable(k.KeyID)
	}
	return " (kid " + printable(theirs) + ", and ours is " + strings.Join(names, ", ") + ")"
}
