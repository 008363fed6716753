package mtn

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// bodies returns what MTN answers in the vectors.
func bodies(f *testing.F) (all [][]byte) {
	f.Helper()
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal("no vectors")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, body, _ := strings.Cut(string(text), "\n\n")
		all = append(all, []byte(body))
	}
	return all
}

// FuzzTransaction demands that money is only reported in a currency and with an
// amount that the answer spells.
func FuzzTransaction(f *testing.F) {
	for _, body := range bodies(f) {
		f.Add(body, "mtnivorycoast", "XOF")
		f.Add(body, "sandbox", "EUR")
	}
	f.Fuzz(func(t *testing.T, body []byte, environment, asked string) {
		_ = codeOf(body)
		got, err := decodeTransaction(body)
		if err != nil {
			return
		}
		p := &Provider{environment: environments[environment]}
		r, err := p.report(got, checkout.Attempt{Amount: checkout.Money{Amount: 1000, Currency: checkout.Currency(asked)}})
		switch {
		case err != nil:
			if r != (checkout.Report{}) {
				t.Errorf("%s: %+v with %v", body, r, err)
			}
		case (r.State == checkout.StatePaid) != (got.Status == "SUCCESSFUL"):
			t.Errorf("%s: %+v", body, r)
		case r.State == checkout.StatePaid && (r.Paid.Amount < 0 || r.Paid.Amount > checkout.MaxAmount || len(r.Paid.Currency) != 3 || r.Bound):
			t.Errorf("%s: %+v", body, r)
		case r.State == checkout.StateFailed && r.Reason == "":
			t.Errorf("%s: %+v", body, r)
		}
	})
}

// FuzzCallback demands that only the tokens that were made are good.
func FuzzCallback(f *testing.F) {
	p := &Provider{callbacks: newCallbacks("mtn_api_key_1")}
	const id = "txn_01KAZ3M5N7Q9R1S3T5V7W9X1Y3"
	for _, body := range bodies(f) {
		f.Add("POST", p.callbacks.token(id), body)
	}
	f.Add("PUT", id+".", []byte("{}"))
	f.Add("PUT", p.callbacks.token(id)+"0", []byte("{}"))
	f.Add("PUT", "", []byte(nil))
	f.Fuzz(func(t *testing.T, method, token string, body []byte) {
		signals, err := p.Parse(checkout.Inbound{Method: method, Token: token, Body: body, Header: func(string) string { return token }})
		made, _, _ := strings.Cut(token, ".")
		good := made != "" && token == p.callbacks.token(made)
		if err != nil || good != (len(signals) == 1) || good && signals[0].AttemptID != made {
			t.Errorf("%q: %+v, %v", token, signals, err)
		}
	})
}

func FuzzDecimal(f *testing.F) {
	for _, text := range []string{"0", "2500", "2500.00", "2500.50", "10.5", "0.07", "1e3", "-1", "+1", ".", "1.", ".1", "9007199254740992"} {
		f.Add(text, 0)
		f.Add(text, 2)
	}
	f.Fuzz(func(t *testing.T, text string, places int) {
		if places < 0 || places > 4 {
			return
		}
		units, err := parseDecimal(text, places)
		if err != nil {
			return
		}
		if units < 0 || units > checkout.MaxAmount {
			t.Fatalf("%q: %d", text, units)
		}
		// The digits, without the point and what it adds, are the number.
		whole, fraction, _ := strings.Cut(text, ".")
		fraction = strings.TrimRight(fraction, "0")
		digits := strings.TrimLeft(whole+fraction+strings.Repeat("0", places-len(fraction)), "0")
		if want := strings.TrimLeft(strconv.FormatInt(units, 10), "0"); digits != want {
			t.Errorf("%q with %d places: %d", text, places, units)
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, typed := range []string{"+225 05 04 03 02 01", "0504030201", "00225 0504030201", "01 97 12 34 56", "+46733123450", "", "abc"} {
		for name := range environments {
			f.Add(name, typed)
		}
	}
	form := map[string]*regexp.Regexp{
		"sandbox":       regexp.MustCompile(`^[1-9][0-9]{6,14}$`),
		"mtnivorycoast": regexp.MustCompile(`^2250[0-9]{9}$`),
		"mtnbenin":      regexp.MustCompile(`^22901[0-9]{8}$`),
	}
	f.Fuzz(func(t *testing.T, name, typed string) {
		e, ok := environments[name]
		if !ok {
			return
		}
		number, ok := e.msisdn(typed)
		if !ok {
			return
		}
		if !form[name].MatchString(number) {
			t.Errorf("%s: %q became %q", name, typed, number)
		}
		if again, ok := e.msisdn(number); !ok || again != number {
			t.Errorf("%s: %q became %q, then %q", name, typed, number, again)
		}
	})
}

func FuzzNote(f *testing.F) {
	for _, text := range []string{"Panier", "L'été à l'école", "e\u0301", strings.Repeat("a ", 200), "\xff", "日本"} {
		f.Add(text)
	}
	form := regexp.MustCompile(`^([A-Za-z0-9.-]([A-Za-z0-9 .-]{0,158}[A-Za-z0-9.-])?)?$`)
	f.Fuzz(func(t *testing.T, text string) {
		if got := note(text); !form.MatchString(got) || note(got) != got {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func FuzzToken(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"eyJ0eXAi.eyJjbGll.FUhqz_w-W","token_type":"access_token","expires_in":3600}`,
		`{"access_token":"a","expires_in":"3600"}`, `{"access_token":"a b","expires_in":1}`, `{"error":"login_failed"}`, `{}`, `null`, ``, `<html>`,
		`{"access_token":"a","expires_in":99999999999999999999}`, `{"access_token":"a","expires_in":-1}`, `{"access_token":"a","expires_in":1.5}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		token, life, err := decodeToken(body)
		if err != nil {
			return
		}
		if token == "" || life <= 0 || life > maxLife || strings.ContainsAny(string(token), " \r\n\x00") {
			t.Errorf("%q: %q for %v", body, string(token), life)
		}
	})
}
