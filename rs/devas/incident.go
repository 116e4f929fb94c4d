package devas

import "maps"

// incident is what a fault does, and at which stage of an answer.
type incident struct {
	name  string
	about string // one line for people
	needs form   // what the client must be registered for

	facts func(response []byte) []byte // changes the introspection response, as JSON text
	jwt   func(*reply) error           // changes claims, headers, keys or layers before the JWT is made
	http  func(*reply)                 // changes the whole answer
	send  func(*delivery)              // sends it
	keys  func([]jwk) []jwk            // changes the keys that are published
}

// incidents is the table of all faults.
var incidents = func() map[Fault]incident {
	all := map[Fault]incident{}
	for _, group := range []map[Fault]incident{httpIncidents, responseIncidents, jwtIncidents, encryptionIncidents, keyIncidents} {
		maps.Copy(all, group)
	}
	return all
}()

// About says in one line what the fault is; empty for an HTTP status.
func (f Fault) About() string { return incidents[f.base()].about }
