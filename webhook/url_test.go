package webhook_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/webhook"
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
	{"http://shop.example.com/hook", "https://"},
	{"ftp://shop.example.com/hook", "https://"},
	{"file:///etc/passwd", "absolute https"},
	{"gopher://shop.example.com:70/_", "https://"},
	{"javascript:alert(1)", "absolute https"},
	{"data:text/plain,x", "absolute https"},
	{"unix:///var/run/docker.sock", "absolute https"},

	{"https://user:pass@shop.example.com/", "user name"},
	{"https://user@shop.example.com/", "user name"},
	{"https://@shop.example.com/", "user name"},
	{"https://shop.example.com@127.0.0.1/", "user name"},
	{"https://shop.example.com/#fragment", "fragment"},
	{"https://shop.example.com/#", "fragment"},
	{"https://shop.example.com\\@127.0.0.1/", "backslashes"},
	{"https://127.0.0.1\\.shop.example.com/", "backslashes"},
	{"https://shop.example.com/a b", "spaces"},
	{" https://shop.example.com/", "spaces"},
	{"https://shop.example.com/\r\nHost: 127.0.0.1", "control"},
	{"https://shop.example.com/\x00", "control"},
	{"https://shop.example.com:0/", "port"},
	{"https://shop.example.com:65536/", "port"},
	{"https://shop.example.com:https/", "absolute https"},
	{"https://shop.example.com:-1/", "absolute https"},

	{"https://localhost/", "private host"},
	{"https://LOCALHOST/", "private host"},
	{"https://localhost./", "private host"},
	{"https://shop.localhost/", "private host"},
	{"https://localhost.localdomain/", "private host"},
	{"https://printer.local/", "private host"},
	{"https://printer.LOCAL./", "private host"},
	{"https://vault.corp.internal/", "private host"},
	{"https://nas.home.arpa/", "private host"},
	{"https://metadata.google.internal/computeMetadata/v1/", "private host"},
	{"https://metadata.goog/", "private host"},
	{"https://metadata/", "full host name"},
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
	{"https://127。0。0。1/", "ASCII"},
	{"https://①②⑦.0.0.1/", "ASCII"},
	{"https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "ASCII"},
	{"https://shöp.example.com/", "ASCII"},
	{"https://shop..example.com/", "ASCII"},
	{"https://.example.com/", "ASCII"},
	{"https://" + strings.Repeat("a", 64) + ".example.com/", "ASCII"},
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
	{"https://[::1", "absolute https"},
	{"https://::1/", "absolute https"},
}

func TestHostileURLsAreRefused(t *testing.T) {
	for _, c := range hostile {
		err := webhook.CheckURL(c.url, false)
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

func TestLoopbackOpensNothingButLoopback(t *testing.T) {
	for _, c := range hostile {
		err := webhook.CheckURL(c.url, true)
		loopback := strings.HasPrefix(c.reason, "private") &&
			(strings.Contains(c.url, "//127.") || strings.Contains(strings.ToLower(c.url), "localhost/") ||
				strings.Contains(c.url, "localhost./") || strings.Contains(c.url, "[::1]") || strings.Contains(c.url, ":0:1]"))
		if (err == nil) != loopback {
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
		"https://8.8.8.8/", "https://172.32.0.1/", "https://100.128.0.1/",
		"https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]:8443/hook",
		"https://shop.example.com/" + strings.Repeat("a", 2048-len("https://shop.example.com/")),
	} {
		for _, allowLoopback := range []bool{false, true} {
			if err := webhook.CheckURL(url, allowLoopback); err != nil {
				t.Errorf("CheckURL(%q, %v) = %v", url, allowLoopback, err)
			}
		}
	}
}

func TestLoopbackByEitherScheme(t *testing.T) {
	for _, url := range []string{
		"http://127.0.0.1:3000/hook", "http://localhost:3000", "http://shop.localhost/", "http://[::1]:3000/", "https://localhost/",
	} {
		if err := webhook.CheckURL(url, true); err != nil {
			t.Errorf("CheckURL(%q, true) = %v", url, err)
		}
	}
	for _, url := range []string{
		"http://shop.example.com/", "http://192.168.1.1/", "ftp://127.0.0.1/", "http://127.0.0.1.example.com/", "http://user@localhost/",
	} {
		if err := webhook.CheckURL(url, true); err == nil {
			t.Errorf("CheckURL(%q, true) = nil", url)
		}
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, c := range hostile {
		f.Add(c.url)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if webhook.CheckURL(raw, false) == nil && webhook.CheckURL(raw, true) != nil {
			t.Errorf("%q is accepted only without loopback", raw)
		}
	})
}
