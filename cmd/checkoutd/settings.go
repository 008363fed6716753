package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// configFlag is the flag of every command that takes settings from a file.
type configFlag struct {
	Config string `help:"JSON file of settings, named as the flags are, with _ for -: {\"rate_limit\": 50}." placeholder:"FILE"`
}

// fileFlags are the flags of every command that works on the database.
type fileFlags struct {
	configFlag
	DB string `default:"checkoutd.db" help:"Database file." placeholder:"FILE" name:"db"`
}

// keyFlags are those of commands that open merchants' own credentials.
type keyFlags struct {
	EncryptionKey client.Secret `help:"What merchants' own credentials are sealed with: 32 bytes in base64 or hex, as credentials key prints. Of several, with commas between, the first seals and any opens." placeholder:"KEY"`
}

// urlFlags are those of commands that need to know the server's address.
type urlFlags struct {
	PublicURL string `help:"What customers' browsers and providers call this server, such as https://pay.example. Default: the host that each request names." placeholder:"URL" name:"public-url"`
}

// serverFlags are the flags that serve has and doctor checks.
type serverFlags struct {
	fileFlags
	keyFlags
	urlFlags

	Late    checkout.Rule `default:"accept" enum:"accept,refund,hold" help:"What to do with money that comes after its session expired: accept, refund or hold. Merchants may say otherwise."`
	Excess  checkout.Rule `default:"hold" enum:"hold,accept" help:"What to do with more money than was asked for: hold or accept."`
	Surplus checkout.Rule `default:"refund" enum:"refund,hold" help:"What to do with money for a session that another payment completed: refund or hold."`

	Providers providerFlags `embed:""`
}

// policy is what the flags say of money that did not come as it should.
func (f serverFlags) policy() checkout.Policy {
	return checkout.Policy{Late: f.Late, Excess: f.Excess, Surplus: f.Surplus}
}

// variable returns the environment variable of a flag.
func variable(flag string) string {
	return "CHECKOUTD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// entry returns the name that a flag has in the configuration file.
func entry(flag string) string { return strings.ReplaceAll(flag, "-", "_") }

// outside gives flags that are not on the command line their values: from the
// environment, or else from the configuration file. Flags that are tagged local
// have none.
type outside struct {
	getenv func(string) string
	file   map[string]string // by entry
}

// Validate is part of [kong.Resolver]. The file has been checked by load.
func (o *outside) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a flag, nil if there is none.
func (o *outside) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !settable(flag) {
		return nil, nil
	}
	if v := o.getenv(variable(flag.Name)); v != "" {
		return v, nil
	}
	if v := o.file[entry(flag.Name)]; v != "" {
		return v, nil
	}
	return nil, nil
}

func settable(flag *kong.Flag) bool { return flag.Name != "help" && !flag.Tag.Has("local") }

// load reads the configuration file, if the command takes one and one is named.
func (o *outside) load(ctx *kong.Context) error {
	for _, flag := range ctx.Flags() {
		if flag.Name != "config" {
			continue
		}
		path, _ := ctx.FlagValue(flag).(string)
		if path == "" {
			path = o.getenv(variable(flag.Name))
		}
		if path == "" {
			return nil
		}
		var err error
		o.file, err = readConfig(path, fileNames(ctx.Model.Node))
		return err
	}
	return nil
}

// fileNames returns what a configuration file may hold: the settings of all
// commands, so that they can share one.
func fileNames(node *kong.Node) (names []string) {
	for _, flag := range node.Flags {
		if settable(flag) && flag.Name != "config" {
			names = append(names, entry(flag.Name))
		}
	}
	for _, child := range node.Children {
		names = append(names, fileNames(child)...)
	}
	return names
}

// readConfig reads a JSON object of texts, numbers and booleans.
func readConfig(path string, known []string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	values, err := readObject(text)
	if err != nil {
		return nil, fmt.Errorf("--config %s: %w", path, err)
	}
	var unknown []string
	for name := range values {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	if slices.Sort(unknown); len(unknown) > 0 {
		return nil, fmt.Errorf("--config %s: there is no setting %s; names have _ for -, such as wave_api_key", path, strings.Join(unknown, ", "))
	}
	return values, nil
}

// readObject returns the fields of a JSON object as texts. Errors name the field
// and never show its value.
func readObject(text []byte) (map[string]string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return nil, fmt.Errorf("it must hold one JSON object: %w", orNull(err))
	}
	values := map[string]string{}
	for name, raw := range fields {
		switch raw[0] {
		case '"':
			var value string
			if err := json.Unmarshal(raw, &value); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			values[name] = value
		case '{', '[':
			return nil, fmt.Errorf("%s must be a text, a number, true or false", name)
		case 'n':
			values[name] = ""
		default:
			values[name] = string(raw)
		}
	}
	return values, nil
}

// orNull returns err, or what is wrong with a text that decodes to nothing.
func orNull(err error) error {
	if err == nil {
		return fmt.Errorf("it is null")
	}
	return err
}
