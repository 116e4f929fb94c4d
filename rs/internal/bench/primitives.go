package main

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // G505: RSA-OAEP is OAEP with SHA-1 by definition (RFC 7518 section 4.3)
	"crypto/sha256"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// primitives is the cryptography of one answer that nobody can save: decrypt the content key, verify the signature.
type primitives struct {
	decryption   *rsa.PrivateKey
	box          []byte
	verification *ecdsa.PublicKey
	digest       [sha256.Size]byte
	signature    []byte
}

func newPrimitives(decryption *rsa.PrivateKey, signing *ecdsa.PrivateKey) (*primitives, error) {
	p := &primitives{decryption: decryption, verification: &signing.PublicKey, digest: sha256.Sum256([]byte("message"))}
	var err error
	if p.box, err = rsa.EncryptOAEP(sha1.New(), rand.Reader, &decryption.PublicKey, make([]byte, 32), nil); err != nil { //nolint:gosec // G401: as above
		return nil, err
	}
	p.signature, err = ecdsa.SignASN1(rand.Reader, signing, p.digest[:])
	return p, err
}

func (p *primitives) once() error {
	if _, err := rsa.DecryptOAEP(sha1.New(), nil, p.decryption, p.box, nil); err != nil { //nolint:gosec // G401: as above
		return err
	}
	if !ecdsa.VerifyASN1(p.verification, p.digest[:], p.signature) {
		return errors.New("a signature does not verify")
	}
	return nil
}

// cpuOf is the CPU time of f, run n times by each of so many callers, per run in microseconds.
func cpuOf(n, callers int, f func() error) (float64, error) {
	failures := make([]error, callers)
	var all sync.WaitGroup
	start := stats.CPU()
	for caller := range callers {
		all.Go(func() {
			for range n {
				if failures[caller] == nil {
					failures[caller] = f()
				}
			}
		})
	}
	all.Wait()
	used := stats.CPU() - start
	return float64(used) / float64(time.Microsecond) / float64(n*callers), errors.Join(failures...)
}

// inTurn is the CPU time of each f per run in microseconds. They take turns, n times, so that the machine is the same for all.
func inTurn(n int, fs ...func() error) ([]float64, error) {
	used := make([]float64, len(fs))
	for range n {
		for i, f := range fs {
			one, err := cpuOf(1, 1, f)
			if err != nil {
				return nil, err
			}
			used[i] += one / float64(n)
		}
	}
	return used, nil
}

// cores is as many callers as keep the whole machine busy.
func cores() int { return runtime.GOMAXPROCS(0) }
