package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser starts headless Chromium. The machine must have it: make test
// installs it.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: .ci/install installs Chromium", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	do(t, ctx) // starts it
	ctx, expire := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(expire)
	return ctx
}

// do runs steps in the browser.
func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// read returns what the browser shows.
func read[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// counter is a server with a merchant's key, and the merchant's own site.
type counter struct {
	t    *testing.T
	c    *client
	site *httptest.Server
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	program := binary(t)
	db := filepath.Join(t.TempDir(), "browser.db")
	key, err := exec.Command(program, "keys", "create", "--db", db, "--env", "test", "--merchant", "Chez Awa").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := launch(t, program, "--db", db)
	k := &counter{t: t, c: newClient(t, p.url, strings.TrimSpace(string(key)))}
	k.site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<title>shop</title><p id=at>%s</p>", r.URL)
	}))
	t.Cleanup(k.site.Close)
	return k
}

// session makes a session and returns its identifier and its page.
func (k *counter) session() (id, page string) {
	k.t.Helper()
	made, err := k.c.call(201, "POST", "/checkout-sessions", fmt.Sprintf(
		`{"amount":10000,"currency_code":"XOF","title":"Panier n° 7","customer_email":"awa@example.com",
		"success_url":"%[1]s/thanks?a=1&s={CHECKOUT_SESSION_ID}#end","cancel_url":"%[1]s/cancelled"}`, k.site.URL))
	if err != nil {
		k.t.Fatal(err)
	}
	return made["id"].(string), made["checkout_url"].(string)
}

func (k *counter) status(id string) string {
	k.t.Helper()
	got, err := k.c.call(200, "GET", "/checkout-sessions/"+id, "")
	if err != nil {
		k.t.Fatal(err)
	}
	return got["status"].(string)
}

// fill types what the page asks for and chooses a method.
func fill(t *testing.T, ctx context.Context, method string) {
	t.Helper()
	do(t, ctx,
		chromedp.SendKeys(`input[name=address]`, "Rue 12"),
		chromedp.SendKeys(`input[name=city]`, "Dakar"),
		chromedp.SendKeys(`input[name=country]`, "Sénégal"),
		chromedp.Click(fmt.Sprintf(`input[name=method][value=%s]`, method)),
	)
}

const payButton = `main.pay form > button`

func TestPagePaysWithAndWithoutJavaScript(t *testing.T) {
	k := newCounter(t)
	for _, off := range []bool{false, true} {
		t.Run(fmt.Sprintf("scripts off %v", off), func(t *testing.T) {
			ctx := browser(t)
			id, page := k.session()
			_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off})
			if err != nil {
				t.Fatal(err)
			}
			do(t, ctx, chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile), chromedp.Navigate(page+"?locale=fr"))
			text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(read(t, ctx, chromedp.Text("body")))
			for _, want := range []string{"10 000 F CFA", "Panier n° 7", "Chez Awa"} {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q: %s", want, text)
				}
			}
			if wide := read(t, ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); wide != 360 {
				t.Errorf("on a phone of 360 px the page is %d px wide", wide)
			}
			do(t, ctx, chromedp.SendKeys(`input[name=name]`, "Awa Diop"))
			fill(t, ctx, "wallet")
			do(t, ctx,
				chromedp.Click(payButton),
				chromedp.WaitVisible(`button[name=outcome][value=succeed]`),
				chromedp.Click(`button[name=outcome][value=succeed]`),
				chromedp.WaitVisible(`#at`),
			)
			at := read(t, ctx, chromedp.Location())
			if want := k.site.URL + "/thanks?a=1&s=" + id + "#end"; at != want || k.status(id) != "completed" {
				t.Errorf("the customer is at %s, want %s; the session is %s", at, want, k.status(id))
			}
		})
	}
}

func TestPageShowsWhatWentWrongAndKeepsEntries(t *testing.T) {
	k := newCounter(t)
	ctx := browser(t)
	id, page := k.session()
	do(t, ctx,
		chromedp.Navigate(page+"?locale=en"),
		chromedp.SendKeys(`input[name=name]`, "Awa Diop"),
		chromedp.Click(`input[name=method][value=wallet]`),
	)
	// The browser's own check would stop the form before the server sees it.
	read(t, ctx, chromedp.Evaluate[bool](`document.querySelectorAll('form').forEach(f => f.noValidate = true), true`))
	do(t, ctx, chromedp.Click(payButton), chromedp.WaitVisible(`[aria-invalid=true]`))
	if name := read(t, ctx, chromedp.Value(`input[name=name]`)); name != "Awa Diop" {
		t.Errorf("the name has become %q", name)
	}
	fill(t, ctx, "card")
	do(t, ctx,
		chromedp.SendKeys(`input[name=card_number]`, "4000 0000 0000 0002"),
		chromedp.SendKeys(`input[name=card_expiry]`, "12/40"),
		chromedp.SendKeys(`input[name=card_cvc]`, "123"),
		chromedp.Click(payButton),
		chromedp.WaitNotPresent(`[aria-invalid=true]`),
		chromedp.WaitVisible(`[role=alert]`),
	)
	if text := read(t, ctx, chromedp.Text(`[role=alert]`)); !strings.Contains(text, "declined") || k.status(id) != "open" {
		t.Errorf("message %q, session %s", text, k.status(id))
	}
	do(t, ctx, chromedp.Click(`a[href*=cancel]`), chromedp.WaitVisible(`#at`))
	if at := read(t, ctx, chromedp.Location()); at != k.site.URL+"/cancelled" || k.status(id) != "open" {
		t.Errorf("the customer is at %s, the session is %s", at, k.status(id))
	}
}
