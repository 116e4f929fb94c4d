package rsenv

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// keyTypes are the types of key that serve each algorithm (RFC 7518 section 4.1, RFC 8037 section 3.2).
var keyTypes = []struct {
	algorithm string
	types     []string
}{
	{"RSA-OAEP", []string{"RSA"}},
	{"RSA-OAEP-256", []string{"RSA"}},
	{"ECDH-ES", []string{"EC", "OKP"}},
}

var encodings = []string{"A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"}

// keys reads our private keys. Without any, the other variables about encryption do not matter.
func (r *reader) keys(required bool) *keys.Ring {
	v := r.vars
	data := r.secret(&v.PrivateKey, &v.PrivateKeyFile)
	if data == "" && !required {
		return nil
	}
	algorithm, encoding, ok := r.encryption()
	if data == "" {
		if !r.isWrong(&v.PrivateKeyFile) {
			r.wrong(&v.PrivateKey, "is not set: answers are encrypted to our private key, so make one with rsctl keygen")
		}
		return nil
	}
	if !ok {
		return nil // what is wrong with the key depends on what it is for
	}
	ring, err := keys.NewRing(keySource(data, v.PrivateKeyFile.Value), algorithm, encoding, nil)
	if err != nil {
		blamed := &v.PrivateKey
		if v.PrivateKeyFile.Value != "" {
			blamed = &v.PrivateKeyFile
		}
		r.unusableKey(blamed, data, err)
		return nil
	}
	if ring.Type() != v.EncryptionKeyType.Value {
		r.report(&v.EncryptionKeyType, "does not fit the private key: write "+v.EncryptionKeyType.Name+"="+ring.Type()+", or use another key")
	}
	r.reloads = append(r.reloads, reload{&v.PrivateKeyFile, ring.Reload})
	return ring
}

// keySource is where keys come from, now and at a reload: a file is read again, a variable stays what it is.
func keySource(data, path string) func() ([]byte, error) {
	if path == "" {
		return func() ([]byte, error) { return []byte(data), nil }
	}
	return func() ([]byte, error) {
		data, err := readFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s, which %w", theFile(path), err)
		}
		return data, nil
	}
}

// encryption is the pair of algorithms, if both exist and the type of key fits.
func (r *reader) encryption() (algorithm, encoding string, ok bool) {
	v := r.vars
	algorithm, encoding = v.EncryptionAlgo.Value, v.EncryptionEncoding.Value
	if !slices.Contains(encodings, encoding) {
		r.wrong(&v.EncryptionEncoding, "is not one of "+strings.Join(encodings, ", "))
	}
	var known []string
	for _, row := range keyTypes {
		known = append(known, row.algorithm)
		if row.algorithm == algorithm && !slices.Contains(row.types, v.EncryptionKeyType.Value) {
			r.report(&v.EncryptionKeyType, "does not fit "+v.EncryptionAlgo.Name+": "+algorithm+" needs "+
				v.EncryptionKeyType.Name+"="+strings.Join(row.types, " or "))
		}
	}
	if !slices.Contains(known, algorithm) {
		r.wrong(&v.EncryptionAlgo, "is not one of "+strings.Join(known, ", "))
	}
	return algorithm, encoding, !r.isWrong(&v.EncryptionAlgo) && !r.isWrong(&v.EncryptionEncoding)
}
