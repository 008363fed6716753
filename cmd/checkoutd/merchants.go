package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/checkoutd/checkoutd/checkout"
)

type merchantsCmd struct {
	Policy merchantsPolicyCmd `cmd:"" help:"Show, or set, what becomes of a merchant's money that did not come as it should."`
}

type merchantsPolicyCmd struct {
	fileFlags
	whoFlags
	Late    string `local:"" enum:"accept,refund,hold,default," default:"" help:"Money that comes after its session expired: accept, refund or hold; default for what the server does." placeholder:"RULE"`
	Excess  string `local:"" enum:"hold,accept,default," default:"" help:"More money than was asked for: hold, accept or default." placeholder:"RULE"`
	Surplus string `local:"" enum:"refund,hold,default," default:"" help:"Money for a session that another payment completed: refund, hold or default." placeholder:"RULE"`
}

// Run changes the rules that are given, if any, and prints all of them.
func (c *merchantsPolicyCmd) Run(e *env) error {
	livemode := c.Env == "live"
	return withStore(c.DB, false, func(db checkout.Store, svc *checkout.Service) error {
		var policy checkout.Policy
		err := db.View(e.ctx, func(tx checkout.Tx) (err error) {
			policy, err = policyOf(tx, c.Merchant, livemode)
			return err
		})
		if err != nil {
			return message(err)
		}
		rules := []struct {
			name, want string
			rule       *checkout.Rule
		}{{"late", c.Late, &policy.Late}, {"excess", c.Excess, &policy.Excess}, {"surplus", c.Surplus, &policy.Surplus}}
		for _, r := range rules {
			switch r.want {
			case "":
			case "default":
				*r.rule = checkout.RuleDefault
			default:
				*r.rule = checkout.Rule(r.want)
			}
		}
		if c.Late+c.Excess+c.Surplus != "" {
			if err := svc.SetPolicy(e.ctx, c.Merchant, livemode, policy); err != nil {
				return message(err)
			}
		}
		w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
		for _, r := range rules {
			if *r.rule == checkout.RuleDefault {
				*r.rule = "as the server does"
			}
			fmt.Fprintf(w, "%s\t%s\n", r.name, *r.rule)
		}
		return w.Flush()
	})
}

// policyOf returns what a merchant wants, blank where it does not say.
func policyOf(tx checkout.Tx, merchant string, livemode bool) (checkout.Policy, error) {
	m, err := tx.MerchantByName(merchant)
	if errors.Is(err, checkout.ErrNotFound) {
		return checkout.Policy{}, fmt.Errorf("there is no merchant %q; checkoutd keys list shows them", merchant)
	}
	if err != nil {
		return checkout.Policy{}, err
	}
	account, err := tx.AccountOf(m.ID, livemode)
	if errors.Is(err, checkout.ErrNotFound) {
		return checkout.Policy{}, fmt.Errorf("%s has no %s key yet", merchant, checkout.Account{Livemode: livemode}.Environment())
	}
	if err != nil {
		return checkout.Policy{}, err
	}
	policy, err := tx.Policy(account.Number)
	if errors.Is(err, checkout.ErrNotFound) {
		return checkout.Policy{}, nil
	}
	return policy, err
}
