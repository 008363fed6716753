package wave

import (
	"cmp"
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

// DefaultBaseURL is Wave's API.
//
// Source: docs.wave.com/business, read 2026-11-22.
const DefaultBaseURL = "https://api.wave.com"

// Config says whose wallet collects.
type Config struct {
	// APIKey is the key of the wallet, "wave_sn_prod_…", from the developer
	// section of the business portal. It must be allowed to use the Checkout
	// API, and the Balance API for statements. Required.
	APIKey client.Secret

	// WebhookSecrets are the secrets of the webhooks that the portal lists for
	// us: "wave_sn_WHS_…" for the signing strategy, or the word that the shared
	// strategy sends. Several are accepted while one replaces another. At least
	// one is required.
	WebhookSecrets []client.Secret

	// SigningSecret, "wave_sn_AKS_…", signs our own calls. It must be set if the
	// key was created with request signing, and only then.
	SigningSecret client.Secret

	// AggregatedMerchant is the identifier of the business that the payer sees
	// instead of the wallet's own, "am-…", for aggregators. Default: none.
	AggregatedMerchant string

	// RestrictPayer lets only the number pay that the customer typed, which must
	// then be asked for. Default: anybody may pay, such as a relative.
	RestrictPayer bool

	// Livemode says that the wallet is real. Wave itself knows no other.
	Livemode bool

	// BaseURL is where the API is. Default: [DefaultBaseURL].
	BaseURL string

	// Transport makes the calls. Default: connections of its own.
	Transport http.RoundTripper

	// Clock tells the time, for signatures of calls and for statements.
	// Default: the system clock.
	Clock clock.Clock
}

// Provider is one wallet at Wave.
type Provider struct {
	client     *client.Client
	clock      clock.Clock
	livemode   bool
	aggregated string
	restrict   bool
	// A function, because package fmt follows pointers and does not ask unexported
	// fields how they want to be printed.
	secrets func() secrets
}

type secrets struct {
	key     string
	webhook []string
	signing string // "" if calls are not signed
}

// New returns a Provider for the wallet of c. It makes no call.
func New(c Config) (*Provider, error) {
	key, err := usable("APIKey", c.APIKey)
	if err != nil {
		return nil, err
	}
	s := secrets{key: key}
	if len(c.WebhookSecrets) == 0 {
		return nil, errors.New("wave: WebhookSecrets is empty: create a webhook in the business portal and set its secret")
	}
	for i, secret := range c.WebhookSecrets {
		text, err := usable(fmt.Sprintf("WebhookSecrets[%d]", i), secret)
		if err != nil {
			return nil, err
		}
		s.webhook = append(s.webhook, text)
	}
	if c.SigningSecret != "" {
		if s.signing, err = usable("SigningSecret", c.SigningSecret); err != nil {
			return nil, err
		}
	}
	caller, err := client.New(cmp.Or(c.BaseURL, DefaultBaseURL), c.Transport)
	if err != nil {
		return nil, fmt.Errorf("wave: BaseURL: %w", err)
	}
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	return &Provider{
		client: caller, clock: c.Clock, livemode: c.Livemode,
		aggregated: c.AggregatedMerchant, restrict: c.RestrictPayer, secrets: func() secrets { return s },
	}, nil
}

// usable returns the text of a secret that can stand in a header.
func usable(field string, secret client.Secret) (string, error) {
	text := string(secret)
	if text == "" {
		return "", fmt.Errorf("wave: %s is empty: copy it from the developer section of the business portal", field)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("wave: %s has spaces or characters that are not ASCII: copy it again, without line breaks", field)
	}
	return text, nil
}

// Name returns "wave".
func (p *Provider) Name() string { return "wave" }

// Livemode reports whether the wallet is real.
func (p *Provider) Livemode() bool { return p.livemode }

// Caps returns one method, for XOF without bounds: Wave does not publish any.
func (p *Provider) Caps() checkout.Caps {
	return checkout.Caps{
		Methods: []checkout.Method{{
			ID: "wave", Name: "Wave", Code: "MOBILE_MONEY",
			Takes:      []checkout.Range{{Currency: checkout.XOF}},
			NeedsPhone: p.restrict,
		}},
		Polls: checkout.Schedule{
			Waits:  slices.Clone(waits),
			Life:   life,
			Margin: time.Minute,
			GiveUp: time.Hour,
			Late:   []time.Duration{time.Hour, 24 * time.Hour},
		},
		Refunds: checkout.RefundFull,
	}
}

var waits = []time.Duration{20 * time.Second, 40 * time.Second, 80 * time.Second, 2 * time.Minute}

// life is how long a session can be paid, should Wave not say.
//
// Source: docs.wave.com/checkout, read 2026-11-22; older samples show a day.
const life = 30 * time.Minute
