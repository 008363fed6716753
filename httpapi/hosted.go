package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
)

// maxForm bounds the body of a form, in bytes.
const maxForm = 64 << 10

//go:embed hosted
var hostedFiles embed.FS

// payments is what the hosted page asks of a [checkout.Service].
type payments interface {
	Checkout(ctx context.Context, session string) (checkout.Checkout, error)
	ApplyCoupon(ctx context.Context, session, code string, buyer checkout.Contact) (checkout.Session, error)
	RemoveCoupon(ctx context.Context, session, code string) (checkout.Session, error)
	SetQuantity(ctx context.Context, session string, quantity int64) (checkout.Session, error)
	SetAmount(ctx context.Context, session string, amount int64) (checkout.Session, error)
	Opening(ctx context.Context, link string) (checkout.Opening, error)
	OpenLink(ctx context.Context, link string) (checkout.Session, error)
	Start(ctx context.Context, p checkout.StartParams) (checkout.Attempt, error)
	Simulate(ctx context.Context, session, attempt string, choice checkout.Outcome) (checkout.Attempt, error)
	Refresh(ctx context.Context, session, attempt string) (checkout.Attempt, error)
	OpenRenewal(ctx context.Context, subscription string) (checkout.Renewal, error)
}

// hosted is the payment page: HTML for customers who hold nothing but the
// identifier of a session. It works without scripts and needs one request a
// page. Its links are relative, so that it can be mounted under any path.
type hosted struct {
	payments payments
	log      *slog.Logger
	site     site
	origin   *http.CrossOriginProtection
	pages    *template.Template
	style    template.CSS
	policy   string
}

// site is what the hosted page needs of the server around it.
type site struct {
	now func() time.Time

	// limit returns an error for a customer who asks too often.
	limit func(http.ResponseWriter, *http.Request) error

	// opens returns an error for a customer who opens too many payment links.
	opens func(http.ResponseWriter, *http.Request) error

	// tries returns an error for a session in which too many coupons are tried, and
	// guesses for a customer who tries too many codes.
	tries   func(session string) error
	guesses func(r *http.Request) error

	// urls returns what the world calls the folder of a session's page by, and
	// where messages of providers come in.
	urls func(r *http.Request, session string) (page, messages string)
}

// newHosted returns the hosted page of p.
func newHosted(p payments, log *slog.Logger, around site) *hosted {
	style, err := hostedFiles.ReadFile("hosted/style.css")
	if err != nil {
		panic(err) // the file is part of the binary
	}
	// The hash is of exactly what stands between the style tags.
	sum := sha256.Sum256(style)
	return &hosted{
		payments: p,
		log:      log,
		site:     around,
		origin:   http.NewCrossOriginProtection(),
		pages:    template.Must(template.ParseFS(hostedFiles, "hosted/*.html")),
		style:    template.CSS(style),
		// Browsers hold redirects after a form to form-action, and ours lead to
		// providers and merchants. Framing is allowed: merchants embed the page.
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; img-src data:; base-uri 'none'; form-action 'self' https: http:",
	}
}

// wrap puts around f what all pages share: headers, the limit of a body, the
// refusal of forms that other sites send, and errors as pages.
func (h *hosted) wrap(f func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		head := w.Header()
		head.Set("Content-Security-Policy", h.policy)
		// Not no-referrer: then browsers call the origin of our own forms "null".
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Robots-Tag", "noindex, nofollow")
		head.Set("Vary", "Accept-Language")
		if err := h.site.limit(w, r); err != nil {
			return h.fail(w, r, err)
		}
		if h.origin.Check(r) != nil {
			return h.fail(w, r, &checkout.Error{Code: checkout.CodeForbidden, Message: "the form came from another site"})
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := guard(func() error { return f(w, r) }); err != nil {
			return h.fail(w, r, err)
		}
		return nil
	}
}

// fail answers err as a page.
func (h *hosted) fail(w http.ResponseWriter, r *http.Request, err error) error {
	return h.failWith(w, r, err, "")
}

// failWith is fail with other words for who may try again.
func (h *hosted) failWith(w http.ResponseWriter, r *http.Request, err error, text string) error {
	status, end := failureOf(err).status, endView{frame: h.frame(r, ""), Mark: "!"}
	words := end.W
	switch {
	case status == http.StatusNotFound:
		end.Title, end.Text = words.MissingTitle, words.MissingText
	case status < http.StatusInternalServerError:
		end.Title, end.Text = words.RefusedTitle, cmp.Or(text, words.RefusedText)
	default:
		end.Title, end.Text = words.FaultTitle, words.FaultText
		h.log.ErrorContext(r.Context(), "hosted page", "path", logged(r), "err", err)
	}
	return h.render(w, status, "end.html", end)
}

// render answers with a page.
func (h *hosted) render(w http.ResponseWriter, status int, page string, view any) error {
	var b bytes.Buffer
	if err := h.pages.ExecuteTemplate(&b, page, view); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	if err != nil {
		h.log.Debug("hosted page", "err", err) // the customer has gone away
	}
	return nil
}

// seeOther sends the customer on with a GET. The address is not touched, other
// than by http.Redirect.
func seeOther(w http.ResponseWriter, address string) error {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// visit is one request for a page of a session.
type visit struct {
	frame
	checkout.Checkout
	now     time.Time
	desktop bool // the browser is not on a phone
}

// visit reads the session that r is about.
func (h *hosted) visit(r *http.Request) (visit, error) {
	c, err := h.payments.Checkout(r.Context(), r.PathValue("session"))
	if err != nil {
		return visit{}, err
	}
	v := visit{frame: h.frame(r, c.Session.ID), Checkout: c, now: h.site.now(), desktop: desktop(r)}
	v.Merchant, v.Test = c.Account.Name, !c.Account.Livemode
	v.SwitchURL = v.Up + c.Session.ID + "?locale=" + string(v.Lang.Other())
	return v, nil
}

// attempt returns the attempt of the session with the given identifier.
func (v visit) attempt(id string) (checkout.Attempt, error) {
	for _, a := range v.Attempts {
		if a.ID == id {
			return a, nil
		}
	}
	return checkout.Attempt{}, checkout.ErrNotFound
}

// readForm parses the form in r's body.
func readForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &checkout.Error{Code: checkout.CodeInvalid, Message: "the form cannot be read", Err: err}
	}
	return nil
}
