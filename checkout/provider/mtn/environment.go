package mtn

import (
	"maps"
	"slices"
	"strings"

	"github.com/checkoutd/checkoutd/checkout"
)

// Where the API is.
//
// Source: momodeveloper.mtn.com and momoapi.mtn.com, read 2026-11-25.
const (
	sandboxBase = "https://sandbox.momodeveloper.mtn.com"
	liveBase    = "https://proxy.momoapi.mtn.com"
)

// sandbox is the target environment where no money moves.
const sandbox = "sandbox"

// environment is a country where MTN collects, and what is particular to it.
type environment struct {
	name  string // the X-Target-Environment
	base  string
	takes []checkout.Currency

	// How wallets are numbered: the calling code, then that many digits, which
	// begin with lead. If code is "", numbers of all countries are taken, with
	// their calling code.
	code   string
	digits int
	lead   string

	hint string // what to dial if the prompt does not show; "" if unknown
}

// environments holds the environments by name. MTN is in more countries; these
// are the ones whose currency is accepted here.
//
// Source of names: momodeveloper.mtn.com, common error codes,
// NOT_ALLOWED_TARGET_ENVIRONMENT, read 2026-11-25. Of the numbering in Côte
// d'Ivoire: ARTCI, ten digits since 2021-01-31, newsgeek.ci, read 2026-11-25.
// Of the numbering in Benin: ARCEP, 01 before every number since 2024-11-30,
// fr.allafrica.com/stories/202411300249.html, read 2026-11-25.
var environments = map[string]environment{
	sandbox: {
		name: sandbox, base: sandboxBase, takes: []checkout.Currency{checkout.XOF, checkout.EUR},
	},
	"mtnivorycoast": {
		name: "mtnivorycoast", base: liveBase, takes: []checkout.Currency{checkout.XOF},
		code: "225", digits: 10, lead: "0", hint: "*133#",
	},
	"mtnbenin": {
		name: "mtnbenin", base: liveBase, takes: []checkout.Currency{checkout.XOF},
		code: "229", digits: 10, lead: "01",
	},
}

// liveNames lists the environments where money moves.
func liveNames() string {
	names := slices.Sorted(maps.Keys(environments))
	return strings.Join(slices.DeleteFunc(names, func(n string) bool { return n == sandbox }), ", ")
}
