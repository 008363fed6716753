package httpapi

import (
	"net/http"
	"strings"
)

// isRenewal reports whether a page is the stable address of a subscription.
func isRenewal(id string) bool { return strings.HasPrefix(id, "sub_") }

// renewal leads the customer of a subscription to the page on which its newest
// period is paid, or says that nothing is due.
func (h *hosted) renewal(w http.ResponseWriter, r *http.Request) error {
	found, err := h.payments.OpenRenewal(r.Context(), r.PathValue("session"))
	if err != nil {
		return err
	}
	end := endView{frame: h.frame(r, found.Subscription.ID), Mark: "✓", Good: true}
	if found.SessionID != "" {
		return seeOther(w, end.Up+found.SessionID+end.Query)
	}
	end.Merchant, end.Test = found.Account.Name, !found.Account.Livemode
	end.SwitchURL = end.Up + found.Subscription.ID + "?locale=" + string(end.Lang.Other())
	end.Title, end.Text = end.W.NotDueTitle, end.W.NotDueText
	if title := found.Subscription.Title; title != "" {
		end.Facts = []fact{{Label: end.W.PaidFor, Value: clip(title, maxTab)}}
	}
	return h.render(w, http.StatusOK, "end.html", end)
}
