package main

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// reachTime is how long a provider may take to answer anything at all.
const reachTime = 5 * time.Second

// How far the clock may be from a provider's. Signatures are good for 5 minutes.
const (
	skewWarn = 30 * time.Second
	skewFail = 4 * time.Minute
)

// settings looks at the configuration file. That its entries can be read has
// been seen before.
func (d *doctor) settings() {
	const check = "configuration"
	if d.flags.Config == "" {
		d.note(levelOK, check, "read from flags and environment")
		return
	}
	info, err := os.Stat(d.flags.Config)
	switch {
	case err != nil:
		d.note(levelFail, check, "%v", err)
	case info.Mode().Perm()&0o077 != 0:
		d.note(levelWarn, check, "other users can read %s, which may hold secrets: chmod 600 %[1]s", d.flags.Config)
	default:
		d.note(levelOK, check, "%s can be read, by its owner only", d.flags.Config)
	}
}

// provider looks at the credentials of one provider and calls it once, without
// them.
func (d *doctor) provider(ctx context.Context, p configured) {
	check := p.row.Name + ", " + p.mode()
	if p.err != nil {
		d.note(levelFail, check, "%v", p.err)
		return
	}
	base := p.row.Base(p.get, p.livemode)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base, http.NoBody)
	if err != nil {
		d.note(levelFail, check, "%v", err)
		return
	}
	before := d.clock.Now()
	answer, err := d.client.Do(r)
	if err != nil {
		d.note(levelFail, check, "the settings are complete, but nobody answers: %v; let this machine reach %s", err, base)
		return
	}
	defer answer.Body.Close()
	after := d.clock.Now()
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		d.note(levelOK, check, "the settings are complete, and %s answers", base)
		return
	}
	// The header has whole seconds, cut off: half a second later is nearest.
	skew := before.Add(after.Sub(before) / 2).Sub(date.Add(time.Second / 2)).Round(time.Second)
	side, off := "ahead of", skew.Abs()
	if skew < 0 {
		side = "behind"
	}
	const advice = "this machine's clock is %s %s that of %s, and signed messages are refused beyond 5m: set the clock by NTP"
	switch {
	case off > skewFail:
		d.note(levelFail, check, advice, off, side, base)
	case off > skewWarn:
		d.note(levelWarn, check, advice, off, side, base)
	default:
		d.note(levelOK, check, "the settings are complete, %s answers, and the clocks agree", base)
	}
}

// coverage looks at whether live keys have anybody to pay through.
func (d *doctor) coverage() {
	if d.liveKeys &&
		!slices.ContainsFunc(d.providers, func(p configured) bool { return p.livemode && p.err == nil }) &&
		!slices.ContainsFunc(d.credentials, func(c checkout.AccountCredentials) bool { return c.Account.Livemode }) {
		d.note(levelWarn, "providers", "there are live keys, but no provider for live payments: their sessions can be made but not paid")
	}
}

// reach looks at whether customers and providers can find the server.
func (d *doctor) reach() {
	const check = "public URL"
	var live []string // why it must be good
	if slices.ContainsFunc(d.providers, func(p configured) bool { return p.livemode }) {
		live = append(live, "live providers")
	}
	if d.liveKeys {
		live = append(live, "live keys")
	}
	reason, base := strings.Join(live, " and "), d.flags.PublicURL
	u, err := url.Parse(base)
	switch {
	case base == "" && reason == "":
		d.note(levelOK, check, "not set: each request's host is used, which does for tests")
		return
	case base == "":
		d.note(levelFail, check, "there are %s, but CHECKOUTD_PUBLIC_URL is not set: set it to what browsers and providers call this server", reason)
		return
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || strings.ContainsAny(base, "?#"):
		d.note(levelFail, check, "CHECKOUTD_PUBLIC_URL must be like https://pay.example")
		return
	case reason != "" && u.Scheme != "https":
		d.note(levelFail, check, "there are %s, but %s is not https: put a proxy with TLS in front", reason, base)
		return
	case reason != "" && private(u.Hostname()):
		d.note(levelFail, check, "there are %s, but only this machine or its network can reach %s: set CHECKOUTD_PUBLIC_URL to a public name", reason, base)
		return
	}
	d.note(levelOK, check, "%s", base)
	for _, p := range d.providers {
		d.portal(p.row, p.mode(), base, "")
	}
	for _, c := range d.credentials {
		if row, err := findProvider(c.Provider); err == nil {
			d.portal(row, c.Account.Environment(), base, c.Account.Merchant)
		}
	}
}

// portal says where a provider must be told to send its messages.
func (d *doctor) portal(p provider, mode, base, merchant string) {
	if p.Portal != "" {
		d.note(levelOK, p.Name+", "+mode, "its webhooks must be sent to %s; check that in %s", webhookAddress(base, p.Name, merchant), p.Portal)
	}
}

// private reports whether a host is one that the world cannot reach by that
// name.
func private(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return !ip.IsGlobalUnicast() || ip.IsPrivate()
	}
	for _, end := range []string{".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return !strings.Contains(host, ".")
}

// encryption looks at merchants' own credentials.
func (d *doctor) encryption() {
	const check = "merchants' credentials"
	keys, err := newVault(d.flags.EncryptionKey)
	if err != nil {
		d.note(levelFail, check, "%v", err)
		return
	}
	if len(d.credentials) == 0 {
		d.note(levelOK, check, "none")
		return
	}
	bad := 0
	for _, c := range d.credentials {
		if _, err := keys.provider(c.Account, c.Provider, c.Sealed, d.clock); err != nil {
			bad++
			d.note(levelFail, check, "those of %s (%s) for %s cannot be used: %v", c.Account.Name, c.Account.Environment(), c.Provider, err)
		}
	}
	if bad == 0 {
		d.note(levelOK, check, "all %d can be opened", len(d.credentials))
	}
}

// known reports whether attempts with a provider can still be asked about.
func (d *doctor) known(name string) bool {
	return name == "sandbox" ||
		slices.ContainsFunc(d.providers, func(p configured) bool { return p.err == nil && p.row.Name == name }) ||
		slices.ContainsFunc(d.credentials, func(c checkout.AccountCredentials) bool { return c.Provider == name })
}
