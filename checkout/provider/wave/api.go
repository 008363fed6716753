package wave

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

const sessionsPath = "/v1/checkout/sessions"

// order is the body of a request for a session.
//
// Source: docs.wave.com/checkout, "Create a checkout session", read 2026-11-22.
type order struct {
	Amount             string `json:"amount"` // decimal text; XOF has no decimals
	Currency           string `json:"currency"`
	SuccessURL         string `json:"success_url"`
	ErrorURL           string `json:"error_url"`
	ClientReference    string `json:"client_reference"`
	RestrictPayer      string `json:"restrict_payer_mobile,omitempty"` // E.164
	AggregatedMerchant string `json:"aggregated_merchant_id,omitempty"`
}

// Start creates a session for o, under the attempt's identifier.
func (p *Provider) Start(ctx context.Context, o checkout.Order) (checkout.Started, error) {
	if o.Attempt.Amount.Currency != checkout.XOF {
		return checkout.Started{}, &checkout.Declined{Reason: checkout.ReasonMerchant, Err: fmt.Errorf("wave: takes XOF, not %s", o.Attempt.Amount.Currency)}
	}
	request := order{
		Amount: strconv.FormatInt(o.Attempt.Amount.Amount, 10), Currency: string(checkout.XOF),
		SuccessURL: o.SuccessURL, ErrorURL: o.CancelURL,
		ClientReference: o.Attempt.ID, AggregatedMerchant: p.aggregated,
	}
	if p.restrict {
		if request.RestrictPayer = e164(o.Phone); request.RestrictPayer == "" {
			return checkout.Started{}, &checkout.Declined{Reason: checkout.ReasonPayerUnknown, Err: errors.New("wave: the number is not international")}
		}
	}
	body, err := json.Marshal(request)
	if err != nil {
		return checkout.Started{}, fmt.Errorf("%w: %w", checkout.ErrNotSent, err)
	}
	answer, err := p.call(ctx, http.MethodPost, sessionsPath, body)
	if err != nil {
		return checkout.Started{}, err
	}
	if answer.Status/100 != 2 {
		return checkout.Started{}, refusal(answer, checkout.ReasonMerchant)
	}
	s, err := readSession(answer, o.Attempt)
	if err != nil {
		return checkout.Started{}, err
	}
	return s.started()
}

// Poll asks for the session of a, by our reference if Wave's is not known.
func (p *Provider) Poll(ctx context.Context, a checkout.Attempt) (checkout.Report, error) {
	if a.Ref == "" {
		found, err := p.Find(ctx, a)
		return found.Report, err
	}
	answer, err := p.call(ctx, http.MethodGet, sessionsPath+"/"+url.PathEscape(a.Ref), nil)
	if err != nil {
		return checkout.Report{}, err
	}
	if missing(answer) {
		return checkout.Report{State: checkout.StateMissing}, nil
	}
	if answer.Status != http.StatusOK {
		return checkout.Report{}, trouble(answer)
	}
	s, err := readSession(answer, a)
	if err != nil {
		return checkout.Report{}, err
	}
	return s.report()
}

// Find searches for sessions under the attempt's identifier. Of several it
// takes the one that is paid, else the newest that is open.
func (p *Provider) Find(ctx context.Context, a checkout.Attempt) (checkout.Started, error) {
	query := url.Values{"client_reference": {a.ID}}
	answer, err := p.call(ctx, http.MethodGet, sessionsPath+"/search?"+query.Encode(), nil)
	if err != nil {
		return checkout.Started{}, err
	}
	if answer.Status != http.StatusOK {
		return checkout.Started{}, trouble(answer)
	}
	var found struct {
		Result []session `json:"result"`
	}
	if err := json.Unmarshal(answer.Body, &found); err != nil {
		return checkout.Started{}, fmt.Errorf("wave: the answer cannot be read: %w", err)
	}
	if found.Result == nil {
		return checkout.Started{}, errors.New("wave: the answer has no result")
	}
	if len(found.Result) == 0 {
		return checkout.Started{Report: checkout.Report{State: checkout.StateMissing}}, nil
	}
	best := found.Result[0]
	for _, s := range found.Result[1:] {
		if s.outranks(best) {
			best = s
		}
	}
	a.Ref = ""
	if err := best.of(a); err != nil {
		return checkout.Started{}, err
	}
	return best.started()
}

// outranks reports whether s tells more of an attempt than t does.
func (s session) outranks(t session) bool {
	if s.rank() != t.rank() {
		return s.rank() > t.rank()
	}
	return instant(s.Created).After(instant(t.Created))
}

func (s session) rank() int {
	switch s.CheckoutStatus {
	case "complete":
		return 2
	case "open":
		return 1
	}
	return 0
}

// Close expires the session of a.
func (p *Provider) Close(ctx context.Context, a checkout.Attempt) (checkout.Report, error) {
	if a.Ref == "" {
		found, err := p.Find(ctx, a)
		if err != nil || found.Report.State != checkout.StatePending {
			return found.Report, err
		}
		a.Ref = found.Ref
	}
	answer, err := p.call(ctx, http.MethodPost, sessionsPath+"/"+url.PathEscape(a.Ref)+"/expire", nil)
	switch {
	case err != nil:
		return checkout.Report{}, err
	case answer.Status/100 == 2:
		return checkout.Report{State: checkout.StateExpired}, nil
	case answer.Status == http.StatusConflict: // complete or expired already
		return p.Poll(ctx, a)
	case missing(answer):
		return checkout.Report{State: checkout.StateMissing}, nil
	}
	return checkout.Report{}, trouble(answer)
}

// call sends body, nil for none.
func (p *Provider) call(ctx context.Context, method, path string, body []byte) (client.Answer, error) {
	secrets := p.secrets()
	header := client.NewHeader("Authorization", "Bearer "+secrets.key, "Accept", "application/json")
	if body != nil {
		header.Set("Content-Type", "application/json")
	}
	if secrets.signing != "" {
		header.Set(signatureHeader, signature(secrets.signing, p.clock.Now(), body))
	}
	answer, err := p.client.Do(ctx, method, path, header, body)
	if err != nil {
		return answer, fmt.Errorf("wave: %w", err)
	}
	return answer, nil
}

// readSession reads the session of a.
func readSession(answer client.Answer, a checkout.Attempt) (s session, err error) {
	if err := json.Unmarshal(answer.Body, &s); err != nil {
		return s, fmt.Errorf("wave: the answer cannot be read: %w", err)
	}
	return s, s.of(a)
}

var international = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// e164 returns a phone number as Wave wants it, "" if it is not international.
func e164(phone string) string {
	number := strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "\u00a0", "").Replace(phone)
	if rest, ok := strings.CutPrefix(number, "00"); ok {
		number = "+" + rest
	}
	if !international.MatchString(number) {
		return ""
	}
	return number
}
