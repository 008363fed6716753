package main

import (
	"cmp"
	"errors"
	"net/url"
	"strings"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn/mtntest"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangetest"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe/stripetest"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

// providers are the payment providers, in the order in which customers see
// them. Flags, variables, entries of files, doctor, simulate and credentials all
// come from here.
var providers = []provider{waveRow, orangeRow, mtnRow, stripeRow}

var waveRow = provider{
	name: "wave", title: "Wave", portal: "the developer section of Wave's business portal",
	settings: []setting{
		{"api-key", "APIKey", "Key of the wallet, wave_sn_prod_…"},
		{"webhook-secret", "WebhookSecrets", "Secret of the webhook, wave_sn_WHS_…; two, with a comma between, while one replaces the other."},
		{"signing-secret", "SigningSecret", "What signs our calls, wave_sn_AKS_…; only if the key was made with request signing."},
		{"base-url", "BaseURL", "Where the API is. Default: " + wave.DefaultBaseURL + "; for test keys there is none, since Wave has no test mode."},
	},
	build: func(get values, livemode bool, now clock.Clock) (checkout.Provider, error) {
		if base, err := url.Parse(cmp.Or(get("base-url"), wave.DefaultBaseURL)); !livemode && err == nil && strings.EqualFold(base.Hostname(), "api.wave.com") {
			return nil, errors.New("wave: BaseURL must be that of a simulated Wave, such as checkoutd simulate wave prints: the real one moves money, also for test keys")
		}
		return wave.New(wave.Config{
			APIKey: get.secret("api-key"), WebhookSecrets: get.secrets("webhook-secret"), SigningSecret: get.secret("signing-secret"),
			BaseURL: get("base-url"), Livemode: livemode, Clock: now,
		})
	},
	base: func(get values, _ bool) string { return cmp.Or(get("base-url"), wave.DefaultBaseURL) },
	simulate: func(s simulation) (simulated, map[string]string) {
		secret := cmp.Or(s.secret, "wave_sn_WHS_simulated")
		fake := wavetest.New(wavetest.Config{
			Config: s.Config, APIKey: "wave_sn_prod_simulated", WebhookSecret: secret, WebhookURL: s.webhookURL, URL: s.url,
		})
		return fake, map[string]string{"api-key": "wave_sn_prod_simulated", "webhook-secret": secret}
	},
}

var orangeRow = provider{
	name: "orange", title: "Orange Money",
	settings: []setting{
		{"client-id", "ClientID", "Client ID of the application at developer.orange.com."},
		{"client-secret", "ClientSecret", "Its client secret."},
		{"merchant-key", "MerchantKey", "The key that Orange showed when WebPay was added to the application."},
		{"country", "Country", "Two letters of the contract, such as ci. Default for test keys: dev."},
		{"base-url", "BaseURL", "Where the API is. Default: " + orange.DefaultBaseURL + "."},
	},
	build: func(get values, livemode bool, now clock.Clock) (checkout.Provider, error) {
		country := get("country")
		if country == "" && !livemode {
			country = "dev"
		}
		return orange.New(orange.Config{
			ClientID: get("client-id"), ClientSecret: get.secret("client-secret"), MerchantKey: get.secret("merchant-key"),
			Country: country, BaseURL: get("base-url"), Livemode: livemode, Clock: now,
		})
	},
	base: func(get values, _ bool) string { return cmp.Or(get("base-url"), orange.DefaultBaseURL) },
	simulate: func(s simulation) (simulated, map[string]string) {
		return orangetest.New(orangetest.Config{Config: s.Config}), map[string]string{
			"client-id": orangetest.DefaultClientID, "client-secret": orangetest.DefaultClientSecret, "merchant-key": orangetest.DefaultMerchantKey,
		}
	},
}

var mtnRow = provider{
	name: "mtn", title: "MTN MoMo",
	settings: []setting{
		{"subscription-key", "SubscriptionKey", "Key of the Collection product, from MTN's developer portal."},
		{"api-user", "APIUser", "API user of the Collection product."},
		{"api-key", "APIKey", "Key of that user."},
		{"target-environment", "TargetEnvironment", "MTN's name of the country, such as mtnivorycoast. Default for test keys: sandbox."},
		{"base-url", "BaseURL", "Where the API is. Default: MTN's own."},
		{"refund-subscription-key", "Disbursement.SubscriptionKey", "Key of the Disbursement product, which gives money back. Default: no refunds."},
		{"refund-api-user", "Disbursement.APIUser", "API user of the Disbursement product."},
		{"refund-api-key", "Disbursement.APIKey", "Key of that user."},
	},
	build: func(get values, livemode bool, now clock.Clock) (checkout.Provider, error) {
		return mtn.New(mtn.Config{
			SubscriptionKey: get.secret("subscription-key"), APIUser: get("api-user"), APIKey: get.secret("api-key"),
			Disbursement: mtn.Credentials{
				SubscriptionKey: get.secret("refund-subscription-key"), APIUser: get("refund-api-user"), APIKey: get.secret("refund-api-key"),
			},
			TargetEnvironment: get("target-environment"), BaseURL: get("base-url"), Livemode: livemode, Clock: now,
		})
	},
	base: func(get values, livemode bool) string {
		// Source: momodeveloper.mtn.com and momoapi.mtn.com, read 2026-11-25.
		if livemode {
			return cmp.Or(get("base-url"), "https://proxy.momoapi.mtn.com")
		}
		return cmp.Or(get("base-url"), "https://sandbox.momodeveloper.mtn.com")
	},
	simulate: func(s simulation) (simulated, map[string]string) {
		return mtntest.New(mtntest.Config{Config: s.Config, Manual: true}), map[string]string{
			"subscription-key": mtntest.SubscriptionKey, "api-user": mtntest.APIUser, "api-key": mtntest.APIKey,
			"refund-subscription-key": mtntest.DisbursementKey, "refund-api-user": mtntest.APIUser, "refund-api-key": mtntest.APIKey,
		}
	},
}

var stripeRow = provider{
	name: "stripe", title: "Stripe", portal: "Stripe's dashboard, under Developers, Webhooks",
	settings: []setting{
		{"secret-key", "SecretKey", "Secret or restricted key of the account, sk_live_… or rk_live_…; for test keys, sk_test_… or rk_test_…"},
		{"webhook-secret", "WebhookSecrets", "Signing secret of the webhook endpoint, whsec_…; two, with a comma between, while one replaces the other."},
		{"base-url", "BaseURL", "Where the API is. Default: " + stripe.DefaultBaseURL + "."},
	},
	build: func(get values, livemode bool, now clock.Clock) (checkout.Provider, error) {
		return stripe.New(stripe.Config{
			SecretKey: get.secret("secret-key"), WebhookSecrets: get.secrets("webhook-secret"),
			BaseURL: get("base-url"), Livemode: livemode, Clock: now,
		})
	},
	base: func(get values, _ bool) string { return cmp.Or(get("base-url"), stripe.DefaultBaseURL) },
	simulate: func(s simulation) (simulated, map[string]string) {
		secret := cmp.Or(s.secret, "whsec_simulated")
		fake := stripetest.New(stripetest.Config{
			Config: s.Config, SecretKey: "sk_test_simulated", WebhookSecrets: []string{secret}, WebhookURL: s.webhookURL, PublicURL: s.url,
		})
		return fake, map[string]string{"secret-key": "sk_test_simulated", "webhook-secret": secret}
	},
}
