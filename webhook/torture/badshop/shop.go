// Package badshop is a webhook receiver with faults of choice, for torture to
// find. Without one it is good, but for its memory, which does not outlive it:
// what to copy from is goodshop.
package badshop

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/webhook"
)

// Config is what a shop is made of.
type Config struct {
	Secret string
	Faults []Fault
	Clock  clock.Clock
	Work   func() // what Race takes its time with; default: nothing
}

// Shop is the receiver: messages go to /webhooks, and /effects lists what it did.
type Shop struct {
	Config
	http.Handler

	serial sync.Mutex // held by Serial through a whole request

	mu      sync.Mutex
	known   map[string]bool
	paid    map[string]bool // sessions
	effects []effect
}

// effect is one thing that it did.
type effect struct {
	Event         string `json:"event"`
	TransactionID string `json:"transaction_id"`
}

// message is what it reads of a body.
type message struct {
	ID          string          `json:"id"`
	Event       string          `json:"event"`
	Timestamp   string          `json:"timestamp"`
	Environment string          `json:"lomi_environment"`
	Data        json.RawMessage `json:"data"`

	about struct {
		TransactionID     string `json:"transaction_id"`
		CheckoutSessionID string `json:"checkout_session_id"`
	}
	signature string
}

// New returns a shop that has seen nothing.
func New(c Config) *Shop {
	if c.Work == nil {
		c.Work = func() {}
	}
	s := &Shop{Config: c, known: map[string]bool{}, paid: map[string]bool{}, effects: []effect{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/webhooks", s.receive)
	mux.HandleFunc("GET /effects", s.list)
	s.Handler = mux
	return s
}

func (s *Shop) has(f Fault) bool { return slices.Contains(s.Faults, f) }

func (s *Shop) receive(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost && !s.has(AnyMethod) {
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
		return
	}
	if s.has(Serial) {
		s.serial.Lock()
		defer s.serial.Unlock()
	}
	limit := int64(256 << 10)
	if s.has(Small) {
		limit = 16 << 10
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		http.Error(w, "no body", http.StatusBadRequest)
		return
	}
	m, err := s.decode(body)
	m.signature = r.Header.Get("Webhook-Signature")
	if err == nil && s.has(Eager) {
		s.act(m)
	}
	if !s.good(r.Header, body) {
		http.Error(w, "bad signature", http.StatusUnauthorized)
		return
	}
	if err != nil || s.has(Picky) && !strings.HasPrefix(m.Event, "PAYMENT_") && !strings.HasPrefix(m.Event, "REFUND_") {
		http.Error(w, "bad message", http.StatusBadRequest)
		return
	}
	s.act(m)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Shop) decode(body []byte) (m message, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if s.has(Strict) {
		d.DisallowUnknownFields()
	}
	return m, errors.Join(d.Decode(&m), json.Unmarshal(m.Data, &m.about))
}

// good reports whether the signature is, as far as this shop can tell.
func (s *Shop) good(header http.Header, body []byte) bool {
	signature, id := header.Get("Webhook-Signature"), header.Get("Webhook-Id")
	if s.has(Unsigned) && signature == "" {
		return true
	}
	if s.has(Rewritten) { // what JSON.stringify makes of what JSON.parse made of it
		var out bytes.Buffer
		if json.Compact(&out, body) == nil {
			body = out.Bytes()
		}
	}
	seconds, _ := strconv.ParseInt(header.Get("Webhook-Timestamp"), 10, 64)
	at, now := time.Unix(seconds, 0), s.Clock.Now()
	if s.has(Timeless) {
		now = at
	}
	err := webhook.Verify(header, body, now, s.Secret)
	if err == nil || errors.Is(err, webhook.ErrTimestamp) {
		return err == nil
	}
	if s.has(EmptyKey) && signature == webhook.Sign("", id, at, body) {
		return true
	}
	const enough = len("v1,") + 8
	return s.has(Partial) && len(signature) >= enough && strings.HasPrefix(webhook.Sign(s.Secret, id, at, body), signature[:enough])
}

// keys returns what m is remembered by.
func (s *Shop) keys(m message) []string {
	switch {
	case s.has(Repeats):
		return nil
	case s.has(BySignature):
		return []string{m.signature}
	case s.has(ByID):
		return []string{m.ID}
	}
	return []string{m.ID, m.Event + " " + m.about.TransactionID}
}

// act does what m says, unless it is known.
func (s *Shop) act(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.keys(m), func(key string) bool { return s.known[key] }) {
		return
	}
	if s.has(Race) {
		s.mu.Unlock()
		s.Work()
		s.mu.Lock()
	}
	if s.has(Forgetful) {
		clear(s.known)
	}
	for _, key := range s.keys(m) {
		s.known[key] = true
	}
	if s.changes(m) {
		s.effects = append(s.effects, effect{m.Event, m.about.TransactionID})
	}
}

// changes reports whether m changes an order.
func (s *Shop) changes(m message) bool {
	paid := s.paid[m.about.CheckoutSessionID]
	switch m.Event {
	case "PAYMENT_SUCCEEDED":
		s.paid[m.about.CheckoutSessionID] = true
		return true
	case "PAYMENT_FAILED":
		return !paid || s.has(Undo)
	case "PAYMENT_CREATED":
		return s.has(Reset)
	case "REFUND_COMPLETED":
		return paid || !s.has(LostRefund)
	}
	return false
}

func (s *Shop) list(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"effects": s.effects}) // the reader has gone
}
