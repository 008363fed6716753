-- name: InsertProduct :exec
INSERT INTO checkoutd_products (
    id, account, version, name, description, type, images, active, storefront, metadata, first_payment, trial_days,
    charge_day, on_failure, cycles, default_price, created_at, updated_at
) VALUES (
    @id, @account, @version, @name, @description, @type, @images, @active, @storefront, @metadata, @first_payment,
    @trial_days, @charge_day, @on_failure, @cycles, @default_price, @created_at, @updated_at
);

-- name: Product :one
SELECT * FROM checkoutd_products WHERE id = @id;

-- name: PutProduct :execrows
UPDATE checkoutd_products SET
    version = version + 1, name = @name, description = @description, type = @type, images = @images, active = @active,
    storefront = @storefront, metadata = @metadata, first_payment = @first_payment, trial_days = @trial_days,
    charge_day = @charge_day, on_failure = @on_failure, cycles = @cycles, default_price = @default_price,
    updated_at = @updated_at
WHERE id = @id AND version = @version;

-- Lists come newest first. Those called Nearest come from the other end, oldest
-- first: what is next to @newer. A flag of -1 does not restrict.
-- name: ListProducts :many
SELECT * FROM checkoutd_products
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@active AS BIGINT) = -1 OR active = CAST(@active AS BIGINT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: ListProductsNearest :many
SELECT * FROM checkoutd_products
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@active AS BIGINT) = -1 OR active = CAST(@active AS BIGINT))
ORDER BY id
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: InsertPrice :exec
INSERT INTO checkoutd_prices (
    id, account, product_id, version, amount, currency, billing_interval, model, minimum, maximum, active, metadata,
    created_at, updated_at
) VALUES (
    @id, @account, @product_id, @version, @amount, @currency, @billing_interval, @model, @minimum, @maximum, @active,
    @metadata, @created_at, @updated_at
);

-- name: PriceOf :one
SELECT sqlc.embed(checkoutd_prices), sqlc.embed(checkoutd_products)
FROM checkoutd_prices JOIN checkoutd_products ON checkoutd_products.id = checkoutd_prices.product_id
WHERE checkoutd_prices.id = @id;

-- name: PutPrice :execrows
UPDATE checkoutd_prices SET
    version = version + 1, amount = @amount, currency = @currency, billing_interval = @billing_interval, model = @model,
    minimum = @minimum, maximum = @maximum, active = @active, metadata = @metadata, updated_at = @updated_at
WHERE id = @id AND version = @version;

-- name: ProductPrices :many
SELECT * FROM checkoutd_prices WHERE product_id = @product_id ORDER BY id;

-- name: ListPrices :many
SELECT * FROM checkoutd_prices
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@of_product AS TEXT) = '' OR product_id = CAST(@of_product AS TEXT))
  AND (CAST(@active AS BIGINT) = -1 OR active = CAST(@active AS BIGINT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: ListPricesNearest :many
SELECT * FROM checkoutd_prices
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@of_product AS TEXT) = '' OR product_id = CAST(@of_product AS TEXT))
  AND (CAST(@active AS BIGINT) = -1 OR active = CAST(@active AS BIGINT))
ORDER BY id
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: InsertCustomer :exec
INSERT INTO checkoutd_customers (
    id, account, version, name, email, email_key, phone, address, city, postal_code, country, whatsapp, business, metadata,
    created_at, updated_at
) VALUES (
    @id, @account, @version, @name, @email, @email_key, @phone, @address, @city, @postal_code, @country, @whatsapp, @business,
    @metadata, @created_at, @updated_at
);

-- name: Customer :one
SELECT * FROM checkoutd_customers WHERE id = @id;

-- name: PutCustomer :execrows
UPDATE checkoutd_customers SET
    version = version + 1, name = @name, email = @email, email_key = @email_key, phone = @phone, address = @address,
    city = @city, postal_code = @postal_code, country = @country, whatsapp = @whatsapp, business = @business,
    metadata = @metadata, updated_at = @updated_at
WHERE id = @id AND version = @version;

-- name: DeleteCustomer :execrows
DELETE FROM checkoutd_customers WHERE id = @id;

-- ListCustomers finds @search, in lower case, where cutting it out changes the
-- text.
-- name: ListCustomers :many
SELECT * FROM checkoutd_customers
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@business AS BIGINT) = -1 OR business = CAST(@business AS BIGINT))
  AND (CAST(@search AS TEXT) = ''
    OR replace(lower(name), CAST(@search AS TEXT), '') <> lower(name)
    OR replace(lower(email), CAST(@search AS TEXT), '') <> lower(email)
    OR replace(lower(phone), CAST(@search AS TEXT), '') <> lower(phone))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: ListCustomersNearest :many
SELECT * FROM checkoutd_customers
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@business AS BIGINT) = -1 OR business = CAST(@business AS BIGINT))
  AND (CAST(@search AS TEXT) = ''
    OR replace(lower(name), CAST(@search AS TEXT), '') <> lower(name)
    OR replace(lower(email), CAST(@search AS TEXT), '') <> lower(email)
    OR replace(lower(phone), CAST(@search AS TEXT), '') <> lower(phone))
ORDER BY id
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: CountCustomers :one
SELECT COUNT(*) AS n FROM checkoutd_customers
WHERE account = @account
  AND (CAST(@business AS BIGINT) = -1 OR business = CAST(@business AS BIGINT))
  AND (CAST(@search AS TEXT) = ''
    OR replace(lower(name), CAST(@search AS TEXT), '') <> lower(name)
    OR replace(lower(email), CAST(@search AS TEXT), '') <> lower(email)
    OR replace(lower(phone), CAST(@search AS TEXT), '') <> lower(phone));

-- name: CustomerByEmail :one
SELECT * FROM checkoutd_customers
WHERE account = @account AND email_key = @email_key AND email_key <> ''
ORDER BY id LIMIT 1;

-- name: CustomerByPhone :one
SELECT * FROM checkoutd_customers
WHERE account = @account AND phone = @phone AND phone <> ''
ORDER BY id LIMIT 1;

-- name: PaidAttempts :one
SELECT COUNT(*) AS n FROM (
    SELECT a.id FROM checkoutd_attempts AS a
    WHERE a.account = @account AND a.customer_id = @customer_id AND a.customer_id <> '' AND a.status = 'paid'
    LIMIT 1
) AS found;

-- name: InsertLink :exec
INSERT INTO checkoutd_links (
    id, account, version, type, title, description, amount, currency, product_id, price_id, allow_quantity, allow_coupon_code,
    require_name, require_email, require_phone, require_billing_address, success_url, cancel_url, metadata, active,
    expires_at, max_uses, uses, created_at, updated_at
) VALUES (
    @id, @account, @version, @type, @title, @description, @amount, @currency, @product_id, @price_id, @allow_quantity,
    @allow_coupon_code, @require_name, @require_email, @require_phone, @require_billing_address, @success_url, @cancel_url,
    @metadata, @active, @expires_at, @max_uses, @uses, @created_at, @updated_at
);

-- name: Link :one
SELECT * FROM checkoutd_links WHERE id = @id;

-- name: PutLink :execrows
UPDATE checkoutd_links SET
    version = version + 1, type = @type, title = @title, description = @description, amount = @amount, currency = @currency,
    product_id = @product_id, price_id = @price_id, allow_quantity = @allow_quantity, allow_coupon_code = @allow_coupon_code,
    require_name = @require_name, require_email = @require_email, require_phone = @require_phone,
    require_billing_address = @require_billing_address, success_url = @success_url, cancel_url = @cancel_url,
    metadata = @metadata, active = @active, expires_at = @expires_at, max_uses = @max_uses, uses = @uses,
    updated_at = @updated_at
WHERE id = @id AND version = @version;

-- name: ListLinks :many
SELECT * FROM checkoutd_links
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@type AS TEXT) = '' OR type = CAST(@type AS TEXT))
  AND (CAST(@active AS BIGINT) = -1 OR active = CAST(@active AS BIGINT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: ListLinksNearest :many
SELECT * FROM checkoutd_links
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@type AS TEXT) = '' OR type = CAST(@type AS TEXT))
  AND (CAST(@active AS BIGINT) = -1 OR active = CAST(@active AS BIGINT))
ORDER BY id
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: CountLinks :one
SELECT COUNT(*) AS n FROM checkoutd_links
WHERE account = @account
  AND (CAST(@type AS TEXT) = '' OR type = CAST(@type AS TEXT))
  AND (CAST(@active AS BIGINT) = -1 OR active = CAST(@active AS BIGINT));

-- name: InsertSubscription :exec
INSERT INTO checkoutd_subscriptions (
    id, account, version, status, customer_id, product_id, price_id, title, amount, currency, billing_interval, first_payment,
    trial_days, charge_day, on_failure, cycles, customer, metadata, session_id, cycle, period_start, period_end, anchor_at,
    due_at, created_at, updated_at, cancelled_at, cancel_at_end
) VALUES (
    @id, @account, @version, @status, @customer_id, @product_id, @price_id, @title, @amount, @currency, @billing_interval,
    @first_payment, @trial_days, @charge_day, @on_failure, @cycles, @customer, @metadata, @session_id, @cycle, @period_start,
    @period_end, @anchor_at, @due_at, @created_at, @updated_at, @cancelled_at, @cancel_at_end
);

-- name: Subscription :one
SELECT * FROM checkoutd_subscriptions WHERE id = @id;

-- name: PutSubscription :execrows
UPDATE checkoutd_subscriptions SET
    version = version + 1, status = @status, customer_id = @customer_id, product_id = @product_id, price_id = @price_id,
    title = @title, amount = @amount, currency = @currency, billing_interval = @billing_interval,
    first_payment = @first_payment, trial_days = @trial_days, charge_day = @charge_day, on_failure = @on_failure,
    cycles = @cycles, customer = @customer, metadata = @metadata, session_id = @session_id, cycle = @cycle,
    period_start = @period_start, period_end = @period_end, anchor_at = @anchor_at, due_at = @due_at,
    updated_at = @updated_at, cancelled_at = @cancelled_at, cancel_at_end = @cancel_at_end
WHERE id = @id AND version = @version;

-- name: ListSubscriptions :many
SELECT * FROM checkoutd_subscriptions
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@statuses AS TEXT) = '' OR replace(CAST(@statuses AS TEXT), ',' || status || ',', '') <> CAST(@statuses AS TEXT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: ListSubscriptionsNearest :many
SELECT * FROM checkoutd_subscriptions
WHERE account = @account AND id > @newer AND id < @older
  AND (CAST(@statuses AS TEXT) = '' OR replace(CAST(@statuses AS TEXT), ',' || status || ',', '') <> CAST(@statuses AS TEXT))
ORDER BY id
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- ListSubscriptionsOfCustomer is ListSubscriptions by the index of the customer.
-- name: ListSubscriptionsOfCustomer :many
SELECT * FROM checkoutd_subscriptions
WHERE account = @account AND customer_id = @customer_id AND customer_id <> '' AND id > @newer AND id < @older
  AND (CAST(@statuses AS TEXT) = '' OR replace(CAST(@statuses AS TEXT), ',' || status || ',', '') <> CAST(@statuses AS TEXT))
ORDER BY id DESC
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: ListSubscriptionsOfCustomerNearest :many
SELECT * FROM checkoutd_subscriptions
WHERE account = @account AND customer_id = @customer_id AND customer_id <> '' AND id > @newer AND id < @older
  AND (CAST(@statuses AS TEXT) = '' OR replace(CAST(@statuses AS TEXT), ',' || status || ',', '') <> CAST(@statuses AS TEXT))
ORDER BY id
LIMIT CAST(@max AS BIGINT) OFFSET CAST(@skip AS BIGINT);

-- name: DueSubscriptions :many
SELECT * FROM checkoutd_subscriptions
WHERE due_at > 0 AND due_at <= @now
ORDER BY due_at, id
LIMIT CAST(@max AS BIGINT);

-- name: InsertOrderLock :exec
INSERT INTO checkoutd_order_locks (
    account, reference, session_id, paid, version
) VALUES (
    @account, @reference, @session_id, @paid, @version
);

-- name: OrderLock :one
SELECT * FROM checkoutd_order_locks WHERE account = @account AND reference = @reference;

-- name: PutOrderLock :execrows
UPDATE checkoutd_order_locks SET version = version + 1, session_id = @session_id, paid = @paid
WHERE account = @account AND reference = @reference AND version = @version;
