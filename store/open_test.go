package store_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/checkoutd/checkoutd/store"
)

// TestManyOpenANewFileAtOnce stands for processes that start together: each
// finds the file as the others are still making it.
func TestManyOpenANewFileAtOnce(t *testing.T) {
	dir := t.TempDir()
	for n := range 25 {
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				db, err := store.Open(filepath.Join(dir, fmt.Sprint(n, ".db")))
				if err != nil {
					t.Error(err)
					return
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
	}
}
