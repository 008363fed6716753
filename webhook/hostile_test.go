package webhook

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"code.dny.dev/ssrf"
)

// special holds the rows of the registries of special addresses, also those that
// can be reached from everywhere: none of them is a merchant's server. What
// follows them is in no registry of special addresses, with a reason each.
//
// Source: https://www.iana.org/assignments/iana-ipv4-special-registry and
// https://www.iana.org/assignments/iana-ipv6-special-registry, with what was
// allocated up to 2025-04, read 2026-11-30.
var special = []string{
	"0.0.0.0/8",          // this network, RFC 791
	"0.0.0.0/32",         // this host on this network, RFC 1122
	"10.0.0.0/8",         // private use, RFC 1918
	"100.64.0.0/10",      // shared address space, RFC 6598
	"127.0.0.0/8",        // loopback, RFC 1122
	"169.254.0.0/16",     // link local, RFC 3927
	"172.16.0.0/12",      // private use, RFC 1918
	"192.0.0.0/24",       // IETF protocol assignments, RFC 6890
	"192.0.0.0/29",       // IPv4 service continuity, RFC 7335
	"192.0.0.8/32",       // IPv4 dummy address, RFC 7600
	"192.0.0.9/32",       // port control protocol anycast, RFC 7723
	"192.0.0.10/32",      // TURN anycast, RFC 8155
	"192.0.0.170/31",     // NAT64 and DNS64 discovery, RFC 8880
	"192.0.2.0/24",       // documentation, RFC 5737
	"192.31.196.0/24",    // AS112, RFC 7535
	"192.52.193.0/24",    // automatic multicast tunnelling, RFC 7450
	"192.88.99.0/24",     // 6to4 relay anycast, RFC 7526
	"192.88.99.2/32",     // 6a44 relay anycast, RFC 6751
	"192.168.0.0/16",     // private use, RFC 1918
	"192.175.48.0/24",    // AS112, RFC 7534
	"198.18.0.0/15",      // benchmarking, RFC 2544
	"198.51.100.0/24",    // documentation, RFC 5737
	"203.0.113.0/24",     // documentation, RFC 5737
	"240.0.0.0/4",        // reserved, RFC 1112
	"255.255.255.255/32", // limited broadcast, RFC 8190

	"::1/128",           // loopback, RFC 4291
	"::/128",            // unspecified, RFC 4291
	"::ffff:0:0/96",     // IPv4-mapped, RFC 4291
	"64:ff9b::/96",      // NAT64, RFC 6052
	"64:ff9b:1::/48",    // local NAT64, RFC 8215
	"100::/64",          // discard only, RFC 6666
	"100:0:0:1::/64",    // dummy prefix, RFC 9780
	"2001::/23",         // IETF protocol assignments, RFC 2928
	"2001::/32",         // Teredo, RFC 4380
	"2001:1::1/128",     // port control protocol anycast, RFC 7723
	"2001:1::2/128",     // TURN anycast, RFC 8155
	"2001:1::3/128",     // DNS-SD service registration anycast, RFC 9665
	"2001:2::/48",       // benchmarking, RFC 5180
	"2001:3::/32",       // automatic multicast tunnelling, RFC 7450
	"2001:4:112::/48",   // AS112, RFC 7535
	"2001:10::/28",      // ORCHID, RFC 4843
	"2001:20::/28",      // ORCHIDv2, RFC 7343
	"2001:30::/28",      // drone remote identifiers, RFC 9374
	"2001:db8::/32",     // documentation, RFC 3849
	"2002::/16",         // 6to4, RFC 3056
	"2620:4f:8000::/48", // AS112, RFC 7534
	"3fff::/20",         // documentation, RFC 9637
	"5f00::/16",         // segment routing, RFC 9602
	"fc00::/7",          // unique local, RFC 4193
	"fe80::/10",         // link local, RFC 4291

	"224.0.0.0/4",       // multicast, RFC 5771
	"168.63.129.16/32",  // the host under a virtual machine of Azure
	"::/96",             // IPv4-compatible, RFC 4291
	"::ffff:0:0:0/96",   // IPv4-translated, RFC 7915
	"200::/7",           // once for NSAP, RFC 4048
	"4000::/2",          // not assigned
	"8000::/2",          // not assigned
	"fec0::/10",         // site local, RFC 3879
	"ff00::/8",          // multicast, RFC 4291
	"fd00:ec2::254/128", // metadata of Amazon's machines
}

// ends returns the first and the last address of a network.
func ends(p netip.Prefix) (first, last netip.Addr) {
	first = p.Masked().Addr()
	b := first.AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ = netip.AddrFromSlice(b)
	return first, last
}

func literal(ip netip.Addr) string {
	if ip.Is4() {
		return ip.String()
	}
	return "[" + ip.String() + "]"
}

func TestSpecialAddressesAreRefused(t *testing.T) {
	for _, row := range special {
		first, last := ends(netip.MustParsePrefix(row))
		for _, ip := range []netip.Addr{first, first.Next(), last.Prev(), last} {
			if !netip.MustParsePrefix(row).Contains(ip) {
				continue // the neighbours of a single address
			}
			for _, rules := range []URLRules{{}, {Livemode: true}} {
				if err := CheckURL("https://"+literal(ip)+"/", rules); err == nil {
					t.Errorf("CheckURL accepts %s of %s", ip, row)
				}
			}
			c := watch(t, ClientOptions{Resolver: nameServer(t, ip.String())})
			if _, err := c.post("https://shop.example.com/"); !errors.Is(err, ssrf.ErrProhibitedIP) || c.dialed.Load() != 0 {
				t.Errorf("%s of %s as an answer: %v, %d connections", ip, row, err, c.dialed.Load())
			}
		}
	}
}

// The neighbours of the special networks are the internet.
func TestTheInternetIsNotRefused(t *testing.T) {
	safe := guardian(false, nil)
	for _, text := range []string{
		"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
		"223.255.255.255", "168.63.129.15", "168.63.129.17",
		"2000::", "2001:200::", "2001:db7::", "2001:db9::", "2003::", "2606:4700:4700::1111", "2620:4f:8001::", "2a00:1450::1", "3ffe::",
	} {
		if err := safe.SafeAddr(netip.MustParseAddr(text)); err != nil {
			t.Error(err)
		}
	}
}

// What an address is that hides one of this machine or network.
const (
	nat64Loopback = "64:ff9b::7f00:1"
	sixToFour     = "2002:a9fe:a9fe::1" // of 169.254.169.254
	teredo        = "2001:0:7f00:1::5e"
)

// hostileAnswers are answers to the lookup of a merchant's host: all must keep
// us from connecting to any of their addresses, even to the public ones.
var hostileAnswers = []string{
	"127.0.0.1", "127.0.0.53", "127.255.255.255", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255",
	"192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "168.63.129.16",
	"192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.251", "240.0.0.1", "255.255.255.255",

	"::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "100::1", "100:0:0:1::1", "2001:db8::1", "3fff::1", "5f00::1",
	"::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
	nat64Loopback, "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", sixToFour, "2002:7f00:1::", teredo, "2001:2::1", "4000::1",

	// One private address among public ones, wherever it stands.
	"8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8", "8.8.8.8 1.1.1.1 9.9.9.9 8.8.4.4 10.0.0.1", "8.8.8.8 ::1", "2606:4700:4700::1111 127.0.0.1",
	"2606:4700:4700::1111 fd00::1", "8.8.8.8 2606:4700:4700::1111 ::ffff:10.0.0.1", "8.8.8.8 " + nat64Loopback, "8.8.8.8 0.0.0.0",
	"10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4", "127.0.0.1 ::1", "8.8.8.8 169.254.169.254", "1.1.1.1 " + sixToFour, "1.1.1.1 " + teredo,

	// Aliases.
	"alias.evil.test 127.0.0.1", "a.evil.test b.evil.test c.evil.test 10.0.0.1", "metadata.google.internal 169.254.169.254",
	"localhost 127.0.0.1", "localhost ::1", "shop.example.net 8.8.8.8 192.168.1.1", "a.evil.test b.evil.test ::ffff:127.0.0.1",
	"kubernetes.default.svc.cluster.local 10.96.0.1", "a.evil.test " + nat64Loopback,
}

func TestHostileAnswersMakeNoConnection(t *testing.T) {
	if n := len(hostileAnswers) + len(hostile); n < 160 {
		t.Errorf("there are %d cases", n)
	}
	port, connections := trap(t)
	for _, answer := range hostileAnswers {
		for _, scheme := range []string{"https", "http"} {
			c := watch(t, ClientOptions{Resolver: nameServer(t, answer)})
			url := scheme + "://shop.example.com:" + port + "/hook"
			if err := CheckURL(url, URLRules{}); err != nil {
				t.Fatal(err) // the name itself is harmless
			}
			_, err := c.post(url)
			if !errors.Is(err, ssrf.ErrProhibitedIP) || explain(err) != "the host's address is private or reserved" {
				t.Errorf("%s, %s: got %v, explained as %q", scheme, answer, err, explain(err))
			}
			if n := c.dialed.Load(); n != 0 {
				t.Errorf("%s, %s: %d connections were begun", scheme, answer, n)
			}
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// Whatever a hostile URL's host resolves to, nothing is sent: neither where it
// says, nor where our name server would lead.
func TestHostileURLsMakeNoConnection(t *testing.T) {
	port, connections := trap(t)
	c := watch(t, ClientOptions{Resolver: nameServer(t, "127.0.0.1")})
	for _, h := range hostile {
		for _, url := range []string{h.url, strings.Replace(h.url, "/hook", ":"+port+"/hook", 1)} {
			if _, err := c.post(url); err == nil {
				t.Errorf("%q was answered", url)
			}
		}
	}
	for _, url := range loopbackURLs {
		if _, err := c.post(strings.TrimSuffix(url, "/") + ":" + port); err == nil {
			t.Errorf("%q was answered", url)
		}
	}
	if begun, made := c.dialed.Load(), connections.Load(); begun != 0 || made != 0 {
		t.Errorf("%d connections were begun, %d made", begun, made)
	}
}

// A name that was public when it was first used and is private later.
func TestRebindingMakesNoConnection(t *testing.T) {
	port, connections := trap(t)
	home := []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")} // stands for the internet
	for _, later := range []string{"127.0.0.1", "127.0.0.2 127.0.0.1", "::1", "::ffff:127.0.0.1", "a.evil.test 127.0.0.1"} {
		c := watch(t, ClientOptions{Allow: home, Resolver: nameServer(t, "127.0.0.2", later)})
		if _, err := c.post("https://rebind.example.com:" + port + "/"); err == nil || c.dialed.Load() != 1 {
			t.Errorf("the first try began %d connections: %v", c.dialed.Load(), err)
		}
		if _, err := c.post("https://rebind.example.com:" + port + "/"); !errors.Is(err, ssrf.ErrProhibitedIP) || c.dialed.Load() != 1 {
			t.Errorf("after %s the second try began %d connections: %v", later, c.dialed.Load()-1, err)
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestRedirectsToPrivatePlacesAreNotFollowed(t *testing.T) {
	port, connections := trap(t)
	for _, to := range []string{
		"http://127.0.0.1:" + port + "/", "https://127.0.0.1:" + port + "/", "https://localhost:" + port + "/", "//127.0.0.1:" + port + "/",
		"http://169.254.169.254/latest/meta-data/", "https://[::1]:" + port + "/", "gopher://127.0.0.1:" + port + "/_", "file:///etc/passwd",
		"http://www.example.com:" + port + "/", "https://other.example.com:" + port + "/", "javascript:alert(1)", "http://%zz/",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			from := site(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", to)
				w.WriteHeader(status)
			})
			// Everything is open here, so that only the rule of redirects stands in the way.
			c := watch(t, ClientOptions{Loopback: true, Resolver: nameServer(t, "127.0.0.1")})
			got, err := c.post("https://example.com:" + from + "/")
			if err != nil || got != status || c.dialed.Load() != 1 {
				t.Errorf("%d to %q: status %d, %v, %d connections", status, to, got, err, c.dialed.Load())
			}
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}
