-- name: InsertMerchant :exec
INSERT INTO checkoutd_merchants (id, name, created_at) VALUES (@id, @name, @created_at);

-- name: MerchantByName :one
SELECT * FROM checkoutd_merchants WHERE name = @name;

-- name: InsertAccount :one
INSERT INTO checkoutd_accounts (number, merchant_id, livemode)
SELECT COALESCE(MAX(number), 0) + 1, CAST(@merchant_id AS TEXT), CAST(@livemode AS BIGINT) FROM checkoutd_accounts
RETURNING number;

-- name: Account :one
SELECT a.number, a.merchant_id, m.name, a.livemode
FROM checkoutd_accounts AS a JOIN checkoutd_merchants AS m ON m.id = a.merchant_id
WHERE a.number = @number;

-- name: AccountOf :one
SELECT a.number, a.merchant_id, m.name, a.livemode
FROM checkoutd_accounts AS a JOIN checkoutd_merchants AS m ON m.id = a.merchant_id
WHERE a.merchant_id = @merchant_id AND a.livemode = @livemode;

-- name: ListAccounts :many
SELECT a.number, a.merchant_id, m.name, a.livemode
FROM checkoutd_accounts AS a JOIN checkoutd_merchants AS m ON m.id = a.merchant_id
ORDER BY a.number;

-- name: InsertKey :exec
INSERT INTO checkoutd_api_keys (hash, id, account, hint, created_at, revoked_at)
VALUES (@hash, @id, @account, @hint, @created_at, @revoked_at);

-- name: KeyByHash :one
SELECT k.hash, k.id, k.hint, k.created_at, k.revoked_at, k.account, a.merchant_id, m.name, a.livemode
FROM checkoutd_api_keys AS k
JOIN checkoutd_accounts AS a ON a.number = k.account
JOIN checkoutd_merchants AS m ON m.id = a.merchant_id
WHERE k.hash = @hash;

-- name: ListKeys :many
SELECT k.hash, k.id, k.hint, k.created_at, k.revoked_at, k.account, a.merchant_id, m.name, a.livemode
FROM checkoutd_api_keys AS k
JOIN checkoutd_accounts AS a ON a.number = k.account
JOIN checkoutd_merchants AS m ON m.id = a.merchant_id
ORDER BY k.id;

-- name: RevokeKey :execrows
UPDATE checkoutd_api_keys
SET revoked_at = CASE WHEN revoked_at = 0 THEN CAST(@revoked_at AS BIGINT) ELSE revoked_at END
WHERE id = @id;

-- name: Answer :one
SELECT fingerprint, answer FROM checkoutd_idempotency_keys
WHERE account = @account AND route = @route AND key = @key AND created_at >= @since;

-- name: PutAnswer :exec
INSERT INTO checkoutd_idempotency_keys (account, route, key, fingerprint, answer, created_at)
VALUES (@account, @route, @key, @fingerprint, @answer, @created_at)
ON CONFLICT (account, route, key) DO UPDATE SET
    fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at;

-- name: PruneAnswers :execrows
DELETE FROM checkoutd_idempotency_keys
WHERE (account, route, key) IN (
    SELECT old.account, old.route, old.key FROM checkoutd_idempotency_keys AS old
    WHERE old.created_at < @before
    ORDER BY old.created_at
    LIMIT CAST(@max AS BIGINT)
);

-- AddBalance stops at the largest number there is: a balance that cannot grow
-- must not keep payments from being recorded.
-- name: AddBalance :exec
INSERT INTO checkoutd_balances (account, currency, amount, updated_at)
VALUES (@account, @currency, @amount, @updated_at)
ON CONFLICT (account, currency) DO UPDATE SET
    amount = CASE
        WHEN checkoutd_balances.amount > 9223372036854775807 - excluded.amount THEN 9223372036854775807
        ELSE checkoutd_balances.amount + excluded.amount
    END,
    updated_at = excluded.updated_at;

-- name: TakeBalance :exec
UPDATE checkoutd_balances SET amount = amount - CAST(@amount AS BIGINT), updated_at = @updated_at
WHERE account = @account AND currency = @currency;

-- name: Balances :many
SELECT * FROM checkoutd_balances WHERE account = @account ORDER BY currency;

-- name: Policy :one
SELECT * FROM checkoutd_policies WHERE account = @account;

-- name: PutPolicy :exec
INSERT INTO checkoutd_policies (account, late, excess, surplus) VALUES (@account, @late, @excess, @surplus)
ON CONFLICT (account) DO UPDATE SET late = excluded.late, excess = excluded.excess, surplus = excluded.surplus;

-- name: PutCredentials :exec
INSERT INTO checkoutd_credentials (account, provider, sealed, updated_at) VALUES (@account, @provider, @sealed, @updated_at)
ON CONFLICT (account, provider) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at;

-- name: Credentials :many
SELECT * FROM checkoutd_credentials WHERE account = @account ORDER BY provider;

-- name: ListCredentials :many
SELECT * FROM checkoutd_credentials ORDER BY account, provider;

-- name: DeleteCredentials :execrows
DELETE FROM checkoutd_credentials WHERE account = @account AND provider = @provider;
