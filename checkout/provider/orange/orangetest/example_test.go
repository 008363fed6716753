package orangetest_test

import (
	"context"
	"fmt"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangetest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

func Example() {
	fake := orangetest.New(orangetest.Config{})
	p, err := orange.New(orange.Config{
		ClientID: orangetest.DefaultClientID, ClientSecret: orangetest.DefaultClientSecret,
		MerchantKey: orangetest.DefaultMerchantKey, Country: "dev", Transport: simulator.Transport(fake),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := checkout.Attempt{ID: "txn_01KB0000000000000000000001", Amount: checkout.Money{Amount: 1200, Currency: checkout.XOF}}
	started, err := p.Start(context.Background(), checkout.Order{
		Attempt: a, Title: "Chez Awa", SuccessURL: "https://shop.example/thanks", CancelURL: "https://shop.example/cart",
		NotifyURL: "https://pay.example/webhooks/orange",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	a.Secret = started.Secret
	fmt.Println(started.Next.Kind)

	if err := fake.Pay(a.ID); err != nil { // the customer
		fmt.Println(err)
		return
	}
	report, err := p.Poll(context.Background(), a)
	fmt.Println(report.State, err, fake.Received())
	// Output:
	// redirect
	// paid <nil> map[OUV:1200]
}
