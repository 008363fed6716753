package checkout_test

import (
	"context"
	"fmt"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/checkout/provider/sandbox"
)

// stopped returns a service in memory and the clock it lives by.
func stopped() (*checkout.Service, *clock.Mock) {
	now := clock.NewMock()
	now.Set(checkouttest.Start)
	svc, err := checkout.New(checkout.Config{
		Store: checkouttest.NewStore(), Clock: now,
		Providers: []checkout.Provider{sandbox.New(sandbox.Config{Clock: now})},
	})
	if err != nil {
		panic(err)
	}
	return svc, now
}

func Example() {
	ctx := context.Background()
	svc, _ := stopped()

	s, err := svc.CreateSession(ctx, checkout.CreateSessionParams{
		Total: checkout.Money{Amount: 12500, Currency: checkout.XOF},
		Form:  &checkout.Form{}, // ask the customer for nothing
	})
	fmt.Println(s.Status, s.Total.Amount, s.Total.Currency, err)

	a, err := svc.Start(ctx, checkout.StartParams{SessionID: s.ID, Method: "phone", Phone: "+221 77 123 45 67"})
	fmt.Println(a.Status, err)

	s, err = svc.Session(ctx, checkout.Account{}, s.ID)
	fmt.Println(s.Status, s.TransactionID == a.ID, err)
	// Output:
	// open 12500 XOF <nil>
	// paid <nil>
	// completed true <nil>
}

func ExampleService_ExpireDue() {
	ctx := context.Background()
	svc, now := stopped()

	s, _ := svc.CreateSession(ctx, checkout.CreateSessionParams{
		Total: checkout.Money{Amount: 1999, Currency: checkout.EUR}, TTL: 15 * time.Minute,
	})
	now.Add(15 * time.Minute)
	s, _ = svc.Session(ctx, checkout.Account{}, s.ID)
	fmt.Println(s.Status) // already, though nothing has been swept

	n, err := svc.ExpireDue(ctx)
	fmt.Println(n, err)
	// Output:
	// expired
	// 1 <nil>
}

func ExampleService_Once() {
	ctx := context.Background()
	svc, _ := stopped()
	key := &checkout.Idempotency{Route: "orders", Key: "order-7"}

	for range 2 {
		answer, err := svc.Once(ctx, checkout.Account{}, key, func(tx checkout.Tx) ([]byte, error) {
			s, err := svc.CreateSessionIn(tx, checkout.CreateSessionParams{
				Total: checkout.Money{Amount: 500, Currency: checkout.XOF},
			})
			return []byte(s.Status), err
		})
		fmt.Println(string(answer.Body), answer.Replayed, err)
	}
	// Output:
	// open false <nil>
	// open true <nil>
}
