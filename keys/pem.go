package keys

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
)

const pemBegin = "-----BEGIN "

// splitPEM returns the blocks of a PEM text. Only white space may stand around
// them: encoding/pem would silently skip anything else, a damaged key among it.
func splitPEM(data []byte) ([]*pem.Block, error) {
	if !bytes.ContainsAny(data, "\r\n") {
		// One line with \n spelled out, as some .env files carry a PEM text. A
		// backslash has no meaning in PEM.
		data = bytes.ReplaceAll(data, []byte(`\n`), []byte("\n"))
	}
	var blocks []*pem.Block
	for rest := bytes.TrimSpace(data); len(rest) > 0; rest = bytes.TrimSpace(rest) {
		if !bytes.HasPrefix(rest, []byte(pemBegin)) {
			return nil, errors.New("text outside of the PEM blocks: remove it")
		}
		begins := bytes.Count(rest, []byte(pemBegin))
		block, after := pem.Decode(rest)
		if block == nil || bytes.Count(after, []byte(pemBegin)) != begins-1 {
			return nil, fmt.Errorf("PEM block %d is damaged", len(blocks)+1)
		}
		if block.Type != "EC PARAMETERS" { // openssl writes the curve's name in front of an EC key
			blocks = append(blocks, block)
		}
		rest = after
	}
	return blocks, nil
}

// parsePEMKey returns the raw private key of a block. The errors of
// encoding/asn1 and crypto/x509 are not passed on, as they may quote what they
// parse.
func parsePEMKey(block *pem.Block) (any, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, errors.New("encrypted PEM: decrypt it first, with openssl pkey")
	}
	switch block.Type {
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("this is a public key: the private one is needed")
	case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
		return nil, errors.New("this is a certificate: the private key is needed")
	default:
		return nil, fmt.Errorf("PEM type %s is not supported: convert it to PKCS#8, with openssl pkey", quote(block.Type))
	}
	if rest, err := asn1.Unmarshal(block.Bytes, new(asn1.RawValue)); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%s is not one DER value", block.Type)
	}
	key, err := parseDER(block)
	if err != nil {
		return nil, fmt.Errorf("%s holds no RSA, EC (P-256, P-384, P-521), X25519 or Ed25519 key", block.Type)
	}
	return checkPEMKey(key)
}

func parseDER(block *pem.Block) (any, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	default:
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	}
}

// checkPEMKey narrows what crypto/x509 knows to our raw keys.
func checkPEMKey(key any) (any, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if len(key.Primes) != 2 {
			return nil, errors.New("RSA keys with more than two primes are not supported")
		}
		if err := checkRSA(&key.PublicKey); err != nil {
			return nil, err
		}
		return key, nil
	case *ecdsa.PrivateKey:
		if curveOf(key.Curve) == (curve{}) {
			return nil, fmt.Errorf("curve %s is not supported: use P-256, P-384 or P-521", key.Curve.Params().Name)
		}
		return key, nil
	case *ecdh.PrivateKey, ed25519.PrivateKey:
		return key, nil
	}
	return nil, fmt.Errorf("keys of type %T are not supported", key)
}
