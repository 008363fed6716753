package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/checkoutd/checkoutd/webhook"
)

// maxLetters is how many messages an inbox keeps.
const maxLetters = 50

// letter is one message that the engine sent to the shop.
type letter struct {
	ID    string         `json:"id"` // the same on every try
	Event string         `json:"event"`
	At    time.Time      `json:"timestamp"`
	Data  apiTransaction `json:"data"`
}

// Amount returns what the message is about as people write it.
func (l letter) Amount() string { return amountText(l.Data.GrossAmount, l.Data.CurrencyCode) }

// inbox is the shop's webhook endpoint. It keeps the newest messages that were
// signed with its secret, each once. It is safe for concurrent use.
type inbox struct {
	secret string

	mu      sync.Mutex
	letters []letter
	changed chan struct{} // closed, and made anew, when a letter arrives
}

func newInbox(secret string) *inbox {
	return &inbox{secret: secret, changed: make(chan struct{})}
}

// ServeHTTP takes a message in. It answers 401 to one whose signature is not
// good, and nothing of it is kept.
func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
	if err != nil || !webhook.VerifyLomi(b.secret, body, r.Header.Get("X-Lomi-Signature")) {
		http.Error(w, "bad signature", http.StatusUnauthorized)
		return
	}
	var l letter
	if err := json.Unmarshal(body, &l); err != nil {
		http.Error(w, "bad message", http.StatusBadRequest)
		return
	}
	b.add(l)
	w.WriteHeader(http.StatusNoContent)
}

// add keeps l, unless it is here already: a sender that saw no answer sends
// again.
func (b *inbox) add(l letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.ContainsFunc(b.letters, func(have letter) bool { return have.ID == l.ID }) {
		return
	}
	b.letters = append(b.letters, l)
	if len(b.letters) > maxLetters {
		b.letters = slices.Delete(b.letters, 0, len(b.letters)-maxLetters)
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// list returns the messages in the order in which they arrived, and a channel
// that is closed when there are more.
func (b *inbox) list() ([]letter, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.letters), b.changed
}
