package checkout

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var statuses = []Status{StatusOpen, StatusCompleted, StatusExpired}

func TestEveryMoveOfASession(t *testing.T) {
	allowed := map[[2]Status]bool{
		{StatusOpen, StatusCompleted}:    true,
		{StatusOpen, StatusExpired}:      true,
		{StatusExpired, StatusCompleted}: true, // late money
		{StatusExpired, StatusExpired}:   true, // to expire again is no change
	}
	paid := Attempt{ID: "txn_1", PaidAt: noon}
	for _, from := range statuses {
		for _, to := range statuses[1:] {
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				before := Session{ID: "cs_1", Status: from, ExpiresAt: noon.Add(time.Minute)}
				var after Session
				var err error
				if to == StatusCompleted {
					after, err = before.Complete(paid, noon)
				} else {
					after, err = before.Expire(noon)
				}
				if !allowed[[2]Status{from, to}] {
					if CodeOf(err) != CodeNotOpen || after != before {
						t.Errorf("got %+v, %v, want the session as it was and session_not_open", after, err)
					}
					return
				}
				if err != nil || after.Status != to {
					t.Errorf("got %s, %v", after.Status, err)
				}
			})
		}
	}
}

func TestSessionIsExpiredFromItsLastMillisecondOn(t *testing.T) {
	for _, c := range []struct {
		status Status
		after  time.Duration
		want   Status
	}{
		{StatusOpen, -time.Millisecond, StatusOpen},
		{StatusOpen, 0, StatusExpired},
		{StatusOpen, time.Millisecond, StatusExpired},
		{StatusCompleted, time.Hour, StatusCompleted},
		{StatusExpired, -time.Hour, StatusExpired},
	} {
		s := Session{Status: c.status, ExpiresAt: noon}
		if got := s.At(noon.Add(c.after)).Status; got != c.want {
			t.Errorf("%s after %v: %s, want %s", c.status, c.after, got, c.want)
		}
	}
}

func TestPaymentIsLateByTheProvidersClock(t *testing.T) {
	for _, c := range []struct {
		paid time.Duration // after the session expired
		late bool
	}{{-time.Millisecond, false}, {0, false}, {paidGrace - 1, false}, {paidGrace, true}, {time.Hour, true}} {
		s := Session{Status: StatusExpired, ExpiresAt: noon}
		got, err := s.Complete(Attempt{ID: "txn_1", PaidAt: noon.Add(c.paid)}, noon.Add(2*time.Hour))
		if err != nil || got.Late != c.late || got.TransactionID != "txn_1" || !got.UpdatedAt.Equal(noon.Add(2*time.Hour)) {
			t.Errorf("paid %v after: %+v, %v", c.paid, got, err)
		}
	}
}

func TestPayerFillsBlanksAndOverwritesNothing(t *testing.T) {
	s := Session{Status: StatusOpen, ExpiresAt: noon, Customer: Contact{Name: "Awa", Email: "awa@example.com"}}
	got, err := s.Complete(Attempt{ID: "txn_1", Payer: Contact{Name: "Other", Email: "x@example.com", Phone: "1", City: "Dakar"}}, noon)
	want := Contact{Name: "Awa", Email: "awa@example.com", Phone: "1", City: "Dakar"}
	if err != nil || got.Customer != want {
		t.Errorf("customer is %+v, %v, want %+v", got.Customer, err, want)
	}
}

func TestSessionEndedEarlyExpiresThen(t *testing.T) {
	s := Session{Status: StatusOpen, ExpiresAt: noon.Add(time.Hour)}
	got, err := s.Expire(noon)
	if err != nil || !got.ExpiresAt.Equal(noon) || !got.UpdatedAt.Equal(noon) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = s.Expire(noon.Add(2 * time.Hour)); err != nil || !got.ExpiresAt.Equal(s.ExpiresAt) {
		t.Errorf("swept late: %+v, %v", got, err)
	}
}
