// Package providertest holds the adapters of payment providers to the contract
// of [checkout.Provider], and is where to start when writing one.
//
// # Writing a provider
//
// A provider is one folder and one line. Say it is called Kola:
//
//  1. Make checkout/provider/kola, or a package of your own module. It imports
//     checkout, checkout/provider/client and nothing else of ours. Write Config,
//     whose comments are its manual, and New, which checks all of it without a
//     call and says what to mend. Credentials are of type client.Secret there;
//     the provider itself keeps them behind a function, because package fmt
//     prints the unexported fields of what it is given as they are.
//  2. Write the five methods of [checkout.Provider]. Name never changes once an
//     attempt was kept. Caps lists the methods with the sums that they take.
//     Start sends [checkout.Attempt.ID] as the reference, calls once, and sorts
//     what comes back: a certain no is a [checkout.Declined], what certainly did
//     not arrive is a [checkout.ErrNotSent] (client.Do and Answer.Refused see to
//     both), and everything else is an error that says nothing, after which the
//     service asks. Poll translates the provider's words one by one; a word that
//     is not in your table is an error, not a guess.
//  3. Report sums as the provider states them, as integers of minor units, and
//     never the sum that was asked for: that is how a wrong one is found. If the
//     provider states none, set [checkout.Report.Bound].
//  4. Add what the provider can do beyond that, a method or two each:
//     [checkout.Notifier] if it sends messages, [checkout.Finder] if it can be
//     asked by our reference, [checkout.Closer], [checkout.Refunder],
//     [checkout.RefundPoller], [checkout.Lister]. What is left out cannot be
//     done, and the service works around it.
//  5. Make kola/kolatest: the provider as a server in memory, on package
//     simulator. It checks requests as strictly as the real one, signs as the
//     real one, and has methods that play the customer. It is what tests run
//     against, and what merchants try.
//  6. Run this suite over it, see below. Add what only Kola has: its vectors, a
//     table of its words and of its errors, a fuzz target for its messages.
//  7. Make kola/kolakit: a [kit.Kit] that names Kola's settings and makes the
//     adapter and the simulated server of them. Put kolakit.Kit() into the list
//     in cmd/checkoutd/providers.go, which is the one line: flags, environment,
//     file, doctor, simulate and credentials follow from it. A program that
//     embeds checkout puts kola.New into [checkout.Config] instead. Nothing else
//     knows the name.
//
// # Running the suite
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Suite{New: func(t *testing.T) providertest.Harness {
//			now := clock.NewMock()
//			now.Set(providertest.Noon)
//			mail := &providertest.Mailbox{}
//			fake := kolatest.New(kolatest.Config{
//				Config: simulator.Config{Clock: now, Client: mail.Client()},
//				Key:    "kola_key", WebhookURL: "https://pay.example/webhooks/kola",
//			})
//			p, err := kola.New(kola.Config{Key: "kola_key", Transport: simulator.Transport(fake)})
//			if err != nil {
//				t.Fatal(err)
//			}
//			return providertest.Harness{
//				Provider: p, Clock: now, Secrets: []string{"kola_key"}, Trust: checkout.TrustSigned,
//				Order: func(id string) checkout.Order { … },
//				Pay:   func(a checkout.Attempt) error { return fake.Pay(a.Ref) },
//				Fault: func(f string) { fake.Inject("/payments", simulator.Fault(f)) },
//				Messages: func() []checkout.Inbound {
//					_ = fake.Deliver(t.Context())
//					return mail.Take(now.Now())
//				},
//			}
//		}})
//	}
//
// What a harness leaves out is skipped, and each skip says what is missing.
package providertest
