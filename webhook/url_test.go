package webhook

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// hostile holds URLs that must be refused whatever they resolve to, each with
// a part of the reason.
var hostile = []struct{ url, reason string }{
	{"", "is required"},
	{"https://a.example.com/" + strings.Repeat("a", 2048), "2048 bytes"},

	{"shop.example.com/hook", "absolute https"},
	{"//shop.example.com/hook", "https://"},
	{"/hook", "absolute https"},
	{"https:", "absolute https"},
	{"https://", "absolute https"},
	{"https:///hook", "absolute https"},
	{"https:shop.example.com", "absolute https"},
	{"https://:443/hook", "host"},
	{"ftp://shop.example.com/hook", "https://"},
	{"file:///etc/passwd", "absolute https"},
	{"gopher://shop.example.com:70/_", "https://"},
	{"javascript:alert(1)", "absolute https"},
	{"data:text/plain,x", "absolute https"},
	{"unix:///var/run/docker.sock", "absolute https"},
	{"ws://shop.example.com/hook", "https://"},
	{"ldap://shop.example.com/hook", "https://"},
	{"dict://shop.example.com:11211/stat", "https://"},
	{"mailto:awa@shop.example.com", "absolute https"},
	{"blob:https://shop.example.com/1", "absolute https"},
	{"jar:https://shop.example.com!/", "absolute https"},
	{"httpss://shop.example.com/hook", "https://"},
	{"http+unix://%2Fvar%2Frun%2Fdocker.sock/info", "absolute https"},

	{"https://user:pass@shop.example.com/", "user name"},
	{"https://user@shop.example.com/", "user name"},
	{"https://@shop.example.com/", "user name"},
	{"https://shop.example.com@127.0.0.1/", "user name"},
	{"https://shop.example.com:443@127.0.0.1:80/", "user name"},
	{"https://127.0.0.1:80@shop.example.com@10.0.0.1/", "user name"},
	{"https://shop.example.com%40127.0.0.1/", "absolute https"},
	{"https://shop.example.com/#fragment", "fragment"},
	{"https://shop.example.com#@127.0.0.1/", "fragment"},
	{"https://shop.example.com/#", "fragment"},
	{"https://shop.example.com\\@127.0.0.1/", "backslashes"},
	{"https://127.0.0.1\\.shop.example.com/", "backslashes"},
	{"https://shop.example.com/a b", "spaces"},
	{"https://shop.example.com\t@127.0.0.1/", "control"},
	{"https://local\thost/", "control"},
	{"https://local\nhost/", "control"},
	{" https://shop.example.com/", "spaces"},
	{"https://shop.example.com/\r\nHost: 127.0.0.1", "control"},
	{"https://shop.example.com/\x00", "control"},
	{"https://shop.example.com:0/", "port"},
	{"https://shop.example.com:65536/", "port"},
	{"https://shop.example.com:00000/", "port"},
	{"https://shop.example.com:99999999999999999999/", "port"},
	{"https://shop.example.com:443:80/", "absolute https"},
	{"https://shop.example.com:８０/", "absolute https"},
	{"https://shop.example.com:https/", "absolute https"},
	{"https://shop.example.com:-1/", "absolute https"},

	{"https://localhost/", "private host"},
	{"https://LOCALHOST/", "private host"},
	{"https://localhost./", "private host"},
	{"https://LocalHost.:443/", "private host"},
	{"https://a.b.LOCALHOST/", "private host"},
	{"https://metadata.google.internal./", "private host"},
	{"https://kubernetes.default.svc.cluster.local/", "private host"},
	{"https://instance-data/", "full host name"},
	{"https://ip6-localhost/", "full host name"},
	{"https://shop.localhost/", "private host"},
	{"https://localhost.localdomain/", "private host"},
	{"https://printer.local/", "private host"},
	{"https://printer.LOCAL./", "private host"},
	{"https://vault.corp.internal/", "private host"},
	{"https://nas.home.arpa/", "private host"},
	{"https://metadata.google.internal/computeMetadata/v1/", "private host"},
	{"https://metadata.goog/", "private host"},
	{"https://metadata/", "private host"},
	{"https://redis:6379/", "full host name"},
	{"https://intranet./", "full host name"},

	{"https://127.0.0.1/", "private or reserved"},
	{"https://127.0.0.1:8443/", "private or reserved"},
	{"https://127.255.255.254/", "private or reserved"},
	{"https://0.0.0.0/", "private or reserved"},
	{"https://10.0.0.1/", "private or reserved"},
	{"https://100.64.0.1/", "private or reserved"},
	{"https://169.254.169.254/latest/meta-data/", "private or reserved"},
	{"https://172.16.0.1/", "private or reserved"},
	{"https://172.31.255.255/", "private or reserved"},
	{"https://192.0.0.192/", "private or reserved"},
	{"https://192.0.2.1/", "private or reserved"},
	{"https://192.88.99.1/", "private or reserved"},
	{"https://192.168.1.1/", "private or reserved"},
	{"https://198.18.0.1/", "private or reserved"},
	{"https://198.51.100.1/", "private or reserved"},
	{"https://203.0.113.1/", "private or reserved"},
	{"https://224.0.0.1/", "private or reserved"},
	{"https://240.0.0.1/", "private or reserved"},
	{"https://255.255.255.255/", "private or reserved"},

	{"https://168.63.129.16/metadata", "private or reserved"},
	{"https://100.100.100.200/latest/meta-data/", "private or reserved"},

	{"https://0/", "four decimal numbers"},
	{"https://0x7f.1/", "four decimal numbers"},
	{"https://0X7F000001/", "four decimal numbers"},
	{"https://017700000001/", "four decimal numbers"},
	{"https://0251.0376.0251.0376/", "four decimal numbers"},
	{"https://127.0.0.1./", "four decimal numbers"},
	{"https://127.1/", "four decimal numbers"},
	{"https://2130706433/", "four decimal numbers"},
	{"https://0x7f000001/", "four decimal numbers"},
	{"https://0x7f.0.0.1/", "four decimal numbers"},
	{"https://0177.0.0.1/", "four decimal numbers"},
	{"https://127.0.0.0x1/", "four decimal numbers"},
	{"https://1.2.3.4.5/", "four decimal numbers"},
	{"https://shop.example.0x/", "four decimal numbers"},
	{"https://%31%32%37.0.0.1/", "absolute https"},
	{"https://127.0.0.1%2f.example.com/", "absolute https"},
	{"https://127.0.0.1%00.example.com/", "absolute https"},
	{"https://127。0。0。1/", "ASCII"},
	{"https://127．0．0．1/", "ASCII"},
	{"https://localhost。/", "ASCII"},
	{"https://１２７.0.0.1/", "ASCII"},
	{"https://ʟocalhost/", "ASCII"},
	{"https://shop.example.com\u200b/", "ASCII"},
	{"https://①②⑦.0.0.1/", "ASCII"},
	{"https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "ASCII"},
	{"https://shöp.example.com/", "ASCII"},
	{"https://shop..example.com/", "ASCII"},
	{"https://.example.com/", "ASCII"},
	{"https://" + strings.Repeat("a", 64) + ".example.com/", "ASCII"},
	{"https://" + strings.Repeat("a.", 126) + "ab/", "253 bytes"},
	{"https://$(id).example.com/", "ASCII"},

	{"https://[::]/", "private or reserved"},
	{"https://[::1]/", "private or reserved"},
	{"https://[0:0:0:0:0:0:0:1]:443/", "private or reserved"},
	{"https://[::127.0.0.1]/", "private or reserved"},
	{"https://[::ffff:127.0.0.1]/", "private or reserved"},
	{"https://[::ffff:10.0.0.1]/", "private or reserved"},
	{"https://[::ffff:7f00:1]/", "private or reserved"},
	{"https://[64:ff9b::7f00:1]/", "private or reserved"},
	{"https://[64:ff9b:1::a00:1]/", "private or reserved"},
	{"https://[100::1]/", "private or reserved"},
	{"https://[2001::1]/", "private or reserved"},
	{"https://[2001:db8::1]/", "private or reserved"},
	{"https://[2002:7f00:1::]/", "private or reserved"},
	{"https://[3fff::1]/", "private or reserved"},
	{"https://[5f00::1]/", "private or reserved"},
	{"https://[fc00::1]/", "private or reserved"},
	{"https://[fd00:ec2::254]/", "private or reserved"},
	{"https://[fe80::1]/", "private or reserved"},
	{"https://[fe80::1%25eth0]/", "private or reserved"},
	{"https://[fec0::1]/", "private or reserved"},
	{"https://[ff02::1]/", "private or reserved"},
	{"https://[::1%25lo]/", "private or reserved"},
	{"https://[2606:4700:4700::1111%25eth0]/", "private or reserved"},
	{"https://[64:ff9b::169.254.169.254]/", "private or reserved"},
	{"https://[2002:a9fe:a9fe::]/", "private or reserved"},
	{"https://[2001:0:7f00:1::]/", "private or reserved"},
	{"https://[::ffff:0:127.0.0.1]/", "private or reserved"},
	{"https://[::ffff:8.8.8.8]/", "private or reserved"},
	{"https://[0:0:0:0:0:ffff:a9fe:a9fe]/", "private or reserved"},
	{"https://[100:0:0:1::1]/", "private or reserved"},
	{"https://[4000::1]/", "private or reserved"},
	{"https://[::1]shop.example.com/", "absolute https"},
	{"https://[127.0.0.1]/", "absolute https"},
	{"https://[::1", "absolute https"},
	{"https://::1/", "absolute https"},
}

// loopbackURLs are those among the hostile that Loopback admits.
var loopbackURLs = []string{
	"https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://LocalHost.:443/", "https://a.b.LOCALHOST/",
	"https://shop.localhost/", "https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.255.255.254/",
	"https://[::1]/", "https://[0:0:0:0:0:0:0:1]:443/",
}

func TestHostileURLsAreRefused(t *testing.T) {
	for _, c := range hostile {
		for _, livemode := range []bool{false, true} {
			err := CheckURL(c.url, URLRules{Livemode: livemode})
			var e *checkout.Error
			if !errors.As(err, &e) || e.Code != checkout.CodeInvalid || len(e.Fields) != 1 || e.Fields[0].Name != "url" {
				t.Errorf("CheckURL(%q) = %v, want an error for the field url", c.url, err)
				continue
			}
			if e.Message != e.Fields[0].Message || !strings.HasPrefix(e.Message, "url ") || !strings.Contains(e.Message, c.reason) {
				t.Errorf("CheckURL(%q) says %q, want %q in it", c.url, e.Message, c.reason)
			}
		}
	}
}

func TestLoopbackOpensNothingButLoopback(t *testing.T) {
	for _, c := range hostile {
		err := CheckURL(c.url, URLRules{Loopback: true})
		if (err == nil) != slices.Contains(loopbackURLs, c.url) {
			t.Errorf("CheckURL(%q, loopback allowed) = %v", c.url, err)
		}
	}
}

func TestUsualURLsAreAccepted(t *testing.T) {
	for _, url := range []string{
		"https://shop.example.com",
		"https://shop.example.com/wc-api/lomi?mode=test&x=%20é",
		"HTTPS://Shop.Example.COM:8443/hook/",
		"https://shop.example.com./hook",
		"https://xn--shp-sna.example.com/",
		"https://my_shop.example.com/",
		"https://1and1.com/", "https://localhost.example.com/", "https://local.example/", "https://internal.ci/", "https://0x.com/",
		"https://metadata.example.com/", "https://mymetadata.goog/",
		"https://8.8.8.8/", "https://172.32.0.1/", "https://100.128.0.1/", "https://168.63.129.17/",
		"https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]:8443/hook",
		"https://shop.example.com/" + strings.Repeat("a", 2048-len("https://shop.example.com/")),
		"https://" + strings.Repeat("a.", 125) + "abc/",
	} {
		for _, rules := range []URLRules{{}, {Loopback: true}, {Livemode: true}, {Livemode: true, Loopback: true}} {
			if err := CheckURL(url, rules); err != nil {
				t.Errorf("CheckURL(%q, %+v) = %v", url, rules, err)
			}
		}
	}
}

func TestHTTPIsForTestMode(t *testing.T) {
	for url, problem := range map[string]string{
		"http://shop.example.com/":      "",
		"http://8.8.8.8:8080/hook":      "",
		"http://10.1.2.3/":              "",
		"http://hooks/":                 "",
		"http://192.168.1.1/":           "url must not point to a private or reserved address",
		"http://localhost/":             "url must not point to a private host",
		"http://user@shop.example.com/": "url must not contain a user name or password",
		"ftp://shop.example.com/":       "url must start with https:// or http://",
	} {
		rules := URLRules{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
		err := CheckURL(url, rules)
		var e *checkout.Error
		if errors.As(err, &e); (err == nil) != (problem == "") || err != nil && e.Message != problem {
			t.Errorf("CheckURL(%q) in test mode = %v, want %q", url, err, problem)
		}
		rules.Livemode = true
		if err := CheckURL(url, rules); err == nil || problem == "" && !strings.HasSuffix(err.Error(), "url must start with https://") {
			t.Errorf("CheckURL(%q) in live mode = %v", url, err)
		}
	}
}

func TestLoopbackByEitherScheme(t *testing.T) {
	for _, url := range []string{
		"http://127.0.0.1:3000/hook", "http://localhost:3000", "http://shop.localhost/", "http://[::1]:3000/", "https://localhost/",
	} {
		for _, livemode := range []bool{false, true} {
			if err := CheckURL(url, URLRules{Loopback: true, Livemode: livemode}); err != nil {
				t.Errorf("CheckURL(%q, loopback, live %v) = %v", url, livemode, err)
			}
		}
	}
	for _, url := range []string{
		"http://192.168.1.1/", "ftp://127.0.0.1/", "http://user@localhost/", "http://metadata/", "http://[::1%25lo]/",
	} {
		if err := CheckURL(url, URLRules{Loopback: true}); err == nil {
			t.Errorf("CheckURL(%q, loopback) = nil", url)
		}
	}
	if err := CheckURL("http://127.0.0.1.example.com/", URLRules{Livemode: true, Loopback: true}); err == nil {
		t.Error("a name that starts like this machine passes for it")
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, c := range hostile {
		f.Add(c.url)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if CheckURL(raw, URLRules{}) == nil && CheckURL(raw, URLRules{Loopback: true}) != nil {
			t.Errorf("%q is accepted only without loopback", raw)
		}
		if CheckURL(raw, URLRules{Livemode: true}) == nil && CheckURL(raw, URLRules{}) != nil {
			t.Errorf("%q is accepted in live mode only", raw)
		}
	})
}
