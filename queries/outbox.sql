-- name: ClaimInbound :execrows
INSERT INTO checkoutd_inbound_events (provider, event_id, received_at)
VALUES (@provider, @event_id, @received_at)
ON CONFLICT DO NOTHING;

-- name: ParkSignal :execrows
INSERT INTO checkoutd_parked_signals (inbox, event_id, attempt_id, ref, charge, signal, received_at)
VALUES (@inbox, @event_id, @attempt_id, @ref, @charge, @signal, @received_at)
ON CONFLICT DO NOTHING;

-- name: ParkedSignals :many
SELECT * FROM checkoutd_parked_signals
WHERE inbox = @inbox
  AND (attempt_id <> '' AND attempt_id = @attempt_id OR ref <> '' AND ref = @ref OR charge <> '' AND charge = @charge)
ORDER BY received_at, event_id;

-- name: DropParked :exec
DELETE FROM checkoutd_parked_signals WHERE inbox = @inbox AND event_id = @event_id;

-- name: CountParked :one
SELECT COUNT(*) FROM checkoutd_parked_signals;

-- name: PruneParked :execrows
DELETE FROM checkoutd_parked_signals WHERE received_at < @before;

-- name: Statement :one
SELECT * FROM checkoutd_statements WHERE inbox = @inbox;

-- name: PutStatement :exec
INSERT INTO checkoutd_statements (inbox, tried_at, read_to) VALUES (@inbox, @tried_at, @read_to)
ON CONFLICT (inbox) DO UPDATE SET tried_at = excluded.tried_at, read_to = excluded.read_to;

-- name: AppendEvent :exec
INSERT INTO checkoutd_events (seq, id, account, type, session_id, attempt_id, subject, snapshot, body, created_at, fanned_at)
SELECT COALESCE(MAX(seq), 0) + 1, CAST(@id AS TEXT), CAST(@account AS BIGINT), CAST(@type AS TEXT),
    CAST(@session_id AS TEXT), CAST(@attempt_id AS TEXT), CAST(@subject AS TEXT), CAST(@snapshot AS TEXT), CAST(@body AS BLOB),
    CAST(@created_at AS BIGINT), CAST(@fanned_at AS BIGINT)
FROM checkoutd_events;

-- name: Event :one
SELECT * FROM checkoutd_events WHERE id = @id;

-- name: EventsAfter :many
SELECT * FROM checkoutd_events
WHERE account = @account AND seq > @after AND seq < @before
  AND (CAST(@types AS TEXT) = '' OR replace(CAST(@types AS TEXT), ',' || type || ',', '') <> CAST(@types AS TEXT))
  AND created_at >= @since AND created_at < @until
ORDER BY seq
LIMIT CAST(@max AS BIGINT);

-- FirstSeq is where in the order of events the first stands whose identifier is
-- not below one, 0 if none is: a clock that was set back may have made later ones
-- below it.
-- name: FirstSeq :one
SELECT CAST(COALESCE(MIN(seq), 0) AS BIGINT) FROM checkoutd_events WHERE id >= @id;

-- name: SessionEvents :many
SELECT * FROM checkoutd_events
WHERE session_id = @session_id AND session_id <> '' AND account = @account AND seq > @after AND seq < @before
  AND (CAST(@types AS TEXT) = '' OR replace(CAST(@types AS TEXT), ',' || type || ',', '') <> CAST(@types AS TEXT))
  AND created_at >= @since AND created_at < @until
ORDER BY seq;

-- name: EventsBefore :many
SELECT * FROM checkoutd_events
WHERE account = @account AND seq > @after AND seq < @before
  AND (CAST(@types AS TEXT) = '' OR replace(CAST(@types AS TEXT), ',' || type || ',', '') <> CAST(@types AS TEXT))
  AND created_at >= @since AND created_at < @until
ORDER BY seq DESC
LIMIT CAST(@max AS BIGINT);

-- name: UnfannedEvents :many
SELECT * FROM checkoutd_events
WHERE fanned_at = 0
ORDER BY seq
LIMIT CAST(@max AS BIGINT);

-- name: FanEvent :execrows
UPDATE checkoutd_events SET body = @body, fanned_at = @fanned_at
WHERE seq = @seq AND fanned_at = 0;

-- name: FixBody :exec
UPDATE checkoutd_events SET body = @body
WHERE seq = @seq AND length(body) = 0;

-- name: PruneBodies :execrows
UPDATE checkoutd_events SET body = @nothing
WHERE seq IN (
    SELECT e.seq FROM checkoutd_events AS e
    WHERE length(e.body) > 0 AND e.created_at < @before
      AND NOT EXISTS (
        SELECT 1 FROM checkoutd_endpoints AS p
        JOIN checkoutd_deliveries AS d ON d.endpoint_id = p.id AND d.event = e.seq
        WHERE p.account = e.account AND d.status IN ('pending', 'dead')
      )
    ORDER BY e.created_at
    LIMIT CAST(@max AS BIGINT)
);

-- name: InsertEndpoint :exec
INSERT INTO checkoutd_endpoints (id, account, url, events, secret, old, metadata, listener, status, reason, failing_since, failing_event,
    down, marks, quiet_until, catch_up, check_at, created_at, updated_at)
VALUES (@id, @account, @url, @events, @secret, @old, @metadata, @listener, @status, @reason, @failing_since, @failing_event,
    @down, @marks, @quiet_until, @catch_up, @check_at, @created_at, @updated_at);

-- name: PutEndpoint :execrows
UPDATE checkoutd_endpoints SET
    url = @url, events = @events, secret = @secret, old = @old, metadata = @metadata, status = @status, reason = @reason,
    failing_since = @failing_since, failing_event = @failing_event, down = @down, marks = @marks,
    quiet_until = @quiet_until, catch_up = @catch_up, check_at = @check_at, updated_at = @updated_at
WHERE id = @id;

-- name: Endpoint :one
SELECT * FROM checkoutd_endpoints WHERE id = @id;

-- name: ListEndpoints :many
SELECT * FROM checkoutd_endpoints WHERE account = @account AND status <> 'deleted' ORDER BY id DESC;

-- name: DueEndpoints :many
SELECT * FROM checkoutd_endpoints
WHERE status = 'active' AND listener = 0 AND due_at <= CAST(@now AS BIGINT) AND quiet_until <= CAST(@now AS BIGINT)
ORDER BY due_at, id
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: CheckEndpoints :many
SELECT * FROM checkoutd_endpoints
WHERE check_at > 0 AND check_at <= @now
ORDER BY check_at, id
LIMIT CAST(@max AS BIGINT);

-- name: DeleteEndpoint :execrows
DELETE FROM checkoutd_endpoints WHERE id = @id;

-- Queue notes when the first of what an endpoint is owed is due. Mostly it is
-- noted already, and nothing is written.
-- name: Queue :exec
UPDATE checkoutd_endpoints SET due_at = (
    SELECT MIN(d.due_at) FROM checkoutd_deliveries AS d WHERE d.endpoint_id = checkoutd_endpoints.id AND d.status = 'pending'
)
WHERE id = @id AND COALESCE(due_at, -1) <> COALESCE((
    SELECT MIN(d.due_at) FROM checkoutd_deliveries AS d WHERE d.endpoint_id = checkoutd_endpoints.id AND d.status = 'pending'
), -1);

-- name: PruneDeliveries :execrows
DELETE FROM checkoutd_deliveries WHERE endpoint_id = CAST(@endpoint_id AS TEXT) AND event IN (
    SELECT d.event FROM checkoutd_deliveries AS d WHERE d.endpoint_id = CAST(@endpoint_id AS TEXT) LIMIT CAST(@max AS BIGINT)
);

-- name: PruneTriesOf :execrows
DELETE FROM checkoutd_tries WHERE id IN (
    SELECT t.id FROM checkoutd_tries AS t WHERE t.endpoint_id = @endpoint_id LIMIT CAST(@max AS BIGINT)
);

-- name: OweDelivery :exec
INSERT INTO checkoutd_deliveries (event, endpoint_id, session_id, status, held, passable, tries, step, due_at, last_status, last_error, updated_at)
VALUES (@event, @endpoint_id, @session_id, 'pending', 0, 0, 0, 0, @due_at, 0, '', @updated_at)
ON CONFLICT (endpoint_id, event) DO UPDATE SET
    status = 'pending', passable = 0, step = 0, due_at = excluded.due_at, updated_at = excluded.updated_at
WHERE held = 0;

-- What looks for deliveries of one session goes by its events, which are few, each
-- of which the primary key then finds. CROSS JOIN keeps SQLite to that order:
-- without statistics it would read all that an endpoint was ever owed.

-- name: ClaimDeliveries :many
UPDATE checkoutd_deliveries SET due_at = @until, held = 1
WHERE endpoint_id = CAST(@endpoint_id AS TEXT) AND event IN (
    SELECT d.event FROM checkoutd_deliveries AS d
    WHERE d.endpoint_id = CAST(@endpoint_id AS TEXT) AND d.status = 'pending' AND d.due_at <= CAST(@now AS BIGINT)
      AND NOT EXISTS (
        SELECT 1 FROM checkoutd_events AS e CROSS JOIN checkoutd_deliveries AS earlier
        WHERE e.session_id = d.session_id AND e.session_id <> '' AND e.seq < d.event
          AND earlier.endpoint_id = d.endpoint_id AND earlier.event = e.seq
          AND earlier.status = 'pending' AND earlier.passable = 0
      )
    ORDER BY d.due_at, d.event
    LIMIT CAST(@max AS BIGINT)
)
RETURNING *;

-- name: ClaimDelivery :execrows
UPDATE checkoutd_deliveries SET due_at = @until, held = 1, status = 'pending'
WHERE endpoint_id = @endpoint_id AND event = @event AND (held = 0 OR due_at <= @now);

-- OwedEvent is what is needed of an event to send it.
-- name: OwedEvent :one
SELECT e.id, e.type, e.body, e.created_at, e.account FROM checkoutd_events AS e WHERE e.seq = @seq;

-- name: OldestPending :one
SELECT d.event, d.session_id FROM checkoutd_deliveries AS d
WHERE d.endpoint_id = @endpoint_id AND d.status = 'pending'
ORDER BY d.due_at, d.event
LIMIT 1;

-- name: DeadBefore :one
SELECT d.event FROM checkoutd_events AS e CROSS JOIN checkoutd_deliveries AS d
WHERE e.session_id = @session_id AND e.session_id <> '' AND e.seq < @event
  AND d.endpoint_id = @endpoint_id AND d.event = e.seq AND d.status = 'dead'
ORDER BY e.seq
LIMIT 1;

-- name: OldestDead :one
SELECT d.event FROM checkoutd_deliveries AS d
WHERE d.endpoint_id = @endpoint_id AND d.status = 'dead'
ORDER BY d.updated_at, d.event
LIMIT 1;

-- name: PutDelivery :execrows
UPDATE checkoutd_deliveries SET
    status = @status, held = 0, passable = @passable, tries = @tries, step = @step, due_at = @due_at,
    last_status = @last_status, last_error = @last_error, updated_at = @updated_at
WHERE endpoint_id = @endpoint_id AND event = @event AND held = 1 AND due_at = @claimed;

-- HoldBack makes what waits behind a delivery due with it and not before.
-- name: HoldBack :exec
UPDATE checkoutd_deliveries SET due_at = CAST(@due_at AS BIGINT)
WHERE endpoint_id = CAST(@endpoint_id AS TEXT) AND event IN (
    SELECT d.event FROM checkoutd_events AS s CROSS JOIN checkoutd_deliveries AS d
    WHERE s.session_id = @session_id AND s.session_id <> '' AND s.seq > @event
      AND d.endpoint_id = CAST(@endpoint_id AS TEXT) AND d.event = s.seq
      AND d.status = 'pending' AND d.due_at < CAST(@due_at AS BIGINT) AND d.held = 0
);

-- Release makes due at once what has waited behind a delivery that was claimed
-- until then: what was not tried, and what was due before. It passes over what must
-- wait for another still.
-- name: Release :exec
UPDATE checkoutd_deliveries SET due_at = @now
WHERE endpoint_id = CAST(@endpoint_id AS TEXT) AND event IN (
    SELECT d.event FROM checkoutd_events AS s CROSS JOIN checkoutd_deliveries AS d
    WHERE s.session_id = @session_id AND s.session_id <> '' AND s.seq > @event
      AND d.endpoint_id = CAST(@endpoint_id AS TEXT) AND d.event = s.seq AND d.status = 'pending' AND d.due_at > CAST(@now AS BIGINT) AND d.held = 0 AND (d.step = 0 OR d.due_at = CAST(@claimed AS BIGINT))
      AND NOT EXISTS (
        SELECT 1 FROM checkoutd_events AS e CROSS JOIN checkoutd_deliveries AS earlier
        WHERE e.session_id = d.session_id AND e.session_id <> '' AND e.seq < d.event
          AND earlier.endpoint_id = d.endpoint_id AND earlier.event = e.seq
          AND earlier.status = 'pending' AND earlier.passable = 0 AND earlier.due_at > CAST(@now AS BIGINT)
          AND (earlier.held = 1 OR earlier.step > 0 AND earlier.due_at <> CAST(@claimed AS BIGINT))
      )
);

-- LatestDue is when the last of what must be delivered first is due, 0 if nothing
-- must.
-- name: LatestDue :one
SELECT CAST(COALESCE(MAX(d.due_at), 0) AS BIGINT) FROM checkoutd_events AS e CROSS JOIN checkoutd_deliveries AS d
WHERE e.session_id = @session_id AND e.session_id <> '' AND e.seq < @event
  AND d.endpoint_id = @endpoint_id AND d.event = e.seq AND d.status = 'pending' AND d.passable = 0;

-- HastenPending gives back the step that a try costs: it is one more. It passes
-- over what must wait for another that is not brought forward.
-- name: HastenPending :execrows
UPDATE checkoutd_deliveries SET due_at = @now, step = CASE WHEN step > 0 THEN step - 1 ELSE 0 END
WHERE endpoint_id = CAST(@endpoint_id AS TEXT) AND event IN (
    SELECT d.event FROM checkoutd_deliveries AS d
    WHERE d.endpoint_id = CAST(@endpoint_id AS TEXT) AND d.status = 'pending' AND d.due_at > CAST(@now AS BIGINT)
      AND d.held = 0 AND d.updated_at <= @since AND d.tries < @often
      AND NOT EXISTS (
        SELECT 1 FROM checkoutd_events AS e CROSS JOIN checkoutd_deliveries AS earlier
        WHERE e.session_id = d.session_id AND e.session_id <> '' AND e.seq < d.event
          AND earlier.endpoint_id = d.endpoint_id AND earlier.event = e.seq
          AND earlier.status = 'pending' AND earlier.passable = 0 AND earlier.due_at > CAST(@now AS BIGINT)
          AND (earlier.held = 1 OR earlier.updated_at > @since OR earlier.tries >= @often)
      )
    ORDER BY d.due_at, d.event
    LIMIT CAST(@max AS BIGINT)
)
  AND held = 0;

-- name: HastenDead :execrows
UPDATE checkoutd_deliveries SET status = 'pending', due_at = @now, step = 0, passable = 0
WHERE endpoint_id = CAST(@endpoint_id AS TEXT) AND event IN (
    SELECT d.event FROM checkoutd_deliveries AS d
    WHERE d.endpoint_id = CAST(@endpoint_id AS TEXT) AND d.status = 'dead' AND d.updated_at <= @since AND d.tries < @often
    ORDER BY d.updated_at, d.event
    LIMIT CAST(@max AS BIGINT)
);

-- name: ClampDeliveries :exec
UPDATE checkoutd_deliveries SET due_at = @latest
WHERE endpoint_id IN (SELECT p.id FROM checkoutd_endpoints AS p) AND status = 'pending' AND due_at > @latest;

-- name: ClampEndpoints :exec
UPDATE checkoutd_endpoints SET
    due_at = CASE WHEN due_at > CAST(@latest AS BIGINT) THEN CAST(@latest AS BIGINT) ELSE due_at END,
    quiet_until = CASE WHEN quiet_until > CAST(@latest AS BIGINT) THEN CAST(@latest AS BIGINT) ELSE quiet_until END
WHERE due_at > CAST(@latest AS BIGINT) OR quiet_until > CAST(@latest AS BIGINT);

-- name: Deliveries :many
SELECT * FROM checkoutd_deliveries
WHERE endpoint_id = @endpoint_id
ORDER BY event DESC
LIMIT CAST(@max AS BIGINT);

-- name: Delivery :one
SELECT * FROM checkoutd_deliveries WHERE endpoint_id = @endpoint_id AND event = @event;

-- name: InsertTry :exec
INSERT INTO checkoutd_tries (id, endpoint_id, event_id, number, ok, tried_at, took, status, error, response)
VALUES (@id, @endpoint_id, @event_id, @number, @ok, @tried_at, @took, @status, @error, @response);

-- name: Try :one
SELECT * FROM checkoutd_tries WHERE id = @id;

-- name: ListTries :many
SELECT * FROM checkoutd_tries
WHERE endpoint_id = @endpoint_id AND (CAST(@event_id AS TEXT) = '' OR event_id = CAST(@event_id AS TEXT))
  AND ok >= @ok_from AND ok <= @ok_to
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: PruneTries :execrows
DELETE FROM checkoutd_tries WHERE id IN (
    SELECT t.id FROM checkoutd_tries AS t WHERE t.id < @before ORDER BY t.id LIMIT CAST(@max AS BIGINT)
);

-- NextDue returns 0 for what never falls due.
-- name: NextDue :one
SELECT
    CAST(COALESCE((SELECT MIN(s.expires_at) FROM checkoutd_sessions AS s WHERE s.status = 'open' AND s.expires_at > @after), 0) AS BIGINT) AS session,
    CAST(COALESCE((SELECT MIN(a.due_at) FROM checkoutd_attempts AS a WHERE a.due_at > 0 AND a.due_at > @after), 0) AS BIGINT) AS attempt,
    CAST(COALESCE((SELECT MIN(r.due_at) FROM checkoutd_refunds AS r WHERE r.due_at > 0 AND r.due_at > @after), 0) AS BIGINT) AS refund,
    CAST(COALESCE((SELECT MIN(b.due_at) FROM checkoutd_subscriptions AS b WHERE b.due_at > 0 AND b.due_at > @after), 0) AS BIGINT) AS subscription,
    CAST(COALESCE((
        SELECT MIN((
            SELECT MIN(d.due_at) FROM checkoutd_deliveries AS d
            WHERE d.endpoint_id = p.id AND d.status = 'pending' AND d.due_at > @after
        ))
        FROM checkoutd_endpoints AS p
        WHERE p.status = 'active' AND p.listener = 0 AND p.due_at IS NOT NULL
    ), 0) AS BIGINT) AS delivery,
    CAST(COALESCE((SELECT MIN(q.quiet_until) FROM checkoutd_endpoints AS q WHERE q.quiet_until > @after AND q.due_at IS NOT NULL), 0) AS BIGINT) AS quiet,
    CAST(COALESCE((SELECT MIN(c.check_at) FROM checkoutd_endpoints AS c WHERE c.check_at > 0 AND c.check_at > @after), 0) AS BIGINT) AS endpoint;

-- CountDeliveries counts what endpoints are still owed.
-- name: CountDeliveries :one
SELECT COUNT(*) AS n FROM checkoutd_deliveries WHERE status = 'pending';

-- name: OldestDelivery :one
SELECT CAST(COALESCE(MIN(due_at), 0) AS BIGINT) FROM checkoutd_endpoints WHERE status = 'active' AND listener = 0;

-- name: CountEndpoints :one
SELECT
    CAST(COALESCE(SUM(CASE WHEN status = 'active' AND marks > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS failing,
    CAST(COALESCE(SUM(CASE WHEN status = 'disabled' THEN 1 ELSE 0 END), 0) AS BIGINT) AS disabled
FROM checkoutd_endpoints;
