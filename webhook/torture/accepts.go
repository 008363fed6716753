package torture

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// acceptsValid sends the first message. If it is refused, nothing else can be
// learnt.
func (r *runner) acceptsValid() bool {
	const check = "accepts-valid"
	r.Progress(check)
	r.first = r.paid()
	a := r.send(r.first)
	switch {
	case a.ok():
		r.note(check, Pass, "answered %v to a good message", a)
		return true
	case a.status == 0:
		r.stop(fmt.Errorf("%s: %v: does the receiver run?", r.URL, a))
	case a.status/100 == 3:
		r.note(check, Fail, "it answered %v: redirects are not followed, so register the address that they lead to", a)
	case a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed:
		r.note(check, Fail, "it answered %v: is this the address of the receiver, and does it take POST?", a)
	case a.status/100 == 5:
		r.note(check, Fail, "it failed at a good message, %v: its own log says why", a)
	default:
		r.note(check, Fail, "it refused a good message, %v: is --secret the one shown when the webhook was created? Does it check the bytes of the body as they came? "+
			"If it wants an order that it knows, name one with --metadata", a)
	}
	return false
}

// actsOnValid looks whether effects can be seen at all.
func (r *runner) actsOnValid() {
	const check = "acts-on-valid"
	r.Progress(check)
	if r.blind {
		r.note(check, Skipped, sayEffects)
		return
	}
	switch n := done(r.effects(), r.first); {
	case n == 0:
		r.blind = true
		r.note(check, Fail, "it took a good message and did nothing: %s is not among its effects. "+
			"If it acts after it answers, say --settle 1s; if it wants an order that it knows, name one with --metadata", r.first.event.Transaction.Attempt.ID)
	case n > 1:
		r.note(check, Fail, "it acted %d times on one message that was sent once", n)
	default:
		r.note(check, Pass, "it acted once on a good message")
	}
}

// accepts sends what is good, but not what everybody tries first.
func (r *runner) accepts() {
	r.expect("accepts-unknown-event", "it should answer 2xx to events that it does not know, and do nothing: else each of them is sent again for 75 hours", Fail,
		r.unknown("SUBSCRIPTION_RENEWED"), r.unknown("SOMETHING_NEW"))
	r.expect("accepts-unknown-fields", "it should ignore fields that it does not know: later versions have more of them", Fail,
		r.paid().as("fields that are new", func(m *message) {
			m.body = bytes.Replace(m.body, []byte(`{"data":{`), []byte(`{"data":{"a_new_field":{"deep":[1,2.50,null]},`), 1)
			m.body = append(bytes.TrimSuffix(m.body, []byte("}")), `,"z_new_field":[true]}`...)
			m.sign(r.Secret, r.now())
		}))
	r.expect("accepts-unicode", "it should check the bytes of the body as they came: decoded and encoded again they are others", Fail, r.unicode())
	r.expect("accepts-large", "it should take bodies of up to 64 KiB, and its proxy too", Fail,
		r.paid().as("a body of 60 KB", func(m *message) {
			m.body = bytes.Replace(m.body, []byte(`{"data":{`), []byte(`{"data":{"a_new_field":"`+strings.Repeat("0123456789", 6000)+`",`), 1)
			m.sign(r.Secret, r.now())
		}))
	r.expect("accepts-lower-case", "it should look headers up whatever their case: proxies that speak HTTP/2 send them in lower case", Fail,
		r.paid().as("lower-case headers", func(m *message) {
			lower := http.Header{}
			for name, values := range m.header {
				if name == headerUserAgent { // whose place in a request is Go's own
					lower[name] = values
					continue
				}
				lower[strings.ToLower(name)] = values
			}
			m.header = lower
		}))
	r.expect("accepts-second-signature", "it should look at each of the signatures in Webhook-Signature, which spaces separate: there are several while a secret is replaced", Warn,
		r.paid().as("a stranger's signature before the good one", func(m *message) { m.before("v1,", r.stranger, r) }),
		r.paid().as("an asymmetric signature before the good one", func(m *message) { m.before("v1a,", r.stranger, r) }))
}

// before puts a stranger's signature of some version before the good one.
func (m *message) before(version, stranger string, r *runner) {
	good := m.header.Get(headerStandard)
	forged := m.as("", func(f *message) { f.sign(stranger, r.now()) }).header.Get(headerStandard)
	m.header.Set(headerStandard, version+strings.TrimPrefix(forged, "v1,")+" "+good)
}

// unknown is a good message about an event that receivers need not know.
func (r *runner) unknown(kind checkout.EventType) message {
	m := r.told(r.payment(r.now()), kind, r.now())
	m.what = "the event " + string(kind)
	return m
}

// unicode is a good message whose texts encoders spell differently.
func (r *runner) unicode() message {
	p := r.payment(r.now())
	p.session.Description = "Panier tissé <à la main> & « cadeau » \u2028 😀"
	p.session.Customer.Name = "Aïssatou N’Diaye"
	m := r.told(p, checkout.EventPaymentSucceeded, r.now())
	m.what = "texts in UTF-8, U+2028 among them"
	return m
}

// expect sends messages that should be accepted. What happens if one is not is
// bad.
func (r *runner) expect(check, advice string, bad Result, messages ...message) {
	r.Progress(check)
	var whats []string
	for _, m := range messages {
		if a := r.send(m); !a.ok() {
			r.note(check, bad, "%v to %s: %s", a, m.what, advice)
			return
		}
		whats = append(whats, m.what)
	}
	r.note(check, Pass, "it takes %s", listed(whats))
}

// listed joins words for a sentence.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
