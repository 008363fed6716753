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
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
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
	response   string // the head of its body
	retryAfter time.Duration
	took       time.Duration
}

func (a answer) ok() bool { return a.status/100 == 2 }

// try returns the try of o that ended with a, without its identifier.
func (a answer) try(o checkout.Owed, now time.Time) checkout.Try {
	return checkout.Try{
		EndpointID: o.Endpoint.ID, EventID: o.Event.ID, Number: o.Delivery.Tries + 1, At: now,
		Took: a.took.Truncate(time.Millisecond), Status: int64(a.status), Error: a.problem, Response: a.response,
	}
}

// quietFor bounds for how long an endpoint can ask to be sent nothing at all.
const quietFor = time.Hour

// refusals is after how many tries those behind a delivery that its receiver
// refuses need wait no more.
const refusals = 3

// refused are the answers that speak of the message and not of the receiver.
var refused = []int{
	http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge,
	http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
}

// deliver is send for whoever does not care how the try ended.
func (d *Dispatcher) deliver(ctx context.Context, c claim) error {
	_, err := d.send(ctx, c)
	return err
}

// send sends c, records what came of it and reports whether the endpoint took
// it. If ctx ends before the endpoint has answered, nothing is recorded: the
// lease runs out, and the delivery is sent again.
func (d *Dispatcher) send(ctx context.Context, c claim) (ok bool, err error) {
	defer d.tally.add(-1)
	a := d.post(ctx, c.Owed)
	if ctx.Err() != nil && a.status == 0 {
		return false, ctx.Err()
	}
	return a.ok(), d.record(ctx, c, a)
}

// record writes down what came of a try.
func (d *Dispatcher) record(ctx context.Context, c claim, a answer) error {
	after := d.settle(c, a)
	d.logTry(c, after, a)
	try := a.try(c.Owed, after.UpdatedAt)
	var err error
	if try.ID, err = checkout.NewID(checkout.PrefixTry, after.UpdatedAt, d.random); err != nil {
		d.log.Error("webhook dispatcher", "err", err) // the outcome counts, not its log
	}
	var alert *checkout.Alert
	// What the endpoint has answered must be kept even if ctx ends now.
	err = d.store.Update(context.WithoutCancel(ctx), func(tx checkout.Tx) error {
		alert = nil
		if err := tx.PutDelivery(after, c.until); err != nil {
			return err
		}
		if try.ID != "" {
			if err := tx.InsertTry(try); err != nil {
				return err
			}
		}
		alert, err = d.learn(tx, c.Endpoint.ID, c.Event.Seq, a, after.UpdatedAt)
		return err
	})
	if errors.Is(err, checkout.ErrStale) || errors.Is(err, checkout.ErrNotFound) {
		return nil // the lease ran out and another has it, or the endpoint was deleted
	}
	if err != nil {
		return fmt.Errorf("webhook: record %s to %s: %w", c.Event.ID, c.Endpoint.ID, err)
	}
	if alert != nil {
		d.alert(*alert)
	}
	return nil
}

// learn notes what a try says of its endpoint.
func (d *Dispatcher) learn(tx checkout.Tx, endpoint string, event int64, a answer, now time.Time) (alert *checkout.Alert, err error) {
	was, err := tx.Endpoint(endpoint)
	if err != nil || was.Listener || was.Status == checkout.EndpointDeleted {
		return nil, err
	}
	e := was
	switch {
	case a.ok():
		e = e.Succeeded(now)
	case a.status == http.StatusGone:
		if e = e.Gone(); e.Reason != was.Reason {
			alert, err = d.warning(tx, e, "answered 410 Gone and is disabled; nothing that it is owed is dropped")
		}
	default:
		e = e.Failed(event, slices.Contains(refused, a.status), now)
	}
	if a.retryAfter > 0 {
		e.QuietUntil = now.Add(min(a.retryAfter, quietFor))
	}
	if err != nil || reflect.DeepEqual(e, was) {
		return alert, err
	}
	return alert, tx.PutEndpoint(e)
}

// post makes one try.
func (d *Dispatcher) post(ctx context.Context, o checkout.Owed) answer {
	began := d.clock.Now()
	a := d.ask(ctx, o, began)
	a.took = max(d.clock.Since(began), 0)
	return a
}

func (d *Dispatcher) ask(ctx context.Context, o checkout.Owed, now time.Time) answer {
	rules := d.rules
	rules.Livemode = o.Event.Transaction.Account.Livemode
	if err := CheckURL(o.Endpoint.URL, rules); err != nil {
		return answer{problem: explain(err)}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Endpoint.URL, bytes.NewReader(o.Event.Body))
	if err != nil {
		return answer{problem: explain(err)}
	}
	r.Header = d.header(o, now)
	res, err := d.client.Do(r)
	if err != nil {
		return answer{problem: explain(err)}
	}
	defer res.Body.Close()
	// The status counts, whatever becomes of the body.
	head, _ := io.ReadAll(io.LimitReader(res.Body, maxHead))
	_, _ = io.CopyN(io.Discard, res.Body, maxDiscard)
	a := answer{status: res.StatusCode, response: printable(head)}
	if !a.ok() {
		a.problem = fmt.Sprintf("answered %d", res.StatusCode)
	}
	if res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable {
		a.retryAfter = retryAfter(res.Header.Get("Retry-After"), d.now())
	}
	return a
}

// UserAgent is who messages say they are from.
const UserAgent = "Lomi-Webhook/1.0 checkoutd"

// Labels returns the headers of a message about e that is sent at now, but for
// its signatures.
func Labels(e checkout.Event, now time.Time) map[string]string {
	return map[string]string{
		"Content-Type":     "application/json",
		"User-Agent":       UserAgent,
		"X-Lomi-Event":     string(e.Type),
		"X-Lomi-Delivery":  e.ID,
		"X-Lomi-Timestamp": stamp(e.CreatedAt),
		headerID:           e.ID,
		headerTimestamp:    stampSeconds(now),
	}
}

// header returns what a message carries that is sent at now. While one secret
// replaces another X-Lomi-Signature, which has room for one, is made with each
// of them in turn: a receiver that knows either takes the message at the second
// try.
func (d *Dispatcher) header(o checkout.Owed, now time.Time) http.Header {
	secrets := o.Endpoint.Secrets(now)
	var signatures []string
	for _, secret := range secrets {
		signatures = append(signatures, Sign(secret, o.Event.ID, now, o.Event.Body))
	}
	if d.seed != nil {
		signatures = append(signatures, SignAsymmetric(EndpointKey(*d.seed, o.Endpoint.ID), o.Event.ID, now, o.Event.Body))
	}
	h := http.Header{}
	for name, value := range Labels(o.Event, now) {
		h.Set(name, value)
	}
	h.Set("X-Lomi-Signature", SignLomi(secrets[o.Delivery.Tries%int64(len(secrets))], o.Event.Body))
	h.Set(headerSignature, strings.Join(signatures, " "))
	return h
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

// maxProblem bounds what is kept of why there was no answer, in bytes. Servers
// have a say in it.
const maxProblem = 500

// explain says why there was no answer, without the URL, which may hold a token,
// and without our own address.
func explain(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var e *checkout.Error
	var at *net.OpError
	text := err.Error()
	switch {
	case errors.As(err, &e):
		return e.Message
	case errors.Is(err, ssrf.ErrProhibitedIP):
		return "the host's address is private or reserved"
	case u != nil && u.Timeout():
		return "no answer in time"
	case errors.As(err, &at) && at.Source != nil:
		hidden := *at
		hidden.Source = nil
		text = strings.ReplaceAll(text, at.Error(), hidden.Error())
	}
	return printable([]byte(text[:min(len(text), maxProblem)]))
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

// settle returns the delivery of c as it stands after a try that ended with a.
func (d *Dispatcher) settle(c claim, a answer) checkout.Delivery {
	v, now := c.Delivery, d.now()
	v.Held = false
	v.Tries++
	v.LastStatus, v.LastError, v.UpdatedAt = int64(a.status), a.problem, now
	switch {
	case a.ok():
		v.Status = checkout.DeliveryDelivered
		return v
	case c.extra:
		return v
	}
	v.Step++
	wait, again := Backoff(int(v.Step), d.jitter())
	if !again {
		v.Status = checkout.DeliveryDead
		return v
	}
	v.Passable = v.Passable || v.Step >= refusals && slices.Contains(refused, a.status)
	v.DueAt = now.Add(max(wait, a.retryAfter)).Truncate(time.Millisecond)
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
