// Package kit says what a program must know of a payment provider to offer it to
// whoever sets the program up: the names of its settings, how an adapter is made
// of them, and how to simulate it. Each provider has one, in a package beside its
// adapter, so that a program takes it on with one line.
package kit

import (
	"context"
	"net/http"
	"strings"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// Kit is what there is to know of one provider.
type Kit struct {
	Name     string // [checkout.Provider.Name]
	Title    string // what people call it
	Portal   string // where the address for its messages is entered; "" if it is told with each payment
	Settings []Setting

	// Build makes the adapter of the settings. Its errors begin with Name, a
	// colon and the Setting.Field that is wrong.
	Build func(get Values, livemode bool, now clock.Clock) (checkout.Provider, error)

	// Base returns where the API is.
	Base func(get Values, livemode bool) string

	// Simulate makes the simulated provider, and returns the settings with which
	// an adapter for test payments reaches it, without base-url.
	Simulate func(s Simulation) (Simulated, map[string]string)
}

// Setting is one thing that an adapter is configured with.
type Setting struct {
	Name  string // "api-key", which makes --wave-api-key and CHECKOUTD_WAVE_API_KEY of it
	Field string // of the adapter's Config: "APIKey"
	Help  string
}

// Values returns the value of the setting with a name, "" if it has none.
type Values func(name string) string

// Secret returns the value of a setting that nobody may see.
func (get Values) Secret(name string) client.Secret { return client.Secret(get(name)) }

// Secrets returns the values of a setting that may hold several, with commas
// between.
func (get Values) Secrets(name string) (list []client.Secret) {
	for text := range strings.SplitSeq(get(name), ",") {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, client.Secret(text))
		}
	}
	return list
}

// Simulation is what a simulated provider is made for.
type Simulation struct {
	simulator.Config
	URL        string // where it is served
	WebhookURL string // where its messages go, if they all go to one place
	Secret     string // what signs them; "" for one of its own
}

// Simulated is a provider without money. If it has a method Moves, as one has that
// is built on package simulator, whoever starts it is told what can be done.
type Simulated interface {
	http.Handler
	// Run sends its messages until ctx is done.
	Run(ctx context.Context) error
}
