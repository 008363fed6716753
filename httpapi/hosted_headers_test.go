package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxWire is what a server may send before the first acknowledgement: ten
// segments of 1460 bytes.
//
// Source: RFC 6928.
const maxWire = 14 << 10

func TestEveryPageHasTheHeaders(t *testing.T) {
	wallet := func(a *checkout.Attempt) { a.Next.Kind = checkout.NextSimulate }
	p := openSession().with(checkout.AttemptOpen, wallet)
	for _, w := range []*httptest.ResponseRecorder{
		ask(t, p, "", nil), ask(t, p, "/pay", url.Values{}), ask(t, p, "/wait/"+theAttempt, nil), ask(t, p, "/wait/txn_other", nil),
		ask(t, p, "/simulate/"+theAttempt, nil), ask(t, p, "/done", nil), ask(t, p, "/cancel", nil), ask(t, openSession().paid(), "", nil),
	} {
		policy := w.Header().Get("Content-Security-Policy")
		for name, want := range map[string]string{
			"Referrer-Policy": "same-origin", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"X-Robots-Tag": "noindex, nofollow", "X-Frame-Options": "",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%d: %s is %q, want %q", w.Code, name, got, want)
			}
		}
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "frame-ancestors") {
			t.Errorf("%d: policy %q", w.Code, policy)
		}
		if w.Code == http.StatusSeeOther {
			continue
		}
		if got := w.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("%d: Content-Type %q", w.Code, got)
		}
		_, rest, _ := strings.Cut(w.Body.String(), "<style>")
		style, _, _ := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(style))
		if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; style == "" || !strings.Contains(policy, want) {
			t.Errorf("%d: policy %q does not allow the page's style, %s", w.Code, policy, want)
		}
	}
}

func TestPagesArriveInOneRoundTrip(t *testing.T) {
	p := openSession().with(checkout.AttemptFailed, nil)
	p.state.Session.Title = strings.Repeat("\"", 500)
	p.state.Session.Description = strings.Repeat("é'", 2500)
	p.state.Session.Form.Phone = true
	busy := openSession()
	for range maxStarted + 1 {
		busy.with(checkout.AttemptOpen, because("insufficient_funds", answerPrompt))
	}
	busy.with(checkout.AttemptMismatch, nil).with(checkout.AttemptLate, nil)
	for _, l := range locales {
		for _, w := range []*httptest.ResponseRecorder{
			ask(t, openSession(), "?locale="+string(l), nil),
			ask(t, openSession(), "/pay?locale="+string(l), url.Values{"method": {"card"}}),
			ask(t, p, "?locale="+string(l)+"&tried="+theAttempt, nil),
			ask(t, busy, "?locale="+string(l), nil),
			ask(t, realSession().with(checkout.AttemptOpen, because("insufficient_funds", scan)), "/wait/"+theAttempt+"?locale="+string(l), nil),
		} {
			whole, err := httputil.DumpResponse(w.Result(), true)
			if err != nil {
				t.Fatal(err)
			}
			if len(whole) > maxWire {
				t.Errorf("%s: %d bytes over the wire, want at most %d", l, len(whole), maxWire)
			}
		}
	}
}

func TestPagesNeedNothingElse(t *testing.T) {
	for _, body := range []string{ask(t, openSession(), "", nil).Body.String(), ask(t, openSession().paid(), "", nil).Body.String()} {
		for _, never := range []string{"<script", "src=", "@import", "url(", "//"} {
			if strings.Contains(body, never) {
				t.Errorf("the page holds %q", never)
			}
		}
	}
}

func TestPagesEscapeWhatMerchantsWriteAndKeepMetadataSecret(t *testing.T) {
	const evil = `<script>alert("x")</script>`
	p := openSession()
	p.state.Account.Name, p.state.Session.Title, p.state.Session.Description = evil, evil, evil
	p.state.Session.Customer.Name = `" onfocus="alert(1)`
	p.state.Session.ClientReference = "client-reference"
	paid := openSession().paid()
	paid.state.Session.Title, paid.state.Account.Name = evil, evil
	for _, body := range []string{ask(t, p, "", nil).Body.String(), ask(t, paid, "", nil).Body.String()} {
		if !strings.Contains(body, "&lt;script&gt;") {
			t.Error("the page lacks the title")
		}
		for _, never := range []string{"<script", `" onfocus`, "metadata", "client-reference"} {
			if strings.Contains(body, never) {
				t.Errorf("the page holds %q", never)
			}
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	for _, c := range []struct {
		site, origin string
		status       int
	}{
		{"same-origin", "", 422},
		{"", "http://example.com", 422}, // an older browser, or one without TLS
		{"", "", 422},                   // not a browser
		{"cross-site", "https://evil.example", 403},
		{"same-site", "https://other.example.com", 403},
		{"", "https://evil.example", 403},
	} {
		r := httptest.NewRequest("POST", "/"+theSession+"/pay", strings.NewReader("method=wallet"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", c.site)
		r.Header.Set("Origin", c.origin)
		w := httptest.NewRecorder()
		serveHosted(openSession()).ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("site %q, origin %q: status %d, want %d", c.site, c.origin, w.Code, c.status)
		}
	}
}

func TestFormsAreBounded(t *testing.T) {
	form := goodForm("wallet")
	form.Set("name", strings.Repeat("x", maxForm))
	answers(t, ask(t, openSession(), "/pay", form), http.StatusRequestEntityTooLarge, englishWords.RefusedTitle)
	r := httptest.NewRequest("POST", "/"+theSession+"/pay", strings.NewReader("a=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	serveHosted(openSession()).ServeHTTP(w, r)
	answers(t, w, http.StatusBadRequest, englishWords.RefusedTitle)
}

func TestUnknownSessionsAreAPage(t *testing.T) {
	w := httptest.NewRecorder()
	serveHosted(openSession()).ServeHTTP(w, httptest.NewRequest("GET", "/cs_unknown", nil))
	answers(t, w, http.StatusNotFound, englishWords.MissingTitle)
}

func TestHeadIsAnsweredLikeGet(t *testing.T) {
	server := httptest.NewServer(serveHosted(openSession()))
	defer server.Close()
	answer, err := http.Head(server.URL + "/" + theSession)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 || answer.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("HEAD: %s", answer.Status)
	}
}

// TestLinksWorkUnderAnyPath walks the pages as a browser does, with the handler
// mounted below a path, and in a language that was asked for.
func TestLinksWorkUnderAnyPath(t *testing.T) {
	p := openSession().with(checkout.AttemptOpen, func(a *checkout.Attempt) { a.Next.Kind = checkout.NextSimulate })
	p.state.Session.SuccessURL = ""
	p.start = func(checkout.StartParams) (checkout.Attempt, error) { return p.state.Attempts[0], nil }
	p.simulate = func(checkout.Outcome) (checkout.Attempt, error) {
		p.state.Attempts = nil
		return p.paid().state.Attempts[0], nil
	}
	mux := http.NewServeMux()
	mux.Handle("/shop/pay/", http.StripPrefix("/shop/pay", serveHosted(p)))
	server := httptest.NewServer(mux)
	defer server.Close()
	base := server.URL + "/shop/pay/" + theSession

	step := func(answer *http.Response, err error) (at *url.URL, body string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Request.URL, string(text)
	}
	arrive := func(at *url.URL, body, want, word string) {
		t.Helper()
		if at.String() != want || !strings.Contains(body, word) {
			t.Fatalf("at %s, want %s with %q:\n%s", at, want, word, styleTag.ReplaceAllString(body, ""))
		}
	}
	at, body := step(http.Get(base + "?locale=fr"))
	arrive(at, body, base+"?locale=fr", frenchWords.Method)
	at, body = step(http.PostForm(follow(t, at, body, `action="`), url.Values{"method": {"wallet"}}))
	arrive(at, body, base+"/pay?locale=fr", frenchWords.Required)
	at, body = step(http.PostForm(follow(t, at, body, `action="`), goodForm("wallet")))
	arrive(at, body, base+"/simulate/"+theAttempt+"?locale=fr", frenchWords.SimTitle)
	at, body = step(http.PostForm(follow(t, at, body, `action="`), url.Values{"outcome": {"succeed"}}))
	arrive(at, body, base+"/done?locale=fr", frenchWords.PaidTitle)
	at, body = step(http.Get(follow(t, at, body, `<footer><a href="`)))
	arrive(at, body, base+"?locale=en", englishWords.PaidTitle)
}

// follow resolves the address that stands behind mark in a page.
func follow(t *testing.T, at *url.URL, body, mark string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, mark)
	address, _, _ := strings.Cut(rest, `"`)
	next, err := at.Parse(address)
	if !ok || err != nil {
		t.Fatalf("no address behind %s at %s", mark, at)
	}
	return next.String()
}
