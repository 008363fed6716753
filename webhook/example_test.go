package webhook_test

import (
	"fmt"

	"github.com/checkoutd/checkoutd/webhook"
)

// A receiver checks the header X-Lomi-Signature against the bytes of the body as
// they came, before it decodes them.
func ExampleVerify() {
	secret := "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	body := []byte(`{"event":"PAYMENT_SUCCEEDED","id":"evt_1"}`)

	signature := webhook.Sign(secret, body) // as the header carries it
	fmt.Println(webhook.Verify(secret, body, signature))
	fmt.Println(webhook.Verify(secret, append(body, ' '), signature))
	// Output:
	// true
	// false
}
