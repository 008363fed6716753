// Package stripekit is what a program must know of Stripe to offer it.
package stripekit

import (
	"cmp"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/kit"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe/stripetest"
)

// Kit returns the kit of Stripe.
func Kit() kit.Kit {
	return kit.Kit{
		Name: "stripe", Title: "Stripe", Portal: "Stripe's dashboard, under Developers, Webhooks",
		Settings: []kit.Setting{
			{Name: "secret-key", Field: "SecretKey", Help: "Secret or restricted key of the account, sk_live_… or rk_live_…; for test keys, sk_test_… or rk_test_…"},
			{Name: "webhook-secret", Field: "WebhookSecrets", Help: "Signing secret of the webhook endpoint, whsec_…; two, with a comma between, while one replaces the other."},
			{Name: "base-url", Field: "BaseURL", Help: "Where the API is. Default: " + stripe.DefaultBaseURL + "."},
		},
		Build: func(get kit.Values, livemode bool, now clock.Clock) (checkout.Provider, error) {
			return stripe.New(stripe.Config{
				SecretKey: get.Secret("secret-key"), WebhookSecrets: get.Secrets("webhook-secret"),
				BaseURL: get("base-url"), Livemode: livemode, Clock: now,
			})
		},
		Base: func(get kit.Values, _ bool) string { return cmp.Or(get("base-url"), stripe.DefaultBaseURL) },
		Simulate: func(s kit.Simulation) (kit.Simulated, map[string]string) {
			secret := cmp.Or(s.Secret, "whsec_simulated")
			fake := stripetest.New(stripetest.Config{
				Config: s.Config, SecretKey: "sk_test_simulated", WebhookSecrets: []string{secret}, WebhookURL: s.WebhookURL, PublicURL: s.URL,
			})
			return fake, map[string]string{"secret-key": "sk_test_simulated", "webhook-secret": secret}
		},
	}
}
