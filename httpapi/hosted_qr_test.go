package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rsc.io/qr"

	"github.com/checkoutd/checkoutd/checkout"
)

var (
	drawing = regexp.MustCompile(`<svg class="qr"[^>]* viewBox="0 0 (\d+) (\d+)"><path d="([^"]*)"/></svg>`)
	stroke  = regexp.MustCompile(`M(\d+) (\d+)\.5|m(\d+) 0|h(\d+)`)
)

// modules draws a page's code as a browser would: true is black.
func modules(t *testing.T, page string) [][]bool {
	t.Helper()
	svg := drawing.FindStringSubmatch(page)
	if svg == nil || svg[1] != svg[2] {
		t.Fatalf("no square drawing in the page:\n%s", styleTag.ReplaceAllString(page, ""))
	}
	if rest := stroke.ReplaceAllString(svg[3], ""); rest != "" {
		t.Fatalf("the drawing holds %q", rest)
	}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	grid := make([][]bool, number(svg[1]))
	for y := range grid {
		grid[y] = make([]bool, len(grid))
	}
	x, y := 0, 0
	for _, s := range stroke.FindAllStringSubmatch(svg[3], -1) {
		switch {
		case s[1] != "":
			x, y = number(s[1]), number(s[2])
		case s[3] != "":
			x += number(s[3])
		default:
			for range number(s[4]) {
				grid[y][x] = true
				x++
			}
		}
	}
	return grid
}

func TestTheCodeSaysWhatTheProviderAsksFor(t *testing.T) {
	for name, text := range map[string]string{
		"an address": launchURL, "short": "1", "long": "https://qrcode.example/" + strings.Repeat("Zé", 100), "an app's": "om://pay?x=<\"'&>",
	} {
		t.Run(name, func(t *testing.T) {
			p := realSession().with(checkout.AttemptOpen, func(a *checkout.Attempt) {
				a.Next = checkout.Next{Kind: checkout.NextQR, QR: text}
			})
			got := modules(t, ask(t, p, "/wait/"+theAttempt, nil).Body.String())
			want, err := qr.Encode(text, qr.L)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != want.Size+2*quiet {
				t.Fatalf("%d modules wide, want %d and the border", len(got), want.Size)
			}
			for y := range got {
				for x := range got {
					if got[y][x] != want.Black(x-quiet, y-quiet) {
						t.Fatalf("module %d, %d is black: %v", x, y, got[y][x])
					}
				}
			}
		})
	}
}

func TestACodeThatCannotBeDrawnIsLeftOut(t *testing.T) {
	for _, text := range []string{"", strings.Repeat("x", 3000)} {
		p := realSession().with(checkout.AttemptOpen, func(a *checkout.Attempt) {
			a.Method, a.Next = "wave", checkout.Next{Kind: checkout.NextQR, URL: launchURL, QR: text}
		})
		body := ask(t, p, "/wait/"+theAttempt, nil).Body.String()
		if strings.Contains(body, "<svg") || !strings.Contains(body, fmt.Sprintf(englishWords.GoTo, "Wave")) {
			t.Errorf("a code of %d bytes: want a link alone", len(text))
		}
	}
}

func TestCodesAreForDesktops(t *testing.T) {
	for _, c := range []struct {
		agent, mobile string
		want          bool
	}{
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36", "?0", true},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15", "", true},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "", true},
		{"", "", true},
		{phoneAgent, "", false},
		{phoneAgent, "?0", false}, // a phone that asks for desktop sites says so in both
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36", "?1", false},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1", "", false},
		{"Mozilla/5.0 (Android 13; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "", false},
		{"Opera/9.80 (J2ME/MIDP; Opera Mini/9.80; U; fr) Presto/2.12", "", true}, // it does not say; it gets the link too
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("User-Agent", c.agent)
		if c.mobile != "" {
			r.Header.Set("Sec-CH-UA-Mobile", c.mobile)
		}
		if got := desktop(r); got != c.want {
			t.Errorf("%q, %q is a desktop: %v, want %v", c.agent, c.mobile, got, c.want)
		}
		wave := in(checkout.AttemptOpen, checkout.Next{Kind: checkout.NextRedirect, URL: launchURL, QR: launchURL})
		p := realSession()
		p.start = func(checkout.StartParams) (checkout.Attempt, error) { return wave, nil }
		want := launchURL
		if c.want {
			want = "../" + theSession + "/wait/" + theAttempt
		}
		w := ask(t, p, "/pay", goodForm("wave"), "User-Agent", c.agent, "Sec-CH-UA-Mobile", c.mobile)
		answers(t, w, http.StatusSeeOther, want)
	}
}
