package webhook

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
)

// dueTx is a transaction in which all of its endpoints are owed something.
type dueTx struct {
	checkout.Tx
	due []checkout.Endpoint
}

func (tx dueTx) DueEndpoints(_ time.Time, offset, limit int) ([]checkout.Endpoint, error) {
	due := tx.due[min(offset, len(tx.due)):]
	return due[:min(limit, len(due))], nil
}

// room is how many slots an endpoint was offered, and took.
type room struct {
	endpoint string
	n        int
}

func roomsOf(p *plan, tx checkout.Tx) (rooms []room, err error) {
	err = p.claim(tx, time.Time{}, func(endpoint string, n int) (int, error) {
		rooms = append(rooms, room{endpoint, n})
		return n, nil
	})
	return rooms, err
}

func TestOneThatFailsLeavesRoomForOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.IntRange(1, 40).Draw(t, "slots")
		tx := dueTx{}
		bad := map[string]bool{}
		for i := range rapid.IntRange(1, 250).Draw(t, "endpoints") {
			e := checkout.Endpoint{ID: fmt.Sprint(i), Account: rapid.Int64Range(1, 3).Draw(t, "account")}
			if bad[e.ID] = rapid.IntRange(0, 2).Draw(t, "bad") == 0; bad[e.ID] {
				e.FailingSince = time.Unix(1, 0)
			}
			tx.due = append(tx.due, e)
		}
		byID := map[string]checkout.Endpoint{}
		for _, e := range tx.due {
			byID[e.ID] = e
		}
		p := newPlan(slots)
		var busy []string
		for range 50 {
			rooms, err := roomsOf(p, tx)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rooms {
				for range r.n {
					p.start(byID[r.endpoint])
					busy = append(busy, r.endpoint)
				}
			}
			count, doubtful, accounts := map[string]int{}, 0, map[int64]share{}
			for _, id := range busy {
				of := accounts[byID[id].Account]
				of.busy++
				if p.lanes[id].doubtful {
					of.doubtful++
				}
				accounts[byID[id].Account] = of
				if count[id]++; p.lanes[id].doubtful {
					doubtful++
				}
			}
			if len(busy) > slots || p.busy != len(busy) || p.doubtful != doubtful || doubtful > max(slots/2, 1) {
				t.Fatalf("%d busy of %d slots, %d counted, %d doubtful, %d counted", len(busy), slots, p.busy, doubtful, p.doubtful)
			}
			if !maps.Equal(accounts, p.accounts) {
				t.Fatalf("accounts have %v, %v counted", accounts, p.accounts)
			}
			for id, n := range count {
				if n > max(slots/2, 1) || bad[id] && n > 1 {
					t.Fatalf("%d under way to %s, which fails: %v", n, id, bad[id])
				}
			}
			if len(busy) == 0 {
				t.Fatal("nothing is sent although there is room")
			}
			i := rapid.IntRange(0, len(busy)-1).Draw(t, "ended")
			p.end(busy[i], !bad[busy[i]])
			busy = append(busy[:i], busy[i+1:]...)
		}
	})
}

func TestASuccessDoublesTheRoom(t *testing.T) {
	e := checkout.Endpoint{ID: "we_1"}
	tx := dueTx{due: []checkout.Endpoint{e}}
	p := newPlan(32)
	for _, want := range []int{2, 4, 8, 16, 16} {
		rooms, err := roomsOf(p, tx)
		if err != nil || len(rooms) != 1 || p.busy+rooms[0].n != want {
			t.Fatalf("%v, %v with %d busy, want %d", rooms, err, p.busy, want)
		}
		for range rooms[0].n {
			p.start(e)
		}
		p.end(e.ID, true)
	}
	p.end(e.ID, false)
	if rooms, err := roomsOf(p, tx); err != nil || len(rooms) != 0 {
		t.Errorf("after a failure: %v, %v", rooms, err)
	}
}

// A merchant may have many endpoints, each of which may look good for as long as
// it likes before it hangs.
func TestAnAccountLeavesRoomForOthers(t *testing.T) {
	for _, failing := range []time.Time{{}, time.Unix(1, 0)} {
		tx := dueTx{}
		for i := range 50 {
			tx.due = append(tx.due, checkout.Endpoint{ID: fmt.Sprint("hostile", i), Account: 8, FailingSince: failing})
		}
		for account := range int64(3) {
			tx.due = append(tx.due, checkout.Endpoint{ID: fmt.Sprint(account), Account: account, FailingSince: failing})
		}
		p := newPlan(32)
		all := map[int64]int{}
		for range 20 { // nothing ends
			rooms, err := roomsOf(p, tx)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rooms {
				for _, e := range tx.due {
					if e.ID != r.endpoint {
						continue
					}
					for range r.n {
						p.start(e)
						all[e.Account]++
					}
				}
			}
		}
		want := map[int64]int{8: 24, 0: 2, 1: 2, 2: 2}
		if !failing.IsZero() {
			want = map[int64]int{8: 12, 0: 1, 1: 1, 2: 1}
		}
		if !maps.Equal(all, want) {
			t.Errorf("failing since %v: under way %v, want %v", failing, all, want)
		}
	}
}
