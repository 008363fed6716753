package mtntest_test

import (
	"context"
	"fmt"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn/mtntest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

func Example() {
	ctx := context.Background()
	fake := mtntest.New(mtntest.Config{Manual: true})
	p, err := mtn.New(mtn.Config{
		SubscriptionKey: mtntest.SubscriptionKey, APIUser: mtntest.APIUser, APIKey: mtntest.APIKey,
		Transport: simulator.Transport(fake),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	attempt := checkout.Attempt{ID: "txn_1", Method: mtn.Method, Amount: checkout.Money{Amount: 1050, Currency: checkout.EUR}}
	started, err := p.Start(ctx, checkout.Order{Attempt: attempt, Title: "Coffee", Phone: "+225 05 04 03 02 01"})
	fmt.Println(started.Next.Kind, started.Next.Text, err)
	for range 2 {
		report, err := p.Poll(ctx, attempt)
		fmt.Println(report.State, report.Paid, err)
		if err := fake.Approve(attempt.ID); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// prompt ••••••••••201 <nil>
	// pending {0 } <nil>
	// paid {1050 EUR} <nil>
	// mtntest: payment "txn_1" is SUCCESSFUL
}
