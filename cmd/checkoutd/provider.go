package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// provider is one row of [providers]: all that this program knows of a payment
// provider.
type provider struct {
	name     string // [checkout.Provider.Name]
	title    string // what people call it
	portal   string // where the address for its messages is entered; "" if it is told with each payment
	settings []setting

	// build makes the adapter. Its errors begin with name, a colon and the field
	// of the adapter's Config that is wrong.
	build func(get values, livemode bool, now clock.Clock) (checkout.Provider, error)

	// base returns where the API is.
	base func(get values, livemode bool) string

	// simulate makes the simulated provider, and returns the settings that an
	// adapter reaches it with, by their names.
	simulate func(s simulation) (simulated, map[string]string)
}

// setting is one thing that an adapter is configured with.
type setting struct {
	name  string // "api-key": --wave-api-key, CHECKOUTD_WAVE_API_KEY, "wave_api_key" in files
	field string // of the adapter's Config: "APIKey"
	help  string
}

// values returns the value of the setting with a name, "" if it has none.
type values func(name string) string

// secrets returns the values of a setting that may hold several, with commas
// between.
func (get values) secrets(name string) (list []client.Secret) {
	for text := range strings.SplitSeq(get(name), ",") {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, client.Secret(text))
		}
	}
	return list
}

// secret returns the value of a setting that nobody may see.
func (get values) secret(name string) client.Secret { return client.Secret(get(name)) }

// simulation is what a simulated provider is made for.
type simulation struct {
	simulator.Config
	url        string // where it is served
	webhookURL string // where its messages go, if they all go to one place
	secret     string // what signs them
}

// simulated is a provider without money.
type simulated interface {
	http.Handler
	// Run sends its messages until ctx is done.
	Run(ctx context.Context) error
}

// open makes the adapter. Errors begin with what spell makes of the name of the
// setting that is at fault.
func (p provider) open(get values, livemode bool, now clock.Clock, spell func(name string) string) (checkout.Provider, error) {
	made, err := p.build(get, livemode, now)
	if err == nil {
		return made, nil
	}
	text := strings.TrimPrefix(err.Error(), p.name+": ")
	for _, s := range p.settings {
		rest, found := strings.CutPrefix(text, s.field)
		if found && !strings.HasPrefix(rest, ".") && strings.IndexFunc(rest, unicode.IsLetter) != 0 {
			return nil, fmt.Errorf("%s: %w", spell(s.name), err)
		}
	}
	return nil, err
}

// findProvider returns the provider with a name.
func findProvider(name string) (provider, error) {
	for _, p := range providers {
		if p.name == name {
			return p, nil
		}
	}
	return provider{}, fmt.Errorf("there is no provider %q, only %s", name, providerNames())
}

// providerNames lists the names, with commas between.
func providerNames() string {
	var names []string
	for _, p := range providers {
		names = append(names, p.name)
	}
	return strings.Join(names, ",")
}

// providerGroups are the headings of the providers' flags.
func providerGroups() (groups []kong.Group) {
	for _, p := range providers {
		groups = append(groups, kong.Group{Key: p.name, Title: p.title + ", or with -test at the end for test keys:"})
	}
	return groups
}

// flag returns the name of the flag that holds a setting in a mode.
func (p provider) flag(setting string, livemode bool) string {
	if livemode {
		return p.name + "-" + setting
	}
	return p.name + "-" + setting + "-test"
}

// providerFlags holds a flag for each setting of each provider in each mode.
// kong makes flags from the fields of structs, so the table is turned into a
// struct: a row is all that a provider needs, and its flags are flags like any
// other.
type providerFlags struct{ kong.Plugins }

func newProviderFlags() providerFlags {
	var fields []reflect.StructField
	for _, p := range providers {
		for _, livemode := range []bool{true, false} {
			for _, s := range p.settings {
				tag := fmt.Sprintf(`name:%q group:%q help:%q placeholder:"TEXT"`, p.flag(s.name, livemode), p.name, s.help)
				if !livemode {
					tag += ` hidden:""`
				}
				fields = append(fields, reflect.StructField{
					Name: fmt.Sprintf("Flag%d", len(fields)), Type: reflect.TypeFor[string](), Tag: reflect.StructTag(tag),
				})
			}
		}
	}
	return providerFlags{kong.Plugins{reflect.New(reflect.StructOf(fields)).Interface()}}
}

// value returns the value of a flag.
func (f providerFlags) value(flag string) string {
	for _, plugin := range f.Plugins {
		all := reflect.ValueOf(plugin).Elem()
		for i := range all.NumField() {
			if all.Type().Field(i).Tag.Get("name") == flag {
				return all.Field(i).String()
			}
		}
	}
	return ""
}

// of returns the settings of a provider in a mode, and the variable of the first
// that is set: "" if the provider is not configured.
func (f providerFlags) of(p provider, livemode bool) (get values, first string) {
	get = func(name string) string { return f.value(p.flag(name, livemode)) }
	for _, s := range p.settings {
		if get(s.name) != "" {
			return get, variable(p.flag(s.name, livemode))
		}
	}
	return get, ""
}

// configured is a provider whose settings are there, if not all of them or good
// ones.
type configured struct {
	row      provider
	adapter  checkout.Provider // nil if err is not
	livemode bool
	get      values
	variable string // the first that is set
	err      error
}

// mode returns "live" or "test".
func (c configured) mode() string { return checkout.Account{Livemode: c.livemode}.Environment() }

// all returns the providers that are configured.
func (f providerFlags) all(now clock.Clock) (list []configured) {
	for _, p := range providers {
		for _, livemode := range []bool{true, false} {
			get, first := f.of(p, livemode)
			if first == "" {
				continue
			}
			made, err := p.open(get, livemode, now, func(name string) string { return variable(p.flag(name, livemode)) })
			list = append(list, configured{p, made, livemode, get, first, err})
		}
	}
	return list
}

// open returns the providers that are configured, or an error for each that
// cannot work.
func (f providerFlags) open(now clock.Clock) (list []configured, err error) {
	var faults []error
	list = f.all(now)
	for _, c := range list {
		faults = append(faults, c.err)
	}
	return list, errors.Join(faults...)
}
