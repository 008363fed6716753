package store

import (
	"slices"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store/internal/row"
	"github.com/checkoutd/checkoutd/store/internal/sqlitedb"
)

func (t txn) InsertSession(s checkout.Session) error {
	return mapErr(t.q.InsertSession(t.ctx, sqlitedb.InsertSessionParams(row.FromSession(s))))
}

func (t txn) Session(id string) (checkout.Session, error) {
	r, err := t.q.Session(t.ctx, id)
	return row.Session(r).Domain(), mapErr(err)
}

func (t txn) PutSession(s checkout.Session) error {
	r := row.FromSession(s)
	return mustChange(t.q.PutSession(t.ctx, sqlitedb.PutSessionParams{
		ID: r.ID, Version: r.Version,
		Status: r.Status, Amount: r.Amount, Currency: r.Currency,
		Title: r.Title, Description: r.Description, Quantity: r.Quantity,
		AllowQuantity: r.AllowQuantity, AllowCouponCode: r.AllowCouponCode,
		RequireName: r.RequireName, RequireEmail: r.RequireEmail, RequirePhone: r.RequirePhone,
		RequireBillingAddress: r.RequireBillingAddress,
		CustomerName:          r.CustomerName, CustomerEmail: r.CustomerEmail, CustomerPhone: r.CustomerPhone,
		CustomerAddress: r.CustomerAddress, CustomerCity: r.CustomerCity,
		CustomerPostalCode: r.CustomerPostalCode, CustomerCountry: r.CustomerCountry,
		ClientReferenceID: r.ClientReferenceID, SuccessURL: r.SuccessURL, CancelURL: r.CancelURL,
		Metadata: r.Metadata, IntegrationSource: r.IntegrationSource,
		TransactionID: r.TransactionID, Late: r.Late, UpdatedAt: r.UpdatedAt, ExpiresAt: r.ExpiresAt,
		Deferred: r.Deferred, Discount: r.Discount, Fee: r.Fee, Coupons: r.Coupons,
		ProductID: r.ProductID, PriceID: r.PriceID, Items: r.Items,
		CustomerID: r.CustomerID, SubscriptionID: r.SubscriptionID, LinkID: r.LinkID,
		AllowAmount: r.AllowAmount, Exclusive: r.Exclusive,
	}))
}

func (t txn) DueSessions(now time.Time, limit int) ([]checkout.Session, error) {
	rows, err := t.q.DueSessions(t.ctx, sqlitedb.DueSessionsParams{Now: row.Millis(now), Max: int64(limit)})
	return sessions(rows), mapErr(err)
}

func (t txn) ListSessions(q checkout.SessionQuery) ([]checkout.Session, error) {
	list := t.sessionPage
	if len(q.Metadata) > 0 {
		list = t.sessionsWithMetadata
	}
	page, err := list(q)
	if q.Nearest {
		slices.Reverse(page)
	}
	return page, err
}

// sessionPage returns what q asks for, metadata aside, in the order in which it
// is found: with Nearest, oldest first.
func (t txn) sessionPage(q checkout.SessionQuery) ([]checkout.Session, error) {
	r := row.FromSessionQuery(q)
	var rows []sqlitedb.Session
	var err error
	if q.ClientReference == "" {
		p := sqlitedb.ListSessionsParams{
			Account: q.Account, Email: q.CustomerEmail, Max: int64(q.Limit), Skip: int64(q.Offset),
			Open: r.Open, Completed: r.Completed, Expired: r.Expired, OpenAfter: r.OpenAfter, LapsedBy: r.LapsedBy,
			Newer: r.Newer, Older: r.Older,
		}
		if q.Nearest {
			rows, err = t.q.ListSessionsNearest(t.caller, sqlitedb.ListSessionsNearestParams(p))
		} else {
			rows, err = t.q.ListSessions(t.caller, p)
		}
		return sessions(rows), mapErr(err)
	}
	p := sqlitedb.ListSessionsByReferenceParams{
		Account: q.Account, Reference: q.ClientReference, Email: q.CustomerEmail, Max: int64(q.Limit), Skip: int64(q.Offset),
		Open: r.Open, Completed: r.Completed, Expired: r.Expired, OpenAfter: r.OpenAfter, LapsedBy: r.LapsedBy,
		Newer: r.Newer, Older: r.Older,
	}
	if q.Nearest {
		rows, err = t.q.ListSessionsByReferenceNearest(t.caller, sqlitedb.ListSessionsByReferenceNearestParams(p))
	} else {
		rows, err = t.q.ListSessionsByReference(t.caller, p)
	}
	return sessions(rows), mapErr(err)
}

// metadataPage is how many rows are read at a time to look at their metadata.
const metadataPage = 200

// sessionsWithMetadata is sessionPage for a query that asks for metadata, which
// no index knows: it reads on until it has found enough.
func (t txn) sessionsWithMetadata(q checkout.SessionQuery) ([]checkout.Session, error) {
	var found []checkout.Session
	p := q
	p.Offset, p.Limit = 0, metadataPage
	for more := true; more && len(found) < q.Offset+q.Limit; {
		page, err := t.sessionPage(p)
		if err != nil {
			return nil, err
		}
		for _, s := range page {
			if s.Metadata.Matches(q.Metadata) {
				found = append(found, s)
			}
		}
		if more = len(page) == metadataPage; more && q.Nearest {
			p.Newer = page[len(page)-1].ID
		} else if more {
			p.Older = page[len(page)-1].ID
		}
	}
	return found[min(q.Offset, len(found)):min(q.Offset+q.Limit, len(found))], nil
}

func sessions(rows []sqlitedb.Session) []checkout.Session {
	list := make([]checkout.Session, len(rows))
	for i, r := range rows {
		list[i] = row.Session(r).Domain()
	}
	return list
}
