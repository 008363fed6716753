package httpapi

import "github.com/checkoutd/checkoutd/checkout"

// words holds every text of the hosted page in one language. Texts with a %s
// say in their comment what it stands for.
type words struct {
	Months   [12]string
	DateTime string // between a day and a time of day
	Switch   string // the name of the other language, in that language

	TestMode string // the banner
	PayTo    string // document title and fallback heading; %s is the merchant
	Quantity string // %d is how many
	Optional string // after the label of a field that may stay empty
	Contact  string // heading
	Billing  string // heading
	Method   string // heading
	Pay      string // button; %s is the amount
	Cancel   string // link
	Back     string // link to the merchant
	Fix      string // heading of the list of fields at fault

	Name, Email, Phone, Address, City, PostalCode, Country string // labels

	Wallet, WalletHint      string
	Mobile, MobileHint      string
	Card, CardHint          string
	Simulator               string // of a method that stands beside real ones; %s is its label
	CardPageHint            string // for a card form of the provider's
	PayPhone                string // label
	PhoneTests, CardTests   string // shown to test customers
	Number, Expiry, CVC     string // labels
	ExpiryShape             string // placeholder
	Required, TooLong       string // messages about a field
	BadText, BadEmail       string
	BadPhone, BadMethod     string
	BadNumber, BadExpiry    string
	BadCVC                  string
	Declined, NoFunds       string // messages about an earlier try
	Cancelled, TimedOut     string
	Refused, NotCompleted   string
	OverLimit, NoPayer      string
	PayerBarred, NotSetUp   string
	TooSmall, TooLarge      string
	CardOver, WrongCVC      string
	NoTestCard              string
	Mismatch, Late, Surplus string // about money that waits for a decision
	GivenBack               string
	Busy, TooMany, NotTaken string

	Sent, SentLink             string // about a request that is out; %s is "" or " (which one)"
	Begun, BegunLink           string // about a page that is open; %s as for Sent
	BegunWith                  string // BegunLink for a method with a name, %s
	WaitTitle, WaitText        string
	CheckTitle, CheckText      string
	PromptTitle, PromptText    string
	PromptNumber               string // label of the masked number
	PromptHint                 string // %s is what to dial
	ScanTitle, ScanText        string
	ScanWith                   string // ScanText for a method with a name, %s
	QRCode                     string // for those who cannot see it
	GoText, GoPage, GoTo, Open string // to the provider's page; %s is the method's name
	Left                       string // %d is minutes
	LeftLittle, LeftNone       string
	WaitLong, AnotherWay       string
	ChangeNumber               string
	Refreshing                 string

	SimTitle, SimText                              string
	SimSucceed, SimDecline, SimCancel              string
	SimDelay, SimSilent                            string
	PaidTitle, PaidText                            string
	PaidAmount, PaidTo, PaidDate, PaidRef, PaidFor string // labels
	ExpiredTitle, ExpiredText                      string
	NoMethodTitle, NoMethodText                    string
	NotDueTitle, NotDueText                        string
	MissingTitle, MissingText                      string
	RefusedTitle, RefusedText                      string
	FaultTitle, FaultText                          string

	orderWords
}

// method returns the page's word for a method that has no name of its own, ""
// if it has none either.
func (w *words) method(id string) string {
	switch id {
	case "wallet":
		return w.Wallet
	case "phone":
		return w.Mobile
	case "card":
		return w.Card
	}
	return ""
}

// reason returns the message for an attempt that failed with a short code: one
// of the Reason values of package checkout, or one of the sandbox.
func (w *words) reason(code string) string {
	switch code {
	case checkout.ReasonFunds:
		return w.NoFunds
	case checkout.ReasonLimit:
		return w.OverLimit
	case checkout.ReasonRejected:
		return w.Refused
	case checkout.ReasonCancelled, "canceled":
		return w.Cancelled
	case checkout.ReasonTimeout, "expired":
		return w.TimedOut
	case checkout.ReasonPayerUnknown:
		return w.NoPayer
	case checkout.ReasonPayerBlocked:
		return w.PayerBarred
	case checkout.ReasonUnavailable, checkout.ReasonNotSent:
		return w.NotTaken
	case checkout.ReasonMerchant:
		return w.NotSetUp
	case checkout.ReasonAmountTooLow:
		return w.TooSmall
	case checkout.ReasonAmountTooHigh:
		return w.TooLarge
	case "expired_card", "invalid_expiry":
		return w.CardOver
	case "incorrect_cvc":
		return w.WrongCVC
	case "not_a_test_card":
		return w.NoTestCard
	}
	return w.Declined
}

var englishWords = words{
	orderWords: englishOrder,
	Months: [12]string{"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December"},
	DateTime: ", ",
	Switch:   "Français",

	TestMode: "Test mode: no real money moves.",
	PayTo:    "Pay %s",
	Quantity: "Quantity: %d",
	Optional: "optional",
	Contact:  "Your details",
	Billing:  "Billing address",
	Method:   "How do you want to pay?",
	Pay:      "Pay %s",
	Cancel:   "Cancel and go back",
	Back:     "Back to the merchant",
	Fix:      "Please correct the following:",

	Name: "Full name", Email: "Email", Phone: "Phone", Address: "Address",
	City: "City", PostalCode: "Postal code", Country: "Country",

	Wallet: "Wallet", WalletHint: "You confirm the payment on the next page.",
	Mobile: "Mobile money", MobileHint: "You approve the payment on your phone.",
	Card: "Card", CardHint: "Debit or credit card.",
	Simulator:    "%s (simulator)",
	CardPageHint: "You enter your card on the next, secure page.",
	PayPhone:     "Mobile money number",
	PhoneTests:   "Test numbers: 46733123450 fails, …451 is rejected, …452 expires, …453 never answers, …454 succeeds later. Every other number succeeds.",
	CardTests:    "Test cards: 4242 4242 4242 4242 succeeds, 4000 0000 0000 0002 is declined, 4000 0000 0000 9995 has no funds. Any future date and any CVC.",
	Number:       "Card number",
	Expiry:       "Expiry date",
	CVC:          "Security code",
	ExpiryShape:  "MM/YY",
	Required:     "Please fill in this field.",
	TooLong:      "This is too long.",
	BadText:      "This holds characters that cannot be used.",
	BadEmail:     "Enter an email address such as name@example.com.",
	BadPhone:     "Enter a phone number of 6 to 15 digits.",
	BadMethod:    "Choose how you want to pay.",
	BadNumber:    "Check the card number.",
	BadExpiry:    "Enter the expiry date as month and year, such as 04/29.",
	BadCVC:       "Enter the 3 or 4 digits of the security code.",
	Declined:     "The payment was declined. You have not been charged. You can try again or pay another way.",
	NoFunds:      "The payment did not go through, probably because the balance is too low. You have not been charged. You can try again or pay another way.",
	Cancelled:    "The payment was cancelled. You have not been charged. You can try again.",
	TimedOut:     "The payment was not confirmed in time. You can try again.",
	Refused:      "The payment was refused on the phone. You have not been charged. You can try again or pay another way.",
	NotCompleted: "The payment was not completed. You can try again or pay another way.",
	OverLimit:    "The payment is above a limit of your account. You have not been charged. Please pay another way.",
	NoPayer:      "No account was found for this number. You have not been charged. Check the number or pay another way.",
	PayerBarred:  "Your account cannot be used for this payment. You have not been charged. Please pay another way.",
	NotSetUp:     "This way to pay does not work for this merchant at the moment. You have not been charged. Please pay another way.",
	TooSmall:     "The amount is too small for this way to pay. You have not been charged. Please pay another way.",
	TooLarge:     "The amount is too large for this way to pay. You have not been charged. Please pay another way.",
	CardOver:     "The card has expired. You have not been charged. Check the date or use another card.",
	WrongCVC:     "The security code is wrong. You have not been charged. Check it and try again.",
	NoTestCard:   "Test mode takes test cards only. No card was charged.",
	Mismatch:     "Money arrived, but it is not the amount asked for. Please contact the merchant before you pay again.",
	Late:         "Your money arrived after this page had expired. Please contact the merchant before you pay again.",
	Surplus:      "More than one payment arrived for this order. Please contact the merchant about the second one.",
	GivenBack:    "The money that arrived has been given back.",
	TooMany:      "This payment has been tried too many times. Please contact the merchant.",
	Busy:         "Another payment of this order is being processed. Wait a moment, then try again.",
	NotTaken:     "The payment could not be started. You have not been charged. Please try again in a moment.",

	Sent:         "A payment request was already sent%s. If you pay another way, do not approve it any more.",
	SentLink:     "See whether it has been paid",
	Begun:        "You have already started a payment%s. If you pay another way, do not complete this one.",
	BegunLink:    "Continue the payment you started",
	BegunWith:    "Continue the payment you started with %s",
	WaitTitle:    "Confirming your payment",
	WaitText:     "This usually takes a few seconds. Please keep this page open.",
	CheckTitle:   "Checking your payment",
	CheckText:    "We are checking whether your payment request arrived. Please keep this page open and do not pay again yet.",
	PromptTitle:  "Check your phone",
	PromptText:   "Approve the payment request that was sent to your phone.",
	PromptNumber: "Sent to",
	PromptHint:   "No request on your phone? Dial %s to see it.",
	ScanTitle:    "Scan to pay",
	ScanText:     "Scan this code with your phone's camera.",
	ScanWith:     "Scan this code with your phone's camera or the %s app.",
	QRCode:       "QR code of this payment",
	GoText:       "If you have paid, this takes a few seconds. If you have not, you can go on.",
	GoPage:       "Continue to the payment page",
	GoTo:         "Continue to %s",
	Open:         "Open %s",
	Left:         "About %d minutes left to pay.",
	LeftLittle:   "Less than a minute left to pay.",
	LeftNone:     "The time to pay is over. We are still waiting for the answer.",
	WaitLong:     "This takes longer than usual. If you pay another way, do not approve the first request any more.",
	AnotherWay:   "Pay another way",
	ChangeNumber: "Change the number",
	Refreshing:   "This page updates by itself.",

	SimTitle:   "Wallet simulator",
	SimText:    "This page stands in for a customer's wallet. Choose what happens to the payment.",
	SimSucceed: "Pay", SimDecline: "Decline", SimCancel: "Cancel",
	SimDelay: "Pay in 30 seconds", SimSilent: "Leave without answering",

	PaidTitle: "Payment received", PaidText: "Thank you. Your payment is complete.",
	PaidAmount: "Amount", PaidTo: "Paid to", PaidDate: "Date", PaidRef: "Transaction", PaidFor: "For",

	ExpiredTitle:  "This payment page has expired",
	ExpiredText:   "It can no longer be paid. Go back to the merchant to start again.",
	NoMethodTitle: "This cannot be paid right now",
	NoMethodText:  "The merchant has no way to take this payment at the moment. You have not been charged.",
	NotDueTitle:   "Nothing to pay right now",
	NotDueText:    "No payment of this subscription is waiting for you. If you expected one, ask the merchant.",
	MissingTitle:  "Page not found",
	MissingText:   "There is no payment at this address. Check the link, or ask the merchant for a new one.",
	RefusedTitle:  "This request was not accepted",
	RefusedText:   "Go back to the payment page and try again.",
	FaultTitle:    "Something went wrong",
	FaultText:     "We could not finish this step. Reload the page before you pay again: it shows whether the payment arrived.",
}

var frenchWords = words{
	orderWords: frenchOrder,
	Months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	DateTime: " à ",
	Switch:   "English",

	TestMode: "Mode test : aucun débit réel.",
	PayTo:    "Payer %s",
	Quantity: "Quantité : %d",
	Optional: "facultatif",
	Contact:  "Vos coordonnées",
	Billing:  "Adresse de facturation",
	Method:   "Comment souhaitez-vous payer ?",
	Pay:      "Payer %s",
	Cancel:   "Annuler et revenir",
	Back:     "Retour chez le marchand",
	Fix:      "Veuillez corriger les points suivants :",

	Name: "Nom complet", Email: "E-mail", Phone: "Téléphone", Address: "Adresse",
	City: "Ville", PostalCode: "Code postal", Country: "Pays",

	Wallet: "Portefeuille", WalletHint: "Vous confirmez le paiement sur la page suivante.",
	Mobile: "Mobile money", MobileHint: "Vous validez le paiement sur votre téléphone.",
	Card: "Carte", CardHint: "Carte de débit ou de crédit.",
	Simulator:    "%s (simulateur)",
	CardPageHint: "Vous saisissez votre carte sur la page suivante, sécurisée.",
	PayPhone:     "Numéro mobile money",
	PhoneTests:   "Numéros de test : 46733123450 échoue, …451 est refusé, …452 expire, …453 ne répond jamais, …454 réussit plus tard. Tout autre numéro réussit.",
	CardTests:    "Cartes de test : 4242 4242 4242 4242 réussit, 4000 0000 0000 0002 est refusée, 4000 0000 0000 9995 n’a pas de provision. Toute date future et tout code.",
	Number:       "Numéro de carte",
	Expiry:       "Date d’expiration",
	CVC:          "Code de sécurité",
	ExpiryShape:  "MM/AA",
	Required:     "Veuillez remplir ce champ.",
	TooLong:      "Ce texte est trop long.",
	BadText:      "Ce texte contient des caractères inutilisables.",
	BadEmail:     "Saisissez une adresse e-mail comme nom@exemple.com.",
	BadPhone:     "Saisissez un numéro de téléphone de 6 à 15 chiffres.",
	BadMethod:    "Choisissez un moyen de paiement.",
	BadNumber:    "Vérifiez le numéro de carte.",
	BadExpiry:    "Saisissez le mois et l’année d’expiration, par exemple 04/29.",
	BadCVC:       "Saisissez les 3 ou 4 chiffres du code de sécurité.",
	Declined:     "Le paiement a été refusé. Vous n’avez pas été débité. Vous pouvez réessayer ou payer autrement.",
	NoFunds:      "Le paiement n’a pas abouti, sans doute faute de solde suffisant. Vous n’avez pas été débité. Vous pouvez réessayer ou payer autrement.",
	Cancelled:    "Le paiement a été annulé. Vous n’avez pas été débité. Vous pouvez réessayer.",
	TimedOut:     "Le paiement n’a pas été confirmé à temps. Vous pouvez réessayer.",
	Refused:      "Le paiement a été refusé sur le téléphone. Vous n’avez pas été débité. Vous pouvez réessayer ou payer autrement.",
	NotCompleted: "Le paiement n’est pas terminé. Vous pouvez réessayer ou payer autrement.",
	OverLimit:    "Le paiement dépasse un plafond de votre compte. Vous n’avez pas été débité. Payez autrement.",
	NoPayer:      "Aucun compte ne correspond à ce numéro. Vous n’avez pas été débité. Vérifiez le numéro ou payez autrement.",
	PayerBarred:  "Votre compte ne permet pas ce paiement. Vous n’avez pas été débité. Payez autrement.",
	NotSetUp:     "Ce moyen de paiement ne fonctionne pas chez ce marchand pour le moment. Vous n’avez pas été débité. Payez autrement.",
	TooSmall:     "Le montant est trop petit pour ce moyen de paiement. Vous n’avez pas été débité. Payez autrement.",
	TooLarge:     "Le montant est trop élevé pour ce moyen de paiement. Vous n’avez pas été débité. Payez autrement.",
	CardOver:     "La carte a expiré. Vous n’avez pas été débité. Vérifiez la date ou utilisez une autre carte.",
	WrongCVC:     "Le code de sécurité est faux. Vous n’avez pas été débité. Vérifiez-le et réessayez.",
	NoTestCard:   "Le mode test n’accepte que les cartes de test. Aucune carte n’a été débitée.",
	Mismatch:     "De l’argent est arrivé, mais ce n’est pas le montant demandé. Contactez le marchand avant de payer à nouveau.",
	Late:         "Votre argent est arrivé après l’expiration de cette page. Contactez le marchand avant de payer à nouveau.",
	Surplus:      "Plus d’un paiement est arrivé pour cette commande. Contactez le marchand au sujet du second.",
	GivenBack:    "L’argent reçu a été rendu.",
	TooMany:      "Ce paiement a été tenté trop de fois. Contactez le marchand.",
	Busy:         "Un autre paiement de cette commande est en cours. Patientez un instant, puis réessayez.",
	NotTaken:     "Le paiement n’a pas pu être lancé. Vous n’avez pas été débité. Réessayez dans un instant.",

	Sent:         "Une demande de paiement a déjà été envoyée%s. Si vous payez autrement, ne la validez plus.",
	SentLink:     "Voir si elle a été payée",
	Begun:        "Vous avez déjà commencé un paiement%s. Si vous payez autrement, ne terminez pas celui-ci.",
	BegunLink:    "Continuer le paiement commencé",
	BegunWith:    "Continuer le paiement commencé avec %s",
	WaitTitle:    "Confirmation de votre paiement",
	WaitText:     "Cela prend en général quelques secondes. Gardez cette page ouverte.",
	CheckTitle:   "Vérification de votre paiement",
	CheckText:    "Nous vérifions si votre demande de paiement est arrivée. Gardez cette page ouverte et ne payez pas encore une fois.",
	PromptTitle:  "Regardez votre téléphone",
	PromptText:   "Validez la demande de paiement envoyée sur votre téléphone.",
	PromptNumber: "Envoyée au",
	PromptHint:   "Pas de demande sur votre téléphone ? Composez le %s pour la voir.",
	ScanTitle:    "Scannez pour payer",
	ScanText:     "Scannez ce code avec l’appareil photo de votre téléphone.",
	ScanWith:     "Scannez ce code avec l’appareil photo de votre téléphone ou l’application %s.",
	QRCode:       "Code QR de ce paiement",
	GoText:       "Si vous avez payé, cela prend quelques secondes. Sinon, vous pouvez continuer.",
	GoPage:       "Continuer vers la page de paiement",
	GoTo:         "Continuer vers %s",
	Open:         "Ouvrir %s",
	Left:         "Encore %d minutes environ pour payer.",
	LeftLittle:   "Encore moins d’une minute pour payer.",
	LeftNone:     "Le délai pour payer est passé. Nous attendons encore la réponse.",
	WaitLong:     "Cela dure plus longtemps que d’habitude. Si vous payez autrement, ne validez plus la première demande.",
	AnotherWay:   "Payer autrement",
	ChangeNumber: "Changer de numéro",
	Refreshing:   "Cette page se met à jour toute seule.",

	SimTitle:   "Portefeuille simulé",
	SimText:    "Cette page remplace le portefeuille d’un client. Choisissez la suite du paiement.",
	SimSucceed: "Payer", SimDecline: "Refuser", SimCancel: "Annuler",
	SimDelay: "Payer dans 30 secondes", SimSilent: "Partir sans répondre",

	PaidTitle: "Paiement reçu", PaidText: "Merci. Votre paiement est terminé.",
	PaidAmount: "Montant", PaidTo: "Payé à", PaidDate: "Date", PaidRef: "Transaction", PaidFor: "Pour",

	ExpiredTitle:  "Cette page de paiement a expiré",
	ExpiredText:   "Elle ne peut plus servir à payer. Retournez chez le marchand pour recommencer.",
	NoMethodTitle: "Paiement impossible pour le moment",
	NoMethodText:  "Le marchand ne peut pas encaisser ce paiement pour l’instant. Vous n’avez pas été débité.",
	NotDueTitle:   "Rien à payer pour le moment",
	NotDueText:    "Aucun paiement de cet abonnement ne vous attend. Si vous en attendiez un, contactez le marchand.",
	MissingTitle:  "Page introuvable",
	MissingText:   "Il n’y a pas de paiement à cette adresse. Vérifiez le lien ou demandez-en un nouveau au marchand.",
	RefusedTitle:  "Cette demande n’a pas été acceptée",
	RefusedText:   "Revenez à la page de paiement et réessayez.",
	FaultTitle:    "Un problème est survenu",
	FaultText:     "Cette étape n’a pas pu aboutir. Rechargez la page avant de payer à nouveau : elle indique si le paiement est arrivé.",
}
