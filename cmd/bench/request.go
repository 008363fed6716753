package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/checkoutd/checkoutd/cmd/bench/internal/load"
)

// body is what every create sends: the example of the API's documentation.
const body = `{"amount":10000,"currency_code":"XOF","title":"Order #12345","description":"Payment for items in cart",` +
	`"customer_email":"customer@example.com","success_url":"https://your-site.com/success",` +
	`"cancel_url":"https://your-site.com/cancel","metadata":{"order_id":"ORD-12345"}}`

// head returns the first lines of a request to sv.
func (sv *server) head(method, path string) string {
	text := method + " " + path + " HTTP/1.1\r\nHost: " + sv.addr + "\r\n"
	if sv.key != "" {
		text += "X-API-KEY: " + sv.key + "\r\n"
	}
	return text
}

// byPrice is body for one of a product.
const byPrice = `{"price_id":"%s","currency_code":"XOF","title":"Order #12345","description":"Payment for items in cart",` +
	`"customer_email":"customer@example.com","success_url":"https://your-site.com/success",` +
	`"cancel_url":"https://your-site.com/cancel","metadata":{"order_id":"ORD-12345"}}`

// createsByPrice sends byPrice over and over.
func (sv *server) createsByPrice(price string) load.Request {
	body := fmt.Sprintf(byPrice, price)
	text := sv.head("POST", "/checkout-sessions") + "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	return func(dst []byte, _ int) []byte { return append(dst, text...) }
}

// stock makes a product and returns the identifier of its price.
func (sv *server) stock(ctx context.Context) ([]string, error) {
	const product = `{"name":"Bag of rice","prices":[{"amount":10000,"currency_code":"XOF"}]}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+sv.addr+"/products", strings.NewReader(product))
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-API-KEY", sv.key)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var made struct {
		Prices []struct {
			ID string `json:"price_id"`
		} `json:"prices"`
	}
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || len(made.Prices) != 1 {
		return nil, fmt.Errorf("POST /products answered %s: %w", res.Status, err)
	}
	return []string{made.Prices[0].ID}, nil
}

// creates sends body over and over.
func (sv *server) creates() load.Request {
	text := sv.head("POST", "/checkout-sessions") + bodyHeaders + body
	return func(dst []byte, _ int) []byte { return append(dst, text...) }
}

var bodyHeaders = "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"

// createsWithKeys is creates with an Idempotency-Key of its own on each.
func (sv *server) createsWithKeys() load.Request {
	start := sv.head("POST", "/checkout-sessions") + "Idempotency-Key: "
	run := rand.Uint64()
	return func(dst []byte, i int) []byte {
		dst = append(dst, start...)
		dst = fmt.Appendf(dst, "%016x-%012d\r\n", run, i)
		dst = append(dst, bodyHeaders...)
		return append(dst, body...)
	}
}

// gets asks for one path over and over.
func (sv *server) gets(path string) load.Request {
	text := sv.head("GET", path) + "\r\n"
	return func(dst []byte, _ int) []byte { return append(dst, text...) }
}

// getsEach asks for sessions in random order.
func (sv *server) getsEach(ids []string) load.Request {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = sv.head("GET", "/checkout-sessions/"+id) + "\r\n"
	}
	return func(dst []byte, _ int) []byte { return append(dst, texts[rand.IntN(len(texts))]...) }
}

// fill creates n sessions and returns their identifiers.
func (sv *server) fill(ctx context.Context, n int) ([]string, error) {
	var mu sync.Mutex
	ids := make([]string, 0, n)
	_, err := load.Run(ctx, load.Plan{
		Addr: sv.addr, Connections: 64, Duration: time.Minute, Requests: n,
		Request: sv.creates(), Status: http.StatusCreated,
		Body: func(answer []byte) {
			id := identifier(answer)
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, id)
		},
	})
	if err == nil && len(ids) < n {
		err = fmt.Errorf("created %d sessions in a minute instead of %d", len(ids), n)
	}
	return ids, err
}

// identifier returns the session's identifier out of a create's answer.
func identifier(answer []byte) string {
	_, rest, _ := bytes.Cut(answer, []byte(`"id":"`))
	id, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(id)
}
