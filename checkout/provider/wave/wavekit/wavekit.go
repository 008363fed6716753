// Package wavekit is what a program must know of Wave to offer it.
package wavekit

import (
	"cmp"
	"errors"
	"net/url"
	"strings"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/kit"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

// Kit returns the kit of Wave.
func Kit() kit.Kit {
	return kit.Kit{
		Name: "wave", Title: "Wave", Portal: "the developer section of Wave's business portal",
		Settings: []kit.Setting{
			{Name: "api-key", Field: "APIKey", Help: "Key of the wallet, wave_sn_prod_…"},
			{Name: "webhook-secret", Field: "WebhookSecrets", Help: "Secret of the webhook, wave_sn_WHS_…; two, with a comma between, while one replaces the other."},
			{Name: "signing-secret", Field: "SigningSecret", Help: "What signs our calls, wave_sn_AKS_…; only if the key was made with request signing."},
			{Name: "base-url", Field: "BaseURL", Help: "Where the API is. Default: " + wave.DefaultBaseURL + "; for test keys there is none, since Wave has no test mode."},
		},
		Build: func(get kit.Values, livemode bool, now clock.Clock) (checkout.Provider, error) {
			if base, err := url.Parse(cmp.Or(get("base-url"), wave.DefaultBaseURL)); !livemode && err == nil && strings.EqualFold(base.Hostname(), "api.wave.com") {
				return nil, errors.New("wave: BaseURL must be that of a simulated Wave, such as checkoutd simulate wave prints: the real one moves money, also for test keys")
			}
			return wave.New(wave.Config{
				APIKey: get.Secret("api-key"), WebhookSecrets: get.Secrets("webhook-secret"), SigningSecret: get.Secret("signing-secret"),
				BaseURL: get("base-url"), Livemode: livemode, Clock: now,
			})
		},
		Base: func(get kit.Values, _ bool) string { return cmp.Or(get("base-url"), wave.DefaultBaseURL) },
		Simulate: func(s kit.Simulation) (kit.Simulated, map[string]string) {
			secret := cmp.Or(s.Secret, "wave_sn_WHS_simulated")
			fake := wavetest.New(wavetest.Config{
				Config: s.Config, APIKey: "wave_sn_prod_simulated", WebhookSecret: secret, WebhookURL: s.WebhookURL, URL: s.URL,
			})
			return fake, map[string]string{"api-key": "wave_sn_prod_simulated", "webhook-secret": secret}
		},
	}
}
