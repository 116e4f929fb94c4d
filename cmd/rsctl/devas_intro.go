package main

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/devpage"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/dotenv"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/registration"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
)

// firstToken is a token that was made at the start.
type firstToken struct {
	mint.Token
	description string
}

// firstTokens makes the tokens that --token describes.
func firstTokens(as mint.Issuer, descriptions []string) (tokens []firstToken, err error) {
	for _, description := range descriptions {
		form, err := url.ParseQuery(description)
		if err != nil {
			return nil, fmt.Errorf("--token %q cannot be read: write it like sub=alice&scope=documents", description)
		}
		token, err := mint.Issue(as, form, time.Now())
		if err != nil {
			return nil, fmt.Errorf("--token %q: %w", description, err)
		}
		tokens = append(tokens, firstToken{token, description})
	}
	return tokens, nil
}

// introduceAS prints all that somebody needs to use the server, tokens of the start included.
func introduceAS(p *show.Printer, as *devpage.Book, tokens []firstToken, clients []registration.Client, local string) error {
	p.Line(show.Title, "A development authorization server, NOT for production: it gives tokens to anybody. Ctrl-C stops it.")
	p.Line(show.Plain, "Open %s/ in a browser of this machine.", local)
	for _, c := range clients {
		p.Line(show.Plain, "")
		p.Line(show.Title, "The environment of the resource server %s:", c.ID)
		for _, line := range registration.Environment(as.Server, c) {
			p.Line(show.Plain, "  %s", line)
		}
		p.Line(show.Plain, "For tokens with form=jwt and aud=%s, judged by the keys alone, add: %s", c.ID, registration.Local(c))
	}
	for _, token := range tokens {
		p.Line(show.Plain, "")
		p.Line(show.Title, "A token for %s, good for %d seconds:", token.description, token.ExpiresIn)
		p.Line(show.Plain, "  %s", token.AccessToken)
	}
	p.Line(show.Plain, "")
	p.Line(show.Title, "Make a token, ask about it and its user as the resource server does, and revoke it:")
	c := clients[0]
	credentials := dotenv.Quote(url.QueryEscape(c.ID) + ":" + url.QueryEscape(string(c.Secret))) // RFC 6749 section 2.3.1
	accept := ""
	if c.SigningAlg != "" {
		accept = "-H 'Accept: application/token-introspection+jwt' "
	}
	p.Line(show.Plain, "  curl -d sub=alice -d %s %s%s", dotenv.Line("scope", withUserScopes(cmp.Or(c.Scope, registration.Scope))), local, mint.Path)
	p.Line(show.Plain, "  curl -u %s %s-d token=TOKEN %s", credentials, accept, as.IntrospectionEndpoint())
	p.Line(show.Plain, "  curl -H 'Authorization: Bearer TOKEN' %s", as.UserInfoEndpoint())
	p.Line(show.Plain, "  curl -u %s -d token=TOKEN %s", credentials, as.RevocationEndpoint())
	return p.Err()
}

// withUserScopes puts those before it with which UserInfo has something to say.
func withUserScopes(scope string) string {
	all := []string{"openid", "email"}
	for each := range strings.FieldsSeq(scope) {
		if !slices.Contains(all, each) {
			all = append(all, each)
		}
	}
	return strings.Join(all, " ")
}
