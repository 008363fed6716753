package torture

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// connectTimeout bounds the making of a connection.
const connectTimeout = 5 * time.Second

// errFar is why a stranger's server is left alone.
var errFar = errors.New("it is neither on this machine nor in a private network: torture only what is yours, and say so with Remote (--remote)")

// connect checks the URLs and makes what sends to them.
func (r *runner) connect() error {
	if err := r.allowed(r.URL); err != nil {
		return err
	}
	if r.EffectsURL != "" {
		if err := r.allowed(r.EffectsURL); err != nil {
			return fmt.Errorf("effects: %w", err)
		}
	}
	plain := http.Client{}
	if r.Client != nil {
		plain = *r.Client
	} else {
		plain.Transport = r.transport()
	}
	plain.Jar, plain.Timeout = nil, 0 // each request has its own
	plain.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	slow := plain
	if t, ok := plain.Transport.(*http.Transport); ok {
		t = t.Clone()
		t.WriteBufferSize = 1 // else short bodies are held back until they are complete
		slow.Transport = t
	}
	r.client, r.slow = &plain, &slow
	if r.Effects == nil && r.EffectsURL != "" {
		r.Effects = r.readEffects
	}
	r.blind = r.Effects == nil
	return nil
}

// transport returns one that knows no proxy and, unless it may, connects to
// nothing far away, whatever names resolve to by then.
func (r *runner) transport() *http.Transport {
	dialer := &net.Dialer{Timeout: connectTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !r.Remote && !near(at.Addr()) {
			return fmt.Errorf("%s: %w", address, errFar)
		}
		return nil
	}}
	return &http.Transport{
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: connectTimeout,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 2,
	}
}

// allowed returns why raw may not be sent to, nil if it may.
func (r *runner) allowed(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("%q is no URL such as http://127.0.0.1:8090/webhooks", raw)
	}
	if r.Remote {
		return nil
	}
	ctx, cancel := context.WithTimeout(r.ctx, connectTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return fmt.Errorf("%s: %w", u.Hostname(), err)
	}
	for _, ip := range addresses {
		if !near(ip) {
			return fmt.Errorf("%s: %w", u.Hostname(), errFar)
		}
	}
	return nil
}

// near reports whether ip is of this machine or of a private network. Link-local
// addresses are not near: clouds serve credentials at one.
func near(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsPrivate()
}
