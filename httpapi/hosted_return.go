package httpapi

import (
	"net/http"
	"slices"

	"github.com/checkoutd/checkoutd/checkout"
)

// leftMark in the address to which a provider's page sends the customer back
// says that they left it without paying, or so that page believes.
const leftMark = "cancelled=1"

// returnURL returns where a provider's page is to send the customer; page is
// what the world calls the folder of the session's page by.
func (v visit) returnURL(page, mark string) string {
	address := page + "/" + v.Session.ID + "/return" + v.Query
	if mark == "" {
		return address
	}
	return with(address, mark)
}

// comeBack takes a customer whom a provider's page has sent back, or who says
// so. The address decides nothing but where an attempt that is still open goes
// on: how it stands, the provider is asked.
func (h *hosted) comeBack(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	if v.Session.Status == checkout.StatusCompleted {
		return seeOther(w, v.link("done"))
	}
	a, ok := v.newest(checkout.NextRedirect, checkout.NextQR)
	if !ok {
		return seeOther(w, v.link())
	}
	a, err = h.refresh(r, v, a.ID)
	switch {
	case err != nil:
		return err
	case !a.Live():
		return h.next(w, v, a)
	case r.URL.Query().Has("cancelled"):
		return seeOther(w, v.triedLink(a.ID))
	}
	return seeOther(w, v.link("wait", a.ID))
}

// undone sends a customer who came back early to wait for the newest attempt
// that may still be paid, or to the page.
func (h *hosted) undone(w http.ResponseWriter, v visit) error {
	if a, ok := v.newest(); ok && a.Live() {
		return seeOther(w, v.link("wait", a.ID))
	}
	return seeOther(w, v.link())
}

// newest returns the newest attempt that may still be paid, those before others
// that go on in one of the given ways. If none may, it is the newest of all.
func (v visit) newest(kinds ...checkout.NextKind) (checkout.Attempt, bool) {
	if len(v.Attempts) == 0 {
		return checkout.Attempt{}, false
	}
	best := v.Attempts[len(v.Attempts)-1]
	found := best.Live()
	for _, a := range slices.Backward(v.Attempts) {
		switch {
		case a.Live() && slices.Contains(kinds, a.Next.Kind):
			return a, true
		case a.Live() && !found:
			best, found = a, true
		}
	}
	return best, true
}
