package webhook

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"code.dny.dev/ssrf"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxURL bounds the URL of an endpoint, in bytes.
const maxURL = 2048

// privateHosts are names that can only lead into somebody's own network, also
// as the end of a longer name.
//
// Source: RFC 6761 (localhost), RFC 6762 (local), RFC 8375 (home.arpa), the
// reservation of internal by ICANN (2024-07-29), and the names under which
// clouds serve credentials to their machines.
var privateHosts = []string{
	"localhost", "localdomain", "local", "internal", "home.arpa", "metadata.goog",
}

// CheckURL returns nil if raw may be the URL of an endpoint, else a
// [checkout.Error] with CodeInvalid that says why not: it must be an absolute
// https URL of at most 2048 bytes, with a public host, without user, password
// and fragment. With allowLoopback, meant for development and tests, it may also
// be an http or https URL of this machine.
//
// What a name resolves to can change at any time, so that CheckURL does not ask:
// [NewClient] checks the address of each connection.
func CheckURL(raw string, allowLoopback bool) error {
	if reason := urlFault(raw, allowLoopback); reason != "" {
		return &checkout.Error{
			Code: checkout.CodeInvalid, Message: "url " + reason,
			Fields: []checkout.Field{{Name: "url", Message: "url " + reason}},
		}
	}
	return nil
}

// urlFault says what is wrong with raw, "" if nothing is.
func urlFault(raw string, allowLoopback bool) string {
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
	loopback := allowLoopback && isLoopback(u.Hostname())
	if u.Scheme != "https" && !(loopback && u.Scheme == "http") {
		return "must start with https://"
	}
	if loopback {
		return ""
	}
	return hostFault(u.Hostname())
}

// hostFault says what is wrong with a host, "" if nothing is.
func hostFault(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ssrf.New().SafeAddr(ip) != nil {
			return "must not point to a private or reserved address"
		}
		return ""
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if !isLabel(label) {
			return "must spell its host in ASCII letters, digits and hyphens (an international name starts with xn--)"
		}
	}
	last := labels[len(labels)-1]
	if isNumber(last) {
		return "must write an address as four decimal numbers or in brackets"
	}
	for _, private := range privateHosts {
		if name == private || strings.HasSuffix(name, "."+private) {
			return "must not point to a private host"
		}
	}
	if len(labels) == 1 {
		return "must have a full host name, such as shop.example.com"
	}
	return ""
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
		return !ip.Is4In6() && ip.IsLoopback()
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
