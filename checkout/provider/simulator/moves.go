package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Handle adds POST /simulate/{action}/{id}: what a customer does to the payment
// with that identifier. It is how programs in other languages play the customer.
func (s *Server) Handle(action string, do func(id string) error) {
	s.handle(action, func(w http.ResponseWriter, r *http.Request) { answer(w, do(r.PathValue("id"))) })
}

// HandlePay adds POST /simulate/pay/{id}: the customer who pays what was asked
// for, or with a body such as {"amount":500,"currency":"XOF"}, in minor units,
// another sum. With this provider that cannot be if payAmount is nil.
func (s *Server) HandlePay(pay func(id string) error, payAmount func(id string, amount int64, currency string) error) {
	s.handle("pay", func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Amount   *int64 `json:"amount"`
			Currency string `json:"currency"`
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil && len(bytes.TrimSpace(body)) > 0 {
			err = decode(body, &q)
		}
		id := r.PathValue("id")
		switch {
		case err != nil:
		case q.Amount == nil && q.Currency == "":
			err = pay(id)
		case payAmount == nil:
			err = errors.New("customers of this provider pay what was asked for: leave amount and currency out")
		case q.Amount == nil || *q.Amount < 1:
			err = errors.New("amount must be 1 or more, in minor units")
		case len(q.Currency) != 3 || strings.Trim(q.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
			err = errors.New("currency must be three capital letters, such as XOF")
		default:
			err = payAmount(id, *q.Amount, q.Currency)
		}
		answer(w, err)
	})
}

// HandleFail adds POST /simulate/fail/{id} and /simulate/fail/{id}/{code}: a try
// to pay that fails, for the reason that one of codes names, the first of them by
// default. A provider that names no reasons has no codes.
func (s *Server) HandleFail(codes []string, fail func(id, code string) error) {
	byDefault := ""
	if len(codes) > 0 {
		byDefault = codes[0]
	}
	s.handle("fail", func(w http.ResponseWriter, r *http.Request) {
		id, code, given := strings.Cut(r.PathValue("id"), "/")
		if given && slices.Contains(codes, id) { // the other way round will do
			id, code = code, id
		}
		switch {
		case !given:
			answer(w, fail(id, byDefault))
		case len(codes) == 0:
			answer(w, errors.New("this provider tells nobody why a payment failed: leave the code out"))
		case !slices.Contains(codes, code):
			answer(w, fmt.Errorf("code must be one of %s", strings.Join(codes, ", ")))
		default:
			answer(w, fail(id, code))
		}
	})
}

// Moves lists what can stand for pay in POST /simulate/pay/{id}, pay itself too.
func (s *Server) Moves() []string { return slices.Clone(s.moves) }

func (s *Server) handle(action string, serve http.HandlerFunc) {
	s.moves = append(s.moves, action)
	s.control.HandleFunc("POST /simulate/"+action+"/{id...}", serve)
}

// maxBody is the longest body of a request of the control API, in bytes.
const maxBody = 64 << 10

// decode reads JSON without fields that v does not have.
func decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("there is more behind the JSON")
	}
	return nil
}
