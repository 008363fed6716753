package checkout

import (
	"context"
	"time"
)

// Store remembers. The suite in store/storetest holds every implementation to
// what is said here.
type Store interface {
	// View runs fn on one unchanging state of the store.
	View(ctx context.Context, fn func(tx Tx) error) error

	// Update runs fn in one read-write transaction and commits if fn returns
	// nil; it returns after the commit is on disk. An error or a panic of fn
	// undoes what fn did and nothing else. Updates take effect one after the
	// other. fn may run more than once, so it must touch nothing but tx and what
	// it overwrites each time.
	Update(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is what can be done inside a transaction. It holds the context that the
// transaction was begun with, and must not be used after fn has returned.
//
// A method that looks up one row returns [ErrNotFound] if there is none; an
// Insert returns [ErrExists] if the key, or another unique value, is taken, and
// ErrNotFound if a row that it names is missing; a Put writes a row as it was
// read, with Version counted up by the store, and returns [ErrStale] if the row
// has another version by now or is gone. Account, CreatedAt and the SessionID of
// attempts and refunds stay as inserted. Identifiers sort by when their rows were
// made, see [IDFloor]. Tx holds no rule of the domain.
type Tx interface {
	InsertMerchant(m Merchant) error
	MerchantByName(name string) (Merchant, error)
	// InsertAccount gives the account of that merchant and mode a number.
	InsertAccount(merchant string, livemode bool) (int64, error)
	Account(number int64) (Account, error)
	AccountOf(merchant string, livemode bool) (Account, error)
	ListAccounts() ([]Account, error)

	Policy(account int64) (Policy, error)
	PutPolicy(account int64, p Policy) error // in the place of an older one

	Credentials(account int64) ([]Credentials, error) // by provider
	ListCredentials() ([]Credentials, error)
	PutCredentials(c Credentials) error // in the place of older ones
	DeleteCredentials(account int64, provider string) error

	InsertKey(k Key) error
	KeyByHash(hash [32]byte) (Key, error)
	ListKeys() ([]Key, error) // oldest first
	RevokeKey(id string, at time.Time) error

	// Answer returns what was kept under a key of a route at or after since.
	Answer(account int64, k Idempotency, since time.Time) (KeptAnswer, error)
	// PutAnswer keeps an answer, in the place of an older one.
	PutAnswer(account int64, k Idempotency, answer []byte, at time.Time) error
	// PruneAnswers drops up to limit answers older than before.
	PruneAnswers(before time.Time, limit int) (int, error)

	InsertSession(s Session) error
	Session(id string) (Session, error)
	PutSession(s Session) error
	// ListSessions returns sessions newest first, as q asks. Statuses are as
	// stored; q.Status is as seen at q.Now.
	ListSessions(q SessionQuery) ([]Session, error)
	// DueSessions returns up to limit open sessions with ExpiresAt at or before
	// now, the longest due first.
	DueSessions(now time.Time, limit int) ([]Session, error)

	// OrderLock returns what is known of an exclusive order.
	OrderLock(account int64, reference string) (OrderLock, error)
	InsertOrderLock(l OrderLock) error
	PutOrderLock(l OrderLock) error

	InsertProduct(p Product) error
	Product(id string) (Product, error)
	PutProduct(p Product) error
	ListProducts(q ProductQuery) ([]Product, error)

	InsertPrice(p Price) error
	// PriceOf returns a price and its product.
	PriceOf(id string) (Price, Product, error)
	PutPrice(p Price) error                        // all but the product
	ProductPrices(product string) ([]Price, error) // oldest first
	ListPrices(q PriceQuery) ([]Price, error)

	InsertCustomer(c Customer) error
	Customer(id string) (Customer, error)
	PutCustomer(c Customer) error
	DeleteCustomer(id string) error
	ListCustomers(q CustomerQuery) ([]Customer, error)
	// CountCustomers counts what q asks for, its page aside.
	CountCustomers(q CustomerQuery) (int64, error)
	// CustomerByEmail and CustomerByPhone return the oldest customer of an
	// account with that address, see [EmailKey], or number. Neither is "".
	CustomerByEmail(account int64, email string) (Customer, error)
	CustomerByPhone(account int64, phone string) (Customer, error)
	// HasPaid reports whether a customer has a paid attempt.
	HasPaid(account int64, customer string) (bool, error)

	InsertCoupon(c Coupon) error // its Code is unique in its account
	Coupon(id string) (Coupon, error)
	CouponByCode(account int64, code string) (Coupon, error)
	PutCoupon(c Coupon) error
	ListCoupons(q CouponQuery) ([]Coupon, error)

	// PutRedemption writes the use of a coupon by a session, in the place of an
	// older one.
	PutRedemption(r Redemption) error
	Redemptions(session string) ([]Redemption, error) // by coupon
	CountUses(q UseQuery) (int64, error)
	CouponSums(coupon string) ([]CouponSums, error) // by currency

	InsertLink(l Link) error
	Link(id string) (Link, error)
	PutLink(l Link) error
	ListLinks(q LinkQuery) ([]Link, error)
	// CountLinks counts what q asks for, its page aside.
	CountLinks(q LinkQuery) (int64, error)

	InsertSubscription(s Subscription) error
	Subscription(id string) (Subscription, error)
	PutSubscription(s Subscription) error
	ListSubscriptions(q SubscriptionQuery) ([]Subscription, error)
	// DueSubscriptions returns up to limit subscriptions with DueAt at or before
	// now, the longest due first.
	DueSubscriptions(now time.Time, limit int) ([]Subscription, error)

	InsertAttempt(a Attempt) error
	Attempt(id string) (Attempt, error)
	PutAttempt(a Attempt) error
	SessionAttempts(session string) ([]Attempt, error) // oldest first
	ListAttempts(q AttemptQuery) ([]Attempt, error)    // newest first
	// AttemptByRef and AttemptByCharge return the oldest attempt with that name
	// that was made through the own credentials of an account, or through the
	// server's if own is 0.
	AttemptByRef(provider string, own int64, ref string) (Attempt, error)
	AttemptByCharge(provider string, own int64, charge string) (Attempt, error)
	// DueAttempts returns up to limit attempts of a provider with DueAt at or
	// before now, the longest due first.
	DueAttempts(provider string, now time.Time, limit int) ([]Attempt, error)

	InsertRefund(r Refund) error
	Refund(id string) (Refund, error)
	PutRefund(r Refund) error
	AttemptRefunds(attempt string) ([]Refund, error) // oldest first
	ListRefunds(q RefundQuery) ([]Refund, error)     // newest first
	// DueRefunds returns up to limit refunds with DueAt at or before now, the
	// longest due first.
	DueRefunds(now time.Time, limit int) ([]Refund, error)

	// ClaimInbound notes a provider's message and reports whether it is new.
	ClaimInbound(inbox, event string, at time.Time) (bool, error)
	// ParkSignal keeps a message whose attempt is not known, or not paid, yet.
	// It reports whether it is new.
	ParkSignal(p Parked) (bool, error)
	// TakeParked removes and returns the messages of an inbox that name any of
	// these, oldest first.
	TakeParked(inbox, attempt, ref, charge string) ([]Parked, error)
	// PruneParked drops messages that were parked before.
	PruneParked(before time.Time) (int, error)

	Statement(inbox string) (Statement, error)
	PutStatement(inbox string, s Statement) error // in the place of an older one

	// OwnPending counts what is still asked about of account's attempts and
	// refunds that went through its own credentials for a provider.
	OwnPending(account int64, provider string) (int64, error)

	// AddBalance adds m, which may be negative, up to the largest number there
	// is.
	AddBalance(account int64, m Money, at time.Time) error
	Balances(account int64) ([]Balance, error)

	// AppendEvent writes e and gives it the next Seq. It returns ErrExists if
	// the attempt has an event of that type and subject. An event that has a
	// Body already is owed to nobody by itself.
	AppendEvent(e Event) error
	Event(id string) (Event, error)
	ListEvents(q EventQuery) ([]Event, error)
	// UnfannedEvents returns up to limit events that FanOut has not seen, in
	// order.
	UnfannedEvents(limit int) ([]Event, error)
	// FanOut fixes the body of an event and writes a delivery for each endpoint,
	// due at once, or with what must be delivered before it. It returns ErrStale
	// if that has been done already.
	FanOut(e Event, to []Endpoint, at time.Time) error
	// PruneBodies drops the bodies of up to limit events that were created
	// before, and that nobody is owed.
	PruneBodies(before time.Time, limit int) (int, error)

	InsertEndpoint(e Endpoint) error
	Endpoint(id string) (Endpoint, error)
	ListEndpoints(account int64) ([]Endpoint, error) // newest first, without deleted ones
	PutEndpoint(e Endpoint) error
	// DueEndpoints returns active endpoints, but no listeners, that are owed
	// something now and do not ask for quiet, the longest due first.
	DueEndpoints(now time.Time, offset, limit int) ([]Endpoint, error)
	// CheckEndpoints returns up to limit endpoints with CheckAt at or before
	// now, the longest due first.
	CheckEndpoints(now time.Time, limit int) ([]Endpoint, error)
	// PruneEndpoint drops up to limit deliveries and tries of an endpoint, and
	// the endpoint with the last of them. It reports how many rows are gone.
	PruneEndpoint(id string, limit int) (int, error)

	// ClaimDeliveries takes up to limit pending deliveries of an endpoint, those
	// that have been due longest at now first, and makes them Held until then, so
	// that nobody else takes them before. It passes over deliveries that have an
	// earlier pending one of the same session which is not Passable; those behind
	// a claimed one are not due while it is Held.
	ClaimDeliveries(endpoint string, now, until time.Time, limit int) ([]Owed, error)
	// ClaimDelivery takes one delivery, whatever its status and whenever it is
	// due; the Owed is as it was before. It returns ErrStale if it is Held by
	// somebody.
	ClaimDelivery(endpoint string, event int64, now, until time.Time) (Owed, error)
	// OldestOwed returns the event that an endpoint has not taken and that has
	// been due longest, or the first dead one of its session before it; if none
	// waits, the first that is dead.
	OldestOwed(endpoint string) (event int64, err error)
	// PutDelivery writes what became of a delivery that was claimed until
	// claimed. It returns ErrStale if another sender has claimed it since. While
	// it is pending and not Passable, what must be delivered after it is due with
	// it, and not before; else, what has waited for it is due at d.UpdatedAt,
	// unless it must wait for another still.
	PutDelivery(d Delivery, claimed time.Time) error
	// Owe makes an event due to an endpoint at the given time, once more if it
	// was delivered, with a schedule that starts over. It fixes the body of the
	// event if it has none. What is Held stays as it is.
	Owe(e Event, endpoint string, at time.Time) error
	// Hasten makes due at now up to limit deliveries of an endpoint that are
	// dead or, after those, that wait, and were not touched after since nor tried often. What must
	// wait for another that stays as it is stays too. It reports how many.
	Hasten(endpoint string, since, now time.Time, often int64, limit int) (int, error)
	Deliveries(endpoint string, limit int) ([]Delivery, error) // newest first
	Delivery(endpoint string, event int64) (Delivery, error)

	InsertTry(t Try) error
	Try(id string) (Try, error)
	ListTries(q TryQuery) ([]Try, error) // newest first
	// PruneTries drops up to limit tries made before.
	PruneTries(before time.Time, limit int) (int, error)

	// ClampDue makes due at these instants what is due later than they are: what
	// a clock that ran ahead has put off. Refunds count as attempts.
	ClampDue(attempts, deliveries time.Time) error

	// Backlog counts what has not come to an end.
	Backlog() (Backlog, error)

	// NextDue returns the earliest instant behind after at which a session
	// expires, an attempt or a refund is to be asked about, a subscription or a
	// delivery is due or an endpoint to be looked at; zero if never.
	NextDue(after time.Time) (time.Time, error)
}

// SessionQuery says which sessions of an account to list. Zero fields do not
// restrict.
type SessionQuery struct {
	Account         int64
	Status          Status
	Now             time.Time // decides what is expired; required with Status
	From, Until     time.Time // created at or after From and before Until
	CustomerEmail   string    // A to Z in either case
	ClientReference string
	Metadata        map[string]string // each key must have this value, see [Metadata.Values]

	// Older and Newer are identifiers that bound the list: only sessions older
	// than Older, only sessions newer than Newer. With Nearest, the list holds
	// the Limit sessions next to Newer instead of the newest ones.
	Older, Newer string
	Nearest      bool
	Offset       int
	Limit        int // required
}

// AttemptQuery says which attempts of an account to list. Empty fields do not
// restrict.
type AttemptQuery struct {
	Account     int64
	SessionID   string
	CustomerID  string
	Statuses    []AttemptStatus
	Providers   []string
	MethodCodes []string
	Currencies  []Currency
	From, Until time.Time // created at or after From and before Until
	Offset      int
	Limit       int // required
}

// RefundQuery says which refunds of an account to list. Empty fields do not
// restrict.
type RefundQuery struct {
	Account   int64
	AttemptID string
	Statuses  []RefundStatus
	Page
}

// Parked is a verified message that waits for its attempt.
type Parked struct {
	Signal     Signal
	ReceivedAt time.Time
}

// Statement is how far the statement of an inbox has been read.
type Statement struct {
	TriedAt time.Time // when it was last asked for
	ReadTo  time.Time // up to when it has been read; zero for never
}

// Backlog is what has not come to an end, of all accounts.
type Backlog struct {
	Attempts       []PendingAttempts // by provider and status
	Deliveries     int64             // webhooks that are owed
	OldestDelivery time.Time         // when the first of them is due
	Failing        int64             // endpoints that people have been warned of
	Disabled       int64             // endpoints that are sent nothing because they failed
	Parked         int64             // messages of providers that nobody knows what to do with
}

// PendingAttempts are the attempts of one provider and status that are still
// asked about.
type PendingAttempts struct {
	Provider string
	Status   AttemptStatus
	Count    int64
	Oldest   time.Time // when the first of them was made
}
