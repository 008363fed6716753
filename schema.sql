-- The SQLite schema as it is now: what store/migrations add up to, held equal by
-- a test. Amounts are minor units, times are Unix milliseconds, '' and 0 mean
-- absent. account is a small number that names one merchant in one environment
-- (checkoutd_accounts.number); it comes first in every key that a merchant can
-- reach. Names begin with checkoutd_ because the tables may lie in the database
-- of an embedding program. Identifiers sort by the time they were made.

CREATE TABLE checkoutd_merchants (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE checkoutd_accounts (
    number      INTEGER NOT NULL PRIMARY KEY,
    merchant_id TEXT    NOT NULL REFERENCES checkoutd_merchants (id),
    livemode    INTEGER NOT NULL CHECK (livemode IN (0, 1)),
    UNIQUE (merchant_id, livemode)
) STRICT;

-- What an account has taken: the sum of its paid attempts.
CREATE TABLE checkoutd_balances (
    account    INTEGER NOT NULL,
    currency   TEXT    NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount >= 0),
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

-- hash is the SHA-256 of the secret, which is nowhere in this file.
CREATE TABLE checkoutd_api_keys (
    hash       BLOB    NOT NULL PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    account    INTEGER NOT NULL REFERENCES checkoutd_accounts (number),
    hint       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- With a rowid, since keys are random and answers long: only the small index is
-- written in random places.
CREATE TABLE checkoutd_idempotency_keys (
    account     INTEGER NOT NULL,
    route       TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    answer      BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (account, route, key)
) STRICT;

CREATE INDEX checkoutd_idempotency_keys_age ON checkoutd_idempotency_keys (created_at);

CREATE TABLE checkoutd_sessions (
    id                      TEXT    NOT NULL PRIMARY KEY,
    account                 INTEGER NOT NULL,
    status                  TEXT    NOT NULL CHECK (status IN ('open', 'completed', 'expired')),
    version                 INTEGER NOT NULL,
    amount                  INTEGER NOT NULL CHECK (amount > 0),
    currency                TEXT    NOT NULL,
    title                   TEXT    NOT NULL,
    description             TEXT    NOT NULL,
    quantity                INTEGER NOT NULL CHECK (quantity > 0),
    allow_quantity          INTEGER NOT NULL,
    allow_coupon_code       INTEGER NOT NULL,
    require_name            INTEGER NOT NULL,
    require_email           INTEGER NOT NULL,
    require_phone           INTEGER NOT NULL,
    require_billing_address INTEGER NOT NULL,
    customer_name           TEXT    NOT NULL,
    customer_email          TEXT    NOT NULL,
    customer_phone          TEXT    NOT NULL,
    customer_address        TEXT    NOT NULL,
    customer_city           TEXT    NOT NULL,
    customer_postal_code    TEXT    NOT NULL,
    customer_country        TEXT    NOT NULL,
    client_reference_id     TEXT    NOT NULL,
    success_url             TEXT    NOT NULL,
    cancel_url              TEXT    NOT NULL,
    metadata                TEXT    NOT NULL,
    integration_source      TEXT    NOT NULL,
    transaction_id          TEXT    NOT NULL,
    late                    INTEGER NOT NULL,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    expires_at              INTEGER NOT NULL,
    deferred                INTEGER NOT NULL DEFAULT 0,
    discount                INTEGER NOT NULL DEFAULT 0,
    fee                     INTEGER NOT NULL DEFAULT 0,
    coupons                 TEXT    NOT NULL DEFAULT '',
    product_id              TEXT    NOT NULL DEFAULT '',
    price_id                TEXT    NOT NULL DEFAULT '',
    items                   TEXT    NOT NULL DEFAULT '',
    customer_id             TEXT    NOT NULL DEFAULT '',
    subscription_id         TEXT    NOT NULL DEFAULT '',
    link_id                 TEXT    NOT NULL DEFAULT '',
    allow_amount            INTEGER NOT NULL DEFAULT 0,
    exclusive               INTEGER NOT NULL DEFAULT 0,
    CHECK ((status = 'completed') = (transaction_id <> ''))
) STRICT;

-- Every list merges ranges of this index, one for each status, in the order of
-- id, which is the order of creation.
CREATE INDEX checkoutd_sessions_list ON checkoutd_sessions (account, status, id);

CREATE INDEX checkoutd_sessions_due ON checkoutd_sessions (expires_at) WHERE status = 'open';

CREATE INDEX checkoutd_sessions_reference ON checkoutd_sessions (account, client_reference_id, id) WHERE client_reference_id <> '';

-- own: through the merchant's own credentials. secret is sealed by the provider's
-- adapter. next and payer are JSON. amount is 0 if a session costs nothing.
CREATE TABLE "checkoutd_attempts" (
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

CREATE INDEX checkoutd_attempts_list ON checkoutd_attempts (account, id);

CREATE INDEX checkoutd_attempts_session ON checkoutd_attempts (session_id, id);

CREATE INDEX checkoutd_attempts_customer ON checkoutd_attempts (account, customer_id, id) WHERE customer_id <> '';

CREATE INDEX checkoutd_attempts_due ON checkoutd_attempts (provider, due_at) WHERE due_at > 0;

-- Find the attempt that a provider's message names.
CREATE INDEX checkoutd_attempts_ref ON checkoutd_attempts (ref) WHERE ref <> '';

CREATE INDEX checkoutd_attempts_charge ON checkoutd_attempts (charge) WHERE charge <> '';

-- The last guard of "a session is paid once".
CREATE UNIQUE INDEX checkoutd_attempts_paid ON checkoutd_attempts (session_id) WHERE status = 'paid';

-- Messages of providers that have had their effect.
CREATE TABLE checkoutd_inbound_events (
    provider    TEXT    NOT NULL,
    event_id    TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (provider, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE "checkoutd_refunds" (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     INTEGER NOT NULL,
    attempt_id  TEXT    NOT NULL REFERENCES "checkoutd_attempts" (id),
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

CREATE INDEX checkoutd_refunds_list ON checkoutd_refunds (account, id);

CREATE INDEX checkoutd_refunds_attempt ON checkoutd_refunds (attempt_id, id);

CREATE INDEX checkoutd_refunds_due ON checkoutd_refunds (due_at) WHERE due_at > 0;

-- Verified messages that name no attempt that is known yet, or one that is not
-- paid yet. inbox is a mode, a provider and, for own credentials, an account.
CREATE TABLE checkoutd_parked_signals (
    inbox       TEXT    NOT NULL,
    event_id    TEXT    NOT NULL,
    attempt_id  TEXT    NOT NULL,
    ref         TEXT    NOT NULL,
    charge      TEXT    NOT NULL,
    signal      TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (inbox, event_id)
) STRICT, WITHOUT ROWID;

-- What merchants' own providers are opened with, sealed by the program.
CREATE TABLE checkoutd_credentials (
    account    INTEGER NOT NULL REFERENCES checkoutd_accounts (number),
    provider   TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account, provider)
) STRICT, WITHOUT ROWID;

-- What to do with money that did not come as it should.
CREATE TABLE checkoutd_policies (
    account INTEGER NOT NULL PRIMARY KEY REFERENCES checkoutd_accounts (number),
    late    TEXT    NOT NULL,
    excess  TEXT    NOT NULL,
    surplus TEXT    NOT NULL
) STRICT;

-- When the statement of a provider was last asked for, and up to when it has been
-- read, 0 for never.
CREATE TABLE checkoutd_statements (
    inbox    TEXT    NOT NULL PRIMARY KEY,
    tried_at INTEGER NOT NULL,
    read_to  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What merchants are owed. seq is the order of commit. snapshot is the session
-- and the attempt as they were; body is what every delivery carries, made when
-- the event is fanned out.
CREATE TABLE checkoutd_events (
    seq        INTEGER NOT NULL PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    account    INTEGER NOT NULL,
    type       TEXT    NOT NULL,
    session_id TEXT    NOT NULL,
    attempt_id TEXT    NOT NULL,
    snapshot   TEXT    NOT NULL,
    body       BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    fanned_at  INTEGER NOT NULL,
    subject    TEXT    NOT NULL DEFAULT ''
) STRICT;

-- An attempt causes one event of a type about each of its tries, refunds and
-- disputes, which subject names, and one about itself.
CREATE UNIQUE INDEX checkoutd_events_once ON checkoutd_events (attempt_id, type, subject) WHERE attempt_id <> '';

CREATE INDEX checkoutd_events_unfanned ON checkoutd_events (seq) WHERE fanned_at = 0;

-- Whoever has a body still: what is pruned.
CREATE INDEX checkoutd_events_bodied ON checkoutd_events (created_at) WHERE length(body) > 0;

CREATE INDEX checkoutd_events_list ON checkoutd_events (account, seq, type, created_at);

CREATE INDEX checkoutd_events_session ON checkoutd_events (session_id, seq) WHERE session_id <> '';

-- due_at is when the first of what an endpoint is owed is due, NULL if it is owed
-- nothing.
CREATE TABLE "checkoutd_endpoints" (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       INTEGER NOT NULL,
    url           TEXT    NOT NULL,
    events        TEXT    NOT NULL,
    secret        TEXT    NOT NULL,
    old           TEXT    NOT NULL,
    metadata      TEXT    NOT NULL,
    listener      INTEGER NOT NULL,
    status        TEXT    NOT NULL CHECK (status IN ('active', 'paused', 'disabled', 'deleted')),
    reason        TEXT    NOT NULL,
    failing_since INTEGER NOT NULL,
    failing_event INTEGER NOT NULL,
    down          INTEGER NOT NULL,
    marks         INTEGER NOT NULL,
    quiet_until   INTEGER NOT NULL,
    catch_up      INTEGER NOT NULL,
    check_at      INTEGER NOT NULL,
    due_at        INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (account, url)
) STRICT;

CREATE INDEX checkoutd_endpoints_due ON checkoutd_endpoints (due_at) WHERE status = 'active' AND listener = 0;

CREATE INDEX checkoutd_endpoints_check ON checkoutd_endpoints (check_at) WHERE check_at > 0;

CREATE TABLE "checkoutd_deliveries" (
    event        INTEGER NOT NULL REFERENCES checkoutd_events (seq),
    endpoint_id  TEXT    NOT NULL,
    session_id   TEXT    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('pending', 'delivered', 'dead', 'dropped')),
    held         INTEGER NOT NULL,
    passable     INTEGER NOT NULL,
    tries        INTEGER NOT NULL,
    step         INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    last_status  INTEGER NOT NULL,
    last_error   TEXT    NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, event)
) STRICT, WITHOUT ROWID;

CREATE INDEX checkoutd_deliveries_due ON checkoutd_deliveries (endpoint_id, due_at, event) WHERE status = 'pending';

CREATE INDEX checkoutd_deliveries_dead ON checkoutd_deliveries (endpoint_id, updated_at, event) WHERE status = 'dead';

-- Each time that something was sent.
CREATE TABLE checkoutd_tries (
    id          TEXT    NOT NULL PRIMARY KEY,
    endpoint_id TEXT    NOT NULL,
    event_id    TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    ok          INTEGER NOT NULL,
    tried_at    INTEGER NOT NULL,
    took        INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    error       TEXT    NOT NULL,
    response    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX checkoutd_tries_endpoint ON checkoutd_tries (endpoint_id, id);

-- What merchants sell. images is JSON.
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

-- Who pays. email_key is what spellings of one address have in common.
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

-- percent is in hundredths of a percent. products and prices are the identifiers
-- that a coupon is good for, between commas. The caps are the last guard of "no
-- coupon is used more often than it may be".
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

-- Uses of coupons by sessions. Those that are released do not count.
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

-- Count the uses of a coupon in a time, and by one customer.
CREATE INDEX checkoutd_redemptions_coupon ON checkoutd_redemptions (coupon_id, applied_at) WHERE status <> 'released';

CREATE INDEX checkoutd_redemptions_customer ON checkoutd_redemptions (coupon_id, customer_id, applied_at) WHERE customer_id <> '';

-- Addresses that open sessions. uses counts those that were paid.
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

-- Prices that are paid again and again. customer is JSON.
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

-- Which session may pay an order that is paid once.
CREATE TABLE checkoutd_order_locks (
    account    INTEGER NOT NULL,
    reference  TEXT    NOT NULL,
    session_id TEXT    NOT NULL,
    paid       INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    PRIMARY KEY (account, reference)
) STRICT, WITHOUT ROWID;
