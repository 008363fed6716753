package checkout_test

import (
	"flag"
	"os"
	"testing"
)

// walks is how often a random walk is begun if the command line does not say
// -rapid.checks: the library's own 100 take minutes under the race detector.
const walks = "15"

func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", walks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
