package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/kit"
)

// provider is one row of [providers].
type provider struct{ kit.Kit }

// open makes the adapter. Errors begin with what spell makes of the name of the
// setting that is at fault.
func (p provider) open(get kit.Values, livemode bool, now clock.Clock, spell func(name string) string) (checkout.Provider, error) {
	made, err := p.Build(get, livemode, now)
	if err == nil {
		return made, nil
	}
	text := strings.TrimPrefix(err.Error(), p.Name+": ")
	for _, s := range p.Settings {
		rest, found := strings.CutPrefix(text, s.Field)
		if found && !strings.HasPrefix(rest, ".") && strings.IndexFunc(rest, unicode.IsLetter) != 0 {
			return nil, fmt.Errorf("%s: %w", spell(s.Name), err)
		}
	}
	return nil, err
}

// findProvider returns the provider with a name.
func findProvider(name string) (provider, error) {
	for _, p := range providers {
		if p.Name == name {
			return p, nil
		}
	}
	return provider{}, fmt.Errorf("there is no provider %q, only %s", name, providerNames())
}

// providerNames lists the names, with commas between.
func providerNames() string {
	var names []string
	for _, p := range providers {
		names = append(names, p.Name)
	}
	return strings.Join(names, ",")
}

// providerGroups are the headings of the providers' flags.
func providerGroups() (groups []kong.Group) {
	for _, p := range providers {
		groups = append(groups, kong.Group{Key: p.Name, Title: p.Title + ", or with -test at the end for test keys:"})
	}
	return groups
}

// flag returns the name of the flag that holds a setting in a mode.
func (p provider) flag(setting string, livemode bool) string {
	if livemode {
		return p.Name + "-" + setting
	}
	return p.Name + "-" + setting + "-test"
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
			for _, s := range p.Settings {
				tag := fmt.Sprintf(`name:%q group:%q help:%q placeholder:"TEXT"`, p.flag(s.Name, livemode), p.Name, s.Help)
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
func (f providerFlags) of(p provider, livemode bool) (get kit.Values, first string) {
	get = func(name string) string { return f.value(p.flag(name, livemode)) }
	for _, s := range p.Settings {
		if get(s.Name) != "" {
			return get, variable(p.flag(s.Name, livemode))
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
	get      kit.Values
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
