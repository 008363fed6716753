package httpapi

import (
	"bytes"
	"net/http"
	"sync"

	"github.com/checkoutd/checkoutd/webhook"
)

// catalogueBody is always the same, and made when it is first asked for.
var catalogueBody = sync.OnceValues(func() ([]byte, error) {
	kinds, err := webhook.Catalogue()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = encode(&b, map[string]any{"events": kinds})
	return b.Bytes(), err
})

// catalogue answers with each type of event, its schema and a sample.
func (a *API) catalogue(w http.ResponseWriter, _ *request) error {
	body, err := catalogueBody()
	if err != nil {
		return err
	}
	replyBytes(w, http.StatusOK, body)
	return nil
}
