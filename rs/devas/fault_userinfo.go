package devas

import "slices"

// onUserInfo is added to a fault of introspection: the same at the UserInfo endpoint.
const onUserInfo Fault = 10000

// userInfoPrefix is what the names of such faults begin with.
const userInfoPrefix = "userinfo-"

// AtUserInfo is the same fault at the UserInfo endpoint, which feels no other: FailNext(AtUserInfo(503)). It has every
// HTTP status and what [UserInfoFaults] lists, but not what only introspection can do wrong. AtUserInfo(0) is none,
// there.
func AtUserInfo(f Fault) Fault { return f.base() + onUserInfo }

// base is the fault without its endpoint.
func (f Fault) base() Fault {
	if f >= onUserInfo {
		return f - onUserInfo
	}
	return f
}

// introspectionOnly is what UserInfo does not have: clients that authenticate, "active", and a JWT with a type and a place for
// the response.
var introspectionOnly = []Fault{
	InvalidClient, InvalidClientMetadata, InvalidRequest, UnsupportedTokenType,
	DuplicateMember, StringActive, NoActive, CaseFolded, ScopeArray,
	NoIntrospection, TopLevelClaims, NoType, TypePrefix,
}

// atUserInfo: this constant can happen there too.
func (f Fault) atUserInfo() bool {
	_, found := incidents[f]
	return found && f.endpoint() == atIntrospection && !slices.Contains(introspectionOnly, f)
}

// UserInfoFaults lists the constants that can happen at the UserInfo endpoint, as [AtUserInfo] makes them.
func UserInfoFaults() []Fault {
	var all []Fault
	for _, f := range Faults() {
		if f.atUserInfo() {
			all = append(all, AtUserInfo(f))
		}
	}
	return all
}
