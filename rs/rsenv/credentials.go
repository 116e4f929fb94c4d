package rsenv

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// credentials fills in what the method uses. What is in a file can be replaced while the program runs.
func (r *reader) credentials(cfg *rs.Config) {
	v := r.vars
	switch cfg.ClientAuth {
	case rs.ClientBearerToken:
		r.clientSecret(cfg, &v.ClientBearerToken, &v.ClientBearerTokenFile)
		if cfg.ClientSecret == "" && !r.isWrong(&v.ClientBearerTokenFile) {
			r.wrong(&v.ClientBearerToken, "is not set: give it the bearer token for introspection")
		}
	case rs.PrivateKeyJWT, rs.TLSClientAuth, rs.SelfSignedTLSClientAuth: // no secret
	default:
		r.clientSecret(cfg, &v.ClientSecret, &v.ClientSecretFile)
		if looksWrapped(string(cfg.ClientSecret)) {
			r.warnings = append(r.warnings, v.ClientSecret.Name+" has white space at an end, or stands in quotes: they are used as a part of the secret")
		}
	}
	if r.signer = r.clientSigner(); r.signer != nil {
		cfg.ClientSigner = r.signer
	}
	r.clientCertificate(cfg)
}

func (r *reader) clientSecret(cfg *rs.Config, direct, inFile *spec.Variable) {
	cfg.ClientSecret = rs.Secret(r.secret(direct, inFile))
	if cfg.ClientSecret == "" || inFile.Value == "" {
		return
	}
	secret := watch(r, []*spec.Variable{inFile}, func(files [][]byte) (rs.Secret, error) {
		secret := rs.Secret(trimLine(files[0]))
		if secret == "" {
			return "", errors.New("is empty")
		}
		return secret, nil
	})
	if secret != nil {
		cfg.ClientSecretFrom = secret.get
	}
}

// clientSigner reads our signing keys, also where the method does not use them: they are published before they are used.
func (r *reader) clientSigner() *keys.SignerRing {
	v := r.vars
	direct, inFile := &v.ClientPrivateKey, &v.ClientPrivateKeyFile
	data := r.secret(direct, inFile)
	if data == "" {
		return nil
	}
	if !isSigningAlg(v.ClientSigningAlgo.Value) {
		r.wrong(&v.ClientSigningAlgo, "is not supported: use one of ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512, EdDSA, Ed25519")
		return nil
	}
	ring, err := keys.NewSignerRing(keySource(data, inFile.Value), v.ClientSigningAlgo.Value)
	if err != nil {
		blamed := direct
		if inFile.Value != "" {
			blamed = inFile
		}
		r.unusableKey(blamed, data, err)
		return nil
	}
	r.reloads = append(r.reloads, reload{inFile, ring.Reload})
	return ring
}

// isSigningAlg asks keys, which knows.
func isSigningAlg(alg string) bool {
	_, err := keys.ParsePublic([]byte(`{"keys":[]}`), alg)
	return err == nil
}

func (r *reader) clientCertificate(cfg *rs.Config) {
	cert, key := &r.vars.ClientCertFile, &r.vars.ClientKeyFile
	switch {
	case cert.Value == "" && key.Value == "":
		return
	case cert.Value == "":
		r.wrong(cert, "is not set, but "+key.Name+" is: name the file with our certificate")
		return
	case key.Value == "":
		r.wrong(key, "is not set, but "+cert.Name+" is: name the file with the key of the certificate")
		return
	}
	pair := watch(r, []*spec.Variable{cert, key}, func(files [][]byte) (*tls.Certificate, error) {
		pair, err := tls.X509KeyPair(files[0], files[1])
		if err != nil { // it may say what is in the file
			return nil, fmt.Errorf("does not hold a certificate in PEM for the key in %s", key.Name)
		}
		return &pair, nil
	})
	if pair != nil {
		cfg.ClientCertificate = pair.get
	}
}
