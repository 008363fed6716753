// Package orangekit is what a program must know of Orange Money to offer it.
package orangekit

import (
	"cmp"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/kit"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangetest"
)

// Kit returns the kit of Orange Money.
func Kit() kit.Kit {
	return kit.Kit{
		Name: "orange", Title: "Orange Money",
		Settings: []kit.Setting{
			{Name: "client-id", Field: "ClientID", Help: "Client ID of the application at developer.orange.com."},
			{Name: "client-secret", Field: "ClientSecret", Help: "Its client secret."},
			{Name: "merchant-key", Field: "MerchantKey", Help: "The key that Orange showed when WebPay was added to the application."},
			{Name: "country", Field: "Country", Help: "Two letters of the contract, such as ci. Default for test keys: dev."},
			{Name: "base-url", Field: "BaseURL", Help: "Where the API is. Default: " + orange.DefaultBaseURL + "."},
		},
		Build: func(get kit.Values, livemode bool, now clock.Clock) (checkout.Provider, error) {
			country := get("country")
			if country == "" && !livemode {
				country = "dev"
			}
			return orange.New(orange.Config{
				ClientID: get("client-id"), ClientSecret: get.Secret("client-secret"), MerchantKey: get.Secret("merchant-key"),
				Country: country, BaseURL: get("base-url"), Livemode: livemode, Clock: now,
			})
		},
		Base: func(get kit.Values, _ bool) string { return cmp.Or(get("base-url"), orange.DefaultBaseURL) },
		Simulate: func(s kit.Simulation) (kit.Simulated, map[string]string) {
			return orangetest.New(orangetest.Config{Config: s.Config}), map[string]string{
				"client-id": orangetest.DefaultClientID, "client-secret": orangetest.DefaultClientSecret, "merchant-key": orangetest.DefaultMerchantKey,
			}
		},
	}
}
