// Package mtnkit is what a program must know of MTN MoMo to offer it.
package mtnkit

import (
	"cmp"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/kit"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn/mtntest"
)

// refundTime is how long a simulated refund is pending: long enough to decide it
// otherwise.
const refundTime = 10 * time.Second

// Kit returns the kit of MTN MoMo.
func Kit() kit.Kit {
	return kit.Kit{
		Name: "mtn", Title: "MTN MoMo",
		Settings: []kit.Setting{
			{Name: "subscription-key", Field: "SubscriptionKey", Help: "Key of the Collection product, from MTN's developer portal."},
			{Name: "api-user", Field: "APIUser", Help: "API user of the Collection product."},
			{Name: "api-key", Field: "APIKey", Help: "Key of that user."},
			{Name: "target-environment", Field: "TargetEnvironment", Help: "MTN's name of the country, such as mtnivorycoast. Default for test keys: sandbox."},
			{Name: "base-url", Field: "BaseURL", Help: "Where the API is. Default: MTN's own."},
			{Name: "refund-subscription-key", Field: "Disbursement.SubscriptionKey", Help: "Key of the Disbursement product, which gives money back. Default: no refunds."},
			{Name: "refund-api-user", Field: "Disbursement.APIUser", Help: "API user of the Disbursement product."},
			{Name: "refund-api-key", Field: "Disbursement.APIKey", Help: "Key of that user."},
		},
		Build: func(get kit.Values, livemode bool, now clock.Clock) (checkout.Provider, error) {
			return mtn.New(mtn.Config{
				SubscriptionKey: get.Secret("subscription-key"), APIUser: get("api-user"), APIKey: get.Secret("api-key"),
				Disbursement: mtn.Credentials{
					SubscriptionKey: get.Secret("refund-subscription-key"), APIUser: get("refund-api-user"), APIKey: get.Secret("refund-api-key"),
				},
				TargetEnvironment: get("target-environment"), BaseURL: get("base-url"), Livemode: livemode, Clock: now,
			})
		},
		Base: func(get kit.Values, livemode bool) string {
			// Source: momodeveloper.mtn.com and momoapi.mtn.com, read 2026-11-25.
			if livemode {
				return cmp.Or(get("base-url"), "https://proxy.momoapi.mtn.com")
			}
			return cmp.Or(get("base-url"), "https://sandbox.momodeveloper.mtn.com")
		},
		Simulate: func(s kit.Simulation) (kit.Simulated, map[string]string) {
			// Côte d'Ivoire and not MTN's sandbox, which takes francs for euros and
			// numbers only with their calling code.
			return mtntest.New(mtntest.Config{Config: s.Config, XOF: true, Manual: true, Delay: refundTime}), map[string]string{
				"target-environment": "mtnivorycoast",
				"subscription-key":   mtntest.SubscriptionKey, "api-user": mtntest.APIUser, "api-key": mtntest.APIKey,
				"refund-subscription-key": mtntest.DisbursementKey, "refund-api-user": mtntest.APIUser, "refund-api-key": mtntest.APIKey,
			}
		},
	}
}
