package webhook

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"code.dny.dev/ssrf"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxRetryAfter bounds how long an endpoint can ask us to wait.
const maxRetryAfter = 24 * time.Hour

// answer is what came of one try.
type answer struct {
	status     int    // the HTTP status, 0 if there was no answer
	problem    string // what went wrong, for people; "" after a 2xx
	retryAfter time.Duration
}

func (a answer) ok() bool { return a.status/100 == 2 }

// deliver sends c and records what came of it. If ctx ends before the endpoint
// has answered, nothing is recorded: the lease runs out, and the delivery is
// sent again.
func (d *Dispatcher) deliver(ctx context.Context, c claim) error {
	defer d.tally.add(-1)
	a := d.post(ctx, c.Owed)
	if ctx.Err() != nil && a.status == 0 {
		return ctx.Err()
	}
	after := d.settle(c.Delivery, a)
	d.logTry(c, after, a)
	// What the endpoint has answered must be kept even if ctx ends now.
	err := d.store.Update(context.WithoutCancel(ctx), func(tx checkout.Tx) error {
		return tx.PutDelivery(after, c.until)
	})
	if errors.Is(err, checkout.ErrStale) || errors.Is(err, checkout.ErrNotFound) {
		return nil // the lease ran out and another has it, or the endpoint was deleted
	}
	if err != nil {
		return fmt.Errorf("webhook: record %s to %s: %w", c.Event.ID, c.Endpoint.ID, err)
	}
	return nil
}

// post makes one try.
func (d *Dispatcher) post(ctx context.Context, o checkout.Owed) answer {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Endpoint.URL, bytes.NewReader(o.Event.Body))
	if err != nil {
		return answer{problem: explain(err)}
	}
	now := d.now()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Lomi-Webhook/1.0 checkoutd")
	r.Header.Set("X-Lomi-Event", string(o.Event.Type))
	r.Header.Set("X-Lomi-Delivery", o.Event.ID)
	r.Header.Set("X-Lomi-Timestamp", stamp(o.Event.CreatedAt))
	r.Header.Set("X-Lomi-Signature", SignLomi(o.Endpoint.Secret, o.Event.Body))
	r.Header.Set(headerID, o.Event.ID)
	r.Header.Set(headerTimestamp, stampSeconds(now))
	r.Header.Set(headerSignature, Sign(o.Endpoint.Secret, o.Event.ID, now, o.Event.Body))
	res, err := d.client.Do(r)
	if err != nil {
		return answer{problem: explain(err)}
	}
	defer res.Body.Close()
	// The status counts, whatever becomes of the body.
	head, _ := io.ReadAll(io.LimitReader(res.Body, maxHead))
	_, _ = io.CopyN(io.Discard, res.Body, maxDiscard)
	a := answer{status: res.StatusCode}
	if !a.ok() {
		a.problem = strings.TrimSuffix(fmt.Sprintf("answered %d: %s", res.StatusCode, printable(head)), ": ")
	}
	if res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable {
		a.retryAfter = retryAfter(res.Header.Get("Retry-After"), d.now())
	}
	return a
}

// printable returns what can be kept and shown of bytes that a stranger sent: no
// store may stumble over them.
func printable(b []byte) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(b), "\uFFFD")))
}

// explain says why there was no answer, without the URL: it may hold a token.
func explain(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var e *checkout.Error
	switch {
	case errors.As(err, &e):
		return e.Message
	case errors.Is(err, ssrf.ErrProhibitedIP):
		return "the host's address is private or reserved"
	case u != nil && u.Timeout():
		return "no answer in time"
	}
	return err.Error()
}

// retryAfter returns how long the value of a Retry-After header asks to wait at
// now: a number of seconds or a date. What is no such value is 0.
func retryAfter(value string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// settle returns v as it stands after a try that ended with a.
func (d *Dispatcher) settle(v checkout.Delivery, a answer) checkout.Delivery {
	now := d.now()
	v.Tries++
	v.LastStatus, v.LastError, v.UpdatedAt = int64(a.status), a.problem, now
	wait, again := Backoff(int(v.Tries), d.jitter())
	switch {
	case a.ok():
		v.Status = checkout.DeliveryDelivered
	case a.status == http.StatusGone, !again:
		v.Status = checkout.DeliveryDead
	default:
		v.DueAt = now.Add(max(wait, a.retryAfter)).Truncate(time.Millisecond)
	}
	return v
}

// jitter returns a number from -1 to 1. Without randomness it is 0: a wait that
// is not spread is better than a try that is not recorded.
func (d *Dispatcher) jitter() float64 {
	var b [4]byte
	if _, err := io.ReadFull(d.random, b[:]); err != nil {
		return 0
	}
	return float64(binary.BigEndian.Uint32(b[:]))/math.MaxUint32*2 - 1
}

func (d *Dispatcher) logTry(c claim, after checkout.Delivery, a answer) {
	line := []any{
		slog.String("event", c.Event.ID), slog.String("type", string(c.Event.Type)),
		slog.String("endpoint", c.Endpoint.ID), slog.String("session", after.SessionID),
		slog.Int64("try", after.Tries), slog.Int("status", a.status),
	}
	switch after.Status {
	case checkout.DeliveryDelivered:
		d.log.Debug("webhook delivered", line...)
	case checkout.DeliveryDead:
		d.log.Warn("webhook given up", append(line, slog.String("problem", a.problem))...)
	default:
		d.log.Info("webhook failed", append(line, slog.String("problem", a.problem), slog.Time("again", after.DueAt))...)
	}
}
