package mtn

import "testing"

func TestNumbersAsCustomersTypeThem(t *testing.T) {
	for _, c := range []struct {
		name, environment, typed, want string // want is "" for what is impossible
	}{
		{"local", "mtnivorycoast", "0504030201", "2250504030201"},
		{"local in pairs", "mtnivorycoast", "05 04 03 02 01", "2250504030201"},
		{"local with dots and dashes", "mtnivorycoast", "05.04-03/02 01", "2250504030201"},
		{"no-break spaces", "mtnivorycoast", "05\u00a004\u202f030201", "2250504030201"},
		{"international", "mtnivorycoast", "+225 05 04 03 02 01", "2250504030201"},
		{"international in brackets", "mtnivorycoast", "(+225) 0504030201", "2250504030201"},
		{"with zeros", "mtnivorycoast", "00225 0504030201", "2250504030201"},
		{"without a plus", "mtnivorycoast", "2250504030201", "2250504030201"},
		{"around it", "mtnivorycoast", "  0504030201\n", "2250504030201"},
		{"other network", "mtnivorycoast", "0704030201", "2250704030201"},
		{"eight digits", "mtnivorycoast", "04030201", ""},
		{"eight digits, international", "mtnivorycoast", "+22504030201", ""},
		{"land line", "mtnivorycoast", "2522000000", ""},
		{"land line that begins as the calling code", "mtnivorycoast", "2250000000", ""},
		{"other country", "mtnivorycoast", "+2290197123456", ""},
		{"other country, with zeros", "mtnivorycoast", "002290197123456", ""},
		{"other country, without a plus", "mtnivorycoast", "2290197123456", ""},
		{"too long", "mtnivorycoast", "05040302011", ""},
		{"two plusses", "mtnivorycoast", "++2250504030201", ""},
		{"plus inside", "mtnivorycoast", "225+0504030201", ""},
		{"letters", "mtnivorycoast", "05 04 CALL ME", ""},
		{"Arabic digits", "mtnivorycoast", "٠٥٠٤٠٣٠٢٠١", ""},
		{"empty", "mtnivorycoast", "", ""},
		{"only signs", "mtnivorycoast", "+() -", ""},

		{"local", "mtnbenin", "01 97 12 34 56", "2290197123456"},
		{"international", "mtnbenin", "+229 01 97 12 34 56", "2290197123456"},
		{"with zeros", "mtnbenin", "002290197123456", "2290197123456"},
		{"eight digits", "mtnbenin", "97 12 34 56", ""},
		{"without 01", "mtnbenin", "0297123456", ""},
		{"other country", "mtnbenin", "+2250504030201", ""},

		{"test number", "sandbox", "46733123450", "46733123450"},
		{"test number, international", "sandbox", "+46 733 12 34 50", "46733123450"},
		{"another country", "sandbox", "+225 05 04 03 02 01", "2250504030201"},
		{"local", "sandbox", "0504030201", ""},
		{"too short", "sandbox", "123456", ""},
		{"too long", "sandbox", "1234567890123456", ""},
		{"letters", "sandbox", "4673312345o", ""},
	} {
		t.Run(c.environment+", "+c.name, func(t *testing.T) {
			got, ok := environments[c.environment].msisdn(c.typed)
			if ok != (c.want != "") || ok && got != c.want {
				t.Errorf("%q: got %q, %t, want %q", c.typed, got, ok, c.want)
			}
		})
	}
}

func TestMaskHidesAllButThreeDigits(t *testing.T) {
	for number, want := range map[string]string{
		"2250504030201": "••••••••••201", "1234": "•234", "123": "123", "": "",
	} {
		if got := mask(number); got != want {
			t.Errorf("%q: got %q, want %q", number, got, want)
		}
	}
}

func TestNotesAsMTNTakesThem(t *testing.T) {
	long := ""
	for range 100 {
		long += "ab "
	}
	for text, want := range map[string]string{
		"Panier no. 5": "Panier no. 5",
		"L'été à l'école – c'est déjà ça!": "L ete a l ecole c est deja ca",
		"Œuvre «ÇA» Ærø":                   "OEuvre CA AEro",
		"e\u0301te\u0301":                  "ete",
		"Kɔ́kɔ́":                           "Koko",
		"a_b/c\\d\"e<f>":                   "a b c d e f",
		"A-12.50":                          "A-12.50",
		"日本 €":                             "",
		"\x00\xff\ufffd":                   "",
		"":                                 "",
		long:                               long[:160],
		"x" + long:                         ("x" + long)[:159], // the 160th is a space
	} {
		if got := note(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
