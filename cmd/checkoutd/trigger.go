package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

type triggerCmd struct {
	apiFlags
	Type     string `arg:"" help:"Type of the event, such as payment_succeeded."`
	Session  string `local:"" help:"The checkout session to which it happens. Default: a new one." placeholder:"cs_…"`
	Amount   *int64 `local:"" help:"Amount of the new session, in the smallest unit of the currency. Default: 10000." placeholder:"N"`
	Currency string `local:"" help:"Its currency. Default: XOF." placeholder:"CODE"`
	Webhook  string `local:"" help:"For test.webhook: which webhook is sent it. Default: all." placeholder:"we_…"`
}

// Help says what can be made to happen.
func (triggerCmd) Help() string {
	return "It pays, and refunds, with the sandbox, so that a receiver that asks the server about the session finds what it was told: " +
		"payment_created, payment_succeeded, payment_failed, refund_created, refund_completed, test.webhook."
}

// Run makes the event happen and prints what came of it.
func (c *triggerCmd) Run(e *env) error {
	t := checkout.EventType(eventName(c.Type))
	happen, err := c.find(t)
	if err != nil {
		return err
	}
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	if t == checkout.EventTest {
		return c.test(e, api)
	}
	var me struct{ Environment string }
	if err := api.get(e.ctx, "/me", &me); err != nil {
		return err
	}
	if me.Environment != "test" {
		return errors.New("this needs a test key: with a live one it would be real money")
	}
	s := &sandboxed{remote: api, session: c.Session}
	if c.Session == "" {
		if err := s.create(e.ctx, c.Amount, c.Currency); err != nil {
			return err
		}
	}
	before, err := s.happened(e.ctx)
	if err != nil {
		return err
	}
	if err := happen(s, e.ctx); err != nil {
		return err
	}
	return s.print(e, t, len(before))
}

// find returns what makes an event of a type happen.
func (c *triggerCmd) find(t checkout.EventType) (func(*sandboxed, context.Context) error, error) {
	switch {
	case !slices.Contains(checkout.EventTypes, t):
		return nil, fmt.Errorf("there is no event %s; GET /events/catalogue has them all", plainText(string(t)))
	case c.Webhook != "" && t != checkout.EventTest:
		return nil, errors.New("--webhook is for test.webhook: what happens to a session is sent to every webhook that asks for it")
	case c.Session != "" && (c.Amount != nil || c.Currency != ""):
		return nil, errors.New("--amount and --currency are for a new session; --session has them already")
	}
	switch t {
	case checkout.EventPaymentCreated:
		return (*sandboxed).begin, nil
	case checkout.EventPaymentSucceeded:
		return (*sandboxed).succeed, nil
	case checkout.EventPaymentFailed:
		return (*sandboxed).fail, nil
	case checkout.EventRefundCreated, checkout.EventRefundCompleted:
		return (*sandboxed).refund, nil
	case checkout.EventTest:
		return nil, nil
	case checkout.EventPaymentHeld:
		return nil, errors.New("the sandbox always pays what was asked for: use checkoutd simulate wave, and pay another sum with POST /simulate/pay/TRANSACTION and {\"amount\":500}")
	case checkout.EventRefundFailed:
		return nil, errors.New("no refund of the sandbox fails: use checkoutd simulate mtn, whose refunds fail with POST /simulate/refund/fail/REFUND")
	case checkout.EventDisputeCreated, checkout.EventDisputeUpdated, checkout.EventDisputeClosed:
		return nil, errors.New("nobody disputes a payment of the sandbox: use checkoutd simulate stripe, with POST /simulate/dispute/TRANSACTION, then dispute-won or dispute-lost")
	case checkout.EventSubscriptionCreated, checkout.EventSubscriptionUpdated, checkout.EventSubscriptionRenewed, checkout.EventSubscriptionCancelled:
		return nil, errors.New("subscriptions begin with a product: POST /products with a billing_interval, pay a session of its price, and have time go by with POST /test/clock/advance")
	}
	return nil, fmt.Errorf("this version sends no %s", t)
}

// test sends test.webhook to one webhook or to all that can be reached.
func (c *triggerCmd) test(e *env, api *remote) error {
	type endpoint struct {
		ID, URL  string
		Listener bool
	}
	list := []endpoint{{ID: c.Webhook}}
	if c.Webhook == "" {
		if err := api.get(e.ctx, "/webhooks", &list); err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(p endpoint) bool { return p.Listener }) // which fetches, and is not sent to
	}
	if len(list) == 0 {
		return errors.New("there is no webhook; POST /webhooks makes one")
	}
	var failed int
	table := newTable(e.stdout)
	fmt.Fprintln(table, "WEBHOOK\tEVENT\tRESULT")
	for _, p := range list {
		var sent struct {
			Delivered bool
			EventID   string `json:"event_id"`
			Message   string
		}
		if err := api.post(e.ctx, pathOf("/webhooks", p.ID, "/test"), nil, &sent); err != nil {
			return errors.Join(table.Flush(), err)
		}
		if !sent.Delivered {
			failed++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", p.ID, sent.EventID, plainText(sent.Message))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d did not take it", failed, len(list))
	}
	return nil
}

// sandboxed is a session to which things happen in the sandbox.
type sandboxed struct {
	*remote
	session string
}

// create makes the session.
func (s *sandboxed) create(ctx context.Context, amount *int64, currency string) error {
	if amount == nil {
		amount = new(int64(10000))
	}
	if currency == "" {
		currency = string(checkout.XOF)
	}
	var made apiSession
	err := s.post(ctx, "/checkout-sessions", map[string]any{
		"amount": amount, "currency_code": strings.ToUpper(currency), "title": "checkoutd trigger",
	}, &made)
	s.session = made.ID
	return err
}

// pay tries to pay with the wallet, as a customer would.
func (s *sandboxed) pay(ctx context.Context, outcome checkout.Outcome) (transaction string, err error) {
	var made apiTransaction
	err = s.post(ctx, pathOf("/test/checkout-sessions", s.session, "/pay"), map[string]any{"outcome": outcome}, &made)
	return made.ID, err
}

// begin leaves a payment with a customer who does not answer.
func (s *sandboxed) begin(ctx context.Context) error {
	_, err := s.pay(ctx, checkout.OutcomeSilent)
	return err
}

func (s *sandboxed) succeed(ctx context.Context) error {
	_, err := s.pay(ctx, checkout.OutcomeSucceed)
	return err
}

func (s *sandboxed) fail(ctx context.Context) error {
	_, err := s.pay(ctx, checkout.OutcomeDecline)
	return err
}

// refund gives back what the session was paid with, and pays it before that if
// nobody has.
func (s *sandboxed) refund(ctx context.Context) error {
	var now apiSession
	err := s.get(ctx, pathOf("/checkout-sessions", s.session), &now)
	if err == nil && now.TransactionID == "" {
		now.TransactionID, err = s.pay(ctx, checkout.OutcomeSucceed)
	}
	if err != nil {
		return err
	}
	return s.post(ctx, "/refunds", map[string]any{"transaction_id": now.TransactionID, "reason": "checkoutd trigger"}, &struct{}{})
}

// happened returns the events of the session, the oldest first.
func (s *sandboxed) happened(ctx context.Context) ([]json.RawMessage, error) {
	return s.events(ctx, url.Values{"checkout_session_id": {s.session}, "order": {"asc"}}, 10*maxPage)
}

// print prints the session and its events but for those that happened before.
func (s *sandboxed) print(e *env, t checkout.EventType, before int) error {
	var now apiSession
	if err := s.get(e.ctx, pathOf("/checkout-sessions", s.session), &now); err != nil {
		return err
	}
	list, err := s.happened(e.ctx)
	if err != nil {
		return err
	}
	list = list[min(before, len(list)):]
	if _, err := fmt.Fprintf(e.stdout, "session %s is %s\n", now.ID, now.Status); err != nil {
		return err
	}
	if err := (&eventWriter{out: e.stdout}).write(list); err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(raw json.RawMessage) bool { return readEvent(raw).Type == string(t) }) {
		return fmt.Errorf("%s did not come of it yet; checkoutd events list --session %s --follow shows it when it does", t, s.session)
	}
	return nil
}
