package httpapi

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
)

// BenchmarkCreateSession is what POST /checkout-sessions costs behind the
// network, with 64 callers and every commit on disk.
func BenchmarkCreateSession(b *testing.B) {
	db, err := store.Open(filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	service, err := checkout.New(checkout.Config{Store: db})
	if err != nil {
		b.Fatal(err)
	}
	key, _, err := service.CreateKey(b.Context(), "bench", false)
	if err != nil {
		b.Fatal(err)
	}
	api, err := New(Config{Service: service})
	if err != nil {
		b.Fatal(err)
	}
	handler := api.Front()
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest("POST", "/checkout-sessions", strings.NewReader(example))
			r.Header.Set("X-Api-Key", key)
			w := httptest.NewRecorder()
			if handler.ServeHTTP(w, r); w.Code != http.StatusCreated {
				b.Fatal(w.Body)
			}
		}
	})
}
