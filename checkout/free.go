package checkout

import "time"

// What the attempts of sessions are called that come to nothing: no provider hears
// of them. The codes are lomi.'s.
const (
	providerFree = "free"
	codeFree     = "FREE"
)

// payNothing completes a session that comes to nothing.
func (s *Service) payNothing(tx Tx, b *begun, p StartParams, now time.Time) error {
	if err := p.check(b.session, Method{}); err != nil {
		return err
	}
	a, err := s.newAttempt(tx, b, p, now)
	if err != nil {
		return err
	}
	a.Provider, a.Method, a.MethodCode = providerFree, providerFree, codeFree
	a.Status, a.Received, a.PaidAt = AttemptPaid, a.Amount, now
	b.attempt = a
	if err := tx.InsertAttempt(a); err != nil {
		return err
	}
	return s.complete(tx, b.account, b.session, a, now, &b.fx)
}

// mayPay returns an error if the session cannot be paid although it is open, or
// not by this payer: a coupon that asks who pays is for nobody else. It returns
// for whom such a coupon was applied, "" if there is none.
func (s *Service) mayPay(tx Tx, account Account, session Session, p StartParams, now time.Time) (who string, err error) {
	full, err := linkFull(tx, session)
	if err != nil {
		return "", err
	}
	if full {
		return "", &Error{Code: CodeLinkClosed, Message: "Payment link " + session.LinkID + " has been used as often as it may be"}
	}
	if session.Coupons == "" {
		return "", nil
	}
	uses, err := tx.Redemptions(session.ID)
	if err != nil {
		return "", err
	}
	for _, r := range uses {
		if r.Status != RedemptionReserved || r.CustomerID == "" {
			continue
		}
		who = r.CustomerID
		if who == session.CustomerID {
			continue // the merchant says who it is
		}
		payer, err := s.customerOf(tx, account, p.Payer.fill(session.Customer), now)
		if err != nil {
			return "", err
		}
		if payer != "" && payer != who {
			return "", invalid("email", "email: a coupon was applied for another customer; remove it, or pay as them")
		}
	}
	return who, nil
}
