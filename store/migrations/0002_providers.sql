-- Real providers: attempts remember how they are reached and asked about, what
-- was given back and disputed; refunds, parked signals, credentials and policies.

CREATE TABLE checkoutd_attempts_2 (
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

INSERT INTO checkoutd_attempts_2
SELECT id, account, session_id, status, version, provider, 0, method,
    CASE method WHEN 'card' THEN 'CARDS' ELSE 'MOBILE_MONEY' END,
    amount, currency, received, received_in, 0, payer, ref, '', '', next, reason, 0, 0, '',
    polls, 0, due_at, 0, paid_at, created_at, updated_at
FROM checkoutd_attempts;

DROP TABLE checkoutd_attempts;

ALTER TABLE checkoutd_attempts_2 RENAME TO checkoutd_attempts;

CREATE INDEX checkoutd_attempts_list ON checkoutd_attempts (account, id);

CREATE INDEX checkoutd_attempts_session ON checkoutd_attempts (session_id, id);

CREATE INDEX checkoutd_attempts_due ON checkoutd_attempts (provider, due_at) WHERE due_at > 0;

CREATE INDEX checkoutd_attempts_ref ON checkoutd_attempts (ref) WHERE ref <> '';

CREATE INDEX checkoutd_attempts_charge ON checkoutd_attempts (charge) WHERE charge <> '';

CREATE UNIQUE INDEX checkoutd_attempts_paid ON checkoutd_attempts (session_id) WHERE status = 'paid';

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

CREATE TABLE checkoutd_credentials (
    account    INTEGER NOT NULL REFERENCES checkoutd_accounts (number),
    provider   TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account, provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkoutd_policies (
    account INTEGER NOT NULL PRIMARY KEY REFERENCES checkoutd_accounts (number),
    late    TEXT    NOT NULL,
    excess  TEXT    NOT NULL,
    surplus TEXT    NOT NULL
) STRICT;

CREATE TABLE checkoutd_statements (
    inbox    TEXT    NOT NULL PRIMARY KEY,
    tried_at INTEGER NOT NULL,
    read_to  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events that are still to be sent tell the code of their method.
UPDATE checkoutd_events SET snapshot = json_set(snapshot, '$.Attempt.MethodCode',
    CASE json_extract(snapshot, '$.Attempt.Method') WHEN 'card' THEN 'CARDS' ELSE 'MOBILE_MONEY' END)
WHERE fanned_at = 0 AND json_extract(snapshot, '$.Attempt.Method') IS NOT NULL;

ALTER TABLE checkoutd_events ADD COLUMN subject TEXT NOT NULL DEFAULT '';

DROP INDEX checkoutd_events_once;

CREATE UNIQUE INDEX checkoutd_events_once ON checkoutd_events (attempt_id, type, subject) WHERE attempt_id <> '';
