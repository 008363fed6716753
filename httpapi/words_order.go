package httpapi

import "github.com/checkoutd/checkoutd/checkout"

// orderWords are the texts about what is bought, what it comes to, and links.
type orderWords struct {
	More, Subtotal, Fee, Later, Total, TotalPaid string // labels; %d of More is how many items
	HowMany, Less, Plus                          string // the quantity, and its buttons
	YourAmount, EachAmount                       string // labels; %s is the currency
	AtLeast, Between                             string // %s are amounts
	Update, Promo, Apply, Remove                 string // %s of Remove is the code
	FreeHint, Complete                           string // of an order that costs nothing
	FreeTitle, FreeText                          string

	Changed                        string // messages
	BadQuantity, BadAmount, TooFar string
	CouponOther, CouponTooOften    string

	CouponUnknown, CouponTwice, CouponTooMany      string
	CouponInactive, CouponEarly, CouponExpired     string
	CouponUsedUp, CouponFrequency, CouponQuantity  string
	CouponWho, CouponNew, CouponReturning          string
	CouponScope, CouponCurrency, CouponBarred      string
	LinkTitle, LinkOff, LinkExpired, LinkUsed      string
	LinkGone, LinkGo, LinkOpenAmount, LinkTooOften string
}

// coupon returns why a coupon cannot be used, "" if the code is of something else.
func (w *words) coupon(code checkout.Code) string {
	return map[checkout.Code]string{
		checkout.CodeCouponBarred: w.CouponBarred, checkout.CodeCouponUnknown: w.CouponUnknown,
		checkout.CodeCouponTwice: w.CouponTwice, checkout.CodeCouponTooMany: w.CouponTooMany,
		checkout.CodeCouponInactive: w.CouponInactive, checkout.CodeCouponEarly: w.CouponEarly,
		checkout.CodeCouponExpired: w.CouponExpired, checkout.CodeCouponUsedUp: w.CouponUsedUp,
		checkout.CodeCouponFrequency: w.CouponFrequency, checkout.CodeCouponQuantity: w.CouponQuantity,
		checkout.CodeCouponWho: w.CouponWho, checkout.CodeCouponNew: w.CouponNew,
		checkout.CodeCouponReturning: w.CouponReturning, checkout.CodeCouponScope: w.CouponScope,
		checkout.CodeCouponCurrency: w.CouponCurrency,
	}[code]
}

var englishOrder = orderWords{
	More: "and %d more", Subtotal: "Subtotal", Fee: "Fee", Later: "Charged later", Total: "To pay now", TotalPaid: "Total paid",
	HowMany: "Quantity", Less: "One less", Plus: "One more",
	YourAmount: "Your amount (%s)", EachAmount: "Your amount for each (%s)",
	AtLeast: "At least %s", Between: "From %s to %s",
	Update: "Update", Promo: "Promo code", Apply: "Apply", Remove: "Remove %s",
	FreeHint: "There is nothing to pay now.", Complete: "Complete the order",
	FreeTitle: "Order complete", FreeText: "Thank you. There was nothing to pay.",

	Changed:        "The order has changed. Check what it comes to before you go on.",
	BadQuantity:    "Enter a whole number of at least 1.",
	BadAmount:      "Enter an amount such as %s.",
	TooFar:         "This makes the amount too large.",
	CouponOther:    "The promo code was applied for somebody else. Remove it, or pay with the details it was applied with.",
	CouponTooOften: "Too many promo codes were tried. Wait a moment.",

	CouponUnknown:   "There is no such promo code. Check how it is spelt.",
	CouponTwice:     "This promo code is applied already.",
	CouponTooMany:   "No more promo codes can be applied.",
	CouponInactive:  "This promo code is not active.",
	CouponEarly:     "This promo code is not valid yet.",
	CouponExpired:   "This promo code has expired.",
	CouponUsedUp:    "This promo code has been used as often as it may be.",
	CouponFrequency: "This promo code cannot be used again for now.",
	CouponQuantity:  "This promo code is not good for such a quantity.",
	CouponWho:       "Fill in your email or phone below first: this promo code depends on who pays.",
	CouponNew:       "This promo code is for new customers.",
	CouponReturning: "This promo code is for customers who have bought before.",
	CouponScope:     "This promo code is not good for what you buy.",
	CouponCurrency:  "This promo code is for another currency.",
	CouponBarred:    "No promo code can be used here.",

	LinkTitle:      "This payment link is closed",
	LinkOff:        "The merchant has switched it off. You have not been charged.",
	LinkExpired:    "Its time is over. You have not been charged.",
	LinkUsed:       "It has been used as often as it may be. You have not been charged.",
	LinkGone:       "What it sells is not available any more. You have not been charged.",
	LinkGo:         "Continue to payment",
	LinkOpenAmount: "You choose the amount",
	LinkTooOften:   "Too many payments were opened from here. Wait a moment, then reload the page.",
}

var frenchOrder = orderWords{
	More: "et %d de plus", Subtotal: "Sous-total", Fee: "Frais", Later: "Débité plus tard", Total: "À payer maintenant", TotalPaid: "Total payé",
	HowMany: "Quantité", Less: "Un de moins", Plus: "Un de plus",
	YourAmount: "Votre montant (%s)", EachAmount: "Votre montant par unité (%s)",
	AtLeast: "Au moins %s", Between: "De %s à %s",
	Update: "Modifier", Promo: "Code promo", Apply: "Appliquer", Remove: "Retirer %s",
	FreeHint: "Il n’y a rien à payer maintenant.", Complete: "Terminer la commande",
	FreeTitle: "Commande terminée", FreeText: "Merci. Il n’y avait rien à payer.",

	Changed:        "La commande a changé. Vérifiez le montant avant de continuer.",
	BadQuantity:    "Saisissez un nombre entier d’au moins 1.",
	BadAmount:      "Saisissez un montant comme %s.",
	TooFar:         "Le montant deviendrait trop élevé.",
	CouponOther:    "Le code promo a été appliqué pour quelqu’un d’autre. Retirez-le ou payez avec les mêmes coordonnées.",
	CouponTooOften: "Trop de codes promo ont été essayés. Patientez un instant.",

	CouponUnknown:   "Ce code promo n’existe pas. Vérifiez son orthographe.",
	CouponTwice:     "Ce code promo est déjà appliqué.",
	CouponTooMany:   "Aucun autre code promo ne peut être appliqué.",
	CouponInactive:  "Ce code promo n’est pas actif.",
	CouponEarly:     "Ce code promo n’est pas encore valable.",
	CouponExpired:   "Ce code promo a expiré.",
	CouponUsedUp:    "Ce code promo a été utilisé autant de fois que permis.",
	CouponFrequency: "Ce code promo ne peut pas être réutilisé pour le moment.",
	CouponQuantity:  "Ce code promo ne vaut pas pour une telle quantité.",
	CouponWho:       "Remplissez d’abord votre e-mail ou téléphone ci-dessous : ce code promo dépend de la personne qui paie.",
	CouponNew:       "Ce code promo est réservé aux nouveaux clients.",
	CouponReturning: "Ce code promo est réservé aux clients qui ont déjà acheté.",
	CouponScope:     "Ce code promo ne vaut pas pour votre achat.",
	CouponCurrency:  "Ce code promo vaut pour une autre devise.",
	CouponBarred:    "Aucun code promo n’est accepté ici.",

	LinkTitle:      "Ce lien de paiement est fermé",
	LinkOff:        "Le marchand l’a désactivé. Vous n’avez pas été débité.",
	LinkExpired:    "Il a expiré. Vous n’avez pas été débité.",
	LinkUsed:       "Il a été utilisé autant de fois que permis. Vous n’avez pas été débité.",
	LinkGone:       "Ce qu’il vend n’est plus disponible. Vous n’avez pas été débité.",
	LinkGo:         "Continuer vers le paiement",
	LinkOpenAmount: "Vous choisissez le montant",
	LinkTooOften:   "Trop de paiements ont été ouverts d’ici. Patientez un instant, puis rechargez la page.",
}
