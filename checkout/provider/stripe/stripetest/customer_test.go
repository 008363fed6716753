package stripetest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

func TestCards(t *testing.T) {
	for number, want := range map[string]string{ // code and decline_code of the error, "" if it pays
		"4242424242424242":    "",
		"4242 4242 4242 4242": "",
		"5555555555554444":    "",
		"378282246310005":     "",
		"4000000000003055":    "",
		"4000002500003155":    "",
		"4000002760003184":    "",
		"4000000000003220":    "",
		"4000003800000446":    "",
		"4000000000000259":    "",
		"4000000000000002":    "card_declined generic_decline",
		"4000000000009995":    "card_declined insufficient_funds",
		"4000000000009987":    "card_declined lost_card",
		"4000000000009979":    "card_declined stolen_card",
		"4000000000000069":    "expired_card expired_card",
		"4000000000000127":    "incorrect_cvc incorrect_cvc",
		"4000000000000119":    "processing_error processing_error",
		"4000000000006975":    "card_declined card_velocity_exceeded",
		"4000000000000341":    "card_declined generic_decline",
		"4100000000000019":    "card_declined fraudulent",
		"4242424242424241":    "incorrect_number incorrect_number",
		"4000008400001629":    "card_declined generic_decline",
		"4000008260003178":    "card_declined insufficient_funds",
		"4111111111111111":    "card_declined test_mode_live_card",
		"":                    "card_declined test_mode_live_card",
	} {
		s := newShop(t, Config{})
		id := s.open(t)
		do(t, s.PayCard(id, number))
		_, o, _ := s.call(t, "GET", "/v1/checkout/sessions/"+id+"?expand[]=payment_intent.latest_charge", "", nil)
		got := strings.TrimSpace(o.text("payment_intent", "last_payment_error", "code") + " " + o.text("payment_intent", "last_payment_error", "decline_code"))
		if got != want || (o.text("status") == "complete") != (want == "") || (o.text("payment_status") == "paid") != (want == "") {
			t.Errorf("%s: got %q, %s %s, want %q", number, got, o.text("status"), o.text("payment_status"), want)
		}
		if want != "" {
			do(t, s.Pay(id)) // with another card
		}
		if disputed := slices.Contains(s.Happened(), "charge.dispute.created"); disputed != (number == "4000000000000259") {
			t.Errorf("%s: disputed %t", number, disputed)
		}
	}
}

func ExampleNew() {
	fake := New(Config{SecretKey: "sk_test_123"})
	form := url.Values{
		"mode": {"payment"}, "success_url": {"https://shop.example/done"}, "client_reference_id": {"order_1"},
		"line_items[0][quantity]":                       {"1"},
		"line_items[0][price_data][currency]":           {"xof"},
		"line_items[0][price_data][unit_amount]":        {"2500"},
		"line_items[0][price_data][product_data][name]": {"Tea"},
	}
	r, _ := http.NewRequest("POST", "http://localhost/v1/checkout/sessions", strings.NewReader(form.Encode()))
	r.Header.Set("Authorization", "Bearer sk_test_123")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, _ := simulator.Transport(fake).RoundTrip(r)
	fmt.Println(res.StatusCode)

	fmt.Println(fake.Fail("order_1", "insufficient_funds"))
	fmt.Println(fake.Pay("order_1"))
	fmt.Println(fake.Received())
	// Output:
	// 200
	// <nil>
	// <nil>
	// map[XOF:2500]
}
