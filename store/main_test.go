package store_test

import (
	commandline "flag"
	"os"
	"testing"
)

// walks is how often a random walk is begun if the command line does not say
// -rapid.checks: the library's own 100 take minutes under the race detector.
const walks = "25"

func TestMain(m *testing.M) {
	commandline.Parse()
	asked := false
	commandline.Visit(func(f *commandline.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := commandline.Set("rapid.checks", walks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
