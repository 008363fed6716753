package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

func (a *API) createSession(w http.ResponseWriter, r *request) error {
	b, err := readBody(w, r.Request)
	if err != nil {
		return err
	}
	params, err := sessionParams(b)
	if err != nil {
		return err
	}
	params.Account = r.account
	d, err := a.service.Draft(params)
	if err != nil {
		return err
	}
	return a.create(w, r, b, func(tx checkout.Tx) (any, error) {
		s, err := d.CreateIn(tx)
		return wireSession{&s, r.account, a.base(r.Request)}, err
	})
}

// create answers 201 with what make makes, or with the answer that an earlier
// request with the same Idempotency-Key got. An answer that need not be kept is
// encoded after the commit, so that nobody waits for it inside.
func (a *API) create(w http.ResponseWriter, r *request, b *body, make func(tx checkout.Tx) (any, error)) error {
	key, err := idempotency(r, b.raw)
	if err != nil {
		return err
	}
	var made any
	answer, err := a.service.Once(r.Context(), r.account, key, func(tx checkout.Tx) (_ []byte, err error) {
		if made, err = make(tx); err != nil || key == nil {
			return nil, err
		}
		var buffer bytes.Buffer
		err = encode(&buffer, made)
		return buffer.Bytes(), err
	})
	switch {
	case err != nil:
		return err
	case key == nil:
		return reply(w, http.StatusCreated, made)
	case answer.Replayed:
		w.Header().Set("Idempotency-Cache-Hit", "true")
	}
	replyBytes(w, http.StatusCreated, answer.Body)
	return nil
}

// errUnused says that a key has no answer yet.
var errUnused = errors.New("httpapi: unused key")

// repeated answers a request whose Idempotency-Key has an answer, and reports
// whether it did: for what takes more than the one transaction of create. Two
// first uses at the same time are kept apart by what they ask for.
func (a *API) repeated(w http.ResponseWriter, r *request, b *body) (bool, error) {
	key, err := idempotency(r, b.raw)
	if key == nil || err != nil {
		return false, err
	}
	err = a.create(w, r, b, func(checkout.Tx) (any, error) { return nil, errUnused })
	if errors.Is(err, errUnused) {
		return false, nil
	}
	return err == nil, err
}

// idempotency returns the key that a creating request carries, nil if none. Two
// bodies that differ in spaces and the order of fields are the same request.
func idempotency(r *request, raw []byte) (*checkout.Idempotency, error) {
	key := strings.TrimSpace(r.Header.Get("Idempotency-Key"))
	if key == "" {
		return nil, nil
	}
	if len(key) > checkout.MaxKeyLength {
		message := fmt.Sprintf("Idempotency-Key must be at most %d bytes", checkout.MaxKeyLength)
		return nil, &checkout.Error{Code: checkout.CodeInvalid, Message: message,
			Fields: []checkout.Field{{Name: "Idempotency-Key", Message: message}}}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, badJSON("", "the request body must be a JSON object")
	}
	canonical, err := json.Marshal(v) // sorts the names of every object
	if err != nil {
		return nil, err
	}
	return &checkout.Idempotency{
		Route: r.Method + " " + r.URL.Path, Key: key,
		Fingerprint: sha256.Sum256(canonical),
	}, nil
}

// sessionParams reads the fields of a new session.
func sessionParams(b *body) (checkout.CreateSessionParams, error) {
	p := checkout.CreateSessionParams{
		Title: b.text("title"), Description: b.text("description"),
		AllowQuantity: b.flag("allow_quantity", false), AllowCouponCode: b.flag("allow_coupon_code", false),
		Form: &checkout.Form{
			Name: b.flag("require_name", true), Email: b.flag("require_email", true),
			Phone: b.flag("require_phone", false), BillingAddress: b.flag("require_billing_address", true),
		},
		Customer: checkout.Contact{
			Name: b.text("customer_name"), Email: b.text("customer_email"), Phone: b.text("customer_phone"),
			Address: b.text("customer_address"), City: b.text("customer_city"),
			PostalCode: b.text("customer_postal_code"), Country: b.text("customer_country"),
		},
		ProductID: b.text("product_id"), PriceID: b.text("price_id"), CustomerID: b.text("customer_id"),
		SubscriptionID: b.text("subscription_id"), LinkID: b.text("payment_link_id"), Items: items(b),
		Exclusive: b.flag("exclusive", false), ClientReference: b.text("client_reference_id"),
		SuccessURL: b.text("success_url"), CancelURL: b.text("cancel_url"),
		Metadata: b.metadata("metadata"), IntegrationSource: b.text("integration_source"),
		ExpiresAt: b.instant("expires_at"),
	}
	p.Total = total(b)
	if n, given := b.integer("quantity"); given {
		b.problems.Check(n >= 1 || b.problems.Has("quantity"), "quantity", "quantity must be at least 1")
		p.Quantity = max(n, 0)
	}
	if n, given := b.integer("expires_in"); given {
		most := int64(checkout.MaxTTL / time.Second)
		b.problems.Check(n >= 60 && n <= most || b.problems.Has("expires_in"), "expires_in",
			fmt.Sprintf("expires_in must be from 60 to %d seconds", most))
		p.TTL = time.Duration(min(max(n, 0), most)) * time.Second
	}
	if n, given := b.integer("fee_amount"); given {
		b.problems.Check(n >= 0 || b.problems.Has("fee_amount"), "fee_amount", "fee_amount must be at least 0")
		p.Fee = max(n, 0)
	}
	if err := b.problems.Err(); err != nil {
		b.problems.Merge(p.Validate()) // all that is wrong, at once
		return p, b.problems.Err()
	}
	return p, nil // the service checks what is left
}

// items reads the lines of a cart. lomi.'s documentation says price for price_id
// in places.
func items(b *body) (list []checkout.Item) {
	for i, one := range b.objects("line_items") {
		item := checkout.Item{PriceID: one.text("price_id"), Name: one.text("name"), Quantity: 1}
		if one.get("price_id") == nil {
			item.PriceID = one.text("price")
		}
		if n, given := one.integer("quantity"); given {
			item.Quantity = n
		}
		unit, given := one.integer("unit_amount")
		one.problems.Check(!given || item.PriceID == "", "unit_amount", "unit_amount is for an item without a price_id")
		item.Unit = unit
		b.absorb("line_items", i, one)
		list = append(list, item)
	}
	return list
}

// total reads what is to be paid.
func total(b *body) (m checkout.Money) {
	amount, given := b.integer("amount")
	if given && !b.problems.Has("amount") {
		b.problems.Check(amount > 0, "amount", "amount must be greater than 0")
		m.Amount = max(amount, 0)
	}
	m.Currency = currencyOf(b)
	return m
}

// currencyOf reads a currency. Old clients say currency for currency_code.
func currencyOf(b *body) checkout.Currency {
	name := "currency_code"
	if b.get(name) == nil && b.get("currency") != nil {
		name = "currency"
	}
	text := b.text(name)
	if text == "" {
		return ""
	}
	currency, err := checkout.ParseCurrency(text)
	b.problems.Merge(err)
	return currency
}

func (a *API) session(w http.ResponseWriter, r *request) error {
	id := r.param("id")
	if strings.ContainsAny(id, "{}") {
		return &checkout.Error{Code: checkout.CodeInvalid, Message: fmt.Sprintf(
			"%s is a placeholder: the success_url is to carry it, and the session's identifier takes its place", id)}
	}
	s, err := a.service.Session(r.Context(), r.account, id)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, wireSession{&s, r.account, a.base(r.Request)})
}

func (a *API) expireSession(w http.ResponseWriter, r *request) error {
	s, err := a.service.Expire(r.Context(), r.account, r.param("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, wireSession{&s, r.account, a.base(r.Request)})
}

func (a *API) sessions(w http.ResponseWriter, r *request) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	want := sessionQuery(q)
	if err := q.problems.Err(); err != nil {
		return err
	}
	want.Account = r.account.Number
	base := a.base(r.Request)
	page := checkout.Page{Older: want.Older, Newer: want.Newer, Nearest: want.Nearest, Offset: want.Offset, Limit: want.Limit}
	list, err := paged(w, q, base+r.URL.Path, page, func(s checkout.Session) string { return s.ID }, func(p checkout.Page) ([]checkout.Session, error) {
		want.Limit = p.Limit
		return a.service.Sessions(r.Context(), want)
	})
	if err != nil {
		return err
	}
	return replyList(w, len(list), func(i int) any { return wireSession{&list[i], r.account, base} })
}

// sessionQuery reads the parameters of a list of sessions.
func sessionQuery(q *query) checkout.SessionQuery {
	want := checkout.SessionQuery{
		Status: checkout.Status(q.text("status")),
		Limit:  q.number("limit", defaultPage, 1, checkout.MaxPage), Offset: q.number("offset", 0, 0, 1<<31),
		CustomerEmail: q.text("customer_email"), ClientReference: q.text("client_reference_id"),
		Metadata: q.metadata(),
		Older:    q.text("starting_after"), Newer: q.text("ending_before"),
	}
	want.From, want.Until = q.created()
	switch want.Status {
	case "", checkout.StatusOpen, checkout.StatusCompleted, checkout.StatusExpired:
	default:
		q.problems.Add("status", "status must be one of open, completed, expired")
	}
	for _, name := range []string{"starting_after", "ending_before"} {
		if id := q.text(name); id != "" && !checkout.ValidSessionID(id) {
			q.problems.Add(name, name+" must be the identifier of a session")
		}
	}
	q.problems.Check(want.Older == "" || want.Newer == "", "ending_before", "starting_after and ending_before exclude each other")
	want.Nearest = want.Newer != ""
	return want
}
