package httpapi

import (
	"net/http"
	"path"

	"github.com/julienschmidt/httprouter"

	"github.com/checkoutd/checkoutd/checkout"
)

// request is one call of the keyed API.
type request struct {
	*http.Request
	id      string // names the request in logs and answers
	account checkout.Account
	param   func(name string) string
}

// handler answers a request, wholly or not at all: it returns an error before
// it has written anything.
type handler func(w http.ResponseWriter, r *request) error

// access says who may call a route.
type access int

const (
	anyone   access = iota // no key needed
	sender                 // a provider, which proves itself and must not be turned away
	merchant               // a key
	tester                 // a test key
)

// route is one row of the table of routes.
type route struct {
	method, path string
	access       access
	handle       handler
}

// routes is the keyed API.
func (a *API) routes() []route {
	table := []route{
		{"GET", "/", anyone, a.hello},
		{"GET", "/health", anyone, a.health},
		{"GET", "/ready", anyone, a.health},
		{"GET", "/openapi.yaml", anyone, a.contract},
		{"GET", "/events/catalogue", anyone, a.catalogue},
		{"GET", "/me", merchant, a.me},
		{"GET", "/accounts", merchant, a.accounts},
		{"GET", "/accounts/balance", merchant, a.balance},

		{"POST", "/checkout-sessions", merchant, a.createSession},
		{"GET", "/checkout-sessions", merchant, a.sessions},
		{"GET", "/checkout-sessions/:id", merchant, a.session},
		{"POST", "/checkout-sessions/:id/expire", merchant, a.expireSession},
		{"POST", "/checkout-sessions/:id/pay", merchant, a.pay},
		{"PATCH", "/checkout-sessions/:id", merchant, a.updateSession},
		{"POST", "/checkout-sessions/:id/coupons", merchant, a.applyCoupon},
		{"DELETE", "/checkout-sessions/:id/coupons/:code", merchant, a.removeCoupon},

		{"GET", "/transactions", merchant, a.transactions},
		{"GET", "/transactions/:id", merchant, a.transaction},
		{"POST", "/transactions/:id/accept", merchant, a.accept},
		{"GET", "/attempts", merchant, a.attempts},

		{"POST", "/refunds", merchant, a.createRefund},
		{"GET", "/refunds", merchant, a.refunds},
		{"GET", "/refunds/:id", merchant, a.refund},

		{"POST", "/products", merchant, a.createProduct},
		{"GET", "/products", merchant, a.products},
		{"GET", "/products/:id", merchant, a.product},
		{"PATCH", "/products/:id", merchant, a.updateProduct},
		{"POST", "/products/:id/prices", merchant, a.createPrice},
		{"PATCH", "/products/:id/prices/:price", merchant, a.updatePrice},
		{"POST", "/products/:id/prices/:price/set-default", merchant, a.setDefaultPrice},
		{"GET", "/prices", merchant, a.prices},
		{"GET", "/prices/:id", merchant, a.price},

		{"POST", "/customers", merchant, a.createCustomer},
		{"GET", "/customers", merchant, a.customers},
		{"GET", "/customers/:id", merchant, a.customer},
		{"PATCH", "/customers/:id", merchant, a.updateCustomer},
		{"DELETE", "/customers/:id", merchant, a.deleteCustomer},
		{"GET", "/customers/:id/transactions", merchant, a.customerTransactions},

		{"POST", "/discount-coupons", merchant, a.createCoupon},
		{"GET", "/discount-coupons", merchant, a.coupons},
		{"GET", "/discount-coupons/:id", merchant, a.coupon},
		{"PATCH", "/discount-coupons/:id", merchant, a.updateCoupon},
		{"GET", "/discount-coupons/:id/performance", merchant, a.couponPerformance},

		{"POST", "/payment-links", merchant, a.createLink},
		{"GET", "/payment-links", merchant, a.paymentLinks},
		{"GET", "/payment-links/:id", merchant, a.paymentLink},
		{"PATCH", "/payment-links/:id", merchant, a.updateLink},

		{"GET", "/subscriptions", merchant, a.subscriptions},
		{"GET", "/subscriptions/:id", merchant, a.subscription},
		{"POST", "/subscriptions/:id/cancel", merchant, a.cancelSubscription},
		{"POST", "/subscriptions/:id/resume", merchant, a.resumeSubscription},

		{"POST", "/webhooks", merchant, a.createEndpoint},
		{"GET", "/webhooks", merchant, a.endpoints},
		{"GET", "/webhooks/:id", merchant, a.endpoint},
		{"PATCH", "/webhooks/:id", merchant, a.updateEndpoint},
		{"DELETE", "/webhooks/:id", merchant, a.deleteEndpoint},
		{"POST", "/webhooks/:id/rotate-secret", merchant, a.rotateSecret},
		{"GET", "/webhooks/:id/logs", merchant, a.endpointTries},
		{"GET", "/webhook-delivery-logs", merchant, a.tries},
		{"GET", "/webhook-delivery-logs/:id", merchant, a.try},

		{"GET", "/events/:id", merchant, a.event},

		{"POST", "/test/checkout-sessions/:id/pay", tester, a.payTest},
	}
	if a.webhooks != nil {
		table = append(table,
			route{"POST", "/webhooks/:id/test", merchant, through(a.sends, a.testEndpoint)},
			route{"POST", "/webhooks/:id/resend", merchant, through(a.resends, a.resendRange)},
			route{"POST", "/webhooks/:id/logs/:log/retry", merchant, through(a.sends, a.retry)},
			route{"GET", "/events", merchant, a.events},
			route{"POST", "/events/:id/resend", merchant, a.resend},
			route{"POST", "/listeners", merchant, through(a.resends, a.listen)},
			route{"POST", "/listeners/:id/fetch", merchant, a.fetch},
			route{"POST", "/listeners/:id/report", merchant, a.report},
		)
	}
	if a.advance != nil {
		table = append(table, route{"POST", "/test/clock/advance", tester, a.advanceClock})
	}
	return table
}

// mux puts a table behind a router.
func (a *API) mux(table []route) http.Handler {
	mux := newRouter()
	fixed := fixedRows(table)
	for _, row := range table {
		if _, beside := fixed[row.path]; beside {
			continue
		}
		handle := func(w http.ResponseWriter, r *http.Request, ps httprouter.Params) {
			if other, is := fixed[r.URL.Path]; is && (other.method == r.Method || r.Method == http.MethodHead) {
				a.serve(w, r, other, nil)
				return
			}
			a.serve(w, r, row, ps.ByName)
		}
		mux.Handle(row.method, row.path, handle)
		if row.method == http.MethodGet {
			mux.Handle(http.MethodHead, row.path, handle)
		}
	}
	mux.NotFound = a.failing(newFailure(http.StatusNotFound, "not_found", "No such route"))
	mux.MethodNotAllowed = a.failing(newFailure(http.StatusMethodNotAllowed, "method_not_allowed", "This route does not take that method"))
	return mux
}

// fixedRows returns, by their paths, the rows that the router cannot hold: their
// last word stands where another row has a parameter.
func fixedRows(table []route) map[string]route {
	fixed := map[string]route{}
	for _, row := range table {
		dir, word := path.Split(row.path)
		if word == "" || word[0] == ':' {
			continue
		}
		for _, other := range table {
			if other.method == row.method && other.path == dir+":id" {
				fixed[row.path] = row
			}
		}
	}
	return fixed
}

// failing returns a handler that answers with f.
func (a *API) failing(f *failure) http.Handler {
	refuse := func(http.ResponseWriter, *request) error { return f }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.serve(w, r, route{r.Method, "", anyone, refuse}, nil)
	})
}

// hostedRoutes is the table of the pages for customers.
func (a *API) hostedRoutes() http.Handler {
	h := newHosted(a.service, a.log, site{now: a.clock.Now, urls: a.urls, limit: func(w http.ResponseWriter, r *http.Request) error {
		return a.strangers.allow(w.Header(), a.address(r), a.clock.Now())
	}, opens: func(w http.ResponseWriter, r *http.Request) error {
		return a.openers.allow(w.Header(), a.address(r), a.clock.Now())
	}, tries: func(session string) error {
		return a.codes.allow(http.Header{}, session, a.clock.Now())
	}, guesses: func(r *http.Request) error {
		return a.coders.allow(http.Header{}, a.address(r), a.clock.Now())
	}})
	mux := newRouter()
	for _, row := range []struct {
		method, path string
		handle       func(http.ResponseWriter, *http.Request) error
	}{
		{"GET", "/:session", h.page},
		{"POST", "/:session", h.openLink},
		{"POST", "/:session/quantity", h.alter},
		{"GET", "/:session/quantity", h.back},
		{"POST", "/:session/amount", h.alter},
		{"GET", "/:session/amount", h.back},
		{"POST", "/:session/coupon", h.alter},
		{"GET", "/:session/coupon", h.back},
		{"POST", "/:session/coupon/remove", h.alter},
		{"GET", "/:session/coupon/remove", h.back},
		{"POST", "/:session/pay", h.pay},
		{"GET", "/:session/pay", h.back},
		{"GET", "/:session/simulate/:attempt", h.simulator},
		{"POST", "/:session/simulate/:attempt", h.simulate},
		{"GET", "/:session/wait/:attempt", h.wait},
		{"GET", "/:session/return", h.comeBack},
		{"GET", "/:session/done", h.done},
		{"GET", "/:session/cancel", h.cancel},
	} {
		page := h.wrap(row.handle)
		handle := func(w http.ResponseWriter, r *http.Request, ps httprouter.Params) {
			for _, p := range ps {
				r.SetPathValue(p.Key, p.Value)
			}
			a.servePage(w, r, page)
		}
		mux.Handle(row.method, row.path, handle)
		if row.method == http.MethodGet {
			mux.Handle(http.MethodHead, row.path, handle)
		}
	}
	missing := h.wrap(func(http.ResponseWriter, *http.Request) error { return checkout.ErrNotFound })
	mux.NotFound = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.servePage(w, r, missing) })
	mux.MethodNotAllowed = mux.NotFound
	return mux
}

// newRouter returns a router that redirects nothing.
func newRouter() *httprouter.Router {
	mux := httprouter.New()
	mux.RedirectTrailingSlash, mux.RedirectFixedPath, mux.HandleOPTIONS = false, false, false
	return mux
}
