package checkout

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

func TestIdentifiersSortByTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(0, 1<<48-2).Draw(t, "ms")
		b := rapid.Int64Range(a+1, 1<<48-1).Draw(t, "later ms")
		early, err1 := NewID(prefixSession, time.UnixMilli(a), rand.Reader)
		late, err2 := NewID(prefixSession, time.UnixMilli(b), rand.Reader)
		if err1 != nil || err2 != nil || early >= late {
			t.Fatalf("%s at %d, %s at %d", early, a, late, b)
		}
		if floor := IDFloor(prefixSession, time.UnixMilli(b)); early >= floor || late < floor {
			t.Fatalf("floor %s of %d is not between %s and %s", floor, b, early, late)
		}
		if !ValidSessionID(early) || len(early) != 29 {
			t.Fatalf("%s", early)
		}
	})
}

func TestIdentifierHoldsTimeAndChance(t *testing.T) {
	random := bytes.Repeat([]byte{0xab}, 10)
	id, err := NewID("txn_", time.UnixMilli(0x0123456789ab), bytes.NewReader(random))
	if err != nil {
		t.Fatal(err)
	}
	got := new(big.Int)
	for _, c := range strings.TrimPrefix(id, "txn_") {
		got.Mul(got, big.NewInt(32)).Add(got, big.NewInt(int64(strings.IndexRune(alphabet, c))))
	}
	want, _ := new(big.Int).SetString("0123456789ab"+strings.Repeat("ab", 10), 16)
	if got.Cmp(want) != 0 {
		t.Errorf("%s is %x, want %x", id, got, want)
	}
}

func TestWithoutChanceThereIsNoIdentifier(t *testing.T) {
	fault := errors.New("no entropy")
	if _, err := NewID("cs_", noon, iotest.ErrReader(fault)); !errors.Is(err, fault) {
		t.Errorf("%v", err)
	}
	if _, err := NewID("cs_", noon, io.LimitReader(rand.Reader, 9)); err == nil {
		t.Error("nine bytes sufficed")
	}
}

func TestFormOfASessionID(t *testing.T) {
	good := "cs_01KJMA0MG84GQMFWDTSJYAF9AA"
	for id, want := range map[string]bool{
		good: true, "": false, "cs_": false, good + "0": false, good[:28]: false, strings.ToLower(good): false,
		"txn" + good[2:]: false, strings.Replace(good, "K", "U", 1): false, strings.Replace(good, "K", "\x00", 1): false,
	} {
		if ValidSessionID(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}
