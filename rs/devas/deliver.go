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

// deliver sends the reply as the fault that is logged has it and notes what happened, also when the connection was aborted.
func (l *exchangeLog) deliver(w http.ResponseWriter, r *http.Request, rep *reply, healed <-chan struct{}, logged *Exchange) {
	incident := rep.suffer(logged.Fault)
	defer func() {
		if exchange := l.update(logged, func(*Exchange) {}); l.told != nil {
			l.told(exchange)
		}
	}()
	d := &delivery{w, r, rep, healed, func() { l.update(logged, rep.describe) }}
	d.send(incident)
}

// suffer applies what a fault does to a whole reply.
func (rep *reply) suffer(fault Fault) incident {
	base := fault.base()
	if fault != 0 && !fault.valid() {
		rep.fail(broken("there is no fault " + fault.String()))
		return incident{}
	}
	happens := incidents[base]
	switch {
	case happens.http != nil:
		happens.http(rep)
	case base.isStatus():
		rep.status, rep.body = int(base), []byte(strconv.Itoa(int(base))+"\n")
		rep.header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	return happens
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
