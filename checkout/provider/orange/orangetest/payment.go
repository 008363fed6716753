package orangetest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"unicode/utf8"
)

// maxBody is the longest body of a request, in bytes.
const maxBody = 64 << 10

// payment is what webpayment is asked.
type payment struct {
	MerchantKey string      `json:"merchant_key"`
	Currency    string      `json:"currency"`
	OrderID     string      `json:"order_id"`
	Amount      json.Number `json:"amount"`
	ReturnURL   string      `json:"return_url"`
	CancelURL   string      `json:"cancel_url"`
	NotifURL    string      `json:"notif_url"`
	Lang        string      `json:"lang"`
	Reference   string      `json:"reference"`
}

// fault is why a question is refused.
type fault struct {
	status, code         int
	message, description string
}

func missing(field string) *fault {
	return &fault{http.StatusBadRequest, 23, "Missing body field",
		fmt.Sprintf("Key: 'WebPaymentInfo.%s' Error:Field validation for '%[1]s' failed on the 'required' tag", field)}
}

func wrong(field, why string) *fault {
	return &fault{http.StatusBadRequest, 24, "Invalid body field", field + " " + why}
}

// check returns what is wrong with p, nil if nothing is, and its amount.
func (s *Server) check(p payment) (int64, *fault) {
	for _, f := range []struct {
		name, value string
		most        int // in characters
		required    bool
	}{
		{"MerchantKey", p.MerchantKey, 64, true}, {"Currency", p.Currency, 3, true},
		{"OrderId", p.OrderID, 30, true}, {"Amount", p.Amount.String(), 19, true},
		{"ReturnUrl", p.ReturnURL, 120, true}, {"CancelUrl", p.CancelURL, 120, true}, {"NotifUrl", p.NotifURL, 120, true},
		{"Lang", p.Lang, 2, false}, {"Reference", p.Reference, 30, false},
	} {
		switch {
		case f.required && f.value == "":
			return 0, missing(f.name)
		case utf8.RuneCountInString(f.value) > f.most:
			return 0, wrong(f.name, fmt.Sprintf("is longer than %d characters", f.most))
		}
	}
	amount, err := strconv.ParseInt(p.Amount.String(), 10, 64)
	switch {
	case err != nil || amount <= 0:
		return 0, wrong("Amount", "must be an integer above 0")
	case !same(p.MerchantKey, s.config.MerchantKey):
		return 0, &fault{http.StatusForbidden, 50, "Access denied", "The merchant key is unknown to this application."}
	case p.Currency != s.Currency():
		return 0, wrong("Currency", "must be "+s.Currency())
	case p.Lang != "" && p.Lang != "fr" && p.Lang != "en":
		return 0, wrong("Lang", "must be fr or en")
	}
	for name, text := range map[string]string{"ReturnUrl": p.ReturnURL, "CancelUrl": p.CancelURL, "NotifUrl": p.NotifURL} {
		if !isReachable(text) {
			return 0, wrong(name, "must be an https URL")
		}
	}
	return amount, nil
}

// isReachable reports whether text is an https URL, or an http URL of this
// machine, which the real one cannot reach and this one can.
func isReachable(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// webPayment opens an order and answers with the address of its page.
func (s *Server) webPayment(w http.ResponseWriter, r *http.Request) {
	var p payment
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&p); err != nil {
		refuse(w, http.StatusBadRequest, 22, "Invalid body", err.Error())
		return
	}
	amount, f := s.check(p)
	if f != nil {
		refuse(w, f.status, f.code, f.message, f.description)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.orders {
		if o.OrderID == p.OrderID {
			refuse(w, http.StatusBadRequest, 24, "Invalid body field", "OrderId was used before")
			return
		}
	}
	payToken, err := s.random(32)
	if err == nil {
		var notifToken string
		if notifToken, err = s.random(16); err == nil {
			s.open(w, r, p, amount, payToken, notifToken)
			return
		}
	}
	refuse(w, http.StatusInternalServerError, 1, "Internal error", err.Error())
}

// open keeps a new order and answers. The caller holds s.mu.
func (s *Server) open(w http.ResponseWriter, r *http.Request, p payment, amount int64, payToken, notifToken string) {
	s.orders = append(s.orders, &order{
		Order: Order{
			OrderID: p.OrderID, Amount: amount, Currency: p.Currency, Reference: p.Reference, Lang: p.Lang,
			Status: Initiated, PayToken: payToken, NotifToken: notifToken, CreatedAt: s.Now(),
		},
		returnURL: p.ReturnURL, cancelURL: p.CancelURL, notifURL: p.NotifURL,
	})
	answer(w, http.StatusCreated, struct {
		Status     int    `json:"status"`
		Message    string `json:"message"`
		PayToken   string `json:"pay_token"`
		PaymentURL string `json:"payment_url"`
		NotifToken string `json:"notif_token"`
	}{http.StatusCreated, "OK", payToken, origin(r) + "/payment/pay_token/" + payToken, notifToken})
}

// origin is where a request was sent to.
func origin(r *http.Request) string {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if r.TLS == nil && isLoopback(host) {
		return "http://" + r.Host
	}
	return "https://" + r.Host
}

// transactionStatus tells how an order stands to who knows its sum and its
// pay_token. It does not repeat the sum.
func (s *Server) transactionStatus(w http.ResponseWriter, r *http.Request) {
	var q struct {
		OrderID  string      `json:"order_id"`
		Amount   json.Number `json:"amount"`
		PayToken string      `json:"pay_token"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&q); err != nil {
		refuse(w, http.StatusBadRequest, 22, "Invalid body", err.Error())
		return
	}
	for _, f := range [][2]string{{"OrderId", q.OrderID}, {"Amount", q.Amount.String()}, {"PayToken", q.PayToken}} {
		if f[1] == "" {
			refuse(w, http.StatusBadRequest, 23, "Missing body field",
				fmt.Sprintf("Key: 'GetTransactionStatusInfo.%s' Error:Field validation for '%[1]s' failed on the 'required' tag", f[0]))
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.find(q.OrderID)
	if o == nil || o.OrderID != q.OrderID || !same(o.PayToken, q.PayToken) || strconv.FormatInt(o.Amount, 10) != q.Amount.String() {
		refuse(w, http.StatusNotFound, 60, "Resource not found", "No transaction has this order_id, amount and pay_token.")
		return
	}
	answer(w, http.StatusCreated, struct {
		Status  Status `json:"status"`
		OrderID string `json:"order_id"`
		TxnID   string `json:"txnid"`
	}{o.Status, o.OrderID, o.TxnID})
}
