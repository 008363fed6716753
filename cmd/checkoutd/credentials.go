package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/kit"
)

// maxSettings bounds what is read from standard input, in bytes.
const maxSettings = 64 << 10

type credentialsCmd struct {
	Set    credentialsSetCmd    `cmd:"" help:"Make a merchant's payments with a provider go through credentials of its own."`
	List   credentialsListCmd   `cmd:"" help:"List who has credentials of its own, without the secrets."`
	Remove credentialsRemoveCmd `cmd:"" help:"Make a merchant's payments go through the server's credentials again."`
	Key    credentialsKeyCmd    `cmd:"" help:"Print a new encryption key."`
}

// whoFlags name one account.
type whoFlags struct {
	Merchant string `local:"" required:"" help:"Whose they are, by name." placeholder:"NAME"`
	Env      string `local:"" required:"" enum:"test,live" help:"test for payments of test keys, live for real money."`
}

type credentialsSetCmd struct {
	fileFlags
	keyFlags
	urlFlags
	whoFlags
	Provider string `arg:"" enum:"${providers}" help:"One of ${enum}."`
	Stdin    bool   `local:"" help:"Read the settings from standard input, a JSON object such as {\"api_key\": \"…\"}, and none from the environment."`

	SameWallet bool `local:"" help:"The new credentials are of the same wallet as those that they replace. Needed while payments through those are pending."`
}

// Help says where the settings come from.
func (credentialsSetCmd) Help() string {
	return "The settings of the provider are read from environment variables of the same names as the server's, CHECKOUTD_WAVE_API_KEY and so on, " +
		"for either environment without _TEST at the end. Where those of the server are set, use --stdin."
}

// Run checks the credentials, seals them and stores them.
func (c *credentialsSetCmd) Run(e *env) error {
	p, err := findProvider(c.Provider)
	if err != nil {
		return err
	}
	keys, err := newVault(c.EncryptionKey)
	if err != nil {
		return err
	}
	settings, spell, err := c.read(e, p)
	if err != nil {
		return err
	}
	get := func(name string) string { return settings[entry(name)] }
	adapter, err := p.open(get, c.Env == "live", clock.New(), spell)
	if err != nil {
		return err
	}
	return withService(c.DB, false, func(svc *checkout.Service) error {
		var account checkout.Account
		err := svc.SetCredentials(e.ctx, c.Merchant, c.Env == "live", p.Name, c.SameWallet, func(a checkout.Account) ([]byte, error) {
			account = a
			return keys.seal(a.Number, p.Name, settings)
		})
		if err != nil {
			return message(err)
		}
		return c.confirm(e.stdout, p, adapter, account, settings)
	})
}

// read returns the settings of p by their entries, and how errors are to call
// them.
func (c *credentialsSetCmd) read(e *env, p provider) (settings map[string]string, spell func(string) string, err error) {
	if !c.Stdin {
		spell = func(name string) string { return variable(p.flag(name, true)) }
		settings = map[string]string{}
		for _, s := range p.Settings {
			if value := e.getenv(spell(s.Name)); value != "" {
				settings[entry(s.Name)] = value
			}
		}
		return settings, spell, nil
	}
	text, err := io.ReadAll(io.LimitReader(e.stdin, maxSettings))
	if err != nil {
		return nil, nil, err
	}
	if settings, err = readObject(text); err != nil {
		return nil, nil, fmt.Errorf("standard input: %w", err)
	}
	for name := range settings {
		if !slices.ContainsFunc(p.Settings, func(s kit.Setting) bool { return entry(s.Name) == name }) {
			return nil, nil, fmt.Errorf("standard input: %s has no setting %s", p.Name, name)
		}
	}
	return settings, entry, nil
}

// confirm says what happens now, with whose settings, and what is left to do.
func (c *credentialsSetCmd) confirm(w io.Writer, p provider, adapter checkout.Provider, account checkout.Account, settings map[string]string) error {
	var taken []string
	for _, s := range p.Settings {
		if value := settings[entry(s.Name)]; value != "" {
			taken = append(taken, s.Name+" "+ending(value))
		}
	}
	_, err := fmt.Fprintf(w, "%s payments of %s with %s go through credentials of its own from now on: %s.\n",
		account.Environment(), account.Name, p.Title, strings.Join(taken, ", "))
	if err != nil || p.Portal == "" {
		return err
	}
	if _, listens := adapter.(checkout.Notifier); !listens {
		return nil
	}
	base := strings.TrimSuffix(c.PublicURL, "/")
	where := ""
	if base == "" {
		where = ", at the server's public URL"
	}
	_, err = fmt.Fprintf(w, "Enter this address for webhooks in %s: %s%s\n", p.Portal, webhookAddress(base, p.Name, account.Merchant), where)
	return err
}

// ending shows enough of a setting to tell it from another, and not what it is.
func ending(value string) string {
	const shown = 4
	if len(value) < 4*shown {
		return "…"
	}
	return "…" + value[len(value)-shown:]
}

// webhookAddress is where a provider's messages go: those for a merchant's own
// credentials, or for the server's if merchant is "".
func webhookAddress(base, provider, merchant string) string {
	address := strings.TrimSuffix(base, "/") + "/webhooks/" + provider
	if merchant != "" {
		address += "/" + merchant
	}
	return address
}

type credentialsListCmd struct{ fileFlags }

// Run prints one line for each merchant, mode and provider.
func (c *credentialsListCmd) Run(e *env) error {
	return withService(c.DB, false, func(svc *checkout.Service) error {
		list, err := svc.Credentials(e.ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "MERCHANT\tENV\tPROVIDER\tUPDATED")
		for _, row := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", row.Account.Name, row.Account.Environment(), row.Provider, row.UpdatedAt.Format(time.RFC3339))
		}
		return w.Flush()
	})
}

type credentialsRemoveCmd struct {
	fileFlags
	whoFlags
	Provider string `arg:"" help:"Which provider."`
	Force    bool   `local:"" help:"Also while payments through them are pending, which nobody can ask about any more then."`
}

// Run removes the credentials.
func (c *credentialsRemoveCmd) Run(e *env) error {
	return withService(c.DB, false, func(svc *checkout.Service) error {
		if err := svc.RemoveCredentials(e.ctx, c.Merchant, c.Env == "live", c.Provider, c.Force); err != nil {
			return message(err)
		}
		_, err := fmt.Fprintln(e.stdout, "Removed. Payments that were started with them can no longer be asked about.")
		return err
	})
}

type credentialsKeyCmd struct{}

// Run prints 32 random bytes.
func (credentialsKeyCmd) Run(e *env) error {
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil {
		return errors.New("no random bytes: " + err.Error())
	}
	_, err := fmt.Fprintln(e.stdout, base64.StdEncoding.EncodeToString(key[:]))
	return err
}
