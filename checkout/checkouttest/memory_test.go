package checkouttest_test

import (
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/checkouttest"
	"github.com/checkoutd/checkoutd/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(*testing.T) checkout.Store { return checkouttest.NewStore() })
}
