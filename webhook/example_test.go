package webhook_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/checkoutd/checkoutd/webhook"
)

// A receiver checks a message against the bytes of the body as they came, before
// it decodes them.
func ExampleVerify() {
	secret := "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	body := []byte(`{"event":"PAYMENT_SUCCEEDED","id":"evt_1"}`)
	sent := time.Unix(1767225600, 0)
	header := http.Header{} // as a request has it
	header.Set("Webhook-Id", "evt_1")
	header.Set("Webhook-Timestamp", "1767225600")
	header.Set("Webhook-Signature", webhook.Sign(secret, "evt_1", sent, body))

	fmt.Println(webhook.Verify(header, body, sent.Add(time.Second), secret))
	fmt.Println(webhook.Verify(header, append(body, ' '), sent.Add(time.Second), secret))
	fmt.Println(webhook.Verify(header, body, sent.Add(time.Hour), secret))
	// Output:
	// <nil>
	// webhook: no signature is good
	// webhook: the timestamp is missing or too far from the present: it is off by 1h0m0s
}
