package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Rule is what to do with money that did not come as it should.
type Rule string

// The rules.
const (
	RuleDefault Rule = ""       // what the server does
	RuleAccept  Rule = "accept" // it completes the session all the same
	RuleRefund  Rule = "refund" // it is given back, if the provider can, else held
	RuleHold    Rule = "hold"   // it waits for the merchant to decide
)

// Policy says what becomes of money that did not come as it should. Too little
// money, and money in another currency, is always held.
type Policy struct {
	Late    Rule // after the session expired. Default: accept
	Excess  Rule // more than was asked for. Default: hold; accept is possible
	Surplus Rule // after another attempt had completed the session. Default: refund; hold is possible
}

// policyRules holds what each field of a Policy may be, its default first.
var policyRules = map[string][]Rule{
	"late":    {RuleAccept, RuleRefund, RuleHold},
	"excess":  {RuleHold, RuleAccept},
	"surplus": {RuleRefund, RuleHold},
}

// validate returns an error that names the field at fault.
func (p Policy) validate() error {
	var v Problems
	for _, f := range []struct {
		name string
		rule Rule
	}{{"late", p.Late}, {"excess", p.Excess}, {"surplus", p.Surplus}} {
		rules := policyRules[f.name]
		v.Check(f.rule == RuleDefault || slices.Contains(rules, f.rule), f.name, fmt.Sprintf("%s must be one of %v", f.name, rules))
	}
	return v.Err()
}

// fill returns p with its blanks taken from d.
func (p Policy) fill(d Policy) Policy {
	for _, f := range []struct{ have, from *Rule }{{&p.Late, &d.Late}, {&p.Excess, &d.Excess}, {&p.Surplus, &d.Surplus}} {
		if *f.have == RuleDefault {
			*f.have = *f.from
		}
	}
	return p
}

// policy returns what account wants.
func (s *Service) policy(tx Tx, account Account) (Policy, error) {
	p, err := tx.Policy(account.Number)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return p, err
	}
	builtIn := Policy{policyRules["late"][0], policyRules["excess"][0], policyRules["surplus"][0]}
	return p.fill(s.defaults).fill(builtIn), nil
}

// SetPolicy sets what a merchant wants. It returns an [Error] with CodeInvalid
// for a rule that is not possible, and with CodeNotFound if there is no such
// merchant in that mode.
func (s *Service) SetPolicy(ctx context.Context, merchant string, livemode bool, p Policy) error {
	if err := p.validate(); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx Tx) error {
		account, err := accountOf(tx, merchant, livemode)
		if err != nil {
			return err
		}
		return tx.PutPolicy(account.Number, p)
	})
}

// accountOf returns the account of a merchant by name.
func accountOf(tx Tx, merchant string, livemode bool) (Account, error) {
	m, err := tx.MerchantByName(merchant)
	if err != nil {
		return Account{}, notFound(err, fmt.Sprintf("There is no merchant %q", merchant))
	}
	account, err := tx.AccountOf(m.ID, livemode)
	return account, notFound(err, fmt.Sprintf("%s has no %s key yet", merchant, Account{Livemode: livemode}.Environment()))
}

// Credentials are what the provider of one merchant is opened with.
type Credentials struct {
	Account   int64
	Provider  string // [Provider.Name]
	Sealed    []byte // in whatever form [Config.Open] understands; the store keeps it as it is
	UpdatedAt time.Time
}

// SetCredentials makes a merchant's payments with a provider go through
// credentials of its own. Payments that were started through the server's stay
// there; those that were started through older ones of its own are asked about
// with the new ones, which must be of the same wallet. sameWallet says that they
// are; without it SetCredentials returns an [Error] with CodeConflict while such
// payments are pending.
func (s *Service) SetCredentials(ctx context.Context, merchant string, livemode bool, provider string, sameWallet bool, seal func(account Account) ([]byte, error)) error {
	return s.store.Update(ctx, func(tx Tx) error {
		account, err := accountOf(tx, merchant, livemode)
		if err == nil && !sameWallet {
			err = nothingPending(tx, account, provider)
		}
		if err != nil {
			return err
		}
		sealed, err := seal(account)
		if err != nil {
			return err
		}
		return tx.PutCredentials(Credentials{Account: account.Number, Provider: provider, Sealed: sealed, UpdatedAt: s.now()})
	})
}

// nothingPending returns an error while something is pending that only a
// merchant's own credentials can ask about.
func nothingPending(tx Tx, account Account, provider string) error {
	n, err := tx.OwnPending(account.Number, provider)
	if err != nil || n == 0 {
		return err
	}
	return &Error{Code: CodeConflict, Message: fmt.Sprintf(
		"%d payments and refunds of %s are pending at %s, which only its present credentials can ask about", n, account.Name, provider)}
}

// RemoveCredentials makes a merchant's payments go through the server's
// credentials again. Attempts that were started with the merchant's own can then
// no longer be asked about: without force it returns an [Error] with CodeConflict
// while there are any that are pending.
func (s *Service) RemoveCredentials(ctx context.Context, merchant string, livemode bool, provider string, force bool) error {
	return s.store.Update(ctx, func(tx Tx) error {
		account, err := accountOf(tx, merchant, livemode)
		if err == nil && !force {
			err = nothingPending(tx, account, provider)
		}
		if err != nil {
			return err
		}
		err = tx.DeleteCredentials(account.Number, provider)
		return notFound(err, fmt.Sprintf("%s has no credentials of its own for %s", merchant, provider))
	})
}

// AccountCredentials are the credentials of one merchant in one mode.
type AccountCredentials struct {
	Account Account
	Credentials
}

// Credentials lists the merchants' own credentials, as they are sealed.
func (s *Service) Credentials(ctx context.Context) (list []AccountCredentials, err error) {
	err = s.store.View(ctx, func(tx Tx) error {
		list = nil
		all, err := tx.ListCredentials()
		if err != nil {
			return err
		}
		for _, c := range all {
			account, err := tx.Account(c.Account)
			if err != nil {
				return err
			}
			list = append(list, AccountCredentials{account, c})
		}
		return nil
	})
	return list, err
}
