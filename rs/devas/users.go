package devas

import (
	"maps"
	"slices"
)

// Users is whom UserInfo knows unless Config.Users says otherwise: alice, bob and carol, with the names of OpenID Connect Core
// section 5.1 and with those of ProConnect. The map is the caller's own.
func Users() map[string]Claims {
	return map[string]Claims{
		"alice": exampleUser("alice", "Alice", "Martin"),
		"bob":   exampleUser("bob", "Bob", "Durand"),
		"carol": exampleUser("carol", "Carol", "Petit"),
	}
}

func exampleUser(id, given, family string) Claims {
	return Claims{
		"name": given + " " + family, "given_name": given, "family_name": family,
		"email": id + "@example.org", "email_verified": true,
		// ProConnect has these beside given_name and email: the siret is that of the one who runs it.
		"usual_name": family, "uid": id, "siret": "13002526500013", "idp_id": "00000000-0000-4000-8000-000000000001",
	}
}

// SetUser says what UserInfo answers about a subject, in the place of what it said before: the "sub" and these claims.
// As with Issue nothing in claims is judged, a nil value removes "sub", and claims that cannot be written as JSON make
// the answer a 500. What is set is said to every token with the scope openid, unless [Config] has ScopedUserInfo. Of a
// subject that was never set, "sub" alone is said.
func (s *Server) SetUser(subject string, claims Claims) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[subject] = maps.Clone(claims)
}

// user is what UserInfo says of a subject, as JSON text, or nil if there is none.
func (s *Server) user(subject string, granted scopes) []byte {
	all := Claims{"sub": subject}
	s.mu.Lock()
	maps.Copy(all, s.users[subject])
	s.mu.Unlock()
	maps.DeleteFunc(all, func(name string, value any) bool {
		return value == nil || s.cfg.ScopedUserInfo && name != "sub" && !granted.cover(name)
	})
	return all.encode()
}

// scopeClaims is OpenID Connect Core section 5.4.
var scopeClaims = map[string][]string{
	"profile": {
		"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender",
		"birthdate", "zoneinfo", "locale", "updated_at",
	},
	"email":   {"email", "email_verified"},
	"address": {"address"},
	"phone":   {"phone_number", "phone_number_verified"},
}

// cover says whether one of the scopes is for that claim.
func (s scopes) cover(claim string) bool {
	return slices.ContainsFunc(s, func(scope string) bool { return scope == claim || slices.Contains(scopeClaims[scope], claim) })
}
