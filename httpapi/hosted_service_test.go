package httpapi

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

const ask10000 = `{"amount":10000,"currency_code":"XOF","title":"Order","require_billing_address":false,
	"success_url":"http://merchant.example/ok?s={CHECKOUT_SESSION_ID}&x=%20","cancel_url":"http://merchant.example/no"}`

// customer is a browser at the pages of a shop. It stops at the merchant's door.
type customer struct {
	t      *testing.T
	client *http.Client
	at     *url.URL
	status int
	body   string
}

// visitor returns a customer who has opened path.
func (s *shop) visitor(path string) *customer {
	s.t.Helper()
	server := httptest.NewServer(s.handler)
	s.t.Cleanup(server.Close)
	c := &customer{t: s.t, client: &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "merchant.example" {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
	c.open(server.URL + path)
	return c
}

func (c *customer) open(address string) {
	c.t.Helper()
	c.arrive(c.client.Get(address))
}

// send posts a form to where the page's own form leads.
func (c *customer) send(form url.Values) {
	c.t.Helper()
	c.arrive(c.client.PostForm(follow(c.t, c.at, c.body, `method="post" action="`), form))
}

func (c *customer) arrive(answer *http.Response, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.at, c.status, c.body = answer.Request.URL, answer.StatusCode, string(body)
	if away := answer.Header.Get("Location"); away != "" {
		c.body = "at " + away
	}
}

// sees fails the test unless the page holds want, or is the merchant's if want
// is "at " and an address.
func (c *customer) sees(want string) {
	c.t.Helper()
	if !strings.Contains(c.body, want) {
		c.t.Fatalf("at %s (%d), want %q:\n%s", c.at, c.status, want, styleTag.ReplaceAllString(c.body, ""))
	}
}

// buyer returns a form of somebody who pays by the given method.
func buyer(method string, more ...string) url.Values {
	form := url.Values{"method": {method}, "name": {"Awa Diop"}, "email": {"awa@example.com"}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func cardForm(number string) url.Values {
	return buyer("card", "card_number", number, "card_expiry", "12/30", "card_cvc", "123")
}

func TestCustomersPayInEveryWay(t *testing.T) {
	w := &englishWords
	const merchant = "at http://merchant.example/"
	shared := newShop(t)
	for _, c := range []struct {
		name string
		form url.Values
		then string // what is pressed in the simulator, if anything
		want string
		end  checkout.Status
	}{
		{"wallet, pay", buyer("wallet"), "succeed", merchant + "ok?s=cs_", checkout.StatusCompleted},
		{"wallet, decline", buyer("wallet"), "decline", w.Declined, checkout.StatusOpen},
		{"wallet, cancel", buyer("wallet"), "cancel", merchant + "no", checkout.StatusOpen},
		{"wallet, later", buyer("wallet"), "delay", w.WaitTitle, checkout.StatusOpen},
		{"wallet, never", buyer("wallet"), "silent", w.WaitTitle, checkout.StatusOpen},
		{"phone", buyer("phone", "phone_tel", "+221 77 123 45 67"), "", merchant + "ok?s=cs_", checkout.StatusCompleted},
		{"phone, failed", buyer("phone", "phone_tel", "46733123450"), "", w.Declined, checkout.StatusOpen},
		{"phone, rejected", buyer("phone", "phone_tel", "46733123451"), "", w.Refused, checkout.StatusOpen},
		{"phone, too late", buyer("phone", "phone_tel", "46733123452"), "", w.TimedOut, checkout.StatusOpen},
		{"phone, never", buyer("phone", "phone_tel", "46733123453"), "", w.PromptTitle, checkout.StatusOpen},
		{"phone, later", buyer("phone", "phone_tel", "46733123454"), "", w.PromptTitle, checkout.StatusOpen},
		{"card", cardForm("4242 4242 4242 4242"), "", merchant + "ok?s=cs_", checkout.StatusCompleted},
		{"card, declined", cardForm("4000 0000 0000 0002"), "", w.Declined, checkout.StatusOpen},
		{"card, no funds", cardForm("4000 0000 0000 9995"), "", w.NoFunds, checkout.StatusOpen},
		{"card, expired", cardForm("4000 0000 0000 0069"), "", w.CardOver, checkout.StatusOpen},
		{"card, wrong code", cardForm("4000 0000 0000 0127"), "", w.WrongCVC, checkout.StatusOpen},
		{"card, not a test card", cardForm("5555 5555 5555 4444"), "", w.NoTestCard, checkout.StatusOpen},
		{"card, asked again", cardForm("4000 0000 0000 3155"), "succeed", merchant + "ok?s=cs_", checkout.StatusCompleted},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := *shared
			s.t = t
			id := s.create(ask10000)
			customer := s.visitor("/" + id)
			customer.send(c.form)
			if c.then != "" {
				customer.sees(w.SimTitle)
				customer.send(url.Values{"outcome": {c.then}})
			}
			customer.sees(c.want)
			got, err := s.service.Checkout(context.Background(), id)
			if err != nil || got.Session.Status != c.end {
				t.Errorf("the session is %s (%v), want %s", got.Session.Status, err, c.end)
			}
		})
	}
}

func TestSuccessAddressIsTheMerchantsByteForByte(t *testing.T) {
	s := newShop(t)
	id := s.create(ask10000)
	customer := s.visitor("/" + id + "?locale=fr")
	customer.send(cardForm("4242424242424242"))
	if want := "at http://merchant.example/ok?s=" + id + "&x=%20"; customer.body != want {
		t.Errorf("%s, want %s", customer.body, want)
	}
}

func TestADelayedPaymentArrivesWhileThePageWaits(t *testing.T) {
	s := newShop(t)
	customer := s.visitor("/" + s.create(ask10000) + "?locale=fr")
	customer.send(buyer("wallet"))
	customer.send(url.Values{"outcome": {"delay"}})
	again := customer.at.String()
	s.now.Add(29 * time.Second)
	customer.open(again)
	customer.sees(frenchWords.WaitTitle)
	s.now.Add(time.Second)
	customer.open(again)
	customer.sees("at http://merchant.example/ok")
}

func TestAFailedTryLeavesRoomForAnother(t *testing.T) {
	s := newShop(t)
	customer := s.visitor("/" + s.create(ask10000) + "?locale=fr")
	customer.send(buyer("wallet"))
	customer.send(url.Values{"outcome": {"decline"}})
	customer.sees(frenchWords.Declined)
	customer.send(buyer("phone", "phone_tel", "46733123453"))
	customer.sees(frenchWords.PromptTitle)
	customer.open(strings.Split(customer.at.String(), "/wait/")[0])
	customer.send(cardForm("4242424242424242"))
	customer.sees("at http://merchant.example/ok")
}

func TestTwoTabsPayOnce(t *testing.T) {
	s := newShop(t)
	id := s.create(ask10000)
	first, second := s.visitor("/"+id), s.visitor("/"+id)
	for _, tab := range []*customer{first, second} {
		tab.send(buyer("wallet"))
		tab.sees(englishWords.SimTitle)
	}
	for _, tab := range []*customer{first, second} {
		tab.send(url.Values{"outcome": {"succeed"}})
		tab.sees("at http://merchant.example/ok")
	}
	second.open(strings.Split(second.at.String(), "/simulate")[0])
	got, err := s.service.Checkout(context.Background(), id)
	if err != nil || len(got.Attempts) != 1 {
		t.Errorf("%d attempts (%v), want one", len(got.Attempts), err)
	}
}

func TestPagesOfSessionsThatCannotBePaid(t *testing.T) {
	s := newShop(t)
	late, paid, bare := s.create(ask10000), s.create(ask10000), s.create(`{"amount":5,"currency_code":"EUR","require_billing_address":false}`)
	live := s.create(ask10000, "X-API-KEY", s.live)
	for _, id := range []string{paid, bare} {
		s.visitor("/" + id).send(cardForm("4242424242424242"))
	}
	for id, want := range map[string]string{
		paid: englishWords.PaidTitle, bare: "€0.05", live: englishWords.NoMethodTitle, "cs_unknown": englishWords.MissingTitle,
	} {
		s.visitor("/" + id).sees(want)
	}
	tab := s.visitor("/" + live)
	tab.arrive(tab.client.PostForm(tab.at.String()+"/pay", buyer("wallet")))
	tab.sees(englishWords.NoMethodTitle)
	if got, err := s.service.Checkout(context.Background(), live); err != nil || len(got.Attempts) != 0 {
		t.Errorf("a live session has %d attempts (%v), want none", len(got.Attempts), err)
	}

	tab = s.visitor("/" + late)
	s.now.Add(time.Hour)
	tab.send(buyer("wallet"))
	tab.sees(englishWords.ExpiredTitle)
}

func TestOtherSpellingsOfThePageWork(t *testing.T) {
	s := newShop(t)
	id := s.create(ask10000)
	for _, path := range []string{"/" + id + "/", "/checkout/" + id, "/checkout/" + id + "/"} {
		customer := s.visitor(path)
		customer.sees(englishWords.Method)
		customer.send(url.Values{})
		if customer.status != http.StatusUnprocessableEntity {
			t.Errorf("the form at %s leads to %s: status %d", path, customer.at, customer.status)
		}
	}
}

func TestOneSessionsAddressShowsNoOthersAttempt(t *testing.T) {
	s := newShop(t)
	mine, yours := s.create(ask10000), s.create(ask10000)
	customer := s.visitor("/" + mine)
	customer.send(buyer("wallet"))
	stolen := strings.Replace(customer.at.String(), mine, yours, 1)
	customer.open(stolen)
	customer.sees(englishWords.MissingTitle)
	customer.open(strings.Replace(stolen, "/simulate/", "/wait/", 1))
	customer.sees(englishWords.MissingTitle)
}
