package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/as"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/floor"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

const aboutDecoding = `
An answer of RFC 9701 (signed with ES256, encrypted with A256GCM), without a network. Decoding is the CPU time of a whole
Authenticate with such an answer less that of one with the same answer in plain JSON, so it holds everything from the first
check of the header to the last one of the envelope. It is divided by what nobody can save: one OAEP decryption and one ES256
verification with the standard library. One of each follows on the other on one goroutine, in ever another order; the CPU time is that
of the process, with the garbage collections that fall into it. (The same OAEP decryption takes 5 to 9 % longer where what it
puts on the stack straddles a page, at 128 bytes of 4096: a change in the depth of a stack can move a figure by so much.)

ECDH-ES (direct, P-256) needs no RSA: where an authorization server offers it, it is the fast choice.`

// measureDecoding compares answers without a network.
func measureDecoding(ctx context.Context, size scale) (report.Section, error) {
	s := report.Section{Title: "4. Decoding an answer of RFC 9701", About: aboutDecoding}
	ring, err := newKeyring(size.bits)
	if err != nil {
		return s, err
	}
	memory := &as.Memory{Keys: ring.as}
	plain, err := newAsker(memory, nil)
	if err != nil {
		return s, err
	}
	whole := map[string]stats.Series{}
	for _, e := range ring.as.Encryptions {
		encrypted, err := newAsker(memory, e)
		if err != nil {
			return s, err
		}
		n := size.answers
		if e.Name == ecdhES {
			n *= 8
		}
		var floor, answer, json stats.Series
		p, err := ring.floor(e.Name)
		if err != nil {
			return s, err
		}
		for round := 0; size.more(round, size.network/2); round++ {
			used, err := inTurn(n, p, func() error { return encrypted.ask(ctx) }, func() error { return plain.ask(ctx) })
			if err != nil {
				return s, err
			}
			floor, answer, json = append(floor, used[0]), append(answer, used[1]), append(json, used[2])
		}
		whole[e.Name] = answer
		if e.Name != ecdhES {
			s.Rows = append(s.Rows, report.NewRow("decoding ÷ (OAEP + ES256 verification), "+e.Name, "×", answer.Minus(json).Over(floor), decodingBound(e.Name),
				"%.0f µs, the two alone %.0f µs", answer.Minus(json).Median(), floor.Median()))
		}
	}
	s.Rows = append(s.Rows, report.NewRow("whole answer with RSA-2048 ÷ with ECDH-ES", "×", whole[rsaName(2048)].Over(whole[ecdhES]), report.Bound{},
		"%.0f µs and %.0f µs", whole[rsaName(2048)].Median(), whole[ecdhES].Median()))
	return s, nil
}

func decodingBound(name string) report.Bound {
	if name == rsaName(4096) {
		return report.AtMost(1.05)
	}
	return report.AtMost(1.10)
}

// floor is the primitives of an encryption; of ECDH-ES they are not compared.
func (k *keyring) floor(name string) (func() error, error) {
	if name == ecdhES {
		return func() error { return nil }, nil
	}
	p, err := floor.New(k.rsa[name], k.signing)
	if err != nil {
		return nil, err
	}
	return p.Once, nil
}

// asker asks one server about ever new tokens.
type asker struct {
	server *rs.Server
	turn   atomic.Int64
}

func newAsker(memory *as.Memory, e *as.Encryption) (*asker, error) {
	cfg := as.Config("http://127.0.0.1", e)
	cfg.HTTPClient = &http.Client{Transport: memory}
	server, err := rs.New(cfg)
	return &asker{server: server}, err
}

func (a *asker) ask(ctx context.Context) error {
	_, err := a.server.Authenticate(ctx, fmt.Sprintf("%043d", a.turn.Add(1)))
	return err
}
