-- What sessions can refer to: products and prices, customers, coupons, links,
-- subscriptions and exclusive orders.

CREATE TABLE checkoutd_products (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    type          TEXT    NOT NULL,
    images        TEXT    NOT NULL,
    active        INTEGER NOT NULL,
    storefront    INTEGER NOT NULL,
    metadata      TEXT    NOT NULL,
    first_payment TEXT    NOT NULL,
    trial_days    INTEGER NOT NULL,
    charge_day    INTEGER NOT NULL,
    on_failure    TEXT    NOT NULL,
    cycles        INTEGER NOT NULL,
    default_price TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX checkoutd_products_list ON checkoutd_products (account, id);

CREATE TABLE checkoutd_prices (
    id               TEXT    NOT NULL PRIMARY KEY,
    account          INTEGER NOT NULL,
    product_id       TEXT    NOT NULL REFERENCES checkoutd_products (id),
    version          INTEGER NOT NULL,
    amount           INTEGER NOT NULL CHECK (amount > 0),
    currency         TEXT    NOT NULL,
    billing_interval TEXT    NOT NULL,
    model            TEXT    NOT NULL,
    minimum          INTEGER NOT NULL,
    maximum          INTEGER NOT NULL,
    active           INTEGER NOT NULL,
    metadata         TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;

CREATE INDEX checkoutd_prices_list ON checkoutd_prices (account, id);

CREATE INDEX checkoutd_prices_product ON checkoutd_prices (product_id, id);

CREATE TABLE checkoutd_customers (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    email       TEXT    NOT NULL,
    email_key   TEXT    NOT NULL,
    phone       TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    city        TEXT    NOT NULL,
    postal_code TEXT    NOT NULL,
    country     TEXT    NOT NULL,
    whatsapp    TEXT    NOT NULL,
    business    INTEGER NOT NULL,
    metadata    TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX checkoutd_customers_list ON checkoutd_customers (account, id);

CREATE INDEX checkoutd_customers_email ON checkoutd_customers (account, email_key, id) WHERE email_key <> '';

CREATE INDEX checkoutd_customers_phone ON checkoutd_customers (account, phone, id) WHERE phone <> '';

CREATE TABLE checkoutd_coupons (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    code          TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    active        INTEGER NOT NULL,
    percent       INTEGER NOT NULL,
    fixed         INTEGER NOT NULL,
    currency      TEXT    NOT NULL,
    max_uses      INTEGER NOT NULL,
    max_quantity  INTEGER NOT NULL,
    starts_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    customer_type TEXT    NOT NULL,
    frequency     TEXT    NOT NULL,
    per_frequency INTEGER NOT NULL,
    scope         TEXT    NOT NULL,
    products      TEXT    NOT NULL,
    prices        TEXT    NOT NULL,
    reserved      INTEGER NOT NULL CHECK (reserved >= 0),
    used          INTEGER NOT NULL CHECK (used >= 0),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (account, code),
    CHECK (max_uses = 0 OR reserved + used <= max_uses)
) STRICT;

CREATE INDEX checkoutd_coupons_list ON checkoutd_coupons (account, id);

CREATE TABLE checkoutd_redemptions (
    session_id  TEXT    NOT NULL,
    coupon_id   TEXT    NOT NULL,
    account     INTEGER NOT NULL,
    customer_id TEXT    NOT NULL,
    product_id  TEXT    NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('reserved', 'used', 'released')),
    discount    INTEGER NOT NULL CHECK (discount >= 0),
    currency    TEXT    NOT NULL,
    paid        INTEGER NOT NULL,
    applied_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (session_id, coupon_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX checkoutd_redemptions_coupon ON checkoutd_redemptions (coupon_id, applied_at) WHERE status <> 'released';

CREATE INDEX checkoutd_redemptions_customer ON checkoutd_redemptions (coupon_id, customer_id, applied_at) WHERE customer_id <> '';

CREATE TABLE checkoutd_links (
    id                      TEXT    NOT NULL PRIMARY KEY,
    account                 INTEGER NOT NULL,
    version                 INTEGER NOT NULL,
    type                    TEXT    NOT NULL,
    title                   TEXT    NOT NULL,
    description             TEXT    NOT NULL,
    amount                  INTEGER NOT NULL,
    currency                TEXT    NOT NULL,
    product_id              TEXT    NOT NULL,
    price_id                TEXT    NOT NULL,
    allow_quantity          INTEGER NOT NULL,
    allow_coupon_code       INTEGER NOT NULL,
    require_name            INTEGER NOT NULL,
    require_email           INTEGER NOT NULL,
    require_phone           INTEGER NOT NULL,
    require_billing_address INTEGER NOT NULL,
    success_url             TEXT    NOT NULL,
    cancel_url              TEXT    NOT NULL,
    metadata                TEXT    NOT NULL,
    active                  INTEGER NOT NULL,
    expires_at              INTEGER NOT NULL,
    max_uses                INTEGER NOT NULL,
    uses                    INTEGER NOT NULL,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    CHECK (uses >= 0 AND (max_uses = 0 OR uses <= max_uses))
) STRICT;

CREATE INDEX checkoutd_links_list ON checkoutd_links (account, id);

CREATE TABLE checkoutd_subscriptions (
    id               TEXT    NOT NULL PRIMARY KEY,
    account          INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    status           TEXT    NOT NULL CHECK (status IN ('trialing', 'active', 'past_due', 'paused', 'cancelled', 'completed')),
    customer_id      TEXT    NOT NULL,
    product_id       TEXT    NOT NULL,
    price_id         TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    amount           INTEGER NOT NULL,
    currency         TEXT    NOT NULL,
    billing_interval TEXT    NOT NULL,
    first_payment    TEXT    NOT NULL,
    trial_days       INTEGER NOT NULL,
    charge_day       INTEGER NOT NULL,
    on_failure       TEXT    NOT NULL,
    cycles           INTEGER NOT NULL,
    customer         TEXT    NOT NULL,
    metadata         TEXT    NOT NULL,
    session_id       TEXT    NOT NULL,
    cycle            INTEGER NOT NULL,
    period_start     INTEGER NOT NULL,
    period_end       INTEGER NOT NULL,
    anchor_at        INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    cancelled_at     INTEGER NOT NULL,
    cancel_at_end    INTEGER NOT NULL
) STRICT;

CREATE INDEX checkoutd_subscriptions_list ON checkoutd_subscriptions (account, id);

CREATE INDEX checkoutd_subscriptions_customer ON checkoutd_subscriptions (account, customer_id, id) WHERE customer_id <> '';

CREATE INDEX checkoutd_subscriptions_due ON checkoutd_subscriptions (due_at) WHERE due_at > 0;

CREATE TABLE checkoutd_order_locks (
    account    INTEGER NOT NULL,
    reference  TEXT    NOT NULL,
    session_id TEXT    NOT NULL,
    paid       INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    PRIMARY KEY (account, reference)
) STRICT, WITHOUT ROWID;

ALTER TABLE checkoutd_sessions ADD COLUMN deferred INTEGER NOT NULL DEFAULT 0;

ALTER TABLE checkoutd_sessions ADD COLUMN discount INTEGER NOT NULL DEFAULT 0;

ALTER TABLE checkoutd_sessions ADD COLUMN fee INTEGER NOT NULL DEFAULT 0;

ALTER TABLE checkoutd_sessions ADD COLUMN coupons TEXT NOT NULL DEFAULT '';

ALTER TABLE checkoutd_sessions ADD COLUMN product_id TEXT NOT NULL DEFAULT '';

ALTER TABLE checkoutd_sessions ADD COLUMN price_id TEXT NOT NULL DEFAULT '';

ALTER TABLE checkoutd_sessions ADD COLUMN items TEXT NOT NULL DEFAULT '';

ALTER TABLE checkoutd_sessions ADD COLUMN customer_id TEXT NOT NULL DEFAULT '';

ALTER TABLE checkoutd_sessions ADD COLUMN subscription_id TEXT NOT NULL DEFAULT '';

ALTER TABLE checkoutd_sessions ADD COLUMN link_id TEXT NOT NULL DEFAULT '';

ALTER TABLE checkoutd_sessions ADD COLUMN allow_amount INTEGER NOT NULL DEFAULT 0;

ALTER TABLE checkoutd_sessions ADD COLUMN exclusive INTEGER NOT NULL DEFAULT 0;

-- Attempts know who pays, and may be about nothing. Refunds are copied as well:
-- SQLite refuses to drop a table that others refer to.

CREATE TABLE checkoutd_attempts_2 (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      INTEGER NOT NULL,
    session_id   TEXT    NOT NULL REFERENCES checkoutd_sessions (id),
    status       TEXT    NOT NULL CHECK (status IN ('created', 'open', 'unsure', 'paid', 'failed', 'expired', 'surplus', 'mismatch', 'late', 'refunded')),
    version      INTEGER NOT NULL,
    customer_id  TEXT    NOT NULL,
    provider     TEXT    NOT NULL,
    own          INTEGER NOT NULL,
    method       TEXT    NOT NULL,
    method_code  TEXT    NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount >= 0),
    currency     TEXT    NOT NULL,
    received     INTEGER NOT NULL,
    received_in  TEXT    NOT NULL,
    asserted     INTEGER NOT NULL,
    payer        TEXT    NOT NULL,
    ref          TEXT    NOT NULL,
    secret       TEXT    NOT NULL,
    charge       TEXT    NOT NULL,
    next         TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    refunding    INTEGER NOT NULL CHECK (refunding >= 0),
    refunded     INTEGER NOT NULL CHECK (refunded >= 0),
    dispute      TEXT    NOT NULL,
    polls        INTEGER NOT NULL,
    polled_at    INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    until        INTEGER NOT NULL,
    paid_at      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    CHECK (refunding + refunded <= max(received, 0))
) STRICT;

INSERT INTO checkoutd_attempts_2
SELECT id, account, session_id, status, version, '', provider, own, method, method_code,
    amount, currency, received, received_in, asserted, payer, ref, secret, charge, next, reason, refunding, refunded, dispute,
    polls, polled_at, due_at, until, paid_at, created_at, updated_at
FROM checkoutd_attempts;

CREATE TABLE checkoutd_refunds_2 (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     INTEGER NOT NULL,
    attempt_id  TEXT    NOT NULL REFERENCES checkoutd_attempts_2 (id),
    session_id  TEXT    NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('created', 'pending', 'succeeded', 'failed')),
    version     INTEGER NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    currency    TEXT    NOT NULL,
    origin      TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    ref         TEXT    NOT NULL,
    failure     TEXT    NOT NULL,
    tries       INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

INSERT INTO checkoutd_refunds_2
SELECT id, account, attempt_id, session_id, status, version, amount, currency, origin, reason, ref, failure,
    tries, due_at, created_at, updated_at
FROM checkoutd_refunds;

DROP TABLE checkoutd_refunds;

DROP TABLE checkoutd_attempts;

ALTER TABLE checkoutd_attempts_2 RENAME TO checkoutd_attempts;

ALTER TABLE checkoutd_refunds_2 RENAME TO checkoutd_refunds;

CREATE INDEX checkoutd_attempts_list ON checkoutd_attempts (account, id);

CREATE INDEX checkoutd_attempts_session ON checkoutd_attempts (session_id, id);

CREATE INDEX checkoutd_attempts_customer ON checkoutd_attempts (account, customer_id, id) WHERE customer_id <> '';

CREATE INDEX checkoutd_attempts_due ON checkoutd_attempts (provider, due_at) WHERE due_at > 0;

CREATE INDEX checkoutd_attempts_ref ON checkoutd_attempts (ref) WHERE ref <> '';

CREATE INDEX checkoutd_attempts_charge ON checkoutd_attempts (charge) WHERE charge <> '';

CREATE UNIQUE INDEX checkoutd_attempts_paid ON checkoutd_attempts (session_id) WHERE status = 'paid';

CREATE INDEX checkoutd_refunds_list ON checkoutd_refunds (account, id);

CREATE INDEX checkoutd_refunds_attempt ON checkoutd_refunds (attempt_id, id);

CREATE INDEX checkoutd_refunds_due ON checkoutd_refunds (due_at) WHERE due_at > 0;
