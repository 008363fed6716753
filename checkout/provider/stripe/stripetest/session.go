package stripetest

import (
	"maps"
	"slices"
	"time"
)

// session is a Checkout Session.
//
// Source: docs.stripe.com/api/checkout/sessions/object, read 2026-11-25.
type session struct {
	ID                string            `json:"id"`
	Object            string            `json:"object"`
	AmountSubtotal    int64             `json:"amount_subtotal"`
	AmountTotal       int64             `json:"amount_total"`
	CancelURL         *string           `json:"cancel_url"`
	ClientReferenceID *string           `json:"client_reference_id"`
	Created           int64             `json:"created"`
	Currency          string            `json:"currency"`
	CustomerEmail     *string           `json:"customer_email"`
	ExpiresAt         int64             `json:"expires_at"`
	Livemode          bool              `json:"livemode"`
	Locale            string            `json:"locale"`
	Metadata          map[string]string `json:"metadata"`
	Mode              string            `json:"mode"`
	PaymentIntent     any               `json:"payment_intent"` // as shown: null, its id or all of it
	PaymentStatus     string            `json:"payment_status"`
	Status            string            `json:"status"`
	SuccessURL        string            `json:"success_url"`
	UIMode            string            `json:"ui_mode"`
	URL               *string           `json:"url"`

	title          string
	intent         *intent
	intentMetadata map[string]string
}

func (x *session) key() string { return x.ID }
func (x *session) made() int64 { return x.Created }

// show returns x as it stands, its payment whole if depth is 1, and the last try
// too if it is 2.
func (x *session) show(depth int) session {
	y := *x
	y.Metadata = maps.Clone(x.Metadata)
	switch {
	case x.intent == nil:
	case depth == 0:
		y.PaymentIntent = x.intent.ID
	default:
		y.PaymentIntent = x.intent.show(depth > 1)
	}
	return y
}

var sessionParams = []string{
	"mode", "success_url", "cancel_url", "client_reference_id", "customer_email", "locale", "expires_at", "ui_mode",
	"metadata[*]", "payment_intent_data[metadata][*]", "adaptive_pricing[enabled]", "payment_method_types[*]", "expand[*]",
	"line_items[*][quantity]", "line_items[*][price_data][currency]", "line_items[*][price_data][unit_amount]",
	"line_items[*][price_data][product_data][name]",
}

// createSession is POST /v1/checkout/sessions.
func (s *Server) createSession(c call) (any, *apiError) {
	if fault := s.checkSession(c.form); fault != nil {
		return nil, fault
	}
	depth, fault := c.form.depth("")
	if fault != nil {
		return nil, fault
	}
	x, fault := s.newSession(c)
	if fault != nil {
		return nil, fault
	}
	s.sessions = append(s.sessions, x)
	return x.show(depth), nil
}

// newSession builds what the form asks for.
func (s *Server) newSession(c call) (*session, *apiError) {
	f, now := c.form, s.unix()
	total, currency, title, fault := f.lineItems()
	if fault != nil {
		return nil, fault
	}
	if fault := checkTotal(total, currency); fault != nil {
		return nil, fault
	}
	expires, fault := f.integer("expires_at", now+int64(day/time.Second))
	if fault != nil {
		return nil, fault
	}
	switch life := time.Duration(expires-now) * time.Second; {
	case life < 30*time.Minute:
		return nil, invalid("", "expires_at", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.")
	case life > day:
		return nil, invalid("", "expires_at", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.")
	}
	meta, fault := f.metadata("metadata")
	if fault != nil {
		return nil, fault
	}
	intentMeta, fault := f.metadata("payment_intent_data[metadata]")
	if fault != nil {
		return nil, fault
	}
	id := s.modeID("cs_")
	url := c.base + "/c/pay/" + id
	x := &session{
		ID: id, Object: "checkout.session", AmountSubtotal: total, AmountTotal: total,
		CancelURL: f.optional("cancel_url"), ClientReferenceID: f.optional("client_reference_id"), CustomerEmail: f.optional("customer_email"),
		Created: now, Currency: currency, ExpiresAt: expires, Livemode: s.config.Livemode, Locale: f["locale"],
		Metadata: meta, Mode: "payment", PaymentStatus: "unpaid", Status: "open",
		SuccessURL: f["success_url"], UIMode: "hosted_page", URL: &url,
		title: title, intentMetadata: intentMeta,
	}
	return x, nil
}

// optional returns a parameter that is null if it was left out.
func (f form) optional(name string) *string {
	if value, ok := f[name]; ok {
		return &value
	}
	return nil
}

// depth returns how far the payment is to be shown whole. prefix is "data." in
// lists.
func (f form) depth(prefix string) (int, *apiError) {
	depth := 0
	for _, name := range f.list("expand") {
		switch name {
		case prefix + "payment_intent":
			depth = max(depth, 1)
		case prefix + "payment_intent.latest_charge":
			depth = 2
		default:
			return 0, invalid("", "expand", "This property cannot be expanded (%s).", name)
		}
	}
	return depth, nil
}

// listSessions is GET /v1/checkout/sessions.
func (s *Server) listSessions(c call) (any, *apiError) {
	if fault := c.form.check(slices.Concat(paging, []string{"status", "payment_intent", "expand[*]"})...); fault != nil {
		return nil, fault
	}
	depth, fault := c.form.depth("data.")
	if fault != nil {
		return nil, fault
	}
	status, payment := c.form["status"], c.form["payment_intent"]
	pick := func(x *session) bool {
		return (status == "" || x.Status == status) && (payment == "" || x.intent != nil && x.intent.ID == payment)
	}
	return list(c.form, "/v1/checkout/sessions", s.sessions, pick, func(x *session) any { return x.show(depth) })
}

// readSession is GET /v1/checkout/sessions/{id}.
func (s *Server) readSession(c call, id string) (any, *apiError) {
	if fault := c.form.check("expand[*]"); fault != nil {
		return nil, fault
	}
	depth, fault := c.form.depth("")
	if fault != nil {
		return nil, fault
	}
	x := s.byID(id)
	if x == nil {
		return nil, missing("checkout.session", "session", id)
	}
	return x.show(depth), nil
}

// expireSession is POST /v1/checkout/sessions/{id}/expire.
func (s *Server) expireSession(c call, id string) (any, *apiError) {
	if fault := c.form.check("expand[*]"); fault != nil {
		return nil, fault
	}
	depth, fault := c.form.depth("")
	if fault != nil {
		return nil, fault
	}
	x := s.byID(id)
	if x == nil {
		return nil, missing("checkout.session", "session", id)
	}
	if x.Status != "open" {
		return nil, invalid("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `%s`.", x.Status)
	}
	s.expire(x)
	return x.show(depth), nil
}

// expire closes the page of x.
func (s *Server) expire(x *session) {
	x.Status, x.URL = "expired", nil
	if x.intent != nil {
		x.intent.Status = "canceled"
		s.emit("payment_intent.canceled", x.intent.show(false))
	}
	s.emit("checkout.session.expired", x.show(0))
}

// expireDue closes the pages whose time has run out. Everything that looks at
// the state comes here first.
func (s *Server) expireDue() {
	for _, x := range s.sessions {
		if x.Status == "open" && x.ExpiresAt <= s.unix() {
			s.expire(x)
		}
	}
}

// nextExpiry is when the time of the next page runs out, the zero time if none is
// open.
func (s *Server) nextExpiry() (next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.sessions {
		if at := time.Unix(x.ExpiresAt, 0); x.Status == "open" && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// byID returns the Checkout Session with that identifier, nil if there is none.
func (s *Server) byID(id string) *session {
	for _, x := range s.sessions {
		if x.ID == id {
			return x
		}
	}
	return nil
}
