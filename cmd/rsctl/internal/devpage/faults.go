package devpage

import (
	"slices"
	"sync"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// faultGroup is a heading with the faults below it.
type faultGroup struct {
	Name   string
	Faults []faultItem
}

type faultItem struct{ Name, About string }

// starts are the first faults of the groups.
var starts = []struct {
	first devas.Fault
	name  string
}{
	{devas.Hang, "HTTP"},
	{devas.Oversize, "The introspection response"},
	{devas.WrongSignature, "JWT: a client registered for signed answers"},
	{devas.SignedOnly, "Encryption: a client registered for it"},
	{devas.KeysDown, "The public keys of this server"},
	{devas.AtUserInfo(0), "UserInfo"},
}

// faultGroups is every fault there is, in groups.
var faultGroups = func() []faultGroup {
	groups := make([]faultGroup, len(starts))
	for i, s := range starts {
		groups[i].Name = s.name
	}
	for _, f := range slices.Concat(devas.Faults(), devas.UserInfoFaults()) {
		at := 0
		for i, s := range starts {
			if f >= s.first {
				at = i
			}
		}
		groups[at].Faults = append(groups[at].Faults, faultItem{f.String(), f.About()})
	}
	return groups
}()

// faultSwitch remembers what is switched on: the server itself does not tell.
type faultSwitch struct {
	as *devas.Server

	mu sync.Mutex
	on [3]devas.Fault // of introspection, of the keys, of UserInfo
}

func (s *faultSwitch) always(f devas.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.as.Fail(f)
	switch {
	case f >= devas.AtUserInfo(0):
		s.on[2] = f
	case f >= devas.KeysDown:
		s.on[1] = f
	default:
		s.on[0] = f
	}
}

func (s *faultSwitch) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.as.Heal()
	s.on = [3]devas.Fault{}
}

// standing is what is switched on.
func (s *faultSwitch) standing() []faultItem {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []faultItem
	for _, f := range s.on {
		if f != 0 {
			all = append(all, faultItem{f.String(), f.About()})
		}
	}
	return all
}
