package webhook

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// Bounds of an endpoint's URL and of the name of its host, in bytes.
//
// Source: RFC 1035, section 2.3.4, allows a name 255 bytes as it is sent, which
// are 253 as it is written.
const (
	maxURL  = 2048
	maxName = 253
)

// forbiddenHosts are names that lead to the machine itself or to the service
// under which clouds hand credentials to their machines. No rule opens them,
// also not as the end of a longer name.
//
// Source: RFC 6761 (localhost) and the list that lomi. refuses, read 2026-11-22.
var forbiddenHosts = []string{
	"localhost", "localhost.localdomain", "metadata", "metadata.google.internal", "metadata.goog",
}

// privateHosts are names that can only lead into somebody's own network, also
// as the end of a longer name.
//
// Source: RFC 6762 (local), RFC 8375 (home.arpa), the reservation of internal by
// ICANN (2024-07-29).
var privateHosts = []string{"localdomain", "local", "internal", "home.arpa"}

// URLRules says which URLs endpoints may have. The zero value is the rule of
// test mode: http or https, and a public host.
type URLRules struct {
	// Livemode is for endpoints that hear of real money: https only.
	Livemode bool

	// Loopback also admits URLs of this machine, by http or https in either
	// mode. For development and tests only: whoever may register an endpoint
	// can then talk to everything that listens here.
	Loopback bool

	// Allow holds networks of the embedder's own that endpoints may be in
	// although they are not public, IPv4 ones in IPv4 notation. With any, hosts
	// may also have names that only a private network knows, such as "hooks" or
	// "hooks.internal". What [URLRules.Livemode] says of schemes holds for them too.
	Allow []netip.Prefix
}

// CheckURL returns nil if raw may be the URL of an endpoint, else a
// [checkout.Error] with CodeInvalid that says why not: it must be an absolute URL
// of at most 2048 bytes, with a scheme and a host that rules admit, without
// user, password and fragment. Any port will do.
//
// What a name resolves to can change at any time, so that CheckURL does not ask:
// [NewClient] checks the addresses before each connection.
func CheckURL(raw string, rules URLRules) error {
	if reason := rules.fault(raw); reason != "" {
		return &checkout.Error{
			Code: checkout.CodeInvalid, Message: "url " + reason,
			Fields: []checkout.Field{{Name: "url", Message: "url " + reason}},
		}
	}
	return nil
}

// fault says what is wrong with raw, "" if nothing is.
func (r URLRules) fault(raw string) string {
	if raw == "" {
		return "is required"
	}
	if len(raw) > maxURL {
		return "must be at most 2048 bytes"
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return "must not contain spaces, control characters or backslashes"
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return "must be an absolute https URL, such as https://shop.example.com/webhooks"
	}
	if u.User != nil {
		return "must not contain a user name or password"
	}
	if strings.Contains(raw, "#") {
		return "must not have a fragment"
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "must have a port from 1 to 65535"
		}
	}
	loopback := r.Loopback && isLoopback(u.Hostname())
	switch {
	case u.Scheme == "https", u.Scheme == "http" && (loopback || !r.Livemode):
	case r.Livemode:
		return "must start with https://"
	default:
		return "must start with https:// or http://"
	}
	if loopback {
		return ""
	}
	return r.hostFault(u.Hostname())
}

// hostFault says what is wrong with a host, "" if nothing is.
func (r URLRules) hostFault(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		if guardian(r.Loopback, r.Allow).SafeAddr(ip) != nil {
			return "must not point to a private or reserved address"
		}
		return ""
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if len(name) > maxName {
		return "must have a host name of at most 253 bytes"
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if !isLabel(label) {
			return "must spell its host in ASCII letters, digits and hyphens (an international name starts with xn--)"
		}
	}
	if isNumber(labels[len(labels)-1]) {
		return "must write an address as four decimal numbers or in brackets"
	}
	private := len(r.Allow) == 0 // whether a private name is a fault
	if isUnder(name, forbiddenHosts) || private && isUnder(name, privateHosts) {
		return "must not point to a private host"
	}
	if private && len(labels) == 1 {
		return "must have a full host name, such as shop.example.com"
	}
	return ""
}

// isUnder reports whether name is one of names or ends in a dot and one of them.
func isUnder(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return name == n || strings.HasSuffix(name, "."+n) })
}

// isLabel reports whether s can stand between the dots of a host name. The
// underscore is no letter of host names, but some names have it.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	})
}

// isNumber reports whether s, the last label of a name, makes the name one that
// some resolvers read as an IPv4 address: 127.1, 0x7f.1, 2130706433.
//
// Source: https://url.spec.whatwg.org/#ends-in-a-number-checker, read 2026-11-23.
func isNumber(s string) bool {
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(s, "0123456789") == ""
}

// isLoopback reports whether host names this machine.
func isLoopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return !ip.Is4In6() && ip.IsLoopback() && ip.Zone() == ""
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
