package wave

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"

	"github.com/checkoutd/checkoutd/checkout"
)

// Parse reads a message. One that is signed is believed; one that only shows the
// secret could be an old one, changed, so that Wave is to be asked.
func (p *Provider) Parse(in checkout.Inbound) ([]checkout.Signal, error) {
	trust, err := p.trust(in)
	if err != nil {
		return nil, err
	}
	var event struct {
		ID   string          `json:"id"`
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(in.Body, &event); err != nil {
		return nil, &checkout.Error{Code: checkout.CodeInvalid, Message: "The event cannot be read", Err: err}
	}
	if event.Type == "" {
		return nil, &checkout.Error{Code: checkout.CodeInvalid, Message: "The event has no type"}
	}
	sum := sha256.Sum256(in.Body)
	sig := checkout.Signal{
		Kind: checkout.SignalNone, Type: event.Type, Trust: trust,
		EventID: cmp.Or(event.ID, "sha256:"+hex.EncodeToString(sum[:])),
	}
	if sig, err = about(sig, event.Data); err != nil {
		return nil, &checkout.Error{Code: checkout.CodeInvalid, Message: "The event is not understood", Err: err}
	}
	return []checkout.Signal{sig}, nil
}

// trust returns what the message proves, by either of the two strategies that
// the portal offers.
//
// Source: docs.wave.com/webhook, "Security strategies", read 2026-11-22.
func (p *Provider) trust(in checkout.Inbound) (checkout.Trust, error) {
	if header := in.Header(signatureHeader); header != "" {
		return checkout.TrustSigned, verify(p.secrets().webhook, header, in.Body, in.Now)
	}
	shown, known := sha256.Sum256([]byte(in.Header("Authorization"))), 0
	for _, secret := range p.secrets().webhook {
		want := sha256.Sum256([]byte("Bearer " + secret))
		known |= subtle.ConstantTimeCompare(shown[:], want[:])
	}
	if known == 0 {
		return checkout.TrustNone, errForged
	}
	return checkout.TrustShared, nil
}

// about returns sig with what data says. Events of other kinds, such as those of
// payments at a till, stay nothing.
//
// Source: docs.wave.com/webhook, "Event types", read 2026-11-22. The types
// expired and refunded are known from others' code only.
func about(sig checkout.Signal, data json.RawMessage) (checkout.Signal, error) {
	switch sig.Type {
	case "checkout.session.completed", "checkout.session.expired", "checkout.session.payment_failed", "checkout.session.refunded":
	default:
		return sig, nil
	}
	var s session
	if err := json.Unmarshal(data, &s); err != nil {
		return sig, err
	}
	if s.ID == "" {
		return sig, &checkout.Error{Code: checkout.CodeInvalid, Message: "the session has no id"}
	}
	sig.AttemptID, sig.Ref, sig.Charge = s.ClientReference, s.ID, s.TransactionID
	var err error
	switch sig.Type {
	case "checkout.session.payment_failed":
		// Whatever the session says of itself, it can be paid until it expires.
		sig.Kind = checkout.SignalPayment
		sig.Report = checkout.Report{
			State:  checkout.StatePending,
			Reason: cmp.Or(s.LastError.reason(), checkout.ReasonDeclined),
			Try:    sig.EventID,
		}
	case "checkout.session.refunded":
		sig.Kind = checkout.SignalRefund
		sig.Refund = checkout.RefundReport{State: checkout.RefundSucceeded, Total: true}
		sig.Refund.Amount, err = money(s.Amount, s.Currency)
	default:
		sig.Kind = checkout.SignalPayment
		sig.Report, err = s.report()
	}
	return sig, err
}
