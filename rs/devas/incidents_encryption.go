package devas

import (
	"strings"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

var encryptionIncidents = map[Fault]incident{
	SignedOnly:          {name: "signed-only", about: "signed, not encrypted", needs: encrypted, jwt: layered(sign)},
	EncryptedOnly:       {name: "encrypted-only", about: "encrypted, not signed", needs: encrypted, jwt: layered(encrypt)},
	NestedWrongOrder:    {name: "nested-wrong-order", about: "encrypted first, then signed", needs: encrypted, jwt: layered(encrypt, sign)},
	WrongEncryptionKey:  {name: "wrong-encryption-key", about: "encrypted to a stranger", needs: encrypted, jwt: encryptToStranger},
	WrongEncryption:     {name: "wrong-encryption", about: "another content encryption than registered", needs: encrypted, jwt: otherEncryption},
	WrongEncryptionAlg:  {name: "wrong-encryption-alg", about: "alg RSA1_5 in the header", needs: encrypted, jwt: jweHeader("alg", "RSA1_5")},
	Zipped:              {name: "zipped", about: "zip in the header", needs: encrypted, jwt: jweHeader("zip", "DEF")},
	WrongHeaderIssuer:   {name: "wrong-header-issuer", about: "iss in the JWE header is a stranger", needs: encrypted, jwt: jweHeader("iss", "https://stranger.example")},
	WrongHeaderAudience: {name: "wrong-header-audience", about: "aud in the JWE header is another client", needs: encrypted, jwt: jweHeader("aud", "another-client")},
}

// layered replaces the order of signing and encrypting.
func layered(layers ...layer) func(*reply) error {
	return func(rep *reply) error {
		rep.layers = layers
		return nil
	}
}

// jweHeader sets a header of the JWE.
func jweHeader(name string, value any) func(*reply) error {
	return func(rep *reply) error {
		rep.jwe[name] = value
		return nil
	}
}

// encryptToStranger takes a new key of the right type: an old one would be known, once it was seen.
func encryptToStranger(rep *reply) error {
	kty := "RSA"
	if strings.HasPrefix(rep.client.EncryptionAlg, "ECDH") {
		kty = "EC"
	}
	pem, err := keys.Generate(kty)
	if err != nil {
		return err
	}
	set, err := keys.Parse(pem, rep.client.EncryptionAlg, rep.client.EncryptionEnc)
	if err != nil {
		return err
	}
	return rep.encryptTo(set.PublicJWKS(), rep.client.EncryptionEnc)
}

func otherEncryption(rep *reply) error {
	enc := "A128CBC-HS256"
	if rep.client.EncryptionEnc == enc {
		enc = defaultEnc
	}
	return rep.encryptTo(rep.jwks, enc)
}
