package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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

// unknownReferences are the fields that name objects of a kind that cannot
// exist yet, so that no value of theirs is good.
var unknownReferences = []string{
	"product_id", "price_id", "customer_id", "subscription_id", "payment_link_id",
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
		ClientReference: b.text("client_reference_id"),
		SuccessURL:      b.text("success_url"), CancelURL: b.text("cancel_url"),
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
	for _, name := range unknownReferences {
		if id := b.text(name); id != "" {
			b.problems.Add(name, fmt.Sprintf("%s: there is no %s with ID %s", name, strings.TrimSuffix(name, "_id"), id))
		}
	}
	if raw := b.get("line_items"); raw != nil && string(bytes.Join(bytes.Fields(raw), nil)) != "[]" {
		b.problems.Add("line_items", "line_items must name existing prices; this account has none")
	}
	if err := b.problems.Err(); err != nil {
		b.problems.Merge(p.Validate()) // all that is wrong, at once
		return p, b.problems.Err()
	}
	return p, nil // the service checks what is left
}

// total reads what is to be paid. Old clients say currency for currency_code.
func total(b *body) (m checkout.Money) {
	amount, given := b.integer("amount")
	switch {
	case b.problems.Has("amount"):
	case !given:
		b.problems.Add("amount", "amount is required")
	default:
		m.Amount = amount
	}
	name := "currency_code"
	if b.get(name) == nil && b.get("currency") != nil {
		name = "currency"
	}
	text := b.text(name)
	if text == "" {
		return m
	}
	currency, err := checkout.ParseCurrency(text)
	b.problems.Merge(err)
	m.Currency = currency
	return m
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
	limit := want.Limit
	want.Account = r.account.Number
	want.Limit++ // one more tells whether there are more
	list, err := a.service.Sessions(r.Context(), want)
	if err != nil {
		return err
	}
	more := len(list) > limit
	switch {
	case more && want.Nearest:
		list = list[1:]
	case more:
		list = list[:limit]
	}
	base := a.base(r.Request)
	if link := links(q.values, base+r.URL.Path, list, want, more); link != "" {
		w.Header().Set("Link", link)
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

// links returns the Link header of a page: where the next, older one and the
// one before it are.
//
// Source: RFC 8288, section 3.
func links(values url.Values, path string, list []checkout.Session, want checkout.SessionQuery, more bool) string {
	if len(list) == 0 {
		return ""
	}
	to := func(cursor, id, rel string) string {
		v := url.Values{}
		for name, value := range values {
			v[name] = value
		}
		v.Del("offset")
		v.Del("starting_after")
		v.Del("ending_before")
		v.Set(cursor, id)
		return fmt.Sprintf(`<%s?%s>; rel="%s"`, path, v.Encode(), rel)
	}
	var parts []string
	if more || want.Nearest {
		parts = append(parts, to("starting_after", list[len(list)-1].ID, "next"))
	}
	if want.Older != "" || want.Offset > 0 || want.Nearest && more {
		parts = append(parts, to("ending_before", list[0].ID, "prev"))
	}
	return strings.Join(parts, ", ")
}
