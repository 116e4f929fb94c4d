package demo

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// person is whose token a request carries.
type person string

const (
	nobody person = ""
	alice  person = "Alice"
	bob    person = "Bob"
	carol  person = "Carol"
)

// step is one request, with what happens before it, what must come of it, and why.
type step struct {
	title  string
	before func(*world, map[person]string)
	event  string // what before does, in words
	method string
	path   string
	token  person
	want   want
	why    string
}

// want is what a step must lead to.
type want struct {
	status     int
	challenge  string
	retryAfter bool
	body       string // a part of it
	asked      bool   // the authorization server
}

// cast issues the tokens of the story.
func cast(w *world) map[person]string {
	tokens := make(map[person]string)
	for _, who := range []person{alice, bob, carol} {
		tokens[who] = w.as.Issue(devas.Claims{"sub": string(who), "scope": "openid documents", "client_id": "visio"})
	}
	return tokens
}

const (
	invalidToken = `Bearer realm="demo", error="invalid_token", error_description="the access token is not valid here"`
	tooWeak      = `Bearer realm="demo", error="insufficient_scope", error_description="the access token lacks a scope", scope="documents.write"`
)

// story is the demonstration.
var story = []step{
	{
		title: "No token", method: http.MethodGet, path: "/api/documents",
		want: want{status: http.StatusUnauthorized, challenge: `Bearer realm="demo", scope="documents"`},
		why: "Nobody has said who is asking. The challenge names the scope that a token needs here, and no error, since none was " +
			"made (RFC 6750 section 3.1). The authorization server is not bothered.",
	},
	{
		title: "A good token", method: http.MethodGet, path: "/api/documents", token: alice,
		want: want{status: http.StatusOK, body: `"reader":"Alice"`, asked: true},
		why: "The token says nothing by itself, so the service asks what it is worth (RFC 7662) and takes only an answer that it can " +
			"decrypt, that the authorization server has signed, and that was made for it a moment ago (RFC 9701).",
	},
	{
		title: "The same token again", method: http.MethodGet, path: "/api/documents", token: alice,
		want: want{status: http.StatusOK, body: `"reader":"Alice"`},
		why: fmt.Sprintf("What the answer states is kept for at most %s, and never beyond the token's own end. Whether it suffices is "+
			"decided anew for every request.", cacheTTL),
	},
	{
		title: "A token that is too weak", method: http.MethodDelete, path: "/api/documents/minutes", token: alice,
		want: want{status: http.StatusForbidden, challenge: tooWeak, body: "insufficient_scope"},
		why: "This route asks for the scope documents.write. The same cached facts that sufficed for reading do not suffice for " +
			"deleting, and the challenge says what would.",
	},
	{
		title:  "A revoked token, at once",
		before: func(w *world, tokens map[person]string) { w.as.Revoke(tokens[alice]) },
		event:  "Alice logs out: the authorization server revokes her token.",
		method: http.MethodGet, path: "/api/documents", token: alice,
		want: want{status: http.StatusOK, body: `"reader":"Alice"`},
		why: fmt.Sprintf("The service cannot know yet. The lifetime of its cache, %s here, is the price: the longest time for which a "+
			"revoked token still works. It can be set to zero.", cacheTTL),
	},
	{
		title:  "A revoked token, when the cache has forgotten it",
		before: func(w *world, _ map[person]string) { w.clock.Advance(cacheTTL + time.Second) },
		event:  fmt.Sprintf("%s pass (the demonstration sets its clock forward).", cacheTTL+time.Second),
		method: http.MethodGet, path: "/api/documents", token: alice,
		want: want{status: http.StatusUnauthorized, challenge: invalidToken, body: "invalid_token", asked: true},
		why: "The authorization server now says that the token is not active, and nothing else. The client learns as little: " +
			"unknown, expired and revoked look the same from outside.",
	},
	{
		title: "Another good token, shortly before an outage", method: http.MethodGet, path: "/api/documents", token: bob,
		want: want{status: http.StatusOK, body: `"reader":"Bob"`, asked: true},
		why:  "Bob's token is good, and the service remembers that for a while.",
	},
	{
		title:  "An outage, and a token that the service has not seen",
		before: func(w *world, _ map[person]string) { w.as.Fail(devas.Status(http.StatusServiceUnavailable)) },
		event:  "The authorization server breaks down.",
		method: http.MethodGet, path: "/api/documents", token: carol,
		want: want{status: http.StatusServiceUnavailable, retryAfter: true, asked: true},
		why: "Nobody can say whether Carol's token is good, so she is not let in. But it is not called bad either: a 401 would make " +
			"clients throw good tokens away and log everybody out.",
	},
	{
		title: "The same outage, and a token that the service remembers", method: http.MethodGet, path: "/api/documents", token: bob,
		want: want{status: http.StatusOK, body: `"reader":"Bob"`},
		why:  "Bob does not notice the outage while what is known about his token is fresh.",
	},
	{
		title:  "The outage is over",
		before: func(w *world, _ map[person]string) { w.as.Heal() },
		event:  "The authorization server is repaired.",
		method: http.MethodGet, path: "/api/documents", token: carol,
		want: want{status: http.StatusOK, body: `"reader":"Carol"`, asked: true},
		why:  "Failures are never remembered, so Carol gets in with the first request that can be decided.",
	},
	{
		title: "Our public key", method: http.MethodGet, path: "/jwks",
		want: want{status: http.StatusOK, body: `"use":"enc"`},
		why: "The authorization server has read this JWK Set (RFC 7517) to encrypt its answers to us. The private half has not " +
			"left the service.",
	},
}
