package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
)

func TestEveryLineIsWrittenOnceAndWhole(t *testing.T) {
	var out bytes.Buffer
	l := newLogWriter(&out)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 500 {
				fmt.Fprintf(l, "line %d of %d\n", j, i)
			}
		})
	}
	wait.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		seen[line] = true
	}
	if len(seen) != 8*500 || strings.Count(out.String(), "\n") != 8*500 {
		t.Errorf("%d lines, %d of them distinct", strings.Count(out.String(), "\n"), len(seen))
	}
}

func TestLineIsWrittenWithoutAnotherBehindIt(t *testing.T) {
	r, w := io.Pipe()
	l := newLogWriter(w)
	if _, err := io.WriteString(l, "alone\n"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := io.ReadFull(r, got); err != nil || string(got) != "alone\n" {
		t.Errorf("%q, %v", got, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestReaderThatHangsMakesLoggersWait(t *testing.T) {
	r, w := io.Pipe()
	l := newLogWriter(w)
	line := bytes.Repeat([]byte("x"), maxUnwritten)
	var wait sync.WaitGroup
	wait.Go(func() {
		for range 5 {
			_, _ = l.Write(line)
		}
		l.Close()
		w.Close()
	})
	n, err := io.Copy(io.Discard, r)
	if wait.Wait(); n != 5*maxUnwritten || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}
