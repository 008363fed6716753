package wave_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
	"github.com/checkoutd/checkoutd/checkout/provider/wave"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavetest"
)

func TestConformance(t *testing.T) {
	for name, shared := range map[string]bool{"Signed": false, "Shared": true} {
		t.Run(name, func(t *testing.T) {
			providertest.Run(t, providertest.Suite{New: func(t *testing.T) providertest.Harness { return harness(t, shared) }})
		})
	}
}

func harness(t *testing.T, shared bool) providertest.Harness {
	k := newKit(t, func(_ *wave.Config, there *wavetest.Config) { there.Shared = shared })
	h := providertest.Harness{
		Provider: k.Provider, Clock: k.now, Order: order,
		Pay:       func(a checkout.Attempt) error { return k.fake.Pay(a.ID) },
		Fail:      func(a checkout.Attempt) error { return k.fake.Fail(a.ID, "insufficient-funds") },
		PayAmount: func(a checkout.Attempt, m checkout.Money) error { return k.fake.PayAmount(a.ID, m) },
		Fault:     func(fault string) { k.fake.Inject("", simulator.Fault(fault)) },
		Messages:  k.messages,
		Trust:     checkout.TrustSigned,
		GivenBack: func(a checkout.Attempt) checkout.Money {
			s, _ := k.fake.Session(a.ID)
			return s.Refunded
		},
		Secrets: []string{apiKey, webhookSecret, signingSecret, "previous"},
		Spoil: func(in *checkout.Inbound) {
			header := in.Header
			in.Header = func(name string) string { return strings.ReplaceAll(header(name), "1", "2") }
		},
	}
	if shared {
		h.Trust = checkout.TrustShared
		h.Spoil = func(in *checkout.Inbound) {
			in.Header = func(string) string { return "Bearer wave_sn_WHS_test_0123456789abcdee" }
		}
	}
	return h
}

func TestNewSaysWhichFieldIsWrong(t *testing.T) {
	good := func() wave.Config {
		return wave.Config{APIKey: apiKey, WebhookSecrets: []client.Secret{webhookSecret}}
	}
	for _, c := range []struct {
		name string
		set  func(*wave.Config)
		want string // in the error; "" for none
	}{
		{"complete", func(*wave.Config) {}, ""},
		{"own base URL", func(c *wave.Config) { c.BaseURL = "http://127.0.0.1:8081" }, ""},
		{"no key", func(c *wave.Config) { c.APIKey = "" }, "APIKey is empty"},
		{"key with a line break", func(c *wave.Config) { c.APIKey = "wave_sn_prod_1\n" }, "APIKey has spaces"},
		{"no webhook secret", func(c *wave.Config) { c.WebhookSecrets = nil }, "WebhookSecrets is empty"},
		{"an empty webhook secret", func(c *wave.Config) { c.WebhookSecrets = []client.Secret{"a", ""} }, "WebhookSecrets[1] is empty"},
		{"a webhook secret with spaces", func(c *wave.Config) { c.WebhookSecrets = []client.Secret{"a b"} }, "WebhookSecrets[0] has spaces"},
		{"a signing secret with spaces", func(c *wave.Config) { c.SigningSecret = " a" }, "SigningSecret has spaces"},
		{"http elsewhere", func(c *wave.Config) { c.BaseURL = "http://api.wave.com" }, "BaseURL"},
		{"no URL", func(c *wave.Config) { c.BaseURL = "api.wave.com" }, "BaseURL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := good()
			c.set(&config)
			_, err := wave.New(config)
			if c.want == "" && err == nil {
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || c.want == "" {
				t.Errorf("got %v, want %q", err, c.want)
			}
			for _, secret := range []string{"wave_sn_prod_1", "a b"} {
				if strings.Contains(fmt.Sprint(err), secret) {
					t.Errorf("%v tells the secret", err)
				}
			}
		})
	}
}

func TestConfigDoesNotPrintSecrets(t *testing.T) {
	c := wave.Config{APIKey: apiKey, WebhookSecrets: []client.Secret{webhookSecret}, SigningSecret: signingSecret}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		text := fmt.Sprintf(verb, c) + fmt.Sprintf(verb, &c)
		for _, secret := range []string{apiKey, webhookSecret, signingSecret} {
			if strings.Contains(text, secret) {
				t.Errorf("%s prints a secret: %s", verb, text)
			}
		}
	}
}

func TestLivemodeIsTheConfigs(t *testing.T) {
	for _, live := range []bool{false, true} {
		p := taped(t, &tape{}, func(c *wave.Config) { c.Livemode = live })
		if p.Livemode() != live || p.Name() != "wave" {
			t.Errorf("%s, livemode %t, want wave, %t", p.Name(), p.Livemode(), live)
		}
	}
}
