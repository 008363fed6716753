package wavetest_test

import (
	"context"
	"fmt"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

func Example() {
	ctx := context.Background()
	fake := wavetest.New(wavetest.Config{APIKey: "wave_sn_test_key"})
	provider, err := wave.New(wave.Config{
		APIKey: "wave_sn_test_key", WebhookSecrets: []client.Secret{"wave_sn_WHS_test"},
		Transport: simulator.Transport(fake),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	attempt := checkout.Attempt{ID: "txn_1", Amount: checkout.Money{Amount: 2500, Currency: checkout.XOF}}
	started, err := provider.Start(ctx, checkout.Order{
		Attempt: attempt, SuccessURL: "https://shop.example/thanks", CancelURL: "https://shop.example/basket",
	})
	fmt.Println(started.Next.Kind, err)

	fmt.Println(fake.Pay("txn_1"))
	report, err := provider.Poll(ctx, attempt)
	fmt.Println(report.State, report.Paid.Amount, report.Paid.Currency, err)
	// Output:
	// redirect <nil>
	// <nil>
	// paid 2500 XOF <nil>
}
