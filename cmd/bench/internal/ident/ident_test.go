package ident

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNewIsTheNumberInBase32(t *testing.T) {
	for _, tt := range []struct {
		name   string
		at     time.Time
		random byte
		want   string
	}{
		{"nothing", time.UnixMilli(0), 0, "cs_00000000000000000000000000"},
		{"one millisecond", time.UnixMilli(1), 0, "cs_00000000010000000000000000"},
		{"all bits", time.UnixMilli(1<<48 - 1), 0xff, "cs_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := New("cs_", tt.at, bytes.NewReader(bytes.Repeat([]byte{tt.random}, 10)))
			if err != nil || got != tt.want {
				t.Errorf("New = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestIdentifiersSortByTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(0, 1<<40).Draw(t, "at")
		later := at + rapid.Int64Range(1, 1<<40).Draw(t, "later")
		noise := bytes.NewReader(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "noise"))
		a, err := New("", time.UnixMilli(at), noise)
		if err != nil {
			t.Fatal(err)
		}
		b, err := New("", time.UnixMilli(later), noise)
		if err != nil {
			t.Fatal(err)
		}
		if len(a) != 26 || a >= b {
			t.Errorf("%s, %s", a, b)
		}
	})
}

func TestNewNeedsTenRandomBytes(t *testing.T) {
	if id, err := New("cs_", time.UnixMilli(0), strings.NewReader("nine byte")); err == nil {
		t.Errorf("New = %q, want an error", id)
	}
}
