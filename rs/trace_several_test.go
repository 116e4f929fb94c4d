package rs_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// choices is who was asked, why, and how that ended.
func (s *steps) choices() (short []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range s.all {
		switch step.Name {
		case rs.StepChoice:
			short = append(short, step.Issuer+" "+string(step.Choice)+"!"+string(step.Reason))
		case rs.StepDecision:
			short = append(short, "decision!"+string(step.Reason))
		}
	}
	s.all = nil
	return short
}

func TestTraceOfAChoiceAmongIssuers(t *testing.T) {
	t.Parallel()
	w := newWire().on(alpha+"/introspection", says(t, alpha, "a")).on(beta+"/introspection", says(t, beta, "b", "token"))
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{of(w, alpha), of(w, beta)}})
	byHost := newIssuers(t, rs.IssuersConfig{
		Issuers: []rs.Config{of(w, alpha), of(w, beta)}, Choose: rs.ByHost(map[string]string{"docs.beta": beta}),
	})
	ofBeta := accessToken(t, nil, object{"iss": beta})
	for _, c := range []struct {
		name   string
		issuer *rs.Issuers
		host   string
		token  string
		want   []string
	}{
		{"in order", all, "any", "token", []string{alpha + " order!", "decision!inactive", beta + " order!", "decision!"}},
		{"who remembers it", all, "any", "token", []string{beta + " memory!", "decision!"}},
		{"who issued it", all, "any", ofBeta, []string{beta + " token!", "decision!inactive"}},
		{"of nobody", all, "any", accessToken(t, nil, object{"iss": "https://other.example"}), []string{" !issuer", "decision!issuer"}},
		{"by host", byHost, "docs.beta", "token", []string{beta + " request!", "decision!"}},
		{"by no host", byHost, "docs.gamma", "token", []string{" !issuer", "decision!issuer"}},
		{"no token", all, "any", "", []string{"decision!no_token"}},
	} {
		var seen steps
		var lines []string
		if c.token != "" {
			lines = []string{"Bearer " + c.token}
		}
		r := request(lines...)
		r.Host = c.host
		_, _ = c.issuer.AuthenticateRequest(r.WithContext(seen.trace(t.Context())))
		if seen.all[0].Name != rs.StepExtract {
			t.Errorf("%s: it begins with %s", c.name, seen.all[0].Name)
		}
		if got := seen.choices(); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
	}
}

func TestTraceOfLocalValidation(t *testing.T) {
	t.Parallel()
	checks := []string{"active", "token_type", "sender_constraint", "issuer", "time", "calling_service", "token_audience", "scope"}
	for _, c := range []struct {
		name  string
		token string
		want  []string
	}{
		{"good", accessToken(t, nil, nil), slices.Concat([]string{"token", "cache=miss", "header", "claims", "signature"}, checks, []string{"decision=miss"})},
		{"no JWT", "opaque", []string{"token", "header!token_format", "decision!token_format"}},
		{"another algorithm", accessToken(t, object{"alg": "RS256"}, nil), []string{"token", "cache=miss", "header!token_signature", "decision=miss!token_signature"}},
		{"an ID token", accessToken(t, object{"typ": "JWT"}, nil), []string{"token", "cache=miss", "header", "claims!token_type", "decision=miss!token_type"}},
		{"for others", accessToken(t, nil, object{"aud": "others"}), []string{"token", "cache=miss", "header", "claims!token_audience", "decision=miss!token_audience"}},
		{"no jti", accessToken(t, nil, object{"jti": nil}), []string{"token", "cache=miss", "header", "claims!token_claims", "decision=miss!token_claims"}},
		{"an unknown key", accessToken(t, object{"kid": "other"}, nil), []string{"token", "cache=miss", "header", "claims", "signature!token_key", "decision=miss!token_key"}},
		{"encrypted, without a key", encrypt(t, nil, accessToken(t, nil, nil)), []string{"token", "cache=miss", "open!token_encryption", "decision=miss!token_encryption"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, localConfig(newWire()))
			var seen steps
			_, _ = s.Authenticate(seen.trace(t.Context()), c.token)
			wantSteps(t, &seen, c.want...)
		})
	}
}

func TestTraceOfAConfirmation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer string
		want   []string
	}{
		{`{"active":true}`, []string{"call", "response", "confirm", "active"}},
		{`{"active":true,"iss":"https://other.example"}`, []string{"call", "response", "confirm!issuer", "decision=miss!issuer"}},
	} {
		s := newServer(t, bothConfig(newWire().on(endpoint, jsonAnswer(c.answer)), time.Minute))
		var seen steps
		_, _ = s.Authenticate(seen.trace(t.Context()), accessToken(t, nil, object{"iat": at(-time.Minute)}))
		want := slices.Concat([]string{"token", "cache=miss", "header", "claims", "signature"}, c.want)
		if got := seen.take(); len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("steps\n%q, want\n%q first", got, want)
		}
	}
}

func TestTraceOfDiscovery(t *testing.T) {
	t.Parallel()
	var seen steps
	s := newServer(t, discovering(newWire()))
	_, _ = s.Authenticate(seen.trace(t.Context()), "token")
	wantSteps(t, &seen, "token", "cache=miss", "discover!metadata_unavailable", "decision=miss!metadata_unavailable")

	cfg := config(newWire())
	cfg.ClientAuth, cfg.ClientSigner = rs.PrivateKeyJWT, brokenSigner{}
	_, _ = newServer(t, cfg).Authenticate(seen.trace(t.Context()), "token")
	wantSteps(t, &seen, "token", "cache=miss", "call!client_credentials_unavailable", "decision=miss!client_credentials_unavailable")
}
