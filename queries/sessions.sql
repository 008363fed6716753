-- name: InsertSession :exec
INSERT INTO checkoutd_sessions (
    id, account, status, version, amount, currency, title, description, quantity,
    allow_quantity, allow_coupon_code, require_name, require_email, require_phone, require_billing_address,
    customer_name, customer_email, customer_phone, customer_address, customer_city, customer_postal_code, customer_country,
    client_reference_id, success_url, cancel_url, metadata, integration_source, transaction_id, late,
    created_at, updated_at, expires_at, deferred, discount, fee, coupons, product_id, price_id, items,
    customer_id, subscription_id, link_id, allow_amount, exclusive
) VALUES (
    @id, @account, @status, @version, @amount, @currency, @title, @description, @quantity,
    @allow_quantity, @allow_coupon_code, @require_name, @require_email, @require_phone, @require_billing_address,
    @customer_name, @customer_email, @customer_phone, @customer_address, @customer_city, @customer_postal_code, @customer_country,
    @client_reference_id, @success_url, @cancel_url, @metadata, @integration_source, @transaction_id, @late,
    @created_at, @updated_at, @expires_at, @deferred, @discount, @fee, @coupons, @product_id, @price_id, @items,
    @customer_id, @subscription_id, @link_id, @allow_amount, @exclusive
);

-- name: Session :one
SELECT * FROM checkoutd_sessions WHERE id = @id;

-- name: PutSession :execrows
UPDATE checkoutd_sessions SET
    status = @status, version = version + 1, amount = @amount, currency = @currency,
    title = @title, description = @description, quantity = @quantity,
    allow_quantity = @allow_quantity, allow_coupon_code = @allow_coupon_code,
    require_name = @require_name, require_email = @require_email, require_phone = @require_phone,
    require_billing_address = @require_billing_address,
    customer_name = @customer_name, customer_email = @customer_email, customer_phone = @customer_phone,
    customer_address = @customer_address, customer_city = @customer_city,
    customer_postal_code = @customer_postal_code, customer_country = @customer_country,
    client_reference_id = @client_reference_id, success_url = @success_url, cancel_url = @cancel_url,
    metadata = @metadata, integration_source = @integration_source, transaction_id = @transaction_id, late = @late,
    updated_at = @updated_at, expires_at = @expires_at,
    deferred = @deferred, discount = @discount, fee = @fee, coupons = @coupons,
    product_id = @product_id, price_id = @price_id, items = @items,
    customer_id = @customer_id, subscription_id = @subscription_id, link_id = @link_id,
    allow_amount = @allow_amount, exclusive = @exclusive
WHERE id = @id AND version = @version;

-- name: DueSessions :many
SELECT * FROM checkoutd_sessions
WHERE status = 'open' AND expires_at <= @now
ORDER BY expires_at, id
LIMIT CAST(@max AS BIGINT);

-- ListSessions merges one range of checkoutd_sessions_list for each stored
-- status that is wanted, and the open sessions that have lapsed, so that a page
-- costs what it shows. With @open_after, open sessions count if they expire
-- after it; lapsed ones count if they expired by @lapsed_by. account + 0 makes
-- that range read checkoutd_sessions_due: few sessions have lapsed and not been
-- swept.
-- name: ListSessions :many
SELECT * FROM checkoutd_sessions
WHERE id IN (
    SELECT page.id FROM (
        SELECT o.id FROM checkoutd_sessions AS o
        WHERE CAST(@open AS BIGINT) = 1 AND o.account = @account AND o.status = 'open' AND o.id > @newer AND o.id < @older
          AND (CAST(@open_after AS BIGINT) = -1 OR o.expires_at > CAST(@open_after AS BIGINT))
          AND (CAST(@email AS TEXT) = '' OR lower(o.customer_email) = lower(CAST(@email AS TEXT)))
        UNION ALL
        SELECT c.id FROM checkoutd_sessions AS c
        WHERE CAST(@completed AS BIGINT) = 1 AND c.account = @account AND c.status = 'completed' AND c.id > @newer AND c.id < @older
          AND (CAST(@email AS TEXT) = '' OR lower(c.customer_email) = lower(CAST(@email AS TEXT)))
        UNION ALL
        SELECT e.id FROM checkoutd_sessions AS e
        WHERE CAST(@expired AS BIGINT) = 1 AND e.account = @account AND e.status = 'expired' AND e.id > @newer AND e.id < @older
          AND (CAST(@email AS TEXT) = '' OR lower(e.customer_email) = lower(CAST(@email AS TEXT)))
        UNION ALL
        SELECT l.id || '' AS id FROM checkoutd_sessions AS l
        WHERE l.status = 'open' AND l.expires_at <= @lapsed_by AND l.account + 0 = @account AND l.id || '' > @newer AND l.id || '' < @older
          AND (CAST(@email AS TEXT) = '' OR lower(l.customer_email) = lower(CAST(@email AS TEXT)))
        ORDER BY id DESC
        LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT)
    ) AS page
)
ORDER BY id DESC;

-- ListSessionsNearest is ListSessions from the other end: what is next to @newer.
-- name: ListSessionsNearest :many
SELECT * FROM checkoutd_sessions
WHERE id IN (
    SELECT page.id FROM (
        SELECT o.id FROM checkoutd_sessions AS o
        WHERE CAST(@open AS BIGINT) = 1 AND o.account = @account AND o.status = 'open' AND o.id > @newer AND o.id < @older
          AND (CAST(@open_after AS BIGINT) = -1 OR o.expires_at > CAST(@open_after AS BIGINT))
          AND (CAST(@email AS TEXT) = '' OR lower(o.customer_email) = lower(CAST(@email AS TEXT)))
        UNION ALL
        SELECT c.id FROM checkoutd_sessions AS c
        WHERE CAST(@completed AS BIGINT) = 1 AND c.account = @account AND c.status = 'completed' AND c.id > @newer AND c.id < @older
          AND (CAST(@email AS TEXT) = '' OR lower(c.customer_email) = lower(CAST(@email AS TEXT)))
        UNION ALL
        SELECT e.id FROM checkoutd_sessions AS e
        WHERE CAST(@expired AS BIGINT) = 1 AND e.account = @account AND e.status = 'expired' AND e.id > @newer AND e.id < @older
          AND (CAST(@email AS TEXT) = '' OR lower(e.customer_email) = lower(CAST(@email AS TEXT)))
        UNION ALL
        SELECT l.id || '' AS id FROM checkoutd_sessions AS l
        WHERE l.status = 'open' AND l.expires_at <= @lapsed_by AND l.account + 0 = @account AND l.id || '' > @newer AND l.id || '' < @older
          AND (CAST(@email AS TEXT) = '' OR lower(l.customer_email) = lower(CAST(@email AS TEXT)))
        ORDER BY id ASC
        LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT)
    ) AS page
)
ORDER BY id;

-- ListSessionsByReference is ListSessions among those of one client reference,
-- which are few.
-- name: ListSessionsByReference :many
SELECT * FROM checkoutd_sessions
WHERE id IN (
    SELECT page.id FROM (
        SELECT r.id FROM checkoutd_sessions AS r
        WHERE r.account = @account AND r.client_reference_id = @reference AND r.client_reference_id <> '' AND r.id > @newer AND r.id < @older
          AND (CAST(@open AS BIGINT) = 1 AND r.status = 'open'
                AND (CAST(@open_after AS BIGINT) = -1 OR r.expires_at > CAST(@open_after AS BIGINT))
            OR CAST(@completed AS BIGINT) = 1 AND r.status = 'completed'
            OR CAST(@expired AS BIGINT) = 1 AND r.status = 'expired'
            OR r.status = 'open' AND r.expires_at <= @lapsed_by)
          AND (CAST(@email AS TEXT) = '' OR lower(r.customer_email) = lower(CAST(@email AS TEXT)))
        ORDER BY r.id DESC
        LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT)
    ) AS page
)
ORDER BY id DESC;

-- ListSessionsByReferenceNearest is what is next to @newer among them.
-- name: ListSessionsByReferenceNearest :many
SELECT * FROM checkoutd_sessions
WHERE id IN (
    SELECT page.id FROM (
        SELECT r.id FROM checkoutd_sessions AS r
        WHERE r.account = @account AND r.client_reference_id = @reference AND r.client_reference_id <> '' AND r.id > @newer AND r.id < @older
          AND (CAST(@open AS BIGINT) = 1 AND r.status = 'open'
                AND (CAST(@open_after AS BIGINT) = -1 OR r.expires_at > CAST(@open_after AS BIGINT))
            OR CAST(@completed AS BIGINT) = 1 AND r.status = 'completed'
            OR CAST(@expired AS BIGINT) = 1 AND r.status = 'expired'
            OR r.status = 'open' AND r.expires_at <= @lapsed_by)
          AND (CAST(@email AS TEXT) = '' OR lower(r.customer_email) = lower(CAST(@email AS TEXT)))
        ORDER BY r.id ASC
        LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT)
    ) AS page
)
ORDER BY id;

-- name: InsertAttempt :exec
INSERT INTO checkoutd_attempts (
    id, account, session_id, status, version, customer_id, provider, own, method, method_code, amount, currency, received, received_in, asserted,
    payer, ref, secret, charge, next, reason, refunding, refunded, dispute, polls, polled_at, due_at, until, paid_at, created_at, updated_at
) VALUES (
    @id, @account, @session_id, @status, @version, @customer_id, @provider, @own, @method, @method_code, @amount, @currency, @received, @received_in, @asserted,
    @payer, @ref, @secret, @charge, @next, @reason, @refunding, @refunded, @dispute, @polls, @polled_at, @due_at, @until, @paid_at, @created_at, @updated_at
);

-- name: Attempt :one
SELECT * FROM checkoutd_attempts WHERE id = @id;

-- AttemptByRef and AttemptByCharge answer one of several that share a name. of_own
-- is the account whose own credentials it was made with, 0 for the server's.
-- name: AttemptByRef :one
SELECT * FROM checkoutd_attempts WHERE ref = @ref AND ref <> '' AND provider = @provider
    AND CASE own WHEN 0 THEN 0 ELSE account END = CAST(@of_own AS INTEGER) ORDER BY id LIMIT 1;

-- name: AttemptByCharge :one
SELECT * FROM checkoutd_attempts WHERE charge = @charge AND charge <> '' AND provider = @provider
    AND CASE own WHEN 0 THEN 0 ELSE account END = CAST(@of_own AS INTEGER) ORDER BY id LIMIT 1;

-- name: PutAttempt :execrows
UPDATE checkoutd_attempts SET
    status = @status, version = version + 1, customer_id = @customer_id, provider = @provider, own = @own, method = @method, method_code = @method_code,
    amount = @amount, currency = @currency, received = @received, received_in = @received_in, asserted = @asserted,
    payer = @payer, ref = @ref, secret = @secret, charge = @charge, next = @next, reason = @reason,
    refunding = @refunding, refunded = @refunded, dispute = @dispute,
    polls = @polls, polled_at = @polled_at, due_at = @due_at, until = @until, paid_at = @paid_at, updated_at = @updated_at
WHERE id = @id AND version = @version;

-- name: SessionAttempts :many
SELECT * FROM checkoutd_attempts WHERE session_id = @session_id ORDER BY id;

-- name: ClampAttempts :exec
UPDATE checkoutd_attempts SET due_at = @latest WHERE due_at > 0 AND due_at > @latest;

-- name: DueAttempts :many
SELECT * FROM checkoutd_attempts
WHERE provider = @provider AND due_at > 0 AND due_at <= @now
ORDER BY due_at, id
LIMIT CAST(@max AS BIGINT);

-- ListAttempts takes lists as text, ",paid,failed,": a value is in the list if
-- cutting it out changes the text.
-- name: ListAttempts :many
SELECT * FROM checkoutd_attempts
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@statuses AS TEXT) = '' OR replace(CAST(@statuses AS TEXT), ',' || status || ',', '') <> CAST(@statuses AS TEXT))
  AND (CAST(@providers AS TEXT) = '' OR replace(CAST(@providers AS TEXT), ',' || provider || ',', '') <> CAST(@providers AS TEXT))
  AND (CAST(@methods AS TEXT) = '' OR replace(CAST(@methods AS TEXT), ',' || method_code || ',', '') <> CAST(@methods AS TEXT))
  AND (CAST(@currencies AS TEXT) = '' OR replace(CAST(@currencies AS TEXT), ',' || currency || ',', '') <> CAST(@currencies AS TEXT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- ListAttemptsOfSession is ListAttempts by the index of the session.
-- name: ListAttemptsOfSession :many
SELECT * FROM checkoutd_attempts
WHERE session_id = @session_id AND account + 0 = @account AND id > @newer AND id < @older
  AND (CAST(@customer_id AS TEXT) = '' OR customer_id = CAST(@customer_id AS TEXT))
  AND (CAST(@statuses AS TEXT) = '' OR replace(CAST(@statuses AS TEXT), ',' || status || ',', '') <> CAST(@statuses AS TEXT))
  AND (CAST(@providers AS TEXT) = '' OR replace(CAST(@providers AS TEXT), ',' || provider || ',', '') <> CAST(@providers AS TEXT))
  AND (CAST(@methods AS TEXT) = '' OR replace(CAST(@methods AS TEXT), ',' || method_code || ',', '') <> CAST(@methods AS TEXT))
  AND (CAST(@currencies AS TEXT) = '' OR replace(CAST(@currencies AS TEXT), ',' || currency || ',', '') <> CAST(@currencies AS TEXT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- ListAttemptsOfCustomer is ListAttempts by the index of the customer.
-- name: ListAttemptsOfCustomer :many
SELECT * FROM checkoutd_attempts
WHERE account = @account AND customer_id = @customer_id AND customer_id <> '' AND id > @newer AND id < @older
  AND (CAST(@statuses AS TEXT) = '' OR replace(CAST(@statuses AS TEXT), ',' || status || ',', '') <> CAST(@statuses AS TEXT))
  AND (CAST(@providers AS TEXT) = '' OR replace(CAST(@providers AS TEXT), ',' || provider || ',', '') <> CAST(@providers AS TEXT))
  AND (CAST(@methods AS TEXT) = '' OR replace(CAST(@methods AS TEXT), ',' || method_code || ',', '') <> CAST(@methods AS TEXT))
  AND (CAST(@currencies AS TEXT) = '' OR replace(CAST(@currencies AS TEXT), ',' || currency || ',', '') <> CAST(@currencies AS TEXT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- CountAttempts counts the attempts of all accounts, by provider and status, that
-- may still change.
-- name: CountAttempts :many
SELECT provider, status, COUNT(*) AS n, CAST(MIN(created_at) AS BIGINT) AS oldest FROM checkoutd_attempts
WHERE due_at > 0
GROUP BY provider, status
ORDER BY provider, status;

-- name: OwnPending :one
SELECT
    (SELECT COUNT(*) FROM checkoutd_attempts AS a
        WHERE a.provider = @provider AND a.due_at > 0 AND a.account = @account AND a.own = 1)
    + (SELECT COUNT(*) FROM checkoutd_refunds AS r JOIN checkoutd_attempts AS p ON p.id = r.attempt_id
        WHERE r.due_at > 0 AND r.account = @account AND p.provider = @provider AND p.own = 1) AS n;

-- name: InsertRefund :exec
INSERT INTO checkoutd_refunds (
    id, account, attempt_id, session_id, status, version, amount, currency, origin, reason, ref, failure,
    tries, due_at, created_at, updated_at
) VALUES (
    @id, @account, @attempt_id, @session_id, @status, @version, @amount, @currency, @origin, @reason, @ref, @failure,
    @tries, @due_at, @created_at, @updated_at
);

-- name: Refund :one
SELECT * FROM checkoutd_refunds WHERE id = @id;

-- name: PutRefund :execrows
UPDATE checkoutd_refunds SET
    status = @status, version = version + 1, amount = @amount, currency = @currency, origin = @origin, reason = @reason,
    ref = @ref, failure = @failure, tries = @tries, due_at = @due_at, updated_at = @updated_at
WHERE id = @id AND version = @version;

-- name: AttemptRefunds :many
SELECT * FROM checkoutd_refunds WHERE attempt_id = @attempt_id ORDER BY id;

-- name: DueRefunds :many
SELECT * FROM checkoutd_refunds
WHERE due_at > 0 AND due_at <= @now
ORDER BY due_at, id
LIMIT CAST(@max AS BIGINT);

-- name: ClampRefunds :exec
UPDATE checkoutd_refunds SET due_at = @latest WHERE due_at > 0 AND due_at > @latest;

-- name: ListRefunds :many
SELECT * FROM checkoutd_refunds
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@of_attempt AS TEXT) = '' OR attempt_id = CAST(@of_attempt AS TEXT))
  AND (CAST(@statuses AS TEXT) = '' OR replace(CAST(@statuses AS TEXT), ',' || status || ',', '') <> CAST(@statuses AS TEXT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- ListRefundsNearest is what is next to @newer, oldest first.
-- name: ListRefundsNearest :many
SELECT * FROM checkoutd_refunds
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@of_attempt AS TEXT) = '' OR attempt_id = CAST(@of_attempt AS TEXT))
  AND (CAST(@statuses AS TEXT) = '' OR replace(CAST(@statuses AS TEXT), ',' || status || ',', '') <> CAST(@statuses AS TEXT))
ORDER BY id
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);
