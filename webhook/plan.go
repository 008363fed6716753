package webhook

import (
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

const (
	// startRoom is how many tries an endpoint may have under way at first. Each
	// success doubles it, up to half of all; a failure makes it one.
	startRoom = 2

	// page is how many endpoints are looked at in one query at most.
	page = 100
)

// plan says how many deliveries of which endpoint may be claimed, so that one
// that hangs, or many, slow no other: one that fails gets a single slot, and all
// that fail together get half of the slots. An account, whatever its endpoints
// do, gets three quarters of what the others leave, see most: more than one of its
// endpoints can have, so that they do not stop each other either.
type plan struct {
	slots    int
	busy     int // tries under way
	doubtful int // of these, those to endpoints whose last try failed
	lanes    map[string]*lane
	accounts map[int64]share
}

// lane is what is known of one endpoint while something is sent to it.
type lane struct {
	account  int64
	busy     int
	room     int
	doubtful bool // its last try failed
}

// share is what an account has of the slots.
type share struct{ busy, doubtful int }

func newPlan(slots int) *plan {
	return &plan{slots: slots, lanes: map[string]*lane{}, accounts: map[int64]share{}}
}

// claim offers each endpoint that is owed something now, the one that has waited
// longest first, as many slots as there are for it. take says how many of them it
// used: all that an endpoint is owed may have to wait for something else. claim
// changes nothing.
func (p *plan) claim(tx checkout.Tx, now time.Time, take func(endpoint string, n int) (int, error)) error {
	free := p.slots - p.busy
	freeDoubtful := p.doubtfulRoom()
	claimed := map[int64]share{} // now, beside what is under way
	// As many as fill the slots, unless more than those that are busy have no
	// room.
	size := min(free+len(p.lanes), page)
	for offset := 0; free > 0; offset += size {
		due, err := tx.DueEndpoints(now, offset, size)
		if err != nil {
			return err
		}
		for _, e := range due {
			l, c := p.lane(e), claimed[e.Account]
			has := p.accounts[e.Account]
			has.busy, has.doubtful = has.busy+c.busy, has.doubtful+c.doubtful
			n := min(l.room-l.busy, free, most(free, has.busy))
			if l.doubtful {
				n = min(n, freeDoubtful, most(freeDoubtful, has.doubtful))
			}
			if n <= 0 {
				continue
			}
			if n, err = take(e.ID, n); err != nil {
				return err
			}
			c.busy += n
			if free -= n; l.doubtful {
				freeDoubtful -= n
				c.doubtful += n
			}
			claimed[e.Account] = c
		}
		if len(due) < size {
			break
		}
	}
	return nil
}

// most is how many of the free slots an account may take that has some already:
// it ends up with three quarters of what the others leave, but for one slot that
// is the last.
func most(free, has int) int { return max((free+has)*3/4, 1) - has }

// doubtfulRoom is how many more tries there may be to endpoints that fail, probes
// among them.
func (p *plan) doubtfulRoom() int { return min(p.half()-p.doubtful, p.slots-p.busy) }

// half is half of the slots, at least one.
func (p *plan) half() int { return max(p.slots/2, 1) }

// lane returns what is known of e, which is not kept.
func (p *plan) lane(e checkout.Endpoint) lane {
	switch l := p.lanes[e.ID]; {
	case l != nil:
		return *l
	case !e.FailingSince.IsZero():
		return lane{account: e.Account, room: 1, doubtful: true}
	default:
		return lane{account: e.Account, room: min(startRoom, p.half())}
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
	p.count(l, -1)
	l.busy++
	p.count(l, 1)
}

// end notes that a try has ended, and how. What is known of an endpoint is
// forgotten when nothing is sent to it.
func (p *plan) end(endpoint string, ok bool) {
	l := p.lanes[endpoint]
	p.count(l, -1)
	l.busy--
	if l.doubtful = !ok; ok {
		l.room = min(l.room*2, p.half())
	} else {
		l.room = 1
	}
	p.count(l, 1)
	if l.busy == 0 {
		delete(p.lanes, endpoint)
	}
}

// count adds what is under way to l to the totals, or with -1 takes it away, as
// before and after each change of l.
func (p *plan) count(l *lane, times int) {
	n, of := l.busy*times, p.accounts[l.account]
	p.busy += n
	of.busy += n
	if l.doubtful {
		p.doubtful += n
		of.doubtful += n
	}
	if p.accounts[l.account] = of; of == (share{}) {
		delete(p.accounts, l.account)
	}
}
