package httpapi

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// placeholder matches the spellings of {CHECKOUT_SESSION_ID} that clients use:
// one or two braces, encoded or not, any case. (?i) would also take K and S of
// other alphabets.
var placeholder = regexp.MustCompile(
	`(?:\{\{|%7[Bb]%7[Bb])` + placeholderName + `(?:\}\}|%7[Dd]%7[Dd])` +
		`|(?:\{|%7[Bb])` + placeholderName + `(?:\}|%7[Dd])`)

const placeholderName = `[Cc][Hh][Ee][Cc][Kk][Oo][Uu][Tt]_[Ss][Ee][Ss][Ss][Ii][Oo][Nn]_[Ii][Dd]`

// fillURL returns address with the session's identifier in each placeholder.
// Every other byte stays as the merchant wrote it.
func fillURL(address, session string) string {
	return placeholder.ReplaceAllLiteralString(address, session)
}

// urls returns what the world calls the folder of a session's page by, and where
// messages of providers come in. Without a [Config.PublicURL] it goes by what the
// browser of r asked for, so that the page also finds itself below a path that
// another program has put before ours; messages then come in at the host's root.
func (a *API) urls(r *http.Request, session string) (page, messages string) {
	page = a.base(r)
	messages = page + "/webhooks"
	if a.publicURL == "" {
		page += mount(r, session)
	}
	return page, messages
}

// mount returns the path that the customer's browser sees before that of the
// session: "/pay" of /pay/cs_1/wait, "" of /cs_1.
func mount(r *http.Request, session string) string {
	u, err := url.ParseRequestURI(r.RequestURI) // r.URL may have been respelt
	if err != nil {
		return ""
	}
	before, _, ok := strings.Cut(u.EscapedPath(), "/"+session)
	if !ok {
		return ""
	}
	return before
}

// with returns an address with one more parameter.
func with(address, parameter string) string {
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	return address + mark + parameter
}

// isWeb reports whether an address can be opened from a page; others, such as
// those of apps, the template refuses.
func isWeb(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}
