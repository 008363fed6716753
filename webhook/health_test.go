package webhook_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
)

// illness is an endpoint, what people are told of it, and what it got when.
type illness struct {
	*world
	*receiver
	d *webhook.Dispatcher

	mu     sync.Mutex
	alerts []string
	times  []time.Duration // of each request, since the start
	took   []string
	refuse map[string]int // what is answered to some events, whatever else is
	gate   func() int     // if not nil, waits and says what to answer
}

func newIllness(t *testing.T) *illness {
	t.Helper()
	s := &illness{world: newWorld(t), refuse: map[string]int{}}
	s.receiver = newReceiver(t, func(rw http.ResponseWriter, q *http.Request) {
		if s.gate != nil {
			rw.WriteHeader(s.gate())
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.times = append(s.times, s.clock.Now().Sub(start))
		if status := s.refuse[q.Header.Get("X-Lomi-Delivery")]; status != 0 {
			rw.WriteHeader(status)
			return
		}
		s.receiver.mu.Lock()
		defer s.receiver.mu.Unlock()
		rw.WriteHeader(s.receiver.status)
		if s.receiver.status == 200 && q.Header.Get("X-Lomi-Event") != string(checkout.EventTest) {
			s.took = append(s.took, q.Header.Get("X-Lomi-Delivery"))
		}
	})
	s.world.endpoint("we_1", s.URL+"/hook")
	s.d = s.dispatcher(func(c *webhook.Config) {
		c.Alert = func(a checkout.Alert) {
			_, told, _ := strings.Cut(a.Message, "we_1 ")
			s.alerts = append(s.alerts, fmt.Sprintf("%v: %s", s.clock.Now().Sub(start), told))
		}
	})
	return s
}

// until moves the clock to a time after the start, and does what falls due on the
// way at its own instant.
func (s *illness) until(after time.Duration) {
	s.world.t.Helper()
	for end := start.Add(after); ; {
		s.drain(s.d)
		next := end
		err := s.store.View(s.world.t.Context(), func(tx checkout.Tx) error {
			due, err := tx.NextDue(s.clock.Now())
			if !due.IsZero() && due.Before(end) {
				next = due
			}
			return err
		})
		if err != nil {
			s.world.t.Fatal(err)
		}
		if !s.clock.Now().Before(end) {
			return
		}
		s.clock.Set(next)
	}
}

func (s *illness) endpoint() (e checkout.Endpoint) {
	s.world.t.Helper()
	err := s.store.View(s.world.t.Context(), func(tx checkout.Tx) (err error) {
		e, err = tx.Endpoint("we_1")
		return err
	})
	if err != nil {
		s.world.t.Fatal(err)
	}
	return e
}

// taken returns what was first taken, in order, but for tests. It demands that
// nothing is still owed.
func (s *illness) taken() (ids []string) {
	s.world.t.Helper()
	for _, v := range s.deliveries("we_1") {
		if v.Status != checkout.DeliveryDelivered {
			s.world.t.Errorf("still owed: %+v", v)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.took {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

const day = 24 * time.Hour

// outage has the endpoint take nothing for six days, in which three sessions have
// events, and returns what happened in order.
func (s *illness) outage() (ids []string) {
	s.world.t.Helper()
	s.answerWith(503)
	s.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentFailed)
	s.until(2 * time.Hour)
	s.owe("cs_2", checkout.EventPaymentCreated, checkout.EventPaymentSucceeded)
	s.until(3 * day)
	s.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentSucceeded)
	s.until(5*day + 13*time.Hour)
	s.owe("cs_3", checkout.EventPaymentCreated)
	s.until(6 * day)
	return []string{"evt_1_0", "evt_1_1", "evt_2_0", "evt_2_1", "evt_3_0", "evt_3_1", "evt_4_0"}
}

// inSessions reports whether got is want, in the order of each session.
func inSessions(got, want []string, sessions ...[]string) bool {
	for _, session := range sessions {
		rest := slices.DeleteFunc(slices.Clone(got), func(id string) bool { return !slices.Contains(session, id) })
		if !slices.Equal(rest, session) {
			return false
		}
	}
	return len(got) == len(want)
}

func TestAnEndpointThatTakesNothingIsWarnedOfDisabledAndProbed(t *testing.T) {
	s := newIllness(t)
	s.outage()
	want := []string{
		"1h0m0s: has taken nothing for 1h0m0s",
		"24h0m0s: has taken nothing for 24h0m0s",
		"120h0m0s: has taken nothing for 5 days and is disabled; nothing that it is owed is dropped",
	}
	if !slices.Equal(s.alerts, want) {
		t.Errorf("people were told %q", s.alerts)
	}
	if e := s.endpoint(); e.Status != checkout.EndpointDisabled || e.Reason != checkout.ReasonFailing {
		t.Errorf("it is %+v", e)
	}
	var probes []time.Duration
	for _, at := range s.times {
		if at > 5*day {
			probes = append(probes, at-5*day)
		}
	}
	if !slices.Equal(probes, []time.Duration{6 * time.Hour, 12 * time.Hour, 18 * time.Hour, day}) {
		t.Errorf("it was probed at %v after it was disabled", probes)
	}
	sent := len(s.got())
	s.until(5*day + 31*day)
	last := s.times[len(s.times)-1]
	if n := len(s.got()) - sent; n != 4*29-1 || last != 35*day-6*time.Hour || len(s.alerts) != 3 {
		t.Errorf("%d more probes, the last after %v, and %q", n, last, s.alerts)
	}
}

func TestAnEndpointIsEnabledAgainAndCatchesUp(t *testing.T) {
	test := func(s *illness) {
		try, err := s.d.Test(s.world.t.Context(), checkout.Account{Number: 7}, "we_1")
		if err != nil || !try.OK() {
			s.world.t.Errorf("Test = %+v, %v", try, err)
		}
	}
	for _, c := range []struct {
		name  string
		how   func(s *illness)
		hours int
	}{
		{"by a probe", func(*illness) {}, 6},
		{"by a test", test, 0},
		{"by its merchant", func(s *illness) { s.activate("we_1", true) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newIllness(t)
			want := s.outage()
			s.answerWith(200)
			c.how(s)
			s.until(6*day + time.Duration(c.hours)*time.Hour)
			got := s.taken()
			first, second := []string{"evt_1_0", "evt_1_1", "evt_3_0", "evt_3_1"}, []string{"evt_2_0", "evt_2_1"}
			if !inSessions(got, want, first, second) {
				t.Errorf("it took %v", got)
			}
			if e := s.endpoint(); e.Status != checkout.EndpointActive || e.Reason != "" || !e.FailingSince.IsZero() || !e.CatchUp.IsZero() || !e.CheckAt.IsZero() {
				t.Errorf("it is %+v", e)
			}
			requests := len(s.got())
			s.until(20 * day)
			if more := len(s.got()) - requests; more != 0 {
				t.Errorf("%d more requests after it had caught up", more)
			}
		})
	}
}

func TestAFailedTestEnablesNothing(t *testing.T) {
	s := newIllness(t)
	s.outage()
	if try, err := s.d.Test(t.Context(), checkout.Account{Number: 7}, "we_1"); err != nil || try.OK() {
		t.Errorf("Test = %+v, %v", try, err)
	}
	if e := s.endpoint(); e.Status != checkout.EndpointDisabled {
		t.Errorf("it is %+v", e)
	}
}

func TestAPausedEndpointIsSentNothingAndCatchesUp(t *testing.T) {
	s := newIllness(t)
	s.activate("we_1", false)
	want := []string{}
	for i := range 5 {
		s.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentFailed)
		want = append(want, fmt.Sprintf("evt_%d_0", i+1), fmt.Sprintf("evt_%d_1", i+1))
		s.until(time.Duration(i+1) * 2 * day)
	}
	if len(s.got()) != 0 || len(s.alerts) != 0 {
		t.Errorf("it got %v, and people were told %q", s.ids(), s.alerts)
	}
	s.activate("we_1", true)
	s.drain(s.d)
	if got := s.taken(); !slices.Equal(got, want) {
		t.Errorf("it took %v", got)
	}
}

// TestAPausedEndpointThatHadFailedCatchesUpAtOnce has nothing wait for its schedule
// or stay dead after a pause.
func TestAPausedEndpointThatHadFailedCatchesUpAtOnce(t *testing.T) {
	s := newIllness(t)
	s.answerWith(500)
	s.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentFailed)
	s.until(4 * day)
	s.owe("cs_1", checkout.EventPaymentCreated)
	s.owe("cs_2", checkout.EventPaymentCreated)
	s.until(4*day + 10*time.Hour)
	s.activate("we_1", false)
	s.answerWith(200)
	s.until(10 * day)
	s.activate("we_1", true)
	s.drain(s.d)
	if got := s.taken(); !inSessions(got, make([]string, 4), []string{"evt_1_0", "evt_1_1", "evt_2_0"}) {
		t.Errorf("it took %v", got)
	}
}

func TestAnEndpointThatIsGoneIsLeftAlone(t *testing.T) {
	s := newIllness(t)
	s.answerWith(410)
	s.owe("cs_1", checkout.EventPaymentCreated, checkout.EventPaymentFailed)
	s.owe("cs_2", checkout.EventPaymentCreated)
	s.until(40 * day)
	if got := s.got(); len(got) != 1 || len(s.alerts) != 1 || !strings.Contains(s.alerts[0], "410") {
		t.Errorf("%d requests, and people were told %q", len(got), s.alerts)
	}
	s.answerWith(200)
	s.activate("we_1", true)
	s.drain(s.d)
	if got := s.taken(); !inSessions(got, make([]string, 3), []string{"evt_1_0", "evt_1_1"}) {
		t.Errorf("it took %v", got)
	}
}

// TestAProbeCanHearThatAnEndpointIsGone has the reason say why it is not probed
// any more.
func TestAProbeCanHearThatAnEndpointIsGone(t *testing.T) {
	s := newIllness(t)
	s.outage()
	s.answerWith(410)
	s.until(6*day + 6*time.Hour)
	requests := len(s.got())
	s.until(40 * day)
	if e := s.endpoint(); e.Reason != checkout.ReasonGone || len(s.got()) != requests || len(s.alerts) != 4 {
		t.Errorf("it is %+v after %d more requests, and people were told %q", e, len(s.got())-requests, s.alerts)
	}
}

// TestAPoisonedEventIsNoOutage has one event be refused for ever, of a receiver
// that takes another every hour, or every two days.
func TestAPoisonedEventIsNoOutage(t *testing.T) {
	for _, c := range []struct {
		every, long time.Duration
		answer      int
		alerts      int
		most        int
	}{{50 * time.Minute, 4 * day, 400, 0, 10}, {50 * time.Minute, 4 * day, 500, 0, 40}, {2 * day, 20 * day, 500, 12, 40}} {
		t.Run(fmt.Sprint(c.every, c.answer), func(t *testing.T) {
			s := newIllness(t)
			s.refuse["evt_1_0"] = c.answer
			s.owe("cs_poison", checkout.EventPaymentCreated)
			for n := range int(c.long / c.every) {
				s.until(time.Duration(n) * c.every)
				s.owe(fmt.Sprintf("cs_%d", n), checkout.EventPaymentSucceeded)
				s.drain(s.d)
				if e := s.endpoint(); e.Marks != 0 || e.Status != checkout.EndpointActive {
					t.Fatalf("after %v it is %+v", time.Duration(n)*c.every, e)
				}
			}
			refused := 0
			for _, id := range s.ids() {
				if id == "evt_1_0" {
					refused++
				}
			}
			if refused > c.most || len(s.alerts) > c.alerts {
				t.Errorf("it was sent %d times, and people were told %q", refused, s.alerts)
			}
			t.Logf("sent %d times, %d alerts", refused, len(s.alerts))
			s.until(60 * day)
			if v := s.deliveries("we_1"); v[len(v)-1].Status != checkout.DeliveryDead {
				t.Errorf("in the end it is %+v", v[len(v)-1])
			}
		})
	}
}

// TestAFailureWhileCatchingUpForgetsNothing has a try that was under way fail
// after another has shown that the endpoint is up.
func TestAFailureWhileCatchingUpForgetsNothing(t *testing.T) {
	s := newIllness(t)
	s.refuse["evt_1_0"], s.refuse["evt_2_0"] = 500, 500
	s.owe("cs_1", checkout.EventPaymentCreated)
	s.owe("cs_2", checkout.EventPaymentCreated)
	for n := range 100 { // until both are dead, of an endpoint that is up
		s.owe(fmt.Sprint("cs_up_", n), checkout.EventPaymentCreated)
		s.until(time.Duration(n) * time.Hour)
	}
	s.answerWith(500)
	s.owe("cs_3", checkout.EventPaymentCreated)
	s.owe("cs_4", checkout.EventPaymentCreated)
	s.until(99*time.Hour + 10*time.Minute)

	arrived, gates := make(chan struct{}, 1), make(chan chan int, 1)
	s.gate = func() int {
		gate := make(chan int)
		gates <- gate
		arrived <- struct{}{}
		return <-gate
	}
	ended := make(chan error, 1)
	var waiting []chan int
	for range 2 {
		s.clock.Add(day) // both are due
		go func() {
			_, err := s.d.RunOnce(t.Context())
			ended <- err
		}()
		receive(t, arrived)
		waiting = append(waiting, receive(t, gates))
	}
	for i, status := range []int{200, 500} {
		waiting[i] <- status
		if err := receive(t, ended); err != nil {
			t.Fatal(err)
		}
	}
	s.gate = nil
	clear(s.refuse)
	s.answerWith(200)
	s.owe("cs_5", checkout.EventPaymentCreated)
	s.drain(s.d)
	for _, v := range s.deliveries("we_1")[2:] {
		if v.Status != checkout.DeliveryDelivered && v.Event <= 2 {
			t.Errorf("still dead: %+v", v)
		}
	}
}
