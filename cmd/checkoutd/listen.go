package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
)

type listenCmd struct {
	apiFlags
	Forward string   `local:"" required:"" help:"The receiver, such as http://localhost:3000/hook." placeholder:"URL"`
	Since   string   `local:"" help:"Begin with what happened since then: 2h ago, or a time such as 2026-03-01T09:00:00Z. Default: now." placeholder:"WHEN"`
	Name    string   `local:"" help:"Which listener this is; it takes the place of an older one of that name. Default: this machine's name." placeholder:"NAME"`
	Events  []string `local:"" help:"Only these types of events, with commas between, such as PAYMENT_SUCCEEDED. Default: all." placeholder:"TYPE"`
}

// Help says how it differs from a webhook.
func (listenCmd) Help() string {
	return "It fetches from the server what a webhook would be sent, with the same bytes and signatures, and sends it to --forward. " +
		"What the receiver does not take is tried again as for any webhook. It ends with Ctrl-C; what happens while it does not run is for --since."
}

// Run forwards until the context ends.
func (c *listenCmd) Run(e *env) error {
	u, err := url.Parse(c.Forward)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("--forward must be like http://localhost:3000/hook")
	}
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	l := newListener(newPersistent(api, e), c.Forward, e.stdout)
	ask := listenRequest{Name: c.Name, Events: eventNames(c.Events)}
	if ask.Name == "" {
		ask.Name = hostName()
	}
	if ask.Since, err = moment("--since", c.Since, l.clock.Now()); err != nil {
		return err
	}
	if err := l.register(e.ctx, ask); err != nil {
		return err
	}
	return l.run(e.ctx)
}

const (
	// forwards is how many messages are on their way to the receiver at once.
	forwards = 8

	// forwardTime is how long the receiver may take, as from a server.
	forwardTime = 15 * time.Second

	// forwardGrace is how long messages that are on their way may take at the end.
	forwardGrace = 5 * time.Second

	// maxForwarded is how much of a receiver's answer is reported, in bytes.
	maxForwarded = 4 << 10
)

// newReceiver returns what sends to the receiver, as the server would.
func newReceiver() *http.Client {
	return &http.Client{
		Timeout:       forwardTime,
		Transport:     &http.Transport{MaxIdleConnsPerHost: forwards, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// unfit is what the name of a listener does not take.
var unfit = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// hostName returns this machine's name, made to fit.
func hostName() string {
	name, _ := os.Hostname() // whatever it is, some name will do
	name = strings.Trim(unfit.ReplaceAllString(name, "-"), "-")
	if name == "" {
		return "listener"
	}
	return name[:min(len(name), 64)]
}

// listenRequest asks for a listener.
type listenRequest struct {
	Name   string   `json:"name"`
	Since  string   `json:"since,omitempty"`
	Events []string `json:"events,omitempty"`
}

// listener fetches messages and sends them to a receiver.
type listener struct {
	*persistent
	id       string
	name     string
	to       string // the receiver's URL
	receiver *http.Client
	slots    chan struct{}

	mu  sync.Mutex // of out
	out io.Writer
}

func newListener(p *persistent, to string, out io.Writer) *listener {
	return &listener{persistent: p, to: to, receiver: newReceiver(), slots: make(chan struct{}, forwards), out: out}
}

// register makes the listener and says what the receiver needs.
func (l *listener) register(ctx context.Context, ask listenRequest) error {
	var made struct {
		ID     string
		Secret string
		resentPage
	}
	if err := l.post(ctx, "/listeners", ask, &made); err != nil {
		return err
	}
	l.id, l.name = made.ID, ask.Name
	queued := made.Queued
	if made.HasMore {
		rest, err := l.resend(ctx, l.id, resendRequest{From: ask.Since, After: made.Next})
		if err != nil {
			return err
		}
		queued += rest
	}
	l.printf("Listener %s forwards to %s. Set its secret in your receiver as the webhook's; it stays the same for this name:\nWEBHOOK_SECRET=%s\n",
		l.name, l.to, made.Secret)
	if ask.Since != "" {
		l.printf("%d events since %s come first.\n", queued, ask.Since)
	}
	return nil
}

// printf prints one or more whole lines.
func (l *listener) printf(format string, values ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, format, values...) // nobody can be told if it fails
}

// parcel is a message to forward.
type parcel struct {
	EventID       string            `json:"event_id"`
	EventType     string            `json:"event_type"`
	AttemptNumber int64             `json:"attempt_number"`
	Headers       map[string]string `json:"headers"`
	Body          string            `json:"body"`
	HeldUntil     string            `json:"held_until"`
}

// run forwards until ctx ends, which is no error. What is on its way then is
// finished and reported, unless it takes too long: it would come again.
func (l *listener) run(ctx context.Context) error {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	var under sync.WaitGroup
	defer l.receiver.CloseIdleConnections()
	defer cut()
	defer under.Wait()
	stop := context.AfterFunc(ctx, func() { l.clock.AfterFunc(forwardGrace, cut) })
	defer stop()
	for {
		parcels, err := l.fetch(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, p := range parcels {
			select {
			case l.slots <- struct{}{}:
			case <-ctx.Done():
				return nil
			}
			under.Go(func() {
				defer func() { <-l.slots }()
				l.forward(sending, p)
			})
		}
	}
}

// fetch returns what is due once there is room for it.
func (l *listener) fetch(ctx context.Context) ([]parcel, error) {
	select {
	case l.slots <- struct{}{}:
		<-l.slots
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var page struct{ Data []parcel }
	err := l.poll(ctx, func() (int, error) {
		err := l.post(ctx, pathOf("/listeners", l.id, fmt.Sprintf("/fetch?wait=%d", longPoll)), nil, &page)
		return len(page.Data), err
	})
	if status(err) == http.StatusNotFound {
		err = fmt.Errorf("the listener is gone: has somebody else started one that is called %s, or deleted it? Give each a --name of its own", l.name)
	}
	return page.Data, err
}

// outcome is what came of a message.
type outcome struct {
	EventID   string `json:"event_id"`
	HeldUntil string `json:"held_until"`
	Status    int    `json:"response_status"`
	Response  string `json:"response_body"`
	Error     string `json:"error,omitempty"`
	MS        int64  `json:"request_duration_ms"`
}

// forward sends a message to the receiver, prints what came of it and reports
// it. What is cut off is not reported.
func (l *listener) forward(ctx context.Context, p parcel) {
	began := l.clock.Now()
	o := l.send(ctx, p)
	if ctx.Err() != nil {
		return
	}
	o.MS = l.clock.Since(began).Milliseconds()
	result := o.Error
	if o.Status != 0 {
		result = fmt.Sprint(o.Status)
	}
	l.printf("%s %-17s %s try %d → %s in %d ms\n", began.Local().Format(time.TimeOnly), p.EventType, p.EventID, p.AttemptNumber, result, o.MS)
	err := l.persist(ctx, reports, func() error {
		return l.post(ctx, pathOf("/listeners", l.id, "/report"), o, &struct{}{})
	})
	if err != nil && ctx.Err() == nil {
		l.say(fmt.Sprintf("%s was not reported, and comes again: %v", p.EventID, err))
	}
}

// reports is how often a report is tried. Later the message is given out again,
// and its report is void.
const reports = 5

// send makes one try.
func (l *listener) send(ctx context.Context, p parcel) outcome {
	o := outcome{EventID: p.EventID, HeldUntil: p.HeldUntil}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.to, strings.NewReader(p.Body))
	if err != nil {
		o.Error = err.Error()
		return o
	}
	for name, value := range p.Headers {
		r.Header.Set(name, value)
	}
	res, err := l.receiver.Do(r)
	if err != nil {
		o.Error = cause(err)
		return o
	}
	defer res.Body.Close()
	head, _ := io.ReadAll(io.LimitReader(res.Body, maxForwarded)) // the status counts
	_, _ = io.CopyN(io.Discard, res.Body, maxForwarded)           // so that the connection serves again
	o.Status, o.Response = res.StatusCode, string(head)
	if o.Status/100 != 2 {
		o.Error = fmt.Sprintf("answered %d", o.Status)
	}
	return o
}
