package mtn_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/mtn"
)

func TestNewSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(c *mtn.Config)
		want   []string // parts of the error; none: it is good
	}{
		{"complete", func(*mtn.Config) {}, nil},
		{"sandbox by default", func(c *mtn.Config) { c.TargetEnvironment, c.BaseURL = "", "" }, nil},
		{"live", func(c *mtn.Config) { c.Livemode, c.BaseURL = true, "" }, nil},
		{"live, simulated", func(c *mtn.Config) { c.Livemode = true }, nil},
		{"without refunds", func(c *mtn.Config) { c.Disbursement = mtn.Credentials{} }, nil},
		{"no subscription", func(c *mtn.Config) { c.SubscriptionKey = "" }, []string{"SubscriptionKey is missing", "Collection", "portal"}},
		{"no user", func(c *mtn.Config) { c.APIUser = "" }, []string{"APIUser is missing", "/v1_0/apiuser"}},
		{"no key", func(c *mtn.Config) { c.APIKey = "" }, []string{"APIKey is missing", "/apikey"}},
		{"key with a line end", func(c *mtn.Config) { c.APIKey = "top_secret\n" }, []string{"APIKey holds a space"}},
		{"user with the key", func(c *mtn.Config) { c.APIUser = "user:top_secret" }, []string{"APIUser holds a colon"}},
		{"half a disbursement", func(c *mtn.Config) { c.Disbursement.APIKey = "" }, []string{"Disbursement.APIKey is missing"}},
		{"disbursement without subscription", func(c *mtn.Config) { c.Disbursement.SubscriptionKey = "" }, []string{"Disbursement.SubscriptionKey", "Disbursement product"}},
		{"live without a country", func(c *mtn.Config) { c.Livemode, c.TargetEnvironment = true, "" }, []string{"TargetEnvironment is missing", "mtnbenin, mtnivorycoast"}},
		{"live sandbox", func(c *mtn.Config) { c.Livemode, c.TargetEnvironment = true, "sandbox" }, []string{"TargetEnvironment", "no money moves"}},
		{"unknown country", func(c *mtn.Config) { c.TargetEnvironment = "mtnfrance" }, []string{"TargetEnvironment", "mtnfrance", "sandbox"}},
		{"real money in test mode", func(c *mtn.Config) { c.BaseURL = "" }, []string{"TargetEnvironment", "test mode"}},
		{"real money in test mode by URL", func(c *mtn.Config) { c.BaseURL = "https://PROXY.momoapi.mtn.com/" }, []string{"BaseURL", "test mode"}},
		{"pretend money in live mode", func(c *mtn.Config) { c.Livemode, c.BaseURL = true, "https://sandbox.momodeveloper.mtn.com" }, []string{"BaseURL is the sandbox"}},
		{"plain http", func(c *mtn.Config) { c.BaseURL = "http://mtn.example" }, []string{"BaseURL", "https"}},
		{"no URL", func(c *mtn.Config) { c.BaseURL = "\x7f" }, []string{"BaseURL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := config("mtnivorycoast", &double{})
			c.change(&conf)
			_, err := mtn.New(conf)
			if (err == nil) != (len(c.want) == 0) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "top_secret") {
					t.Errorf("got %v, want %q in it and no secret", err, part)
				}
			}
		})
	}
}

func TestCaps(t *testing.T) {
	for environment, want := range map[string][]checkout.Range{
		"mtnivorycoast": {{Currency: checkout.XOF}},
		"mtnbenin":      {{Currency: checkout.XOF}},
		"sandbox":       {{Currency: checkout.XOF}, {Currency: checkout.EUR}},
	} {
		p := newProvider(t, config(environment, &double{}))
		if p.Name() != "mtn" || p.Livemode() {
			t.Errorf("%s: %s, livemode %t", environment, p.Name(), p.Livemode())
		}
		caps := p.Caps()
		got := caps.Methods[0]
		if fmt.Sprint(got.Takes) != fmt.Sprint(want) || got.ID != "mtn" || got.Code != "MOBILE_MONEY" || !got.NeedsPhone || len(caps.Methods) != 1 {
			t.Errorf("%s: %+v, want %v", environment, caps.Methods, want)
		}
		if caps.Refunds != checkout.RefundPartial {
			t.Errorf("%s: refunds %q", environment, caps.Refunds)
		}
	}
}

// TestSchedule demands questions at 5, 15, 35 seconds, then each half minute to
// the end of the prompt, then each two minutes.
func TestSchedule(t *testing.T) {
	polls := newProvider(t, config("sandbox", &double{})).Caps().Polls
	var fresh time.Duration
	for _, wait := range polls.Waits[:len(polls.Waits)-1] {
		if wait > 30*time.Second {
			t.Errorf("a wait of %v while the prompt is on the phone", wait)
		}
		fresh += wait
	}
	if fresh < polls.Life || fresh > polls.Life+30*time.Second || polls.Waits[len(polls.Waits)-1] != 2*time.Minute {
		t.Errorf("%v", polls.Waits)
	}
	if polls.Life != 5*time.Minute || polls.Life+polls.GiveUp != 30*time.Minute || len(polls.Late) != 2 {
		t.Errorf("%+v", polls)
	}
}

func TestNoRefundsWithoutDisbursement(t *testing.T) {
	d := &double{}
	c := config("mtnivorycoast", d)
	c.Disbursement = mtn.Credentials{}
	p := newProvider(t, c)
	if got := p.Caps().Refunds; got != checkout.RefundNone {
		t.Errorf("refunds %q", got)
	}
	var declined *checkout.Declined
	if _, err := p.Refund(context.Background(), refundOrder(xof(1))); !errors.As(err, &declined) || declined.Reason != checkout.ReasonMerchant {
		t.Errorf("Refund: %v", err)
	}
	if r, err := p.PollRefund(context.Background(), refundOrder(xof(1))); err == nil {
		t.Errorf("PollRefund: %+v", r)
	}
	if len(d.sent) != 0 {
		t.Errorf("%d calls", len(d.sent))
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	d := &double{answer: always(200, `{"status":"PENDING"}`)}
	c := config("mtnivorycoast", d)
	p := newProvider(t, c)
	if _, err := p.Poll(context.Background(), order(xof(1)).Attempt); err != nil { // so that there is a token
		t.Fatal(err)
	}
	c.Transport, c.Clock = nil, nil
	var log strings.Builder
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("x", "config", c, "provider", p)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "provider", p)
	encoded, _ := json.Marshal(c)
	for _, text := range []string{
		fmt.Sprintf("%v %+v %#v", c, c, c), printed(p), printed(*p), log.String(), string(encoded),
	} {
		for _, secret := range []string{"mtn_subscription_1", "mtn_subscription_2", "mtn_api_key_1", "mtn_api_key_2", "token_1"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in %s", secret, text)
			}
		}
	}
}

// printed returns v as every verb prints it that a careless log could hold.
func printed(v any) (text string) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		text += fmt.Sprintf(verb, v)
	}
	return text
}
