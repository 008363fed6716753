package checkout_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
)

// customer makes a customer as a merchant does.
func (s *shop) customer(c checkout.Contact) checkout.Customer {
	s.t.Helper()
	made := checkout.Customer{Contact: c}
	s.must(s.update(func(tx checkout.Tx) (err error) {
		made, err = s.Service.CreateCustomerIn(tx, checkout.Account{}, made)
		return err
	}))
	return made
}

// payer returns the customer of a payment by somebody who filled in a form.
func (s *shop) payer(c checkout.Contact) string {
	s.t.Helper()
	a, err := s.Service.Start(ctx, checkout.StartParams{SessionID: s.bare(100).ID, Method: "wallet", Payer: c, WithoutForm: true})
	s.must(err)
	return a.CustomerID
}

func TestPayersAreKnownAgain(t *testing.T) {
	s := newShop(t)
	awa := s.customer(checkout.Contact{Name: "Awa", Email: "Awa@Example.com", Phone: "+225 07 00 00 00 01"})
	binta := s.customer(checkout.Contact{Name: "Binta", Phone: "00225-0700000002"})
	for _, c := range []struct {
		who  checkout.Contact
		want string
	}{
		{checkout.Contact{Email: "awa@example.com"}, awa.ID},
		{checkout.Contact{Email: "AWA@EXAMPLE.COM", Name: "Somebody"}, awa.ID},
		{checkout.Contact{Phone: "+2250700000001"}, awa.ID},
		{checkout.Contact{Phone: "(00225) 07.00.00.00.01"}, awa.ID},
		{checkout.Contact{Email: "awa@example.com", Phone: "+2250700000002"}, awa.ID}, // the address counts first
		{checkout.Contact{Email: "other@example.com", Phone: "+2250700000002"}, binta.ID},
		{checkout.Contact{Phone: "+225 0700000002"}, binta.ID},
		{checkout.Contact{Email: "no address", Phone: "+2250700000002"}, binta.ID},
		{checkout.Contact{}, ""},
		{checkout.Contact{Name: "Awa", City: "Abidjan"}, ""},
		{checkout.Contact{Phone: "0700000001"}, ""}, // of which country?
		{checkout.Contact{Email: "no address"}, ""},
	} {
		if got := s.payer(c.who); got != c.want {
			t.Errorf("%+v is %q, want %q", c.who, got, c.want)
		}
	}
	made := s.payer(checkout.Contact{Name: "Codou", Email: "Codou@example.com", Phone: "00221 77 000 00 00"})
	got, err := s.Service.Customer(ctx, checkout.Account{}, made)
	if err != nil || got.Name != "Codou" || got.Email != "Codou@example.com" || got.Phone != "+221770000000" {
		t.Errorf("%+v, %v", got, err)
	}
	if again := s.payer(checkout.Contact{Email: "codou@EXAMPLE.com"}); again != made {
		t.Errorf("%s is %s the second time", made, again)
	}
	if _, n, err := s.Service.Customers(ctx, checkout.Account{}, checkout.CustomerQuery{Page: checkout.Page{Limit: 10}}); err != nil || n != 3 {
		t.Errorf("%d customers, %v", n, err)
	}
}

// TestDeletedCustomers leaves what they paid, and forgets who they were.
func TestDeletedCustomers(t *testing.T) {
	s := newShop(t)
	c := s.customer(checkout.Contact{Name: "Awa", Email: awa.Email})
	once := s.coupon(checkout.Coupon{Frequency: checkout.FrequencyCustomer, Limit: 1})
	paid := s.session(checkout.CreateSessionParams{Total: xof(1000), CustomerID: c.ID})
	a := s.pays(s.holds(paid.ID, once.Code).ID)
	open := s.session(checkout.CreateSessionParams{Total: xof(1000), CustomerID: c.ID})
	s.must(s.Service.DeleteCustomer(ctx, checkout.Account{}, c.ID))
	s.refused("deleted twice", s.Service.DeleteCustomer(ctx, checkout.Account{}, c.ID), checkout.CodeNotFound)
	_, err := s.Service.CreateSession(ctx, checkout.CreateSessionParams{Total: xof(1), CustomerID: c.ID})
	s.refused("a session of nobody", err, checkout.CodeNotFound)
	if got := attempt(t, s.Service, paid.ID, a.ID); got.CustomerID != c.ID || got.Status != checkout.AttemptPaid {
		t.Errorf("%+v", got)
	}
	_, err = s.apply(open.ID, once.Code)
	s.refused("a session that knew them", err, checkout.CodeCouponFrequency)
	if got := s.pays(open.ID); got.Status != checkout.AttemptPaid {
		t.Errorf("%s", got.Status)
	}
	if again := s.payer(awa); again == c.ID || again == "" {
		t.Errorf("they come back as %q", again)
	}
	s.uses(once.ID, 0, 1)
}

// TestAnonymousPayersChangeNothingThatIsStored lets anybody write anything into
// forms: customers are added, and none is changed.
func TestAnonymousPayersChangeNothingThatIsStored(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &shop{Kit: checkouttest.New(t), t: t}
		word := func(label string, words ...string) string { return rapid.SampledFrom(words).Draw(rt, label) }
		contact := func() checkout.Contact {
			return checkout.Contact{
				Name: word("name", "", "Awa", "Mallory"), Email: word("email", "", "awa@example.com", "AWA@example.com", "b@example.com", "@"),
				Phone: word("phone", "", "+2250700000001", "002250700000001", "+2250700000002", "07"), City: word("city", "", "Dakar", "Abidjan"),
			}
		}
		all := func() map[string]checkout.Customer {
			list, _, err := s.Service.Customers(ctx, checkout.Account{}, checkout.CustomerQuery{Page: checkout.Page{Limit: 100}})
			if err != nil {
				rt.Fatal(err)
			}
			rows := map[string]checkout.Customer{}
			for _, c := range list {
				if c.Metadata != "" {
					rt.Fatal("metadata")
				}
				rows[c.ID] = c
			}
			return rows
		}
		c := s.coupon(checkout.Coupon{CustomerType: checkout.CustomersNew})
		s.customer(checkout.Contact{Name: "Awa", Email: "Awa@Example.com"})
		known := all()
		rt.Repeat(map[string]func(*rapid.T){
			"pays": func(*rapid.T) {
				_, err := s.Service.Start(ctx, checkout.StartParams{
					SessionID: s.bare(100).ID, Method: "wallet", Payer: contact(), WithoutForm: true, Outcome: checkout.OutcomeSucceed,
				})
				if err != nil {
					rt.Fatal(err)
				}
			},
			"applies": func(*rapid.T) { s.apply(s.bare(100).ID, c.Code, contact()) },
			"": func(*rapid.T) {
				now := all()
				for id, was := range known {
					if now[id] != was {
						rt.Fatalf("%+v is %+v now", was, now[id])
					}
				}
				emails := map[string]bool{}
				for _, c := range now {
					if key := checkout.EmailKey(c.Email); key != "" {
						if emails[key] {
							rt.Fatalf("two of %s", key)
						}
						emails[key] = true
					}
				}
				known = now
			},
		})
	})
}
