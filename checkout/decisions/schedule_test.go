package decisions

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

var (
	schedules = flag.Int("schedules", 2000, "how many random schedules to run")
	seed      = flag.Uint64("seed", 0, "run the one schedule with this seed, and print it")
)

// TestSchedules runs random schedules of everything that can happen to payments:
// customers who pay, fail, go away and pay twice, messages that are lost, late,
// doubled, forged and out of order, faults of the providers' APIs, crashes of the
// server, expiry, refunds. Whatever happens, the money that the providers took is
// the money that is recorded, a session completes at most once, and its merchant
// is told so at most once.
func TestSchedules(t *testing.T) {
	if *seed != 0 {
		s := run(t, *seed, os.Stdout)
		if s.failure != "" {
			t.Error(s.failure)
		}
		return
	}
	first := uint64(time.Now().UnixNano())
	var next, failed atomic.Uint64
	var workers sync.WaitGroup
	var totals tally
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for failed.Load() == 0 {
				n := next.Add(1)
				if n > uint64(*schedules) {
					return
				}
				s := run(t, first+n, io.Discard)
				totals.add(s)
				if s.failure != "" && failed.Add(1) == 1 {
					t.Errorf("seed %d: %s\nreplay: go test ./checkout/decisions -run Schedules -seed %d", first+n, s.failure, first+n)
				}
			}
		})
	}
	workers.Wait()
	t.Log(totals.String())
	totals.check(t)
}

// tally counts what schedules came to, so that a test which tests nothing is
// noticed.
type tally struct {
	mu                                                          sync.Mutex
	schedules, attempts, paid, surplus, held, refunded, crashes int
}

func (c *tally) add(s *schedule) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedules++
	c.crashes += s.crashes
	for _, a := range s.attempts() {
		c.attempts++
		switch {
		case a.Refunded > 0:
			c.refunded++
		case a.Status == checkout.AttemptPaid:
			c.paid++
		case a.Status == checkout.AttemptSurplus:
			c.surplus++
		case a.Held():
			c.held++
		}
	}
}

func (c *tally) String() string {
	return fmt.Sprintf("%d schedules, %d crashes; of %d attempts %d paid, %d surplus, %d held, %d refunded",
		c.schedules, c.crashes, c.attempts, c.paid, c.surplus, c.held, c.refunded)
}

func (c *tally) check(t *testing.T) {
	if c.schedules < 500 {
		return
	}
	for name, n := range map[string]int{"crashes": c.crashes, "paid": c.paid, "surplus": c.surplus, "held": c.held, "refunded": c.refunded} {
		if n == 0 {
			t.Errorf("%d schedules had no %s", c.schedules, name)
		}
	}
}

// schedule is one random run.
type schedule struct {
	*world
	chance  *rand.Rand
	out     io.Writer
	disk    checkout.Store
	ids     []string // of sessions
	crashes int
	failure string
	was     map[string]checkout.AttemptStatus
}

// run plays the schedule of a seed.
func run(t *testing.T, seed uint64, out io.Writer) *schedule {
	s := &schedule{
		chance: rand.New(rand.NewPCG(seed, 1)), out: out, disk: checkouttest.NewStore(), was: map[string]checkout.AttemptStatus{},
	}
	rules := []checkout.Rule{checkout.RuleDefault, checkout.RuleHold, checkout.RuleRefund}
	o := options{store: s.disk, refunds: s.odds(2)}
	o.policy.Late = rules[s.chance.IntN(3)]
	o.policy.Surplus = rules[s.chance.IntN(3)]
	o.policy.Excess = []checkout.Rule{checkout.RuleDefault, checkout.RuleAccept}[s.chance.IntN(2)]
	s.world = newWorld(t, o)
	fmt.Fprintf(out, "policy %+v, refunds of MTN %v\n", o.policy, o.refunds)
	s.must(s.create())
	for step := 5 + s.chance.IntN(30); step > 0 && s.failure == ""; step-- {
		s.step()
		s.look()
	}
	s.settle()
	return s
}

func (s *schedule) odds(n int) bool { return s.chance.IntN(n) == 0 }

func pick[V any](s *schedule, list []V) V { return list[s.chance.IntN(len(list))] }

func (s *schedule) fail(format string, args ...any) {
	if s.failure == "" {
		s.failure = fmt.Sprintf(format, args...)
	}
}

// step does one thing that can happen. A crash is about to happen in some.
func (s *schedule) step() {
	if s.odds(12) {
		s.crash()
	}
	name, do := s.draw()
	err := do()
	fmt.Fprintf(s.out, "%s %s: %v\n", s.clock.Now().Format("15:04:05"), name, err)
	if d, dying := s.store.(*dead); dying && d.after < 0 {
		fmt.Fprintln(s.out, "the server is started again")
		s.store = s.disk
		s.boot()
	}
}

// crash has the server die at one of its next writes.
func (s *schedule) crash() {
	s.crashes++
	s.store = &dead{s.disk, s.chance.IntN(4)}
	s.boot()
}

func (s *schedule) draw() (string, func() error) {
	moves := []struct {
		weight int
		name   string
		do     func() error
	}{
		{1, "create", s.create}, {9, "start", s.begin}, {9, "pay", s.customerPays}, {2, "fail", s.customerFails},
		{1, "pay another sum", s.customerPaysWrong}, {4, "messages arrive", s.arrive}, {2, "messages go another way", s.reroute},
		{1, "messages are lost", func() error { s.world.drop(); return nil }},
		{4, "work", func() error { return s.sweeper.RunOnce(ctx) }}, {4, "time passes", s.jump}, {3, "fault", s.fault},
		{1, "expire", s.expire}, {2, "refund", s.giveBack}, {1, "refund in the portal", s.portal}, {1, "dispute", s.dispute},
		{2, "the customer returns", s.comeBack}, {1, "accept", s.acceptHeld},
	}
	total := 0
	for _, m := range moves {
		total += m.weight
	}
	n := s.chance.IntN(total)
	for _, m := range moves {
		if n -= m.weight; n < 0 {
			return m.name, m.do
		}
	}
	panic("unreachable")
}

var errNothing = errors.New("nothing to do it to")

func (s *schedule) create() error {
	if len(s.ids) == 3 {
		return errNothing
	}
	made, err := s.service.CreateSession(ctx, checkout.CreateSessionParams{
		Account: checkout.LiveAccount, Total: checkout.Money{Amount: 2500, Currency: checkout.XOF},
		TTL: pick(s, []time.Duration{2 * time.Minute, 10 * time.Minute, time.Hour}),
	})
	if err == nil {
		s.ids = append(s.ids, made.ID)
	}
	return err
}

func (s *schedule) begin() error {
	_, err := s.service.Start(ctx, checkout.StartParams{
		SessionID: pick(s, s.ids), Method: pick(s, methods), Phone: payer, WithoutForm: true,
		SuccessURL: payURL + "/back", CancelURL: payURL + "/back", NotifyURL: payURL + "/webhooks",
	})
	return err
}

// attempts returns all attempts, as they are on disk.
func (s *schedule) attempts() (all []checkout.Attempt) {
	s.must(s.disk.View(ctx, func(tx checkout.Tx) error {
		for _, id := range s.ids {
			list, err := tx.SessionAttempts(id)
			if err != nil {
				return err
			}
			all = append(all, list...)
		}
		return nil
	}))
	return all
}

// some returns an attempt of one of the providers that a customer may have seen.
func (s *schedule) some(providers ...string) (checkout.Attempt, error) {
	var list []checkout.Attempt
	for _, a := range s.attempts() {
		if (len(providers) == 0 || strings.Contains(strings.Join(providers, " "), a.Provider)) && (a.Provider != "orange" || a.Ref != "") {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return checkout.Attempt{}, errNothing
	}
	return pick(s, list), nil
}

func (s *schedule) customerPays() error {
	a, err := s.some()
	if err == nil {
		err = s.payAt(a)
	}
	return err
}

func (s *schedule) customerPaysWrong() error {
	a, err := s.some("wave", "stripe", "mtn")
	if err != nil {
		return err
	}
	amount := pick(s, []int64{1, 2499, 2501, 5000})
	switch a.Provider {
	case "wave":
		return s.wave.PayAmount(a.ID, checkout.Money{Amount: amount, Currency: checkout.XOF})
	case "stripe":
		return s.stripe.PayAmount(a.ID, amount, "xof")
	}
	return s.mtn.ApproveAmount(a.ID, amount, "XOF")
}

func (s *schedule) customerFails() error {
	a, err := s.some()
	if err != nil {
		return err
	}
	switch a.Provider {
	case "wave":
		return s.wave.Fail(a.ID, "insufficient-funds")
	case "stripe":
		return s.stripe.Fail(a.ID, "card_declined")
	case "mtn":
		return s.mtn.Reject(a.ID)
	}
	return s.orange.Fail(a.ID, "")
}

// arrive lets the messages of one provider arrive.
func (s *schedule) arrive() error {
	return pick(s, []interface{ Deliver(context.Context) error }{s.wave, s.stripe, s.mtn, s.orange}).Deliver(ctx)
}

// reroute decides how the messages of one provider arrive from now on, or lets
// those that were held back go.
func (s *schedule) reroute() error {
	f := pick(s, []interface {
		Messages(simulator.Delivery)
		Release()
	}{s.wave, s.stripe, s.mtn, s.orange})
	if s.odds(3) {
		f.Release()
		return nil
	}
	f.Messages(pick(s, []simulator.Delivery{simulator.Once, simulator.Twice, simulator.Never, simulator.Late, simulator.Forged}))
	return nil
}

func (s *schedule) jump() error {
	s.clock.Add(pick(s, []time.Duration{time.Second, 21 * time.Second, time.Minute, 6 * time.Minute, 31 * time.Minute}) + time.Duration(s.chance.IntN(1000))*time.Millisecond)
	return nil
}

func (s *schedule) fault() error {
	f := pick(s, []interface{ Inject(string, simulator.Fault) }{s.wave, s.stripe, s.mtn, s.orange})
	f.Inject("", pick(s, []simulator.Fault{
		simulator.LostAnswer, simulator.ErrorBefore, simulator.ErrorAfter, simulator.Throttle, simulator.Truncated, simulator.Refuse,
	}))
	return nil
}

func (s *schedule) expire() error {
	_, err := s.service.Expire(ctx, checkout.LiveAccount, pick(s, s.ids))
	return err
}

func (s *schedule) giveBack() error {
	a, err := s.some()
	if err == nil {
		_, err = s.service.Refund(ctx, checkout.LiveAccount, checkout.RefundParams{TransactionID: a.ID, Amount: pick(s, []int64{0, 1000, 2500})})
	}
	return err
}

func (s *schedule) portal() error {
	a, err := s.some("wave", "stripe")
	switch {
	case err != nil:
	case a.Provider == "wave":
		err = s.wave.Refund(a.ID)
	default:
		_, err = s.stripe.RefundInPortal(a.ID, pick(s, []int64{500, 2500}))
	}
	return err
}

func (s *schedule) dispute() error {
	a, err := s.some("stripe")
	if err == nil {
		err = s.stripe.Dispute(a.ID)
	}
	return err
}

func (s *schedule) comeBack() error {
	a, err := s.some()
	if err == nil {
		_, err = s.service.Refresh(ctx, a.SessionID, a.ID)
	}
	return err
}

func (s *schedule) acceptHeld() error {
	a, err := s.some()
	if err == nil {
		_, err = s.service.Accept(ctx, checkout.LiveAccount, a.ID)
	}
	return err
}

// receive takes the providers' messages in a schedule.
func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/webhooks/"), "/", 2)
	body, err := io.ReadAll(r.Body)
	if err == nil {
		in := checkout.Inbound{Method: r.Method, Header: r.Header.Get, Body: body}
		if len(parts) == 2 {
			in.Token = parts[1]
		}
		_, err = w.service.Receive(ctx, parts[0], "", in)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusServiceUnavailable)
	}
}
