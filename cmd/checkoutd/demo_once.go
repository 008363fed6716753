package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// stepTime bounds each step of a walk.
const stepTime = 10 * time.Second

// walk is one way through everything, with what has been seen on it so far.
type walk struct {
	*demo
	customer
	page    *webPage   // where the customer is
	session apiSession // the one that is paid
	letters []letter   // the messages about it
	second  apiSession // the one that expires
}

// step is something that must become true. It returns what was seen.
type step struct {
	name string
	take func(ctx context.Context) (saw string, err error)
}

// once goes through the life of a payment and prints each step when it has
// become true. It returns an error that names the first one that did not.
func (d *demo) once(ctx context.Context, out io.Writer) error {
	w := &walk{demo: d, customer: customer{d.api.client}}
	steps := []step{
		{"session created", w.create},
		{"page fetched", w.fetch},
		{"paid on the page", w.pay},
		{"webhook verified", w.hear("PAYMENT_CREATED", "pending")},
		{"webhook verified", w.hear("PAYMENT_SUCCEEDED", "completed")},
		{"session completed", w.complete},
		{"transaction completed", w.transaction},
		{"customer thanked", w.thank},
		{"second session expired", w.expire},
		{"its page says so", w.fetchExpired},
		{"forged webhook refused", w.forge},
	}
	for i, s := range steps {
		saw, err := s.bounded(ctx)
		if err != nil {
			return fmt.Errorf("demo: step %d, %s: not true: %w", i+1, s.name, err)
		}
		if _, err := fmt.Fprintf(out, "%2d  %-23s %s\n", i+1, s.name, saw); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%d steps, all true\n", len(steps))
	return err
}

// bounded takes the step, within its time.
func (s step) bounded(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	return s.take(ctx)
}

// create presses Buy in the shop.
func (w *walk) create(ctx context.Context) (string, error) {
	front, err := w.open(ctx, w.shop.url+"/")
	if err != nil {
		return "", err
	}
	if w.page, err = w.send(ctx, front, nil, "", ""); err != nil {
		return "", err
	}
	if w.page.status != http.StatusSeeOther || w.page.location == nil {
		return "", fmt.Errorf("the Buy button answered %d: %s", w.page.status, w.page.text)
	}
	id := w.page.location.Path[strings.LastIndex(w.page.location.Path, "/")+1:]
	if err := w.api.get(ctx, "/checkout-sessions/"+id, &w.session); err != nil {
		return "", err
	}
	s := w.session
	if s.ID != id || s.CheckoutURL != w.page.location.String() || s.Status != "open" ||
		s.Amount != thingAmount || s.CurrencyCode != thingCurrency {
		return "", fmt.Errorf("%s was made, and GET says %+v", w.page.location, s)
	}
	return fmt.Sprintf("%s, %s, %d %s", s.ID, s.Status, s.Amount, s.CurrencyCode), nil
}

// fetch goes where the shop sent the customer.
func (w *walk) fetch(ctx context.Context) (_ string, err error) {
	if w.page, err = w.open(ctx, w.session.CheckoutURL); err != nil {
		return "", err
	}
	amount := plain(amountText(w.session.Amount, w.session.CurrencyCode))
	if w.page.status != http.StatusOK || !strings.Contains(w.page.text, amount) {
		return "", fmt.Errorf("the page answered %d, and %q is not in it: %s", w.page.status, amount, w.page.text)
	}
	return fmt.Sprintf("%d, shows %s", w.page.status, amount), nil
}

// pay chooses the wallet, presses Pay in it and follows to the end.
func (w *walk) pay(ctx context.Context) (_ string, err error) {
	if w.page, err = w.send(ctx, w.page, url.Values{"method": {"wallet"}}, "", ""); err != nil {
		return "", err
	}
	if err := w.follow(ctx); err != nil {
		return "", err
	}
	if w.page, err = w.send(ctx, w.page, nil, "outcome", "succeed"); err != nil {
		return "", err
	}
	if err := w.follow(ctx); err != nil {
		return "", err
	}
	want := w.shop.url + "/thanks?session_id=" + w.session.ID
	if w.page.status != http.StatusSeeOther || w.page.location == nil || w.page.location.String() != want {
		return "", fmt.Errorf("%s answered %d, location %v, want 303 to %s", w.page.url, w.page.status, w.page.location, want)
	}
	return fmt.Sprintf("%d to %s", w.page.status, want), nil
}

// follow goes where a form leads.
func (w *walk) follow(ctx context.Context) (err error) {
	if w.page.status != http.StatusSeeOther || w.page.location == nil {
		return fmt.Errorf("the form of %s answered %d: %s", w.page.url, w.page.status, w.page.text)
	}
	w.page, err = w.open(ctx, w.page.location.String())
	return err
}

// hear waits for the next message about the session, which must be of the given
// kind and tell the session's amount. What is in the inbox has been verified.
func (w *walk) hear(event, status string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		for {
			all, changed := w.shop.inbox.list()
			if len(all) > len(w.letters) {
				l := all[len(w.letters)]
				w.letters = append(w.letters, l)
				if l.Event != event || l.Data.CheckoutSessionID != w.session.ID || l.Data.Status != status || l.Data.ID == "" ||
					l.Data.GrossAmount != w.session.Amount || l.Data.CurrencyCode != w.session.CurrencyCode {
					return "", fmt.Errorf("want %s of %s, %s, got %+v", event, w.session.ID, status, l)
				}
				return fmt.Sprintf("%s, %s, gross_amount %d %s", event, l.Data.ID, l.Data.GrossAmount, l.Data.CurrencyCode), nil
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return "", fmt.Errorf("no %s arrived: %w; the inbox holds %+v", event, ctx.Err(), all)
			}
		}
	}
}

// complete reads the session back.
func (w *walk) complete(ctx context.Context) (string, error) {
	if err := w.api.get(ctx, "/checkout-sessions/"+w.session.ID, &w.session); err != nil {
		return "", err
	}
	last := w.letters[len(w.letters)-1]
	if s := w.session; s.Status != "completed" || s.TransactionID == "" || s.TransactionID != last.Data.ID {
		return "", fmt.Errorf("GET says %+v, and the webhook told of %s", s, last.Data.ID)
	}
	return fmt.Sprintf("%s, transaction_id %s", w.session.Status, w.session.TransactionID), nil
}

// transaction reads what the session was paid with.
func (w *walk) transaction(ctx context.Context) (string, error) {
	var t apiTransaction
	if err := w.api.get(ctx, "/transactions/"+w.session.TransactionID, &t); err != nil {
		return "", err
	}
	if t != w.letters[len(w.letters)-1].Data {
		return "", fmt.Errorf("GET says %+v, and the webhook %+v", t, w.letters[len(w.letters)-1].Data)
	}
	return fmt.Sprintf("%s, gross_amount %d %s", t.Status, t.GrossAmount, t.CurrencyCode), nil
}

// thank goes back to the shop.
func (w *walk) thank(ctx context.Context) (string, error) {
	if err := w.follow(ctx); err != nil {
		return "", err
	}
	if w.page.status != http.StatusOK || !strings.Contains(w.page.text, w.session.TransactionID) {
		return "", fmt.Errorf("%s answered %d: %s", w.page.url, w.page.status, w.page.text)
	}
	return fmt.Sprintf("%d, %q", w.page.status, w.page.heading), nil
}

// expire makes another session and lets its hour pass.
func (w *walk) expire(ctx context.Context) (string, error) {
	order := map[string]any{"amount": thingAmount, "currency_code": thingCurrency}
	if err := w.api.create(ctx, "/checkout-sessions", order, &w.second); err != nil {
		return "", err
	}
	if w.second.Status != "open" {
		return "", fmt.Errorf("it was made as %+v", w.second)
	}
	var moved struct{ Now time.Time }
	if err := w.api.call(ctx, http.MethodPost, "/test/clock/advance", map[string]int{"seconds": 3600}, http.StatusOK, &moved); err != nil {
		return "", err
	}
	if err := w.api.get(ctx, "/checkout-sessions/"+w.second.ID, &w.second); err != nil {
		return "", err
	}
	if w.second.Status != "expired" {
		return "", fmt.Errorf("an hour later, at %s, GET says %+v", moved.Now, w.second)
	}
	return fmt.Sprintf("%s, %s an hour later", w.second.ID, w.second.Status), nil
}

// fetchExpired looks at the page of the expired session, which must not offer to
// be paid.
func (w *walk) fetchExpired(ctx context.Context) (string, error) {
	p, err := w.open(ctx, w.second.CheckoutURL)
	if err != nil {
		return "", err
	}
	if p.status != http.StatusOK || len(p.forms) > 0 || !strings.Contains(p.heading, "expiré") {
		return "", fmt.Errorf("the page answered %d with %d forms: %s", p.status, len(p.forms), p.text)
	}
	return fmt.Sprintf("%d, %q", p.status, p.heading), nil
}

// forge sends the shop a message that the engine did not sign.
func (w *walk) forge(ctx context.Context) (string, error) {
	before, _ := w.shop.inbox.list()
	body := fmt.Sprintf(`{"id":"evt_forged","event":"PAYMENT_SUCCEEDED","data":{"checkout_session_id":%q,"status":"completed"}}`, w.second.ID)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.shop.url+"/webhooks", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Lomi-Signature", strings.Repeat("0", 64))
	p, err := w.do(r)
	if err != nil {
		return "", err
	}
	after, _ := w.shop.inbox.list()
	if p.status != http.StatusUnauthorized || !slices.Equal(before, after) {
		return "", fmt.Errorf("the shop answered %d, and its inbox holds %+v", p.status, after)
	}
	return fmt.Sprintf("%d, and the inbox still holds %d messages", p.status, len(after)), nil
}
