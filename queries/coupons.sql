-- name: InsertCoupon :exec
INSERT INTO checkoutd_coupons (
    id, account, version, code, description, active, percent, fixed, currency, max_uses, max_quantity, starts_at, expires_at,
    customer_type, frequency, per_frequency, scope, products, prices, reserved, used, created_at, updated_at
) VALUES (
    @id, @account, @version, @code, @description, @active, @percent, @fixed, @currency, @max_uses, @max_quantity, @starts_at,
    @expires_at, @customer_type, @frequency, @per_frequency, @scope, @products, @prices, @reserved, @used, @created_at,
    @updated_at
);

-- name: Coupon :one
SELECT * FROM checkoutd_coupons WHERE id = @id;

-- name: CouponByCode :one
SELECT * FROM checkoutd_coupons WHERE account = @account AND code = @code;

-- name: PutCoupon :execrows
UPDATE checkoutd_coupons SET
    version = version + 1, code = @code, description = @description, active = @active, percent = @percent, fixed = @fixed,
    currency = @currency, max_uses = @max_uses, max_quantity = @max_quantity, starts_at = @starts_at,
    expires_at = @expires_at, customer_type = @customer_type, frequency = @frequency, per_frequency = @per_frequency,
    scope = @scope, products = @products, prices = @prices, reserved = @reserved, used = @used, updated_at = @updated_at
WHERE id = @id AND version = @version;

-- name: ListCoupons :many
SELECT * FROM checkoutd_coupons
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@active AS BIGINT) = -1 OR active = CAST(@active AS BIGINT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- ListCouponsNearest is ListCoupons from the other end: what is next to @newer,
-- oldest first.
-- name: ListCouponsNearest :many
SELECT * FROM checkoutd_coupons
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@active AS BIGINT) = -1 OR active = CAST(@active AS BIGINT))
ORDER BY id
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: PutRedemption :exec
INSERT INTO checkoutd_redemptions (
    session_id, coupon_id, account, customer_id, product_id, status, discount, currency, paid, applied_at, updated_at
) VALUES (
    @session_id, @coupon_id, @account, @customer_id, @product_id, @status, @discount, @currency, @paid, @applied_at,
    @updated_at
)
ON CONFLICT (session_id, coupon_id) DO UPDATE SET
    account = excluded.account, customer_id = excluded.customer_id, product_id = excluded.product_id,
    status = excluded.status, discount = excluded.discount, currency = excluded.currency, paid = excluded.paid,
    applied_at = excluded.applied_at, updated_at = excluded.updated_at;

-- name: Redemptions :many
SELECT * FROM checkoutd_redemptions WHERE session_id = @session_id ORDER BY coupon_id;

-- name: CountUses :one
SELECT COUNT(*) AS n FROM checkoutd_redemptions
WHERE coupon_id = @coupon_id AND status <> 'released' AND applied_at >= @since AND applied_at < @until
  AND (CAST(@product_id AS TEXT) = '' OR product_id IN ('', CAST(@product_id AS TEXT)))
  AND session_id <> @but_session;

-- CountUsesOfCustomer is CountUses by the index of the customer.
-- name: CountUsesOfCustomer :one
SELECT COUNT(*) AS n FROM checkoutd_redemptions
WHERE coupon_id = @coupon_id AND customer_id = @customer_id AND customer_id <> ''
  AND status <> 'released' AND applied_at >= @since AND applied_at < @until
  AND (CAST(@product_id AS TEXT) = '' OR product_id IN ('', CAST(@product_id AS TEXT)))
  AND session_id <> @but_session;

-- name: CouponSums :many
SELECT currency, COUNT(*) AS uses,
    CAST(SUM(discount) AS BIGINT) AS discount, CAST(SUM(paid) AS BIGINT) AS revenue,
    COUNT(DISTINCT CASE WHEN customer_id <> '' THEN customer_id END) AS customers
FROM checkoutd_redemptions
WHERE coupon_id = @coupon_id AND status <> 'released' AND status = 'used'
GROUP BY currency
ORDER BY currency;
