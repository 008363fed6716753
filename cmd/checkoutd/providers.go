package main

import (
	"github.com/checkoutd/checkoutd/checkout/provider/mtn/mtnkit"
	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangekit"
	"github.com/checkoutd/checkoutd/checkout/provider/stripe/stripekit"
	"github.com/checkoutd/checkoutd/checkout/provider/wave/wavekit"
)

// providers are the payment providers, in the order in which customers see
// them. Flags, variables, entries of files, doctor, simulate and credentials all
// come from here.
var providers = []provider{
	{wavekit.Kit()},
	{orangekit.Kit()},
	{mtnkit.Kit()},
	{stripekit.Kit()},
}
