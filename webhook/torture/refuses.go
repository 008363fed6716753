package torture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/checkoutd/checkoutd/webhook"
)

// stale is how far from the present the times of messages are that have to be
// refused, twice what is tolerated.
const stale = 2 * webhook.Tolerance

// probe finds out by which signature the receiver tells good messages.
func (r *runner) probe() {
	const check = "refuses-unsigned"
	r.Progress(check)
	unsigned := r.accepted(
		r.paid().as("a message without a signature", func(m *message) { m.header.Del(headerLomi); m.header.Del(headerStandard) }),
		r.paid().as("a message with empty signatures", func(m *message) { m.header.Set(headerLomi, ""); m.header.Set(headerStandard, "") }),
		r.paid().as("a message with a forged X-Lomi-Signature alone", func(m *message) { m.sign(r.stranger, r.now()); m.header.Del(headerStandard) }),
		r.paid().as("a message with a forged Webhook-Signature alone", func(m *message) { m.sign(r.stranger, r.now()); m.header.Del(headerLomi) }),
	)
	r.judge(check, unsigned, "a message without a signature", "a message whose signature is missing or empty is a forged one")

	forged := r.accepted(
		r.paid().as("signatures made with another secret", func(m *message) { m.sign(r.stranger, r.now()) }),
		r.paid().as("signatures that are only words", func(m *message) { m.header.Set(headerLomi, "signature"); m.header.Set(headerStandard, "v1,signature") }),
	)
	r.report.Kind = r.kindOf(len(unsigned) > 0, len(forged) > 0)
	r.Progress("refuses-forged")
	r.judge("refuses-forged", forged, "a forged signature", "it must compute the signature with its own secret and compare all of it")
}

// kindOf sends messages with one good signature of the two.
func (r *runner) kindOf(unsigned, forged bool) Kind {
	ok := func(m message) bool { return r.send(m).ok() }
	lomi := ok(r.paid().as("", func(m *message) { m.forge(headerStandard, r) }))
	standard := ok(r.paid().as("", func(m *message) { m.forge(headerLomi, r) }))
	// What lomi. sends: whoever takes that takes it at any time, although it may
	// look at the other signature when there is one.
	bare := ok(r.paid().as("", func(m *message) {
		for _, name := range []string{headerID, headerTime, headerStandard} {
			m.header.Del(name)
		}
	}))
	switch {
	case forged:
		return KindNone
	case lomi && standard, bare && !lomi && !unsigned:
		return KindEither
	case lomi:
		return KindLomi
	case standard:
		return KindStandard
	}
	return KindBoth
}

// forge replaces one signature by a stranger's.
func (m *message) forge(header string, r *runner) {
	forged := m.as("", func(f *message) { f.sign(r.stranger, r.now()) })
	m.header.Set(header, forged.header.Get(header))
}

// refuses sends what is forged in ways that have worked somewhere.
func (r *runner) refuses() {
	r.refuse("refuses-empty-key", "it must not start without a secret: anybody can sign with an empty one",
		r.paid().as("signatures made with the empty secret", func(m *message) { m.sign("", r.now()) }),
		r.paid().as("signatures made with whsec_ alone", func(m *message) { m.sign("whsec_", r.now()) }))
	r.refuse("refuses-changed-body", "the signature must be compared with that of the whole body",
		r.paid().as("a body of which one byte was changed", func(m *message) {
			m.body = bytes.Replace(m.body, []byte(`"amount":10000`), []byte(`"amount":90000`), 1)
		}),
		r.paid().as("a body to which a byte was added", func(m *message) { m.body = append(bytes.Clone(m.body), '0') }))
	r.refuse("refuses-rewritten-body", "it must check the bytes as they came, before it decodes them: what is decoded and encoded again can have been another text",
		r.paid().as("a body that was indented", func(m *message) {
			var out bytes.Buffer
			_ = json.Indent(&out, m.body, "", "  ") // it is JSON, we made it
			m.body = out.Bytes()
		}),
		r.paid().as("a body with a field twice", func(m *message) {
			m.body = bytes.Replace(m.body, []byte(`,"event":`), []byte(`,"event":"PAYMENT_FAILED","event":`), 1)
		}))
	r.refuse("refuses-truncated-body", "a body that is not complete is not the one that was signed",
		r.paid().as("half a body", func(m *message) { m.body = m.body[:len(m.body)/2] }),
		r.paid().as("no body", func(m *message) { m.body = nil }))
	r.refuse("refuses-empty-body-signature", "it must sign what it has read: some frameworks have consumed the body by then, and what is left is empty",
		r.paid().as("signatures of the empty body", func(m *message) {
			body := m.body
			m.body = nil
			m.sign(r.Secret, r.now())
			m.body = body
		}))
	r.refuse("refuses-other-message", "a signature is good for the one body that it was made of",
		r.paid().as("the header of another good message", func(m *message) { m.header = r.paid().header }))
	r.refuse("refuses-partial-signature", "it must compare the whole signature, in constant time",
		r.paid().as("signatures that begin well", func(m *message) { m.mix(r, true) }),
		r.paid().as("signatures that end well", func(m *message) { m.mix(r, false) }),
		r.paid().as("signatures that were cut short", func(m *message) {
			m.header.Set(headerLomi, m.header.Get(headerLomi)[:16])
			m.header.Set(headerStandard, m.header.Get(headerStandard)[:len("v1,")+16])
		}))
	r.refuse("refuses-other-versions", "a signature of a version that it cannot check proves nothing",
		r.paid().as("only a v1a signature that is none", func(m *message) {
			m.sign(r.stranger, r.now())
			m.header.Set(headerStandard, "v1a,"+strings.TrimPrefix(m.header.Get(headerStandard), "v1,"))
		}))
	r.refusesSpellings()
	r.refusesTimes()
}

// mix leaves the beginning or the end of both signatures and takes the other half
// from a stranger's.
func (m *message) mix(r *runner, beginning bool) {
	forged := m.as("", func(f *message) { f.sign(r.stranger, r.now()) })
	for _, name := range []string{headerLomi, headerStandard} {
		good, bad := m.header.Get(name), forged.header.Get(name)
		if !beginning {
			good, bad = bad, good
		}
		half := (len("v1,") + len(good)) / 2
		mixed := good[:half] + bad[half:]
		m.header.Set(name, mixed)
	}
}

// refusesSpellings sends good signatures in other words, which is harmless.
func (r *runner) refusesSpellings() {
	const check = "refuses-other-spellings"
	r.Progress(check)
	taken := r.accepted(
		r.paid().as("upper case", func(m *message) {
			m.header.Set(headerLomi, strings.ToUpper(m.header.Get(headerLomi)))
			m.header.Set(headerStandard, "V"+strings.TrimPrefix(m.header.Get(headerStandard), "v"))
		}),
		r.paid().as("the prefix sha256=", func(m *message) {
			m.header.Set(headerLomi, "sha256="+m.header.Get(headerLomi))
			m.header.Set(headerStandard, "sha256="+strings.TrimPrefix(m.header.Get(headerStandard), "v1,"))
		}))
	if len(taken) > 0 {
		r.note(check, Warn, "it takes good signatures with %s: harmless, but never sent; comparing the text is enough", listed(taken))
		return
	}
	r.note(check, Pass, "it takes signatures in the one spelling that is sent")
}

// refusesTimes sends what was recorded once and is sent again by somebody else.
func (r *runner) refusesTimes() {
	const (
		old, retimed, renamed = "refuses-stale", "refuses-changed-time", "refuses-changed-id"

		advice = "check Webhook-Signature instead, which covers the time: webhook.Verify in Go, the libraries of Standard Webhooks elsewhere"
		why    = "X-Lomi-Signature, which is enough for this receiver, covers neither identifier nor time: see " + old
	)
	now := r.now()
	times := []message{
		r.paidAt(now.Add(-stale)).as("a message of 10 minutes ago", func(*message) {}),
		r.paid().as("a message of 10 minutes ahead", func(m *message) { m.sign(r.Secret, now.Add(stale)) }),
	}
	if !r.report.Kind.timed() {
		r.Progress(old)
		if taken := r.accepted(times...); len(taken) > 0 || r.report.Kind == KindEither {
			r.note(old, Warn, "its X-Lomi-Signature is enough for it, so that what somebody has recorded can be sent again at any time: remember every identifier for ever, or %s", advice)
		} else {
			r.note(old, Pass, "it refuses messages of another time")
		}
		r.note(retimed, Skipped, why)
		r.note(renamed, Skipped, why)
		return
	}
	r.refuse(old, "it must compare Webhook-Timestamp with its clock and refuse what is more than 5 minutes away, else what was recorded once can be sent again", times...)
	r.refuse(retimed, "Webhook-Timestamp is part of what is signed", r.paidAt(now.Add(-stale)).as("an old signature under a new time", func(m *message) {
		m.header.Set(headerTime, fmt.Sprint(now.Unix()))
	}))
	r.refuse(renamed, "Webhook-Id is part of what is signed", r.paid().as("a signature under another identifier", func(m *message) {
		m.header.Set(headerID, r.newID("evt_", now))
		m.header.Set(headerDelivery, m.header.Get(headerID))
	}))
}

// refuse sends messages that have to be refused.
func (r *runner) refuse(check, advice string, messages ...message) {
	r.Progress(check)
	r.judge(check, r.accepted(messages...), messages[0].what, advice)
}

// accepted sends messages and says which were accepted. The others are
// remembered.
func (r *runner) accepted(messages ...message) (taken []string) {
	for _, m := range messages {
		if r.send(m).ok() {
			taken = append(taken, m.what)
		} else {
			r.refused = append(r.refused, m)
		}
	}
	return taken
}

// judge notes a check whose messages should all have been refused.
func (r *runner) judge(check string, taken []string, example, advice string) {
	if len(taken) > 0 {
		r.note(check, Fail, "it accepted %s: %s", listed(taken), advice)
		return
	}
	r.note(check, Pass, "it refuses %s", example)
}

// ignoresGet asks for what should be sent.
func (r *runner) ignoresGet() {
	const check, advice = "ignores-get", "only POST is a message; answer 405 to everything else"
	r.Progress(check)
	m := r.paid().as("", func(m *message) { m.method = http.MethodGet })
	a := r.send(m)
	switch {
	case !r.blind && done(r.effects(), m) > 0:
		r.note(check, Fail, "it acted on a GET: %s", advice)
	case a.ok() && r.blind:
		r.note(check, Warn, "%v to a GET, and without effects nobody knows whether it acted: %s", a, advice)
	default:
		r.note(check, Pass, "%v to a GET", a)
	}
}

// actsOnlyOnGood looks whether something was done about what was refused.
func (r *runner) actsOnlyOnGood() {
	const check = "acts-only-on-good"
	r.Progress(check)
	if r.blind {
		r.note(check, Skipped, sayEffects)
		return
	}
	list := r.effects()
	var acted []string
	for _, m := range r.refused {
		if done(list, m) > 0 {
			acted = append(acted, m.what)
		}
	}
	if len(acted) > 0 {
		r.note(check, Fail, "it refused %s, but acted on it: check the signature before anything is done", shortened(acted))
		return
	}
	r.note(check, Pass, "it did nothing about the %d messages that it refused", len(r.refused))
}

// shortened is listed for what may be many.
func shortened(words []string) string {
	if len(words) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:3], ", "), len(words)-3)
	}
	return listed(words)
}
