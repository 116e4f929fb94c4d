package devas

import (
	"net/http"
	"strconv"
)

// delivery is one answer on its way.
type delivery struct {
	w      http.ResponseWriter
	r      *http.Request
	reply  *reply
	healed <-chan struct{}
	sent   func() // to be called when the answer is certain
}

// deliver sends the reply as the fault has it and notes what happened, also when the connection was aborted.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, rep *reply, fault Fault, healed <-chan struct{}, logged *Exchange) {
	incident := rep.suffer(fault)
	defer func() {
		if exchange := s.log.update(logged, func(*Exchange) {}); s.cfg.OnExchange != nil {
			s.cfg.OnExchange(exchange)
		}
	}()
	d := &delivery{w, r, rep, healed, func() { s.log.update(logged, rep.describe) }}
	d.send(incident)
}

// suffer applies what a fault does to a whole reply.
func (rep *reply) suffer(fault Fault) incident {
	incident := incidents[fault]
	switch {
	case incident.http != nil:
		incident.http(rep)
	case fault >= 200 && fault <= 599:
		rep.status, rep.body = int(fault), []byte(strconv.Itoa(int(fault))+"\n")
		rep.header.Set("Content-Type", "text/plain; charset=utf-8")
	case fault != 0 && !fault.valid():
		rep.fail(broken("there is no fault " + fault.String()))
	}
	return incident
}

func (d *delivery) send(incident incident) {
	if incident.send != nil {
		incident.send(d)
		return
	}
	d.write()
}

func (d *delivery) write() {
	d.sent()
	d.reply.write(d.w)
}
