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
    CHECK ((status = 'completed') = (transaction_id <> ''))
) STRICT;

-- Every list merges ranges of this index, one for each status, in the order of
-- id, which is the order of creation.
CREATE INDEX checkoutd_sessions_list ON checkoutd_sessions (account, status, id);

CREATE INDEX checkoutd_sessions_due ON checkoutd_sessions (expires_at) WHERE status = 'open';

CREATE INDEX checkoutd_sessions_reference ON checkoutd_sessions (account, client_reference_id, id) WHERE client_reference_id <> '';

-- own: through the merchant's own credentials. secret is sealed by the provider's
-- adapter. next and payer are JSON.
CREATE TABLE "checkoutd_attempts" (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      INTEGER NOT NULL,
    session_id   TEXT    NOT NULL REFERENCES checkoutd_sessions (id),
    status       TEXT    NOT NULL CHECK (status IN ('created', 'open', 'unsure', 'paid', 'failed', 'expired', 'surplus', 'mismatch', 'late', 'refunded')),
    version      INTEGER NOT NULL,
    provider     TEXT    NOT NULL,
    own          INTEGER NOT NULL,
    method       TEXT    NOT NULL,
    method_code  TEXT    NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount > 0),
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

CREATE TABLE checkoutd_refunds (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     INTEGER NOT NULL,
    attempt_id  TEXT    NOT NULL REFERENCES checkoutd_attempts (id),
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
