package webhook

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

const (
	// startRoom is how many tries an endpoint may have under way at first. Each
	// success doubles it, up to half of all; a failure makes it one.
	startRoom = 2

	// page is how many endpoints are looked at in one query.
	page = 100
)

// plan says how many deliveries of which endpoint may be claimed, so that one
// that hangs, or many, slow no other: one that fails gets a single slot, and all
// that fail together get half of the slots.
type plan struct {
	slots    int
	busy     int // tries under way
	doubtful int // of these, those to endpoints whose last try failed
	lanes    map[string]*lane
}

// lane is what is known of one endpoint while something is sent to it.
type lane struct {
	busy     int
	room     int
	doubtful bool // its last try failed
}

func newPlan(slots int) *plan { return &plan{slots: slots, lanes: map[string]*lane{}} }

// room is how many deliveries of an endpoint to claim.
type room struct {
	endpoint string
	n        int
}

// rooms returns what to claim now, from the endpoints that have been owed
// something longest. It changes nothing.
func (p *plan) rooms(tx checkout.Tx, now time.Time) (rooms []room, err error) {
	free := p.slots - p.busy
	freeDoubtful := p.half() - p.doubtful
	for offset := 0; free > 0; offset += page {
		due, err := tx.DueEndpoints(now, offset, page)
		if err != nil {
			return nil, err
		}
		for _, e := range due {
			l := p.lane(e)
			n := min(l.room-l.busy, free)
			if l.doubtful {
				n = min(n, freeDoubtful)
			}
			if n <= 0 {
				continue
			}
			rooms = append(rooms, room{e.ID, n})
			if free -= n; l.doubtful {
				freeDoubtful -= n
			}
		}
		if len(due) < page {
			break
		}
	}
	return rooms, nil
}

// half is half of the slots, at least one.
func (p *plan) half() int { return max(p.slots/2, 1) }

// lane returns what is known of e, which is not kept.
func (p *plan) lane(e checkout.Endpoint) lane {
	switch l := p.lanes[e.ID]; {
	case l != nil:
		return *l
	case !e.FailingSince.IsZero():
		return lane{room: 1, doubtful: true}
	default:
		return lane{room: min(startRoom, p.half())}
	}
}

// start notes that a try to e is under way.
func (p *plan) start(e checkout.Endpoint) {
	l, known := p.lanes[e.ID]
	if !known {
		fresh := p.lane(e)
		l = &fresh
		p.lanes[e.ID] = l
	}
	p.busy++
	l.busy++
	if l.doubtful {
		p.doubtful++
	}
}

// end notes that a try has ended, and how. What is known of an endpoint is
// forgotten when nothing is sent to it.
func (p *plan) end(endpoint string, ok bool) {
	l := p.lanes[endpoint]
	if l.doubtful {
		p.doubtful -= l.busy
	}
	p.busy--
	l.busy--
	if l.doubtful = !ok; ok {
		l.room = min(l.room*2, p.half())
	} else {
		l.room = 1
	}
	if l.doubtful {
		p.doubtful += l.busy
	}
	if l.busy == 0 {
		delete(p.lanes, endpoint)
	}
}
