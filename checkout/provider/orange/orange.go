package orange

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// DefaultBaseURL is where the API is.
const DefaultBaseURL = "https://api.orange.com"

// sandbox is the country of the sandbox, and sandboxCurrency what it counts in.
const (
	sandbox         = "dev"
	sandboxCurrency = "OUV"
)

// life is how long the payment page serves a customer.
//
// Source: Getting started, section 4: "By default, the token's validity is 10
// minutes", read 2026-11-25.
const life = 10 * time.Minute

// Config is what an application at developer.orange.com is made of.
type Config struct {
	// ClientID and ClientSecret are the credentials of the application, shown
	// under "My apps".
	ClientID     string
	ClientSecret client.Secret

	// MerchantKey names the wallet that receives the money. Orange shows it
	// once, when WebPay is added to the application. What Poll needs is sealed
	// with a key that is made of it: with another merchant key, attempts that
	// are still open can no longer be asked about.
	MerchantKey client.Secret

	// Country is the part of the API's paths that stands in the merchant's
	// contract, two lower-case letters: "ci", "sn", "ml", "bf". It is "dev" for
	// the sandbox, and only there.
	Country string

	// BaseURL is where the API is. Default: [DefaultBaseURL].
	BaseURL string

	// Transport makes the calls. Default: connections of its own.
	Transport http.RoundTripper

	// Clock tells the time. Default: the system clock.
	Clock clock.Clock

	// Random is where nonces come from. Default: crypto/rand.
	Random io.Reader

	// Livemode says that real money moves.
	Livemode bool
}

// Provider is Orange Money WebPay. It is safe for concurrent use.
type Provider struct {
	client   *client.Client
	clock    clock.Clock
	livemode bool
	path     string // of the API of the country: "/orange-money-webpay/ci/v1/"
	currency string // what the country counts in
	keys     *keys
	tokens   *tokens
	vault    *vault
}

// keys are the credentials of a merchant.
type keys struct {
	clientID     string
	clientSecret client.Secret
	merchantKey  client.Secret
}

// New returns a Provider. It calls nobody; its error says which field of c is
// wrong.
func New(c Config) (*Provider, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	calls, err := client.New(c.BaseURL, c.Transport)
	if err != nil {
		return nil, fmt.Errorf("orange: BaseURL: %w", err)
	}
	vault, err := newVault(c.MerchantKey, c.Random)
	if err != nil {
		return nil, fmt.Errorf("orange: MerchantKey: %w", err)
	}
	k := &keys{c.ClientID, c.ClientSecret, c.MerchantKey}
	p := &Provider{
		client: calls, clock: c.Clock, livemode: c.Livemode,
		path: "/orange-money-webpay/" + c.Country + "/v1/", currency: string(checkout.XOF),
		keys: k, tokens: &tokens{client: calls, clock: c.Clock, keys: k}, vault: vault,
	}
	if c.Country == sandbox {
		p.currency = sandboxCurrency
	}
	return p, nil
}

func (c Config) validate() error {
	switch {
	case c.ClientID == "" || strings.Contains(c.ClientID, ":"):
		return errors.New("orange: ClientID must be the application's, as developer.orange.com shows it, without a colon")
	case c.ClientSecret == "":
		return errors.New("orange: ClientSecret is empty; developer.orange.com shows it next to the ClientID")
	case c.MerchantKey == "":
		return errors.New("orange: MerchantKey is empty; Orange shows it when WebPay is added to the application")
	case c.Country != sandbox && !isCountry(c.Country):
		return fmt.Errorf(`orange: Country %q must be two lower-case letters, such as "ci", or "dev" for the sandbox`, c.Country)
	case c.Livemode && c.Country == sandbox:
		return errors.New(`orange: Country "dev" is the sandbox, which moves no money; live mode needs a country such as "ci"`)
	case !c.Livemode && c.Country != sandbox:
		return fmt.Errorf(`orange: Country %q moves real money; test mode needs "dev"`, c.Country)
	}
	return nil
}

func isCountry(text string) bool {
	return len(text) == 2 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz") == ""
}

// Format writes the name of the provider, whatever the verb, so that nobody prints
// its keys by printing it.
func (Provider) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "orange") }

// Name returns "orange".
func (p *Provider) Name() string { return "orange" }

// Livemode reports whether p is not of the sandbox.
func (p *Provider) Livemode() bool { return p.livemode }

// Caps returns one method, for any sum of XOF, and no refunds: the API has none,
// and a merchant who gives money back does so by hand.
func (p *Provider) Caps() checkout.Caps {
	return checkout.Caps{
		Methods: []checkout.Method{{
			ID: "orange", Name: "Orange Money", Code: "MOBILE_MONEY",
			Takes: []checkout.Range{{Currency: checkout.XOF}},
		}},
		Polls: checkout.Schedule{
			Waits:  []time.Duration{20 * time.Second, 40 * time.Second, 80 * time.Second, 2 * time.Minute},
			Life:   life,
			Margin: time.Minute,
			GiveUp: 5 * time.Minute, // an order that nobody touched may stay INITIATED for ever
			Late:   []time.Duration{time.Hour, 24 * time.Hour},
		},
		Refunds: checkout.RefundNone,
	}
}
