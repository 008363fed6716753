package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

func TestEveryRuleOfTheForm(t *testing.T) {
	w := &englishWords
	long := strings.Repeat("x", maxValue+1)
	for _, c := range []struct{ method, name, value, problem string }{
		{"wallet", "name", " ", w.Required},
		{"wallet", "name", long, w.TooLong},
		{"wallet", "name", "a\x00b", w.BadText},
		{"wallet", "name", "\xff", w.BadText},
		{"wallet", "email", "", w.Required},
		{"wallet", "email", "awa", w.BadEmail},
		{"wallet", "email", "awa@", w.BadEmail},
		{"wallet", "email", "a b@example.com", w.BadEmail},
		{"wallet", "phone", "12345", w.BadPhone},
		{"wallet", "phone", "1234567890123456", w.BadPhone},
		{"wallet", "phone", "+221 77 CALL ME 12", w.BadPhone},
		{"wallet", "phone", "22177+1234567", w.BadPhone},
		{"wallet", "address", "", w.Required},
		{"wallet", "city", "", w.Required},
		{"wallet", "country", "", w.Required},
		{"wallet", "postal_code", long, w.TooLong},
		{"phone", "phone_tel", "", w.Required},
		{"phone", "phone_tel", "abc", w.BadPhone},
		{"card", "card_number", "", w.Required},
		{"card", "card_number", "4242 4242 4242 4242 4242", w.BadNumber},
		{"card", "card_number", "4242", w.BadNumber},
		{"card", "card_number", "4242x4242x4242x4242", w.BadNumber},
		{"card", "card_expiry", "13/29", w.BadExpiry},
		{"card", "card_expiry", "soon", w.BadExpiry},
		{"card", "card_expiry", "", w.Required},
		{"card", "card_cvc", "12", w.BadCVC},
		{"card", "card_cvc", "12a", w.BadCVC},
		{"card", "card_cvc", "12345", w.BadCVC},
	} {
		t.Run(c.name+" "+c.value[:min(len(c.value), 12)], func(t *testing.T) {
			form := goodForm(c.method)
			form.Set(c.name, c.value)
			w := ask(t, openSession(), "/pay", form)
			body := w.Body.String()
			if w.Code != http.StatusUnprocessableEntity || strings.Count(body, `class="problem"`) != 1 {
				t.Fatalf("status %d with %d problems, want 422 with one", w.Code, strings.Count(body, `class="problem"`))
			}
			for _, want := range []string{
				`autofocus aria-invalid="true" aria-describedby="` + c.name + `-problem"`,
				`<p class="problem" id="` + c.name + `-problem">` + c.problem, `<li><a href="#` + c.name + `">`,
			} {
				if !strings.Contains(body, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
		})
	}
}

func TestAMethodMustBeChosen(t *testing.T) {
	for _, method := range []string{"", "bitcoin"} {
		w := ask(t, openSession(), "/pay", goodForm(method))
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), englishWords.BadMethod) {
			t.Errorf("method %q: %d, want 422 and %q", method, w.Code, englishWords.BadMethod)
		}
	}
}

func TestEntriesAreKeptExceptTheCard(t *testing.T) {
	form := goodForm("card")
	form.Set("email", "nobody")
	form.Set("city", `"><script>alert(1)</script>`)
	body := ask(t, openSession(), "/pay", form).Body.String()
	for _, want := range []string{
		`value="Awa Diop"`, `value="nobody"`, `value="12 rue Carnot"`, `value="Sénégal"`, `value="&#43;221 77 123 45 67"`,
		`value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"`, `value="card" required checked`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, never := range []string{"<script", `value="4242`, `value="4 / 2031"`, `value="123"`} {
		if strings.Contains(body, never) {
			t.Errorf("the page holds %s", never)
		}
	}
}

func TestTheFormAsksWhatTheSessionRequires(t *testing.T) {
	for _, c := range []struct {
		form checkout.Form
		want string // names of the contact fields, required ones with a star
	}{
		{checkout.Form{}, ""},
		{checkout.Form{Name: true}, "name*"},
		{checkout.Form{Email: true}, "email* phone"},
		{checkout.Form{Phone: true}, "phone*"},
		{checkout.Form{Name: true, Email: true, Phone: true}, "name* email* phone*"},
		{checkout.Form{BillingAddress: true}, "address* city* postal_code country*"},
	} {
		p := openSession()
		p.state.Session.Form = c.form
		v := visit{Checkout: p.state, frame: frame{W: &englishWords}}
		var got []string
		f := newForm(v)
		for _, x := range append(f.Contact, f.Billing...) {
			if x.Must {
				x.Name += "*"
			}
			got = append(got, x.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v asks for %q, want %q", c.form, got, c.want)
		}
	}
}

func TestStartGetsWhatTheFormSays(t *testing.T) {
	payer := checkout.Contact{Name: "Awa Diop", Email: "awa@example.com", Address: "12 rue Carnot", City: "Dakar", Country: "Sénégal"}
	reached := payer
	reached.Phone = "+46733123450"
	for _, c := range []struct {
		name, method, phone, tel string
		want                     checkout.StartParams
	}{
		{"wallet", "wallet", "", "", checkout.StartParams{Payer: payer}},
		{"own number", "phone", "", "+221 77-123.45(67)", checkout.StartParams{Payer: payer, Phone: "+221771234567"}},
		{"contact's number", "phone", "+46 733 12 34 50", "", checkout.StartParams{Payer: reached, Phone: "+46733123450"}},
		{"card", "card", "", "", checkout.StartParams{Payer: payer, Card: checkout.Card{Number: "4242424242424242", Expiry: "04/31", CVC: "123"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, form := openSession(), goodForm(c.method)
			form.Set("phone", c.phone)
			form.Set("phone_tel", c.tel)
			var got checkout.StartParams
			p.start = func(params checkout.StartParams) (checkout.Attempt, error) {
				got = params
				return checkout.Attempt{ID: theAttempt, Status: checkout.AttemptOpen}, nil
			}
			ask(t, p, "/pay", form)
			c.want.SessionID, c.want.Method, c.want.Locale = theSession, c.method, "en"
			c.want.Due = p.state.Session.Due()
			c.want.SuccessURL = "https://pay.example/p/" + theSession + "/return"
			c.want.CancelURL, c.want.NotifyURL = c.want.SuccessURL+"?cancelled=1", "https://pay.example/webhooks"
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestExpiryDatesAreReadInAllTheirSpellings(t *testing.T) {
	for text, want := range map[string]string{
		"04/29": "04/29", "4/29": "04/29", "04 / 29": "04/29", "04/2029": "04/29", "0429": "04/29", "042029": "04/29",
		"04-29": "04/29", "00/29": "", "13/29": "", "04/1929": "", "04": "", "": "", "/": "", "4/9": "",
	} {
		if got := expiry(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestTestHintsAreForTestCustomers(t *testing.T) {
	p := openSession()
	if body := ask(t, p, "", nil).Body.String(); !strings.Contains(body, "46733123450") || !strings.Contains(body, "4000 0000 0000 0002") {
		t.Error("a test page lacks the numbers that can be tried")
	}
	p.state.Account.Livemode = true
	body := ask(t, p, "", nil).Body.String()
	for _, never := range []string{"46733123450", "4242", englishWords.TestMode} {
		if strings.Contains(body, never) {
			t.Errorf("a live page holds %q", never)
		}
	}
}
