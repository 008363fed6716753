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

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/httpapi"
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
	c    *caller
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
	k := &counter{t: t, c: newCaller(t, p.url, strings.TrimSpace(string(key)))}
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

func TestPageWarnsOfAPromptThatIsOut(t *testing.T) {
	k := newCounter(t)
	ctx := browser(t)
	_, page := k.session()
	do(t, ctx,
		chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile),
		chromedp.Navigate(page+"?locale=fr"),
		chromedp.SendKeys(`input[name=name]`, "Awa Diop"),
	)
	fill(t, ctx, "phone")
	do(t, ctx,
		chromedp.SendKeys(`input[name=phone_tel]`, "46733123453"), // never answers
		chromedp.Click(payButton),
		chromedp.WaitVisible(`main.end dd`),
	)
	wait := read(t, ctx, chromedp.Location())
	do(t, ctx, chromedp.Navigate(page+"?locale=fr"))
	text := read(t, ctx, chromedp.Evaluate[string](`document.querySelector(".started p").innerText`))
	if wide := read(t, ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); wide != 360 || !strings.Contains(text, "453") {
		t.Errorf("the page is %d px wide and says %q", wide, text)
	}
	if to := read(t, ctx, chromedp.Evaluate[string](`document.querySelector(".started a").href`)); to != wait {
		t.Errorf("the warning leads to %s, want %s", to, wait)
	}
}

// elsewhere is a provider with a page of its own, which can be scanned too. Who
// has been there has paid.
type elsewhere struct {
	site  *httptest.Server
	order checkout.Order
	paid  bool
}

func (*elsewhere) Name() string   { return "elsewhere" }
func (*elsewhere) Livemode() bool { return false }

func (*elsewhere) Caps() checkout.Caps {
	return checkout.Caps{Methods: []checkout.Method{
		{ID: "elsewhere", Name: "Elsewhere", Code: "MOBILE_MONEY", Takes: []checkout.Range{{Currency: checkout.XOF}}},
	}}
}

func (e *elsewhere) Start(_ context.Context, o checkout.Order) (checkout.Started, error) {
	e.order = o
	return checkout.Started{Ref: "1", Next: checkout.Next{Kind: checkout.NextRedirect, URL: e.site.URL + "/app", QR: e.site.URL + "/app"}}, nil
}

func (e *elsewhere) Poll(_ context.Context, a checkout.Attempt) (checkout.Report, error) {
	if !e.paid {
		return checkout.Report{State: checkout.StatePending}, nil
	}
	return checkout.Report{State: checkout.StatePaid, Paid: a.Amount}, nil
}

func TestPageShowsACodeAndTakesTheCustomerBack(t *testing.T) {
	e := &elsewhere{}
	k := checkouttest.With(t, checkout.Config{Providers: []checkout.Provider{e}})
	e.site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/app" {
			return
		}
		e.paid = true
		k.Clock.Add(6 * time.Second) // so that the provider is asked again
		http.Redirect(w, r, e.order.SuccessURL, http.StatusSeeOther)
	}))
	t.Cleanup(e.site.Close)
	api, err := httpapi.New(httpapi.Config{Service: k.Service, Clock: k.Clock})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Hosted())
	t.Cleanup(server.Close)
	s, err := k.Service.CreateSession(t.Context(), checkout.CreateSessionParams{
		Total: checkout.Money{Amount: 10000, Currency: checkout.XOF}, Form: &checkout.Form{},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := browser(t)
	do(t, ctx,
		chromedp.EmulateViewport(360, 740),
		chromedp.Navigate(server.URL+"/"+s.ID+"?locale=en"),
		chromedp.Click(`input[name=method][value=elsewhere]`),
		chromedp.Click(payButton),
		chromedp.WaitVisible(`svg.qr`),
	)
	const drawn = `(q => q.getBoundingClientRect().width > 200 && getComputedStyle(q.firstChild).stroke == "rgb(0, 0, 0)")(document.querySelector("svg.qr"))`
	if !read(t, ctx, chromedp.Evaluate[bool](drawn)) {
		t.Error("the code cannot be seen")
	}
	if wide := read(t, ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); wide != 360 {
		t.Errorf("on 360 px the page is %d px wide", wide)
	}
	do(t, ctx, chromedp.Click(`main.end a.button`), chromedp.WaitVisible(`.mark.good`))
	if at := read(t, ctx, chromedp.Location()); at != server.URL+"/"+s.ID+"/done?locale=en" {
		t.Errorf("the customer is at %s", at)
	}
}
