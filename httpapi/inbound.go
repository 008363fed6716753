package httpapi

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxMessage bounds the body of a provider's message, in bytes.
const maxMessage = 256 << 10

// merchantPrefix begins the identifier of a merchant, and no token of an adapter.
const merchantPrefix = "mer_"

// inboundTable is where providers send their messages:
//
//	/webhooks/{provider}
//	/webhooks/{provider}/{token}
//	/webhooks/{provider}/{merchant}
//	/webhooks/{provider}/{merchant}/{token}
//
// The merchant is one who has credentials of its own; the token is an adapter's.
func (a *API) inboundTable() (table []route) {
	for _, path := range []string{"/webhooks/:provider", "/webhooks/:provider/:first", "/webhooks/:provider/:first/:second"} {
		for _, method := range []string{http.MethodPost, http.MethodPut} {
			table = append(table, route{method, path, sender, a.receive})
		}
	}
	return table
}

// wireReceipt is the answer to a provider's message.
type wireReceipt struct {
	Received      bool   `json:"received"`
	TransactionID string `json:"transaction_id,omitempty"`
	Message       string `json:"message,omitempty"`
	Duplicate     bool   `json:"duplicate,omitempty"`
}

// receive takes a message of a provider. It answers 200 also to what was said
// before and to what concerns nobody here, so that it is not sent again; 5xx only
// to what should be.
func (a *API) receive(w http.ResponseWriter, r *request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return badJSON("", "the request body did not arrive whole")
	}
	merchant, token := r.param("first"), r.param("second")
	if !strings.HasPrefix(merchant, merchantPrefix) {
		if token != "" {
			return newFailure(http.StatusNotFound, "not_found", "No such route")
		}
		merchant, token = "", merchant
	}
	receipt, err := a.service.Receive(r.Context(), r.param("provider"), merchant, checkout.Inbound{
		Method: r.Method, Header: r.Header.Get, Body: body, Token: token,
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newReceipt(receipt))
}

func newReceipt(r checkout.Receipt) wireReceipt {
	w := wireReceipt{Received: true, TransactionID: r.AttemptID, Duplicate: r.Duplicate}
	switch {
	case r.Duplicate:
		w.Message = "duplicate_event"
	case r.Parked:
		w.Message = "The event is kept until what it is about is known"
	case r.Ignored && r.Type != "":
		w.Message = "Event type " + r.Type + " not handled"
	case r.Ignored:
		w.Message = "Nothing here is concerned"
	}
	return w
}

// isInbound reports whether a request is a provider's message. Merchants'
// endpoints share the start of its path; their identifiers begin with "we_", and
// what is done to one is no token, so that a wrong identifier is said to be one.
func isInbound(r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, "/webhooks/")
	if _, move, _ := strings.Cut(rest, "/"); move == "test" || move == "resend" || move == "rotate-secret" {
		return false
	}
	return ok && rest != "" && !strings.HasPrefix(rest, "we_") && (r.Method == http.MethodPost || r.Method == http.MethodPut)
}
