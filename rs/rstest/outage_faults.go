package rstest

import (
	"slices"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// outageFault is a fault and what a service should make of it.
type outageFault struct {
	Fault

	kind     rs.Kind
	harmless bool // unusual, but right
}

// outageFaults are all faults and a few statuses, but for ScopeArray, which a configuration may allow. Nearly all of
// them say nothing about a token, and so are 503.
var outageFaults = func() []outageFault {
	var all []outageFault
	faults := slices.DeleteFunc(devas.Faults(), func(f Fault) bool { return f == ScopeArray })
	for _, f := range slices.Concat(faults, []Fault{204, 302, 400, 401, 403, 404, 500, 502, 503, 504}) {
		each := outageFault{Fault: f, kind: rs.ErrUnavailable}
		switch f {
		case InvalidClient, InvalidClientMetadata, 401, 403: // ours to repair
			each.kind = rs.ErrInternal
		case UnsupportedTokenType: // a verdict
			each.kind = rs.ErrInvalidToken
		case NoKID, TypePrefix, AudienceList, KeysForeign:
			each.harmless = true
		}
		all = append(all, each)
	}
	return all
}()

// userInfoOutages are all faults of UserInfo in plain JSON, the form that [Server.Config] has, and a few statuses. 401
// is none: it is a verdict.
var userInfoOutages = func() []Fault {
	all := slices.DeleteFunc(devas.UserInfoFaults(), func(f Fault) bool { return f >= AtUserInfo(WrongSignature) })
	for _, status := range []Fault{204, 302, 400, 403, 404, 500, 502, 503, 504} {
		all = append(all, AtUserInfo(status))
	}
	return all
}()

func (f outageFault) onKeys() bool { return f.Fault >= KeysDown }

// needs says whether the fault is possible in answers of this format: the constants come in groups.
func (f outageFault) needs(format rs.Format) bool {
	switch {
	case f.Fault >= KeysDown:
		return format != rs.JSON
	case f.Fault >= SignedOnly:
		return format == rs.JWT
	case f.Fault >= WrongSignature:
		return format != rs.JSON
	}
	return true
}
