package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// DefaultBaseURL is where the API is.
const DefaultBaseURL = "https://api.stripe.com"

// APIVersion is the version of the API that every call asks for, so that an
// account whose default changes is answered as before.
//
// Source: github.com/stripe/stripe-go at a1e3932, api_version.go, 2026-08-06.
const APIVersion = "2026-07-29.dahlia"

// Config is what an account at Stripe is made of.
type Config struct {
	// SecretKey is shown under Developers, API keys: sk_live_… or sk_test_…, or
	// a restricted key, rk_…, that may write Checkout Sessions and Refunds and
	// read PaymentIntents, Charges and Events. Its mode must be that of
	// Livemode. Required.
	SecretKey client.Secret

	// WebhookSecrets are the signing secrets of the endpoint, whsec_…; a message
	// that is signed with any of them is believed. While a secret is rolled
	// there are two. At least one is required.
	WebhookSecrets []client.Secret

	// BaseURL is where the API is. Default: [DefaultBaseURL].
	BaseURL string

	// Transport makes the calls. Default: connections of its own.
	Transport http.RoundTripper

	// Clock tells the time. Default: the system clock.
	Clock clock.Clock

	// Livemode says that real money moves.
	Livemode bool
}

// Provider is Stripe Checkout. It is safe for concurrent use.
type Provider struct {
	client   *client.Client
	clock    clock.Clock
	livemode bool

	// A function, so that nobody prints what is secret by printing a Provider:
	// fmt calls no methods of what is in unexported fields, and follows pointers.
	keys func() keys
}

// keys are the secrets of an account.
type keys struct {
	api     client.Secret
	webhook []client.Secret
}

// New returns a Provider. It calls nobody; its error says which field of c is
// wrong.
func New(c Config) (*Provider, error) {
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("stripe: %w", err)
	}
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	calls, err := client.New(c.BaseURL, c.Transport)
	if err != nil {
		return nil, fmt.Errorf("stripe: BaseURL: %w", err)
	}
	k := keys{c.SecretKey, slices.Clone(c.WebhookSecrets)}
	return &Provider{client: calls, clock: c.Clock, livemode: c.Livemode, keys: func() keys { return k }}, nil
}

func (c Config) validate() error {
	live, ok := keyMode(string(c.SecretKey))
	switch {
	case c.SecretKey == "":
		return errors.New("SecretKey is empty; Stripe's dashboard shows it under Developers, API keys")
	case !ok:
		return errors.New("SecretKey must be like sk_live_…, sk_test_…, rk_live_… or rk_test_…; a key pk_… is the publishable one")
	case live && !c.Livemode:
		return errors.New("SecretKey moves real money; test mode needs a key with _test_ in it")
	case !live && c.Livemode:
		return errors.New("SecretKey is one of test mode; live mode needs a key with _live_ in it")
	case len(c.WebhookSecrets) == 0:
		return errors.New("WebhookSecrets is empty; the dashboard shows the endpoint's signing secret, whsec_…")
	}
	for i, secret := range c.WebhookSecrets {
		if rest, ok := strings.CutPrefix(string(secret), "whsec_"); !ok || rest == "" || !printable(rest) {
			return fmt.Errorf("WebhookSecrets[%d] must be the endpoint's signing secret, like whsec_…, without spaces", i)
		}
	}
	return nil
}

// keyMode reports whether an API key is one of live mode, and whether it is one
// at all.
func keyMode(key string) (live, ok bool) {
	kind, rest, _ := strings.Cut(key, "_")
	mode, secret, _ := strings.Cut(rest, "_")
	ok = (kind == "sk" || kind == "rk") && (mode == "live" || mode == "test") && secret != "" && printable(secret)
	return mode == "live", ok
}

// printable reports whether text can stand in a header as it is: a space or a
// line break comes from careless copying.
func printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// Name returns "stripe".
func (p *Provider) Name() string { return "stripe" }

// Livemode reports whether p moves real money.
func (p *Provider) Livemode() bool { return p.livemode }

// maxCharge is the largest sum of one charge, in minor units of any currency.
//
// Source: docs.stripe.com/currencies, "Minimum and maximum charge amounts",
// read 2026-11-25: eight digits.
const maxCharge = 99_999_999

// Caps returns one method and refunds of any part.
func (p *Provider) Caps() checkout.Caps {
	return checkout.Caps{
		Methods: []checkout.Method{{
			ID: "card", Code: "CARDS",
			// Source: docs.stripe.com/currencies, read 2026-11-25: EUR and USD
			// from 0.50. XOF must come to 0.50 EUR once it is converted, which
			// at the fixed rate of 655.957 is 328 and then a fee.
			Takes: []checkout.Range{
				{Currency: checkout.XOF, Min: 350, Max: maxCharge},
				{Currency: checkout.EUR, Min: 50, Max: maxCharge},
				{Currency: checkout.USD, Min: 50, Max: maxCharge},
			},
		}},
		Polls: checkout.Schedule{
			Waits:  []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute},
			Life:   maxLife,
			Margin: time.Minute,
			GiveUp: 14 * 24 * time.Hour, // the slowest bank debits
			Late:   []time.Duration{time.Hour, 24 * time.Hour},
		},
		Rate:    20, // Source: docs.stripe.com/rate-limits, read 2026-11-25: 25 a second in test mode
		Refunds: checkout.RefundPartial,
	}
}
