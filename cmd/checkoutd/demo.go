package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// defaultShopAddr is where the demo's shop listens if nobody says otherwise.
const defaultShopAddr = "127.0.0.1:8090"

type demoCmd struct {
	Addr string `local:"" help:"Where the shop listens, on this machine. Default: 127.0.0.1:8090, or any free port if that one is taken." placeholder:"HOST:PORT"`
	Once bool   `local:"" help:"Play the customer too: go through everything once, print what was seen, and fail if any of it was wrong."`
}

// Run shows a shop, its customer's payment and its merchant's inbox until the
// context ends; with --once it goes through all of it by itself.
func (c *demoCmd) Run(e *env) error {
	ln, err := c.listen()
	if err != nil {
		return err
	}
	defer ln.Close()
	log := slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return perform(e.ctx, log, ln, c.Once, func(ctx context.Context, d *demo) error {
		if c.Once {
			return d.once(ctx, e.stdout)
		}
		if _, err := fmt.Fprintf(e.stdout, invitation, d.shop.url, d.api.base, d.api.key); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
}

// invitation is what the demo prints: addresses of the shop and of the API, and
// a key.
const invitation = `open %[1]s
API  %[2]s with the test key %[3]s
try  curl -sS %[2]s/checkout-sessions -H 'X-API-KEY: %[3]s' -H 'Content-Type: application/json' -d '{"amount":10000,"currency_code":"XOF","title":"Order 12345"}'
`

// listen opens the shop's port. The demo's key and pages are for this machine
// alone, so that other addresses are refused.
func (c *demoCmd) listen() (net.Listener, error) {
	addr, free := c.Addr, ""
	switch {
	case addr == "" && c.Once: // nobody will look for it
		addr = "127.0.0.1:0"
	case addr == "":
		addr, free = defaultShopAddr, "127.0.0.1:0"
	}
	if err := checkLoopback(addr, defaultShopAddr); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) && free != "" {
		ln, err = net.Listen("tcp", free)
	}
	if err != nil {
		return nil, fmt.Errorf("--addr: %w", err)
	}
	return ln, nil
}

// checkLoopback returns an error unless addr is one that only this machine can
// reach.
func checkLoopback(addr, example string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("--addr %s: must be an address of this machine alone, such as %s", addr, example)
	}
	return nil
}

// demo is an engine with an empty database and a shop that uses it as anyone
// would, over HTTP.
type demo struct {
	api  *shopAPI
	shop *shop
}

// perform starts the engine and, on ln, the shop, calls play, and takes
// everything down again. With stopped the engine's clock stands still until
// somebody moves it.
func perform(ctx context.Context, log *slog.Logger, ln net.Listener, stopped bool, play func(context.Context, *demo) error) (err error) {
	folder, err := os.MkdirTemp("", "checkoutd-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	engine, err := newServer(ctx, &serveCmd{
		serverFlags: serverFlags{fileFlags: fileFlags{DB: filepath.Join(folder, "demo.db")}},
		RateLimit:   100, AllowLoopbackWebhooks: true, TestClock: stopped,
	}, log)
	if err != nil {
		return err
	}
	defer engine.close()
	key, _, err := engine.service.CreateKey(ctx, shopName, false)
	if err != nil {
		return err
	}
	engineLn, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}

	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	var engineErr, shopErr error
	defer func() {
		stop()
		running.Wait()
		err = errors.Join(err, engineErr, shopErr)
	}()
	running.Go(func() {
		defer stop()
		engineErr = engine.serve(ctx, promptListener{engineLn, ctx})
	})
	client := newShopClient()
	defer client.CloseIdleConnections()
	api := &shopAPI{base: "http://" + engineLn.Addr().String(), key: key, client: client}
	s, err := openShop(ctx, api, "http://"+ln.Addr().String())
	if err != nil {
		return err
	}
	running.Go(func() {
		defer stop()
		shopErr = serveUntil(ctx, promptListener{ln, ctx}, s.handler())
	})
	return play(ctx, &demo{api: api, shop: s})
}

// serveUntil answers requests on ln until ctx ends, and requests under way end
// with it.
func serveUntil(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		stopped <- srv.Shutdown(end)
	}()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// promptListener closes the connections on which nothing was ever sent when ctx
// ends. Browsers open such connections ahead of need, and [http.Server.Shutdown]
// waits 5 seconds for a request on them.
type promptListener struct {
	net.Listener
	ctx context.Context
}

// Accept waits for the next connection.
func (l promptListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return promptConn{c, context.AfterFunc(l.ctx, func() { c.Close() })}, nil
}

type promptConn struct {
	net.Conn
	used func() bool
}

// Read reads, and notes that the connection is used.
func (c promptConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.used()
	return n, err
}
