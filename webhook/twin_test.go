package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"code.dny.dev/ssrf"
)

// pair is a site that notes what it is asked, and moves every request for one
// host elsewhere.
type pair struct {
	port string
	mu   sync.Mutex
	seen []string
}

func newPair(t *testing.T, host string, status int, to func(port string, r *http.Request) string) *pair {
	t.Helper()
	p := &pair{}
	p.port = site(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		p.seen = append(p.seen, fmt.Sprintf("%s %s%s %s %s", r.Method, strings.TrimSuffix(r.Host, ":"+p.port), r.URL, r.Header.Get("X-Lomi-Signature"), body))
		p.mu.Unlock()
		if strings.HasPrefix(r.Host, host+":") {
			w.Header().Set("Location", to(p.port, r))
			w.WriteHeader(status)
		}
	})
	return p
}

func (p *pair) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// send posts a signed body by c.
func send(t *testing.T, c *client, url string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Lomi-Signature", "sig")
	res, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

func TestARedirectToTheTwinIsFollowedOnce(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"example.com", "www.example.com"},
		{"www.example.com", "example.com"},
	} {
		for _, status := range []int{301, 302, 307, 308} {
			p := newPair(t, c.from, status, func(port string, r *http.Request) string {
				return "https://" + c.to + ":" + port + r.URL.String()
			})
			client := watch(t, ClientOptions{Loopback: true, Resolver: nameServer(t, "127.0.0.1")})
			got, err := send(t, client, "https://"+c.from+":"+p.port+"/hook%20s?a=1&b=%2F")
			want := []string{
				"POST " + c.from + "/hook%20s?a=1&b=%2F sig body",
				"POST " + c.to + "/hook%20s?a=1&b=%2F sig body",
			}
			if err != nil || got != http.StatusOK || !slices.Equal(p.requests(), want) {
				t.Errorf("%d from %s: status %d, %v, requests %q", status, c.from, got, err, p.requests())
			}
		}
	}
}

func TestARedirectElsewhereIsTheAnswer(t *testing.T) {
	for name, to := range map[string]string{
		"itself":               "https://example.com:PORT/hook?a=1",
		"by http":              "http://www.example.com:PORT/hook?a=1",
		"another host":         "https://shop.example.com:PORT/hook?a=1",
		"another www":          "https://www.www.example.com:PORT/hook?a=1",
		"another ending":       "https://www.example.com.evil.test:PORT/hook?a=1",
		"www2":                 "https://www2.example.com:PORT/hook?a=1",
		"another port":         "https://www.example.com/hook?a=1",
		"another path":         "https://www.example.com:PORT/hook/?a=1",
		"another case of path": "https://www.example.com:PORT/Hook?a=1",
		"no path":              "https://www.example.com:PORT",
		"an escaped path":      "https://www.example.com:PORT/%68ook?a=1",
		"another query":        "https://www.example.com:PORT/hook?a=2",
		"no query":             "https://www.example.com:PORT/hook",
		"more query":           "https://www.example.com:PORT/hook?a=1&b",
		"a user":               "https://u:p@www.example.com:PORT/hook?a=1",
		"a fragment":           "https://www.example.com:PORT/hook?a=1#x",
		"a relative path":      "/hook?a=1",
		"nothing":              "",
		"no URL":               "http://%zz/",
		"opaque":               "https:www.example.com:PORT/hook?a=1",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, "example.com", http.StatusPermanentRedirect, func(port string, _ *http.Request) string {
				return strings.ReplaceAll(to, "PORT", port)
			})
			client := watch(t, ClientOptions{Loopback: true, Resolver: nameServer(t, "127.0.0.1")})
			got, err := send(t, client, "https://example.com:"+p.port+"/hook?a=1")
			if err != nil || got != http.StatusPermanentRedirect || len(p.requests()) != 1 || client.dialed.Load() != 1 {
				t.Errorf("status %d, %v, requests %q", got, err, p.requests())
			}
		})
	}
}

func TestOtherAnswersAreNotFollowedToTheTwin(t *testing.T) {
	for _, status := range []int{200, 201, 300, 303, 304, 305, 404, 500} {
		p := newPair(t, "example.com", status, func(port string, r *http.Request) string {
			return "https://www.example.com:" + port + r.URL.String()
		})
		client := watch(t, ClientOptions{Loopback: true, Resolver: nameServer(t, "127.0.0.1")})
		if got, err := send(t, client, "https://example.com:"+p.port+"/"); err != nil || got != status || len(p.requests()) != 1 {
			t.Errorf("status %d, %v, requests %q, want %d", got, err, p.requests(), status)
		}
	}
}

func TestTwinsThatSendToEachOtherAreAskedOnceEach(t *testing.T) {
	p := &pair{}
	p.port = site(t, func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.Host)
		p.mu.Unlock()
		host, www := strings.CutPrefix(r.Host, "www.")
		if !www {
			host = "www." + host
		}
		w.Header().Set("Location", "https://"+host+r.URL.String())
		w.WriteHeader(http.StatusFound)
	})
	client := watch(t, ClientOptions{Loopback: true, Resolver: nameServer(t, "127.0.0.1")})
	got, err := send(t, client, "https://example.com:"+p.port+"/")
	if want := []string{"example.com:" + p.port, "www.example.com:" + p.port}; err != nil || got != http.StatusFound || !slices.Equal(p.requests(), want) {
		t.Errorf("status %d, %v, requests %q", got, err, p.requests())
	}
}

func TestTheTwinOfAHostThatDoesNotExist(t *testing.T) {
	p := newPair(t, "nobody", 0, nil)
	for _, c := range []struct{ url, answers string }{
		{"https://example.com:" + p.port + "/hook", "www.example.com"},
		{"https://www.example.com:" + p.port + "/hook", "example.com"},
	} {
		client := watch(t, ClientOptions{Loopback: true, Resolver: zone{c.answers: {"127.0.0.1"}}.resolver(t)})
		got, err := send(t, client, c.url)
		if seen := p.requests(); err != nil || got != http.StatusOK || seen[len(seen)-1] != "POST "+c.answers+"/hook sig body" {
			t.Errorf("%s: status %d, %v, requests %q", c.url, got, err, seen)
		}
	}
	if n := len(p.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}

	for _, c := range []struct {
		url     string
		names   zone
		problem string
	}{
		{"https://example.com/", zone{}, "lookup example.com: no such host"},
		{"http://example.com:" + p.port + "/", zone{"www.example.com": {"127.0.0.1"}}, "lookup example.com: no such host"},
		{"https://www.test/", zone{"test": {"127.0.0.1"}}, "lookup www.test: no such host"},
		{"https://example.com/", zone{"www.example.com": {"10.0.0.1"}}, "the host's address is private or reserved"},
		{"https://example.com/", zone{"example.com": {"10.0.0.1"}, "www.example.com": {"127.0.0.1"}}, "the host's address is private or reserved"},
	} {
		client := watch(t, ClientOptions{Loopback: true, Resolver: c.names.resolver(t)})
		if got, err := send(t, client, c.url); err == nil || explain(err) != c.problem || client.dialed.Load() != 0 {
			t.Errorf("%s with %v: status %d, %v, want %q", c.url, c.names, got, err, c.problem)
		}
	}
}

// A name server that fails says nothing of whether the host exists.
func TestAFailedLookupHasNoTwin(t *testing.T) {
	var asked []string
	var mu sync.Mutex
	resolver := &net.Resolver{PreferGo: true, Dial: func(_ context.Context, _, _ string) (net.Conn, error) {
		return nil, errors.New("no route")
	}}
	client := watch(t, ClientOptions{Resolver: resolver})
	dial := client.transport.DialContext
	client.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, address)
		return dial(ctx, network, address)
	}
	_, err := send(t, client, "https://example.com/")
	mu.Lock()
	defer mu.Unlock()
	if err == nil || !slices.Equal(asked, []string{"example.com:443"}) {
		t.Errorf("%v, asked for %q", err, asked)
	}
}

func TestATwinInAPrivateNetworkIsNotConnectedTo(t *testing.T) {
	p := newPair(t, "example.com", http.StatusMovedPermanently, func(port string, r *http.Request) string {
		return "https://www.example.com:" + port + r.URL.String()
	})
	for _, answer := range []string{"127.0.0.2", "10.0.0.1", "127.0.0.1 10.0.0.1", "::1", nat64Loopback} {
		client := watch(t, ClientOptions{
			Allow:    []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, // stands for the internet
			Resolver: zone{"example.com": {"127.0.0.1"}, "www.example.com": {answer}}.resolver(t),
		})
		if _, err := send(t, client, "https://example.com:"+p.port+"/"); !errors.Is(err, ssrf.ErrProhibitedIP) || client.dialed.Load() != 1 {
			t.Errorf("%s: %v, %d connections", answer, err, client.dialed.Load())
		}
	}
}

func TestABodyThatCannotBeReadAgainIsSentOnce(t *testing.T) {
	p := newPair(t, "example.com", http.StatusMovedPermanently, func(port string, r *http.Request) string {
		return "https://www.example.com:" + port + r.URL.String()
	})
	client := watch(t, ClientOptions{Loopback: true, Resolver: nameServer(t, "127.0.0.1")})
	res, err := client.Post("https://example.com:"+p.port+"/", "text/plain", io.MultiReader(strings.NewReader("body")))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMovedPermanently || len(p.requests()) != 1 {
		t.Errorf("status %d, requests %q", res.StatusCode, p.requests())
	}
}

// A request without a body, such as one to try an endpoint out, has a twin too.
func TestTheTwinOfARequestWithoutABody(t *testing.T) {
	p := newPair(t, "example.com", http.StatusMovedPermanently, func(port string, _ *http.Request) string {
		return "https://WWW.example.com:" + port + "/"
	})
	client := watch(t, ClientOptions{Loopback: true, Resolver: nameServer(t, "127.0.0.1")})
	res, err := client.Get("https://example.com:" + p.port)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if want := "GET www.example.com/  "; res.StatusCode != http.StatusOK || p.requests()[1] != want {
		t.Errorf("status %d, requests %q", res.StatusCode, p.requests())
	}
}

// Both requests must fit into the time of one: the first waits for as long as
// it likes, and the second finds that nothing is left.
func TestBothTwinsShareOneTimeout(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	port := site(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Host, "www.") {
			select {
			case <-release:
			case <-r.Context().Done():
			}
			return
		}
		w.Header().Set("Location", "https://www."+r.Host+r.URL.String())
		w.WriteHeader(http.StatusFound)
	})
	client := watch(t, ClientOptions{Loopback: true, Resolver: nameServer(t, "127.0.0.1")})
	client.Timeout = 500 * time.Millisecond
	_, err := send(t, client, "https://example.com:"+port+"/")
	var u *url.Error
	if !errors.As(err, &u) || !u.Timeout() || !errors.Is(err, context.DeadlineExceeded) || explain(err) != "no answer in time" {
		t.Errorf("got %v", err)
	}
}

func TestTwinOf(t *testing.T) {
	for from, want := range map[string]string{
		"https://example.com/a?b":          "https://www.example.com/a?b",
		"https://www.example.com:8443/":    "https://example.com:8443/",
		"https://WWW.Example.com/":         "https://Example.com/",
		"https://www.www.example.com/":     "https://www.example.com/",
		"https://wwwexample.com/":          "https://www.wwwexample.com/",
		"https://example.com./":            "https://www.example.com./",
		"http://example.com/":              "",
		"https://8.8.8.8/":                 "",
		"https://[2606:4700::1111]:8443/":  "",
		"https://[::ffff:8.8.8.8]/":        "",
		"https://shop.example.com:1/x%2Fy": "https://www.shop.example.com:1/x%2Fy",
	} {
		u, err := url.Parse(from)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if twin := twinOf(u); twin != nil {
			got = twin.String()
		}
		if got != want {
			t.Errorf("the twin of %s is %q, want %q", from, got, want)
		}
		if u.String() != from {
			t.Errorf("%s became %s", from, u)
		}
	}
}
