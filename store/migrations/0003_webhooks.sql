-- Webhooks that are easy to live with: endpoints have a health and a queue of
-- their own, every try is kept, and events can be read.

CREATE INDEX checkoutd_events_bodied ON checkoutd_events (created_at) WHERE length(body) > 0;

CREATE INDEX checkoutd_events_list ON checkoutd_events (account, seq, type, created_at);

CREATE INDEX checkoutd_events_session ON checkoutd_events (session_id, seq) WHERE session_id <> '';

CREATE TABLE checkoutd_endpoints_2 (
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

INSERT INTO checkoutd_endpoints_2
SELECT id, account, url, events, secret, '', metadata, 0, 'active', '', 0, 0, 0, 0, 0, 0, 0,
    (SELECT MIN(due_at) FROM checkoutd_deliveries WHERE endpoint_id = id AND status = 'pending'),
    created_at, updated_at
FROM checkoutd_endpoints;

DROP TABLE checkoutd_endpoints;

ALTER TABLE checkoutd_endpoints_2 RENAME TO checkoutd_endpoints;

CREATE INDEX checkoutd_endpoints_due ON checkoutd_endpoints (due_at) WHERE status = 'active' AND listener = 0;

CREATE INDEX checkoutd_endpoints_check ON checkoutd_endpoints (check_at) WHERE check_at > 0;

CREATE TABLE checkoutd_deliveries_2 (
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

INSERT INTO checkoutd_deliveries_2
SELECT event, endpoint_id, session_id, status, 0, 0, tries, tries, due_at, last_status, last_error, updated_at
FROM checkoutd_deliveries;

DROP TABLE checkoutd_deliveries;

ALTER TABLE checkoutd_deliveries_2 RENAME TO checkoutd_deliveries;

CREATE INDEX checkoutd_deliveries_due ON checkoutd_deliveries (endpoint_id, due_at, event) WHERE status = 'pending';

CREATE INDEX checkoutd_deliveries_dead ON checkoutd_deliveries (endpoint_id, updated_at, event) WHERE status = 'dead';

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
