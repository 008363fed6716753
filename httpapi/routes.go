package httpapi

import (
	"net/http"

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

		{"GET", "/transactions", merchant, a.transactions},
		{"GET", "/transactions/:id", merchant, a.transaction},
		{"POST", "/transactions/:id/accept", merchant, a.accept},
		{"GET", "/attempts", merchant, a.attempts},

		{"POST", "/refunds", merchant, a.createRefund},
		{"GET", "/refunds", merchant, a.refunds},
		{"GET", "/refunds/:id", merchant, a.refund},

		{"POST", "/webhooks", merchant, a.createEndpoint},
		{"GET", "/webhooks", merchant, a.endpoints},
		{"GET", "/webhooks/:id", merchant, a.endpoint},
		{"DELETE", "/webhooks/:id", merchant, a.deleteEndpoint},

		{"POST", "/test/checkout-sessions/:id/pay", tester, a.payTest},
	}
	if a.advance != nil {
		table = append(table, route{"POST", "/test/clock/advance", tester, a.advanceClock})
	}
	return table
}

// mux puts a table behind a router.
func (a *API) mux(table []route) http.Handler {
	mux := newRouter()
	for _, row := range table {
		handle := func(w http.ResponseWriter, r *http.Request, ps httprouter.Params) {
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
		return a.strangers.allow(w.Header(), address(r), a.clock.Now())
	}})
	mux := newRouter()
	for _, row := range []struct {
		method, path string
		handle       func(http.ResponseWriter, *http.Request) error
	}{
		{"GET", "/:session", h.page},
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
