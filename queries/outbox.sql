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
    CAST(@created_at AS BIGINT), 0
FROM checkoutd_events;

-- name: Event :one
SELECT * FROM checkoutd_events WHERE seq = @seq;

-- name: UnfannedEvents :many
SELECT * FROM checkoutd_events
WHERE fanned_at = 0
ORDER BY seq
LIMIT CAST(@max AS BIGINT);

-- name: FanEvent :execrows
UPDATE checkoutd_events SET body = @body, fanned_at = @fanned_at
WHERE seq = @seq AND fanned_at = 0;

-- name: InsertEndpoint :exec
INSERT INTO checkoutd_endpoints (id, account, url, events, secret, metadata, created_at, updated_at)
VALUES (@id, @account, @url, @events, @secret, @metadata, @created_at, @updated_at);

-- name: Endpoint :one
SELECT * FROM checkoutd_endpoints WHERE id = @id;

-- name: ListEndpoints :many
SELECT * FROM checkoutd_endpoints WHERE account = @account ORDER BY id DESC;

-- name: DeleteEndpoint :execrows
DELETE FROM checkoutd_endpoints WHERE id = @id;

-- name: DeleteDeliveries :exec
DELETE FROM checkoutd_deliveries WHERE endpoint_id = @endpoint_id;

-- name: InsertDelivery :exec
INSERT INTO checkoutd_deliveries (event, endpoint_id, session_id, status, tries, due_at, last_status, last_error, updated_at)
VALUES (@event, @endpoint_id, @session_id, @status, @tries, @due_at, @last_status, @last_error, @updated_at);

-- ClaimDelivery repeats its guard outside the subquery, so that the statement
-- is safe where two writers run at once.
-- name: ClaimDelivery :one
UPDATE checkoutd_deliveries SET due_at = @until
WHERE (endpoint_id, event) = (
    SELECT d.endpoint_id, d.event FROM checkoutd_deliveries AS d
    WHERE d.status = 'pending' AND d.due_at <= @now
      AND NOT EXISTS (
        SELECT 1 FROM checkoutd_deliveries AS earlier
        WHERE earlier.endpoint_id = d.endpoint_id AND earlier.session_id = d.session_id
          AND earlier.status = 'pending' AND earlier.event < d.event
      )
    ORDER BY d.due_at, d.event, d.endpoint_id
    LIMIT 1
)
  AND status = 'pending' AND due_at <= @now
RETURNING *;

-- name: PutDelivery :execrows
UPDATE checkoutd_deliveries SET
    status = @status, tries = @tries, due_at = @due_at,
    last_status = @last_status, last_error = @last_error, updated_at = @updated_at
WHERE endpoint_id = @endpoint_id AND event = @event AND status = 'pending' AND due_at = @claimed;

-- HoldBack makes what waits behind a delivery due with it and not before, so that
-- claims need not pass over it again and again.
-- name: HoldBack :exec
UPDATE checkoutd_deliveries SET due_at = @due_at
WHERE endpoint_id = @endpoint_id AND session_id = @session_id AND status = 'pending' AND event > @event AND due_at < @due_at;

-- Release makes due at once what has waited behind a delivery that is done.
-- name: Release :exec
UPDATE checkoutd_deliveries SET due_at = @now
WHERE endpoint_id = @endpoint_id AND session_id = @session_id AND status = 'pending' AND event > @event AND due_at > @now;

-- LatestDue is when the last of what must be delivered first is due, 0 if nothing
-- must.
-- name: LatestDue :one
SELECT CAST(COALESCE(MAX(due_at), 0) AS BIGINT) FROM checkoutd_deliveries
WHERE endpoint_id = @endpoint_id AND session_id = @session_id AND status = 'pending';

-- name: ClampDeliveries :exec
UPDATE checkoutd_deliveries SET due_at = @latest WHERE status = 'pending' AND due_at > @latest;

-- name: Deliveries :many
SELECT * FROM checkoutd_deliveries
WHERE endpoint_id = @endpoint_id
ORDER BY event DESC
LIMIT CAST(@max AS BIGINT);

-- NextDue returns 0 for what never falls due.
-- name: NextDue :one
SELECT
    CAST(COALESCE((SELECT MIN(s.expires_at) FROM checkoutd_sessions AS s WHERE s.status = 'open' AND s.expires_at > @after), 0) AS BIGINT) AS session,
    CAST(COALESCE((SELECT MIN(a.due_at) FROM checkoutd_attempts AS a WHERE a.due_at > 0 AND a.due_at > @after), 0) AS BIGINT) AS attempt,
    CAST(COALESCE((SELECT MIN(r.due_at) FROM checkoutd_refunds AS r WHERE r.due_at > 0 AND r.due_at > @after), 0) AS BIGINT) AS refund,
    CAST(COALESCE((SELECT MIN(d.due_at) FROM checkoutd_deliveries AS d WHERE d.status = 'pending' AND d.due_at > @after), 0) AS BIGINT) AS delivery;

-- CountDeliveries counts what merchants are still owed.
-- name: CountDeliveries :one
SELECT COUNT(*) AS n, CAST(COALESCE(MIN(due_at), 0) AS BIGINT) AS oldest FROM checkoutd_deliveries WHERE status = 'pending';
