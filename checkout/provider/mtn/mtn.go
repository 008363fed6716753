package mtn

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// Method is the identifier of the one method.
const Method = "mtn"

// Config says which account at MTN is used, and where.
type Config struct {
	// SubscriptionKey is the primary or secondary key of the Collection product,
	// from the profile page of MTN's developer portal. Required.
	SubscriptionKey client.Secret

	// APIUser and APIKey are what tokens are asked for with. The partner portal
	// makes them; in the sandbox the API does. The user's providerCallbackHost
	// must be the host that messages are to be sent to, or MTN refuses every
	// payment. Required.
	APIUser string
	APIKey  client.Secret

	// Disbursement, if set, holds the credentials of the Disbursement product
	// and turns refunds on. They are paid from a float that has to be filled, and
	// in live mode only for addresses that MTN has been told of.
	Disbursement Credentials

	// TargetEnvironment is MTN's name of the country: "mtnivorycoast" or
	// "mtnbenin". Required in live mode. Default in test mode: "sandbox".
	TargetEnvironment string

	// BaseURL is where the API is. Default: MTN's own, by TargetEnvironment.
	BaseURL string

	// Transport makes the calls. Default: connections of its own.
	Transport http.RoundTripper

	// Clock tells the time. Default: the system clock.
	Clock clock.Clock

	// Livemode says that money moves.
	Livemode bool
}

// Credentials are what one product of MTN wants to see.
type Credentials struct {
	SubscriptionKey client.Secret
	APIUser         string
	APIKey          client.Secret
}

// Provider is MTN MoMo in one country.
type Provider struct {
	environment  environment
	livemode     bool
	clock        clock.Clock
	collection   *product
	disbursement *product // nil: no refunds
	callbacks    *callbacks
}

// New returns the provider that c describes. It calls nobody. An error names the
// field that is wrong.
func New(c Config) (*Provider, error) {
	env, err := c.environment()
	if err != nil {
		return nil, err
	}
	base, err := c.base(env)
	if err != nil {
		return nil, err
	}
	calls, err := client.New(base, c.Transport)
	if err != nil {
		return nil, fmt.Errorf("mtn: BaseURL: %w", err)
	}
	collection := Credentials{c.SubscriptionKey, c.APIUser, c.APIKey}
	if err := collection.check("", "Collection"); err != nil {
		return nil, err
	}
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	p := &Provider{
		environment: env, livemode: c.Livemode, clock: c.Clock,
		collection: newProduct("collection", env, calls, collection, c.Clock),
		callbacks:  newCallbacks(c.APIKey),
	}
	if c.Disbursement != (Credentials{}) {
		if err := c.Disbursement.check("Disbursement.", "Disbursement"); err != nil {
			return nil, err
		}
		p.disbursement = newProduct("disbursement", env, calls, c.Disbursement, c.Clock)
	}
	return p, nil
}

// environment looks TargetEnvironment up.
func (c Config) environment() (environment, error) {
	name := c.TargetEnvironment
	switch {
	case name == "" && !c.Livemode:
		name = sandbox
	case name == "":
		return environment{}, fmt.Errorf("mtn: TargetEnvironment is missing: set it to the country of the account, one of %s", liveNames())
	case name == sandbox && c.Livemode:
		return environment{}, fmt.Errorf("mtn: TargetEnvironment is %q, where no money moves: set it to one of %s, or use test mode", name, liveNames())
	}
	env, ok := environments[name]
	if !ok {
		return environment{}, fmt.Errorf("mtn: TargetEnvironment is %q: it must be one of %s, or %q in test mode", name, liveNames(), sandbox)
	}
	return env, nil
}

// base returns the URL of the API, and makes sure that test mode cannot move
// money and that live mode does.
func (c Config) base(env environment) (string, error) {
	base := c.BaseURL
	if base == "" {
		base = env.base
	}
	switch host := hostname(base); {
	case !c.Livemode && host == hostname(liveBase):
		return "", fmt.Errorf("mtn: TargetEnvironment %q at %s moves money in test mode: leave TargetEnvironment and BaseURL empty, or use live mode", env.name, host)
	case c.Livemode && host == hostname(sandboxBase):
		return "", errors.New("mtn: BaseURL is the sandbox, where no money moves: leave it empty in live mode")
	}
	return base, nil
}

func hostname(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// check returns an error for a field that is missing or cannot stand in a
// header; the names of fields begin with prefix.
func (c Credentials) check(prefix, product string) error {
	for _, f := range []struct{ name, value, cure string }{
		{"SubscriptionKey", string(c.SubscriptionKey), "copy the key of the " + product + " product from your profile at MTN's developer portal"},
		{"APIUser", c.APIUser, "make an API user in MTN's partner portal, or in the sandbox with POST /v1_0/apiuser"},
		{"APIKey", string(c.APIKey), "make a key of the API user in MTN's partner portal, or in the sandbox with POST /v1_0/apiuser/{id}/apikey"},
	} {
		if f.value == "" {
			return fmt.Errorf("mtn: %s%s is missing: %s", prefix, f.name, f.cure)
		}
		if strings.ContainsFunc(f.value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fmt.Errorf("mtn: %s%s holds a space or a character that is not ASCII: %s", prefix, f.name, f.cure)
		}
	}
	if strings.Contains(c.APIUser, ":") {
		return fmt.Errorf("mtn: %sAPIUser holds a colon: give the user alone, and the key in APIKey", prefix)
	}
	return nil
}

// Name returns "mtn".
func (p *Provider) Name() string { return "mtn" }

// Livemode reports whether money moves.
func (p *Provider) Livemode() bool { return p.livemode }

// life is how long MTN waits for the customer's answer.
//
// Source: momodeveloper.mtn.com, common error codes,
// COULD_NOT_PERFORM_TRANSACTION, read 2026-11-25.
const life = 5 * time.Minute

// Caps returns the one method, and refunds of any part if there are credentials
// for them.
func (p *Provider) Caps() checkout.Caps {
	takes := make([]checkout.Range, len(p.environment.takes))
	for i, currency := range p.environment.takes {
		takes[i].Currency = currency
	}
	caps := checkout.Caps{
		Methods: []checkout.Method{{ID: Method, Name: "MTN MoMo", Code: "MOBILE_MONEY", Takes: takes, NeedsPhone: true}},
		Polls:   schedule(),
		Rate:    5, // MTN holds status calls to about 10 a second
	}
	if p.disbursement != nil {
		caps.Refunds = checkout.RefundPartial
	}
	return caps
}

// schedule asks often while the prompt is on the phone, then every two minutes
// until half an hour has passed: MTN may learn late what a phone answered.
func schedule() checkout.Schedule {
	waits := []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second}
	for range 9 {
		waits = append(waits, 30*time.Second)
	}
	return checkout.Schedule{
		Waits:  append(waits, 2*time.Minute),
		Life:   life,
		Margin: time.Second,
		GiveUp: 25 * time.Minute,
		Late:   []time.Duration{time.Hour, 24 * time.Hour},
	}
}
