package orange_test

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/orange"
	"github.com/checkoutd/checkoutd/checkout/provider/orange/orangetest"
	"github.com/checkoutd/checkoutd/checkout/provider/providertest"
	"github.com/checkoutd/checkoutd/checkout/provider/simulator"
)

// TestVectors reads each file of testdata/vectors: lines of "name: value", an
// empty line, and the body as it was received. want is the Ref of the signal, or
// the code of the error.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	p := newProvider(t, nil, nil)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, body, ok := bytes.Cut(data, []byte("\n\n"))
			h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...)))).ReadMIMEHeader()
			if !ok || err != nil {
				t.Fatalf("bad file: %v", err)
			}
			got, err := p.Parse(checkout.Inbound{Method: http.MethodPost, Header: http.Header(h).Get, Body: body, Now: noon})
			want := h.Get("Want")
			if err != nil {
				if string(checkout.CodeOf(err)) != want || got != nil {
					t.Errorf("%s: got %+v, %v, want %s", body, got, err, want)
				}
				return
			}
			if len(got) != 1 || got[0] != (checkout.Signal{Trust: checkout.TrustShared, Ref: want}) {
				t.Errorf("%s: got %+v, want a shared signal of %s", body, got, want)
			}
		})
	}
}

// TestNotificationsOfTheSimulator follows what the simulated Orange sends back to
// the attempt.
func TestNotificationsOfTheSimulator(t *testing.T) {
	p, fake, mail := withMail(t)
	a := begin(t, p, order())
	if err := fake.Pay(a.ID); err != nil {
		t.Fatal(err)
	}
	if err := fake.Notify(a.ID); err != nil {
		t.Fatal(err)
	}
	if err := fake.Deliver(context.Background()); err != nil {
		t.Fatal(err)
	}
	sent := mail.Take(noon)
	if len(sent) != 2 || !bytes.Equal(sent[0].Body, sent[1].Body) {
		t.Fatalf("%d messages: %+v", len(sent), sent)
	}
	for _, in := range sent {
		got, err := p.Parse(in)
		if err != nil || len(got) != 1 || got[0].Ref != a.Ref || got[0].Report != (checkout.Report{}) {
			t.Errorf("%s: got %+v, %v, want a signal of %s without a report", in.Body, got, err, a.Ref)
		}
		if in.Token != "" || in.Header("Content-Type") != "application/json" {
			t.Errorf("sent with %q to token %q", in.Header("Content-Type"), in.Token)
		}
	}
}

// withMail returns a Provider, the simulated Orange that it calls, and where that
// one's notifications land.
func withMail(t *testing.T) (*orange.Provider, *orangetest.Server, *providertest.Mailbox) {
	t.Helper()
	mail := &providertest.Mailbox{}
	fake := orangetest.New(orangetest.Config{Config: simulator.Config{Client: mail.Client()}})
	return newProvider(t, simulator.Transport(fake), nil), fake, mail
}
