package checkout

import "context"

// AlertKind says what an [Alert] is about.
type AlertKind string

// The kinds of alerts.
const (
	AlertHeld     AlertKind = "payment_held"      // money waits for somebody to decide
	AlertRefund   AlertKind = "refund_failed"     // money could not be given back
	AlertDispute  AlertKind = "dispute"           // a payer has disputed a payment
	AlertProvider AlertKind = "provider_down"     // a provider fails again and again; its methods are hidden for a while
	AlertOpen     AlertKind = "credentials"       // a merchant's own credentials cannot be opened
	AlertMode     AlertKind = "wrong_mode"        // a message of test mode on live credentials, or of somebody else's attempt
	AlertForged   AlertKind = "message_refused"   // a message is not signed with our secret
	AlertUnknown  AlertKind = "unknown_reference" // a verified message about what we do not know; it is parked
	AlertMissing  AlertKind = "missing"           // a provider does not know an attempt that it had accepted
	AlertWebhook  AlertKind = "webhook_failing"   // an endpoint takes nothing; what it is owed waits
)

// Alert is a fact that somebody should look at. It is already on disk where it
// concerns money.
type Alert struct {
	Kind      AlertKind
	Provider  string
	Endpoint  string  // of AlertWebhook
	Account   Account // the zero Account if it concerns none
	AttemptID string
	Message   string
	Err       error // the cause, for the log
}

// effects is what a transaction causes outside of the store. It is acted upon
// after the commit, and emptied at the start of each run of a closure.
type effects struct {
	owes   bool // events
	alerts []Alert
}

func (fx *effects) alert(a Alert) { fx.alerts = append(fx.alerts, a) }

// act does what a committed transaction causes.
func (s *Service) act(fx effects) {
	if fx.owes {
		s.wake()
	}
	for _, a := range fx.alerts {
		s.report(a)
	}
}

// report tells people of a, with the name of the merchant whose it is. It reads
// the store, and so must not be called in a transaction.
func (s *Service) report(a Alert) {
	if a.Account.Number > 0 && a.Account.Merchant == "" {
		_ = s.store.View(context.Background(), func(tx Tx) error {
			account, err := tx.Account(a.Account.Number)
			if err == nil {
				a.Account = account
			}
			return err // the alert is worth more than the name
		})
	}
	s.alert(a)
}
